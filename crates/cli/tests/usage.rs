//! How the program is asked, and what it answers to being asked wrongly. That this test exists also has every test run of
//! the workspace build the program.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn dragoman(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dragoman"))
        .arg("--home")
        .arg(home)
        .args(args)
        .env_remove("DRAGOMAN_CLOCK")
        .env_remove("DRAGOMAN_PASSPHRASE_FILE")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn wrong_usage_ends_with_2_touches_no_home_and_prints_nothing_for_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    for args in [
        &["no-such-command"][..],
        &["list", "--turn", "theirs"],
        &["shop", "add", "bazaar", "--name", "x"],
        &["shop", "add", "ozon", "--name", "x", "--field", "client_id"],
        &["shop", "add", "ozon", "--name", "x", "--secret", "api_key=canary"],
        &["shop", "remove", "1"],
        &["act", "1", "reject", "--set", "text=no"],
        &["act", "1", "reject", "--set", "colour=red", "--yes"],
        &["import", "--format", "xml", "file"],
        &["vault", "init"],
        &["outbox", "--all", "retry", "1"],
        &["--json", "search"],
    ] {
        let output = dragoman(&home, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{args:?}: {}", text(&output.stdout));
        assert!(!output.stderr.is_empty() && !text(&output.stderr).contains("canary"), "{args:?}");
        assert!(!home.exists(), "{args:?}");
    }
}

#[test]
fn help_and_version_are_asked_for_and_end_with_0() {
    let folder = tempfile::tempdir().unwrap();
    for (args, word) in
        [(&["--help"][..], "simulate"), (&["--version"], "dragoman"), (&["shop", "add", "--help"], "@FILE")]
    {
        let output = dragoman(folder.path(), args);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains(word), "{args:?}");
    }
}

#[test]
fn a_failure_is_words_for_people_and_a_problem_document_for_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let words = dragoman(folder.path(), &["show", "999"]);
    assert_eq!(words.status.code(), Some(1));
    assert!(words.stdout.is_empty() && text(&words.stderr).contains("not_found"), "{}", text(&words.stderr));
    let document = dragoman(folder.path(), &["--json", "show", "999"]);
    assert_eq!(document.status.code(), Some(1));
    let problem: serde_json::Value = serde_json::from_slice(&document.stdout).unwrap();
    assert_eq!(problem["code"], "not_found");
    for field in ["message", "params", "retry_after_s", "trace"] {
        assert!(problem.get(field).is_some(), "{field} in {problem}");
    }
}

#[test]
fn an_empty_home_has_empty_lists_and_a_clean_bill() {
    let folder = tempfile::tempdir().unwrap();
    for args in
        [&["list"][..], &["shop", "list"], &["outbox"], &["outbox", "--all"], &["quarantine"], &["search", "возврат"]]
    {
        let output = dragoman(folder.path(), &[&["--json"], args].concat());
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{args:?}: {}", text(&output.stdout));
    }
    let doctor = dragoman(folder.path(), &["--json", "doctor"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", text(&doctor.stderr));
    assert!(text(&doctor.stdout).lines().count() >= 5);
}

#[cfg(unix)]
#[test]
fn whatever_the_mask_of_the_shell_the_home_is_for_its_user_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let script =
        format!("umask 000; exec '{}' --home '{}' --json list", env!("CARGO_BIN_EXE_dragoman"), home.display());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    let mut folders = vec![home];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{:o} {}", mode & 0o777, entry.path().display());
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
}
