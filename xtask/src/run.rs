//! `cargo xtask run`: the demo in the foreground.

use std::process::Command;

use crate::workspace::Workspace;
use crate::{call, page, setup};

/// Builds dragoman and becomes `dragoman serve --demo`, which prints its sign-in link.
pub(crate) fn demo(workspace: &Workspace, args: &[String]) -> anyhow::Result<()> {
    setup::for_running(workspace)?;
    page::build(workspace)?;
    call::run(&mut workspace.cargo(["build", "--locked", "--package", "dragoman-cli"]))?;

    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    let mut serve = workspace.command(workspace.dragoman());
    // Paths among the arguments are meant from where the person stands.
    serve.current_dir(".").args(["serve", "--demo", "--print-url"]).args(args);
    become_(&mut serve)
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
