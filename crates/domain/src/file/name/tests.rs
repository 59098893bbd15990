//! F01: what somebody could call a file.

use std::path::{Component, Path};

use proptest::prelude::*;

use super::*;

fn is_sound(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let alone = matches!((components.next(), components.next()), (Some(Component::Normal(_)), None));
    alone
        && !name.is_empty()
        && name.len() <= MOST_BYTES
        && name.chars().count() <= LONGEST
        && !name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|'])
        && !name.starts_with('.')
        && !name.ends_with(['.', ' '])
        && !name.chars().any(|c| c.is_control() || hides(c) || is_blank(c))
        && !is_device(name)
}

/// What somebody could send, and whether opening it has to be refused by its name alone.
fn hostile() -> Vec<(String, bool)> {
    let plain = [
        "../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "/etc/shadow",
        "C:\\boot.ini",
        "C:evil.txt",
        "\\\\host\\share\\x.txt",
        "//host/share",
        "file:///etc/passwd",
        "..",
        ".",
        "...",
        "",
        " ",
        "\t\n",
        "~/x",
        "~root",
        "$HOME",
        "%TEMP%",
        "-rf",
        "--help",
        ".bashrc",
        ".htaccess",
        "..\u{2044}x",
        "a\u{2215}b.jpg",
        "a\u{ff0f}b.jpg",
        "a\u{ff3c}b.jpg",
        "a\u{2024}jpg",
        "\u{2025}/x",
        "\u{ff0e}\u{ff0e}/x",
        "%2e%2e%2fx",
        "..%c0%afx",
        "....//x",
        "..;/x",
        "x/",
        "x\\",
        "./x",
        "a/./b",
        "a/../b",
        "con",
        "CON.txt",
        "Con .jpg",
        "con.tar.gz",
        "prn",
        "aux.h",
        "NUL",
        "nul.png",
        "com1",
        "COM9.log",
        "com¹.txt",
        "lpt1",
        "LPT³",
        "CONIN$",
        "conout$.txt",
        "clock$",
        "a.txt:stream",
        "a.txt::$DATA",
        "a:b:c",
        "x.jpg.",
        "x.jpg...",
        "x.jpg ",
        "x.jpg . .",
        " x.jpg",
        "a<b>.jpg",
        "a|b.jpg",
        "a?b*.jpg",
        "a\"b.jpg",
        "a\r\nContent-Type: text/html.jpg",
        "\u{1b}[31mred.jpg",
        "cafe\u{301}.jpg",
        "\u{feff}bom.jpg",
        "zero\u{200b}width.jpg",
        "tab\tname.jpg",
        "ℂ.jpg",
        "фото товара.jpg",
        "退货照片.png",
        "README",
        "readme",
        "ReadMe",
        "a;b&c.jpg",
        "`id`.jpg",
        "$(id).jpg",
        "<script>alert(1)<_script>.jpg",
        "\u{85}x.jpg",
    ];
    let dangerous = [
        "photo\u{202e}gpj.exe",
        "photo\u{202e}gpj",
        "a\u{2066}b.jpg",
        "invoice.pdf.exe",
        "invoice.pdf .EXE",
        "run.bat",
        "x.Ps1",
        "a.lnk",
        "shell.{20D04FE0-3AEA-1069-A2D8-08002B30309D}",
        "x.exe.",
        "x.exe ... ",
        "y.desktop",
        "z.html",
        "logo.SVG",
        "x.js",
        "disk.iso",
        "macro.docm",
        "tag\u{e0041}.jpg",
        "x.\u{200b}exe",
        "a.exe:x.exe",
        "x.scr\0",
        "\0",
        "a\0.jpg",
    ];
    let long = ["a".repeat(300), format!("{}.jpg", "я".repeat(300)), format!("{}.exe", "x".repeat(5_000))];
    let mut all: Vec<_> = plain.iter().map(|name| ((*name).to_owned(), false)).collect();
    all.extend(dangerous.iter().map(|name| ((*name).to_owned(), true)));
    all.extend(long.into_iter().zip([false, false, true]));
    all
}

#[test]
fn f01_a_hostile_name_becomes_one_harmless_component() {
    let names = hostile();
    let outside = names.iter().filter(|(name, _)| !is_sound(&shown_name(name, "").text)).collect::<Vec<_>>();
    let missed = names.iter().filter(|(name, danger)| shown_name(name, "").danger != *danger).collect::<Vec<_>>();
    println!("F01: {} names, {} outside, {} wrongly marked", names.len(), outside.len(), missed.len());
    assert!(names.len() >= 80 && outside.is_empty() && missed.is_empty(), "{outside:?} {missed:?}");
}

#[test]
fn names_people_give_stay_as_they_are() {
    for name in
        ["фото товара.jpg", "退货照片 (1).png", "Накладная № 5.pdf", "archive.tar.gz", "IMG_0001.HEIC", "naïve.txt"]
    {
        assert_eq!(shown_name(name, ""), ShownName { text: name.to_owned(), danger: false });
    }
    assert_eq!(shown_name("..", "").text, "file");
    assert_eq!(shown_name("con.txt", "").text, "_con.txt");
    let long = shown_name(&format!("{}.jpg", "я".repeat(300)), "").text;
    assert!(long.ends_with("я.jpg") && long.chars().count() == LONGEST, "{long}");
}

#[test]
fn bytes_that_run_are_dangerous_under_any_name() {
    assert!(shown_name("photo.jpg", "application/vnd.microsoft.portable-executable").danger);
    assert!(!shown_name("photo.jpg", "image/jpeg").danger);
}

proptest! {
    #[test]
    fn whatever_the_name_it_becomes_one_harmless_component(name in any::<String>()) {
        let shown = shown_name(&name, "");
        prop_assert!(is_sound(&shown.text), "{:?} from {:?}", shown.text, name);
        prop_assert_eq!(shown_name(&shown.text, "").text, shown.text);
    }
}
