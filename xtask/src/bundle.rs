//! `cargo xtask bundle`: the package that people install, with the window and `dragoman` in it.
//!
//! Made and installed on Debian. What is written down for Windows and macOS, here and in `src-tauri/tauri.conf.json`, has never
//! been run.

use std::fs;
use std::process::Command;

use anyhow::Context as _;

use crate::workspace::Workspace;
use crate::{call, page, setup};

/// How the programs in it are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For people.
    Release,
    /// For looking at the package itself, without the quarter of an hour that optimising takes.
    Debug,
}

impl Profile {
    /// None if the arguments are not understood.
    pub(crate) fn parse(args: &[String]) -> Option<Self> {
        match args {
            [] => Some(Self::Release),
            [flag] if flag == "--debug" => Some(Self::Debug),
            _ => None,
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Debug => "debug",
        }
    }
}

/// The tool that packs, which npm fetches when it is wanted: a lock file would have to name a program for every system.
const TOOL: &str = "--package=@tauri-apps/cli@2.12.5";

/// Form of the package. An `AppImage` would need files that the tool fetches from elsewhere.
const FORM: &str = if cfg!(windows) {
    "nsis"
} else if cfg!(target_os = "macos") {
    "dmg"
} else {
    "deb"
};

/// Builds everything and packs it; the tool says where the package is.
pub(crate) fn make(workspace: &Workspace, profile: Profile) -> anyhow::Result<()> {
    setup::for_bundle(workspace)?;
    page::build(workspace)?;
    let mut programs = workspace.cargo(["build", "--locked", "--package", "dragoman-cli"]);
    if profile == Profile::Release {
        programs.arg("--release");
    }
    call::run(&mut programs)?;
    beside_the_window(workspace, profile)?;
    call::run(&mut pack(workspace, profile))
}

/// Puts `dragoman` where the tool looks for programs that go with the window: under a name that ends in the system's.
fn beside_the_window(workspace: &Workspace, profile: Profile) -> anyhow::Result<()> {
    let about = call::output(workspace.command("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not name its host")?;
    let target = workspace.target();
    let suffix = std::env::consts::EXE_SUFFIX;
    let folder = workspace.root().join("target/bundled");
    fs::create_dir_all(&folder)?;
    fs::copy(
        target.join(profile.folder()).join(format!("dragoman{suffix}")),
        folder.join(format!("dragoman-{host}{suffix}")),
    )
    .context("dragoman could not be put beside the window")?;
    Ok(())
}

fn pack(workspace: &Workspace, profile: Profile) -> Command {
    let mut pack = workspace.command("npm");
    pack.args(["exec", "--yes", TOOL, "--", "tauri", "build", "--ci", "--bundles", FORM]);
    pack.args(["--config", "src-tauri/tauri.bundle.conf.json"]);
    if profile == Profile::Debug {
        pack.arg("--debug");
    }
    pack.args(["--", "--locked"]);
    pack
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_the_optimised_programs_unless_told_otherwise() {
        let args = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        assert_eq!(Profile::parse(&args(&[])), Some(Profile::Release));
        assert_eq!(Profile::parse(&args(&["--debug"])), Some(Profile::Debug));
        assert_eq!(Profile::parse(&args(&["--fast"])), None);
    }
}
