//! Tools from PyPI, in a virtual environment beside the build.

use std::path::Path;

use anyhow::Context as _;

use crate::call;
use crate::workspace::Workspace;

/// Exact, so that the same requests are drawn everywhere. The spelling check comes as a built program, which saves minutes of
/// compiling.
const PACKAGES: [&str; 2] = ["schemathesis==4.32.5", "typos==1.52.0"];

/// Installs the tools; without network the steps that need them say so.
pub(crate) fn ensure(workspace: &Workspace) {
    let folder = workspace.tools().join("python");
    let stamp = folder.join("installed");
    let wanted = PACKAGES.join(" ");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return;
    }
    println!("installing {wanted}");
    if let Err(error) = install(workspace, &folder, &stamp) {
        eprintln!("{wanted} could not be installed: {error:#}");
    }
}

fn install(workspace: &Workspace, folder: &Path, stamp: &Path) -> anyhow::Result<()> {
    call::run(workspace.command("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = workspace.command(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--retries", "1", "--disable-pip-version-check"]);
    call::run(pip.args(PACKAGES))?;
    std::fs::write(stamp, PACKAGES.join(" ")).context("the stamp of the tools could not be written")
}
