//! Child processes: run, probe, capture, and show the line that repeats them.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, bail};

/// Runs to the end with our own input and output.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| not_started(command))?;
    finished(command, status)
}

/// Runs to the end, passes standard error through and returns its last line that contains `mark`.
pub(crate) fn run_keeping(command: &mut Command, mark: &str) -> anyhow::Result<Option<String>> {
    let mut child = command.stderr(Stdio::piped()).spawn().with_context(|| not_started(command))?;
    let mut kept = None;
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n') {
            // Tests may print anything: bytes that are no text must not end the run.
            let line = String::from_utf8_lossy(&line?).into_owned();
            eprintln!("{line}");
            if line.contains(mark) {
                kept = Some(line.trim().to_owned());
            }
        }
    }
    finished(command, child.wait()?)?;
    Ok(kept)
}

/// Standard output of a command that must succeed.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| not_started(command))?;
    finished(command, output.status)?;
    Ok(String::from_utf8(output.stdout)?)
}

/// Standard output if the command exists and succeeds; nothing is printed.
pub(crate) fn probe(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as a person would type it in the root of the repository.
pub(crate) fn shown(command: &Command) -> String {
    let environment = command.get_envs().filter_map(|(name, value)| {
        // PATH only gains the folder of our tools; spelling it out would hide the command.
        let value = value.filter(|_| name != "PATH")?;
        Some(format!("{}={}", name.to_string_lossy(), quoted(&value.to_string_lossy())))
    });
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| quoted(&word.to_string_lossy()));
    environment.chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn not_started(command: &Command) -> String {
    format!("`{}` could not be started", shown(command))
}

fn finished(command: &Command, status: ExitStatus) -> anyhow::Result<()> {
    if !status.success() {
        bail!("{status}; to repeat it: {}", shown(command));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_can_be_pasted_into_a_shell() {
        let mut command = Command::new("cargo");
        command.args(["nextest", "run", "-E", "binary(/^x$/)"]).env("DRAGOMAN_LONG", "1").env("PATH", "/somewhere");
        command.env_remove("CARGO_PKG_NAME");
        assert_eq!(shown(&command), "DRAGOMAN_LONG=1 cargo nextest run -E 'binary(/^x$/)'");
    }

    #[test]
    fn a_quote_inside_a_word_survives_quoting() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
