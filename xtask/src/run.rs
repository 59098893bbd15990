//! `cargo xtask run`: the demo in the foreground, in a window where one can be shown.

use std::process::Command;

use crate::workspace::Workspace;
use crate::{call, page, setup};

/// Builds the window and becomes it; where there is no display, or no web view to build it with, becomes `dragoman serve --demo`, which
/// prints its sign-in link. `--serve` asks for the latter.
pub(crate) fn demo(workspace: &Workspace, args: &[String]) -> anyhow::Result<()> {
    let (served, args) = match args.split_first() {
        Some((flag, rest)) if flag == "--serve" => (true, rest),
        _ => (false, args),
    };
    let windowless = if served { Some("as asked".to_owned()) } else { why_no_window(workspace) };
    if windowless.is_some() {
        setup::for_running(workspace)?;
    }
    page::build(workspace)?;
    let package = if windowless.is_some() { "dragoman-cli" } else { "dragoman-desktop" };
    call::run(&mut workspace.cargo(["build", "--locked", "--package", package]))?;

    let mut program = match windowless {
        None => {
            // Asks the display itself, and serves the page where it does not answer.
            let mut window = workspace.command(workspace.window());
            window.arg("--demo");
            window
        }
        Some(why) => {
            println!("no window ({why}): the same page for a browser");
            let mut serve = workspace.command(workspace.dragoman());
            serve.args(["serve", "--demo", "--print-url"]);
            serve
        }
    };
    // Paths among the arguments are meant from where the person stands.
    program.current_dir(".").args(args.strip_prefix(&["--".to_owned()]).unwrap_or(args));
    become_(&mut program)
}

/// Why there is no use in building the window here, if there is none.
fn why_no_window(workspace: &Workspace) -> Option<String> {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !named("DISPLAY") && !named("WAYLAND_DISPLAY") {
        return Some("there is no display".to_owned());
    }
    setup::for_window(workspace).err().map(|error| format!("{error:#}"))
}

/// Replaces this process, so that Ctrl-C, signals and the exit code are the program's own.
#[cfg(unix)]
fn become_(command: &mut Command) -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(anyhow::Error::new(error).context(format!("`{}` could not be started", call::shown(command))))
}

#[cfg(not(unix))]
fn become_(command: &mut Command) -> anyhow::Result<()> {
    call::run(command)
}
