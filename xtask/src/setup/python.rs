//! schemathesis, in a virtual environment beside the build.

use std::path::Path;

use anyhow::Context as _;

use crate::call;
use crate::workspace::Workspace;

/// Exact, so that the same requests are drawn everywhere.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// Installs schemathesis; without network the one test that needs it says so.
pub(crate) fn ensure(workspace: &Workspace) {
    let folder = workspace.tools().join("python");
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == SCHEMATHESIS) {
        return;
    }
    println!("installing {SCHEMATHESIS}");
    if let Err(error) = install(workspace, &folder, &stamp) {
        eprintln!("schemathesis could not be installed: {error:#}");
    }
}

fn install(workspace: &Workspace, folder: &Path, stamp: &Path) -> anyhow::Result<()> {
    call::run(workspace.command("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = workspace.command(folder.join("bin/python"));
    call::run(pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--retries",
        "1",
        "--disable-pip-version-check",
        SCHEMATHESIS,
    ]))?;
    std::fs::write(stamp, SCHEMATHESIS).context("the schemathesis stamp could not be written")
}
