//! The name of a stranger's file, made fit to be shown and to be suggested when it is saved.

use unicode_normalization::UnicodeNormalization;

use super::sort::is_active;

/// Longest name in characters; more of it tells nobody anything.
const LONGEST: usize = 120;
/// Longest name in bytes: file systems take 255, and whoever saves it may number it.
const MOST_BYTES: usize = 240;
/// Longest ending that is kept when a name is cut.
const LONGEST_ENDING: usize = 12;

/// What Windows reserves, with and without an ending (learn.microsoft.com, "Naming files, paths, and namespaces", 2026-11).
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
/// Those that are numbered, from 0 to 9 and in superscript.
const NUMBERED: &[&str] = &["com", "lpt"];

/// Endings that some system runs, installs, mounts or renders as a page when they are opened.
const DANGEROUS: &str = "
    action apk app appimage appref-ms appx appxbundle bash bat bin chm cmd com command cpl csh deb desktop diagcab
    dll dmg docm dotm dylib elf exe gadget hlp hta htm html img inf ins iqy iso isp jar jnlp js jse ksh library-ms
    lnk mht mhtml mjs mobileconfig msc msi msix msp mst one out paf pif pkg pl potm ppam ppsm pptm prf prg ps1
    ps1xml psc1 psm1 py pyc pyw rb reg rgs rpm run scf scpt scr sct search-ms settingcontent-ms sh shb shs slk snap
    so svg svgz swf sys terminal theme tool udl url vb vbe vbs vhd vhdx vsix wim workflow ws wsc wsf wsh xbap xht
    xhtml xlam xll xlsm xltm xml xps zsh
";

/// A name as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownName {
    /// One component of a path on every system, without a sign nobody can see.
    pub text: String,
    /// Opening the file could run something, or its name hides what it is: it may be saved, never opened from here.
    pub danger: bool,
}

/// Makes a given name fit to be shown; `sort` is the media type found from the bytes, empty while they are not here.
pub fn shown_name(given: &str, sort: &str) -> ShownName {
    let hides = given.chars().any(hides);
    let cleaned: String = given.chars().filter_map(shown).nfc().collect();
    let words = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    let trimmed = words.trim_matches(|c: char| c == '.' || c == ' ');
    let (stem, ending) = match trimmed.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, ending),
        _ => (trimmed, ""),
    };
    let danger = hides
        || is_active(sort)
        || DANGEROUS.split_whitespace().any(|known| known.eq_ignore_ascii_case(ending.trim()))
        // A folder's class id behind the name makes Windows treat the file as that class.
        || (ending.starts_with('{') && ending.ends_with('}'));
    ShownName { text: whole(stem, ending), danger }
}

fn whole(stem: &str, ending: &str) -> String {
    if stem.is_empty() && ending.is_empty() {
        return "file".to_owned();
    }
    let reserved = if is_device(stem) { "_" } else { "" };
    let keeps_ending = !ending.is_empty() && ending.chars().count() <= LONGEST_ENDING;
    let (stem, ending) = match ending {
        "" => (format!("{reserved}{stem}"), String::new()),
        _ if keeps_ending => (format!("{reserved}{stem}"), format!(".{ending}")),
        _ => (format!("{reserved}{stem}.{ending}"), String::new()),
    };
    let (chars, bytes) = (LONGEST.saturating_sub(ending.chars().count()), MOST_BYTES.saturating_sub(ending.len()));
    let cut: String = stem
        .char_indices()
        .take(chars)
        .take_while(|(at, c)| at.saturating_add(c.len_utf8()) <= bytes)
        .map(|(_, c)| c)
        .collect();
    format!("{}{ending}", cut.trim_end_matches(['.', ' ']))
}

/// The name before its first dot, as Windows looks at it.
fn is_device(stem: &str) -> bool {
    let base = stem.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |name: &str| {
        base.strip_prefix(name).is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!((rest.next(), rest.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    DEVICES.contains(&base.as_str()) || NUMBERED.iter().any(|name| numbered(name))
}

/// One sign of a name as it is shown; `None` for what nobody can see.
fn shown(c: char) -> Option<char> {
    if c.is_control() && !c.is_whitespace() || hides(c) || is_blank(c) {
        return None;
    }
    if c.is_whitespace() {
        return Some(' ');
    }
    // Signs that other programs turn into separators, such as the full-width slash, count as those.
    let separates = |c: char| matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let folded = std::iter::once(c).nfkc().collect::<String>();
    let looks_like = matches!(c, '\u{2044}' | '\u{2215}' | '\u{29f5}' | '\u{29f8}' | '\u{fe68}' | '\u{a789}');
    if looks_like || folded.chars().any(separates) || (c != '.' && folded.contains('.')) {
        return Some('_');
    }
    Some(c)
}

/// Signs that turn the direction of what follows, or hide letters: with them a name can show another ending than it has.
fn hides(c: char) -> bool {
    matches!(c, '\0' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// Signs without a shape that are harmless by themselves.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}')
}

#[cfg(test)]
mod tests;
