//! `cargo xtask bench`: the benchmark program in release mode; with `--ui` the window over an inbox that it filled.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::workspace::Workspace;
use crate::{call, page, setup};

/// Builds and runs the benchmark with `args` as they came.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> anyhow::Result<()> {
    match args.split_first() {
        Some((flag, rest)) if flag == "--ui" => of_window(workspace, rest),
        _ => call::run(program(workspace).args(args)),
    }
}

fn program(workspace: &Workspace) -> Command {
    let mut bench =
        workspace.cargo(["run", "--locked", "--release", "--package", "dragoman-tests", "--bin", "bench", "--"]);
    // Paths among the arguments are meant from where the person stands.
    bench.current_dir(".");
    bench
}

/// Fills an inbox and measures the window over it. `--messages N` and `--keep DIR` are as for the other benchmark, and a folder that is
/// kept is not filled again; all else is for the measuring.
fn of_window(workspace: &Workspace, args: &[String]) -> anyhow::Result<()> {
    setup::for_testing(workspace)?;
    setup::for_window(workspace)?;
    let (mut messages, mut kept, mut rest) = ("1_000_000".to_owned(), None, Vec::new());
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--messages" => messages.clone_from(words.next().context("--messages needs a number")?),
            "--keep" => kept = Some(words.next().context("--keep needs a folder")?.clone()),
            _ => rest.push(word.clone()),
        }
    }
    let scratch = workspace.target().join("bench-home").to_string_lossy().into_owned();
    let home = kept.clone().unwrap_or_else(|| scratch.clone());
    let home = std::path::absolute(home)?;
    page::build(workspace)?;
    call::run(&mut workspace.cargo([
        "build",
        "--locked",
        "--release",
        "--package",
        "dragoman-desktop",
        "--bins",
        "--example",
        "bare",
    ]))?;
    if !home.exists() {
        call::run(program(workspace).args(["--messages", &messages, "--fill", "--keep"]).arg(&home))?;
    }
    let done = call::run(&mut measuring(workspace, &home, &rest));
    if kept.is_none() {
        std::fs::remove_dir_all(&home).with_context(|| format!("{} could not be removed", home.display()))?;
    }
    done
}

fn measuring(workspace: &Workspace, home: &Path, args: &[String]) -> Command {
    let built = workspace.target().join("release");
    let file = |name: &str| format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let mut measuring = crate::test::on_a_display(workspace);
    measuring.args(["node", "tests/window/bench.mjs"]).arg(home).args(args);
    measuring
        .env("DRAGOMAN_WINDOW", built.join(file("dragoman-desktop")))
        .env("DRAGOMAN_BARE", built.join("examples").join(file("bare")))
        .env("DRAGOMAN_PAGE", workspace.root().join("ui/dist"));
    measuring
}
