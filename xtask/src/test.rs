//! `cargo xtask test`: everything that has to hold, in the order in which it fails fastest.

mod steps;

use std::path::Path;
use std::process::Command;

use crate::setup::cargo_tools;
use crate::workspace::Workspace;
use crate::{call, conformance, dependencies, direction, page, setup};
use steps::Steps;

/// How much is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Formats, direction, licences and tests: for the inner loop.
    Fast,
    /// All that must hold before a change is merged.
    Ordinary,
    /// Ordinary, with the crash and fault campaigns at full length.
    Long,
}

impl Extent {
    /// None if the arguments are not understood.
    pub(crate) fn parse(args: &[String]) -> Option<Self> {
        match args {
            [] => Some(Self::Ordinary),
            [flag] if flag == "--fast" => Some(Self::Fast),
            [flag] if flag == "--long" => Some(Self::Long),
            _ => None,
        }
    }
}

/// Installs what is missing and runs every step up to the first that fails.
pub(crate) fn all(workspace: &Workspace, extent: Extent) -> anyhow::Result<()> {
    let mut steps = Steps::begin();
    steps.step("set-up", || {
        if extent != Extent::Fast {
            setup::for_checking(workspace);
        }
        setup::for_testing(workspace)
    })?;
    steps.step("format", || call::run(&mut workspace.cargo(["fmt", "--all", "--check"])))?;
    // Part of the program, so before anything of it is compiled.
    steps.step("page", || page::build(workspace))?;
    steps.step("direction of crates", || direction::check(workspace))?;
    steps.step("licences, bans, sources", || dependencies::check(workspace))?;
    if extent != Extent::Fast {
        of_sources(workspace, &mut steps)?;
    }

    // Tests start the program itself, not only its crates.
    steps.step("build", || call::run(&mut workspace.cargo(["build", "--locked", "--workspace", "--bins"])))?;
    let specs = conformance::usual_specs(workspace);
    steps.step_with_note("tests", || call::run_keeping(&mut tests(workspace, extent, specs.as_deref()), "Summary"))?;
    steps.note(
        "conformance",
        match &specs {
            Some(folder) => format!("was part of the tests, against {}", folder.display()),
            None => conformance::NOT_RUN.to_owned(),
        },
    );

    steps.step("page's logic", || page::test(workspace))?;

    if extent != Extent::Fast {
        steps.step("documentation examples", || {
            call::run(&mut workspace.cargo(["test", "--locked", "--workspace", "--doc", "--quiet"]))
        })?;
        if setup::has_page_tests(workspace) {
            let mut pages = workspace.command("npm");
            pages.args(["test", "--prefix", "tests/web"]).env("DRAGOMAN_BIN", workspace.dragoman());
            steps.step("page in a browser", || call::run(&mut pages))?;
        }
        if setup::has_window_tests(workspace) {
            steps.step("page in the window", || call::run(&mut window_tests(workspace)))?;
        }
    }
    steps.end();
    Ok(())
}

/// Steps that read the sources without running them.
fn of_sources(workspace: &Workspace, steps: &mut Steps) -> anyhow::Result<()> {
    if cargo_tools::is_there(workspace, &cargo_tools::DENY) {
        // Advisories need a clone of their database from the network, so they are no part of this.
        let deny = ["deny", "--offline", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"];
        steps.step("cargo-deny", || call::run(&mut workspace.cargo(deny)))?;
    }
    if call::probe(workspace.command("typos").arg("--version")).is_some() {
        steps.step("spelling", || call::run(&mut workspace.command("typos")))?;
    }
    steps.step("clippy", || {
        call::run(&mut workspace.cargo(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    })?;
    steps.step("documentation", || {
        let mut doc = workspace.cargo(["doc", "--locked", "--workspace", "--no-deps"]);
        call::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })
}

fn tests(workspace: &Workspace, extent: Extent, specs: Option<&Path>) -> Command {
    let mut tests = workspace.cargo(["nextest", "run", "--locked", "--workspace"]);
    tests.env("DRAGOMAN_BIN", workspace.dragoman());
    match specs {
        Some(folder) => tests.env("DRAGOMAN_SPECS", folder),
        None => tests.args(["-E", "not binary(=conformance)"]),
    };
    if extent == Extent::Long {
        tests.args(["--profile", "long"]).env("DRAGOMAN_LONG", "1");
    } else if std::env::var_os("CI").is_some() {
        tests.args(["--profile", "ci"]);
    }
    tests
}

/// A command, its words to follow, on a display and a session bus of its own, so that nothing of the person's desktop is touched.
pub(crate) fn on_a_display(workspace: &Workspace) -> Command {
    let mut shown = workspace.command("dbus-run-session");
    shown.args(["--", "xvfb-run", "--auto-servernum", "--server-args=-screen 0 1440x900x24"]);
    shown
}

fn window_tests(workspace: &Workspace) -> Command {
    let mut tests = on_a_display(workspace);
    tests.args(["npm", "test", "--prefix", "tests/window"]);
    tests.env("DRAGOMAN_BIN", workspace.dragoman()).env("DRAGOMAN_WINDOW", workspace.window());
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_extent_can_be_asked_for() {
        let args = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        assert_eq!(Extent::parse(&args(&[])), Some(Extent::Ordinary));
        assert_eq!(Extent::parse(&args(&["--fast"])), Some(Extent::Fast));
        assert_eq!(Extent::parse(&args(&["--long"])), Some(Extent::Long));
        assert_eq!(Extent::parse(&args(&["--fast", "--long"])), None);
        assert_eq!(Extent::parse(&args(&["fast"])), None);
    }
}
