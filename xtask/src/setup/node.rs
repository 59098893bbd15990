//! npm packages of the folders that have a lock file.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::call;
use crate::workspace::Workspace;

/// Oldest Node that README asks for: major and minor version.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// The folder of the page.
pub(crate) const PAGE: &str = "ui";

/// What the page and all tests need.
pub(crate) fn ensure_all(workspace: &Workspace) -> anyhow::Result<()> {
    let folders = folders(workspace)?;
    ensure(workspace, &folders.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Runs `npm ci` in those of these folders whose lock file is not the one that was installed.
pub(crate) fn ensure(workspace: &Workspace, folders: &[&str]) -> anyhow::Result<()> {
    let stale: Vec<PathBuf> =
        folders.iter().map(|folder| workspace.root().join(folder)).filter(|folder| !is_installed(folder)).collect();
    if stale.is_empty() {
        return Ok(());
    }
    require_node(workspace)?;
    for folder in stale {
        println!("installing npm packages of {}", folder.display());
        call::run(workspace.command("npm").args(["ci", "--no-audit", "--no-fund", "--prefix"]).arg(&folder))?;
        // npm makes no folder when there is nothing to put in.
        std::fs::create_dir_all(folder.join("node_modules"))?;
        std::fs::copy(lock_file(&folder), stamp(&folder)).context("the npm stamp could not be written")?;
    }
    Ok(())
}

/// The page and the folders of `tests`, as far as they have a lock file.
fn folders(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut folders = vec![PAGE.to_owned()];
    for entry in std::fs::read_dir(workspace.root().join("tests"))? {
        folders.push(format!("tests/{}", entry?.file_name().to_string_lossy()));
    }
    folders.retain(|folder| lock_file(&workspace.root().join(folder)).is_file());
    folders.sort();
    Ok(folders)
}

fn lock_file(folder: &Path) -> PathBuf {
    folder.join("package-lock.json")
}

/// A copy of the lock file that was installed last; goes away with the packages.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("node_modules/.installed-lock.json")
}

fn is_installed(folder: &Path) -> bool {
    match (std::fs::read(lock_file(folder)), std::fs::read(stamp(folder))) {
        (Ok(wanted), Ok(installed)) => wanted == installed,
        _ => false,
    }
}

fn require_node(workspace: &Workspace) -> anyhow::Result<()> {
    let (major, minor) = OLDEST_NODE;
    let Some(answer) = call::probe(workspace.command("node").arg("--version")) else {
        bail!("Node {major}.{minor} or newer is missing");
    };
    if !is_new_enough(&answer) {
        bail!("Node {major}.{minor} or newer is needed, this is {}", answer.trim());
    }
    Ok(())
}

fn is_new_enough(answer: &str) -> bool {
    let mut numbers = answer.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= OLDEST_NODE,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_compared_by_number() {
        for (version, enough) in
            [("v20.19.0\n", true), ("v22.1.0", true), ("v20.9.0", false), ("v18.20.1", false), ("", false)]
        {
            assert_eq!(is_new_enough(version), enough, "{version}");
        }
    }
}
