//! What `cargo metadata` says about packages, as far as the checks need it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use crate::call;
use crate::workspace::Workspace;

/// One package as its manifest declares it.
#[derive(Deserialize, Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// SPDX expression, sometimes with the older `/` for OR.
    pub(crate) license: Option<String>,
    /// Registry or repository; none for a path in this workspace.
    pub(crate) source: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a dependency table.
#[derive(Deserialize, Debug, Clone)]
pub(crate) struct Dependency {
    /// The package's own name, whatever it is renamed to.
    pub(crate) name: String,
    pub(crate) kind: Option<Kind>,
    pub(crate) features: Vec<String>,
}

/// Which dependency table a line stands in; none means the ordinary one.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Dev,
    Build,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

/// The workspace's own packages.
pub(crate) fn members(workspace: &Workspace) -> anyhow::Result<Vec<Package>> {
    Ok(read(&mut workspace.cargo(["metadata", "--locked", "--no-deps", "--format-version=1"]))?.packages)
}

/// The workspace's own packages and everything they may pull in on any system.
pub(crate) fn everything(workspace: &Workspace) -> anyhow::Result<Vec<Package>> {
    Ok(read(&mut workspace.cargo(["metadata", "--locked", "--all-features", "--format-version=1"]))?.packages)
}

/// Where cargo builds, with CARGO_TARGET_DIR and configuration files taken into account.
pub(crate) fn target_directory(root: &Path) -> anyhow::Result<PathBuf> {
    let mut command = Command::new("cargo");
    Ok(read(command.current_dir(root).args(["metadata", "--no-deps", "--format-version=1"]))?.target_directory)
}

fn read(command: &mut Command) -> anyhow::Result<Metadata> {
    serde_json::from_str(&call::output(command)?).context("cargo metadata answered in an unknown shape")
}
