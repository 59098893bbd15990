//! Where the repository, its target folder and its tools are, and how a child process is started in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::metadata;

/// The repository this xtask belongs to.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> anyhow::Result<Self> {
        // `cargo run` names the folder of the manifest in use; the compiled-in one may be another clone's that shares our
        // target folder.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().context("xtask lies in no workspace")?.to_path_buf();
        let target = metadata::target_directory(&root)?;
        Ok(Self { root, target })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Tools that are installed for this project alone; part of the target folder, so `cargo clean` ends them too.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The debug build of the program.
    pub(crate) fn dragoman(&self) -> PathBuf {
        self.built("dragoman")
    }

    /// The debug build of the window.
    pub(crate) fn window(&self) -> PathBuf {
        self.built("dragoman-desktop")
    }

    fn built(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// A command in the root of the repository that finds our tools first.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", self.path());
        // `cargo run` describes xtask to its child; build scripts that watch these variables would run again for every
        // cargo command below.
        for (name, _) in std::env::vars_os() {
            let described =
                name.to_str().is_some_and(|n| n.starts_with("CARGO_PKG_") || n.starts_with("CARGO_MANIFEST_"));
            if described {
                command.env_remove(name);
            }
        }
        command
    }

    /// A cargo command in the root of the repository.
    pub(crate) fn cargo<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.command("cargo");
        command.args(args);
        command
    }

    fn path(&self) -> OsString {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let first = std::iter::once(self.tools().join("bin"));
        // Last, because a virtual environment also brings a python3, which must not stand in for the system's.
        let last = std::iter::once(self.tools().join("python").join("bin"));
        let folders = first.chain(std::env::split_paths(&inherited)).chain(last);
        // Only a folder with a separator in its name cannot be joined; then our tools are merely not found.
        std::env::join_paths(folders).unwrap_or(inherited)
    }
}
