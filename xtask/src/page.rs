//! The page: built before the program that carries it, checked and tested by its own tools.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::call;
use crate::workspace::Workspace;

/// Builds the page. Where nothing changed, its files are left alone, so that cargo does not compile the program again.
pub(crate) fn build(workspace: &Workspace) -> anyhow::Result<()> {
    let fresh = workspace.tools().with_file_name("page");
    let mut npm = workspace.command("npm");
    npm.args(["run", "build", "--silent", "--prefix", "ui", "--", "--emptyOutDir", "--outDir"]).arg(&fresh);
    call::run(&mut npm)?;
    let built = workspace.root().join("ui/dist");
    if built.is_dir() && contents(&fresh)? == contents(&built)? {
        return Ok(());
    }
    if built.is_dir() {
        fs::remove_dir_all(&built).context("the old page could not be removed")?;
    }
    copy(&fresh, &built).context("the page could not be put in its place")
}

/// Types, lints, format and unit tests.
pub(crate) fn test(workspace: &Workspace) -> anyhow::Result<()> {
    for script in ["check", "test"] {
        call::run(workspace.command("npm").args(["run", script, "--silent", "--prefix", "ui"]))?;
    }
    Ok(())
}

/// Files below a folder by their path in it.
fn contents(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(folder.join(&inner))? {
            let entry = entry?;
            let path = inner.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                found.insert(path, fs::read(entry.path())?);
            }
        }
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for (path, bytes) in contents(from)? {
        let target = to.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(target, bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_copy_is_the_same_and_a_change_is_seen() {
        let folder = std::env::temp_dir().join(format!("dragoman-page-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to"));
        fs::create_dir_all(from.join("assets")).unwrap();
        fs::write(from.join("index.html"), "page").unwrap();
        fs::write(from.join("assets/a.js"), "code").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(contents(&from).unwrap(), contents(&to).unwrap());
        fs::write(from.join("assets/a.js"), "other").unwrap();
        assert_ne!(contents(&from).unwrap(), contents(&to).unwrap());
        fs::remove_dir_all(folder).unwrap();
    }
}
