//! What each chore needs on this machine, and how it gets there. Nothing here uses the network when nothing is missing.

pub(crate) mod cargo_tools;
mod debian;
mod node;
mod python;
mod rust;

use crate::workspace::Workspace;

/// What is needed to build and start the program in a window. A machine that cannot get it still has the browser.
pub(crate) fn for_window(workspace: &Workspace) -> anyhow::Result<()> {
    debian::ensure(workspace, &[debian::C_COMPILER, debian::WEB_VIEW, debian::TRAY])?;
    node::ensure(workspace, &[node::PAGE])
}

/// What is needed to build and start the program.
pub(crate) fn for_running(workspace: &Workspace) -> anyhow::Result<()> {
    debian::ensure(workspace, &[debian::C_COMPILER])?;
    node::ensure(workspace, &[node::PAGE])
}

/// What is needed to pack the window.
pub(crate) fn for_bundle(workspace: &Workspace) -> anyhow::Result<()> {
    debian::ensure(workspace, &[debian::C_COMPILER, debian::WEB_VIEW, debian::TRAY_TO_PACK])?;
    node::ensure(workspace, &[node::PAGE])
}

/// What the tests themselves need.
pub(crate) fn for_testing(workspace: &Workspace) -> anyhow::Result<()> {
    let mut packages = vec![debian::C_COMPILER, debian::DBUS, debian::KEYRING, debian::PYTHON_VENV, debian::STRACE];
    // A member of the workspace like any other: without these nothing of it compiles.
    packages.extend([debian::WEB_VIEW, debian::TRAY]);
    if has_window_tests(workspace) {
        packages.extend([debian::WEB_VIEW_DRIVER, debian::VIRTUAL_DISPLAY, debian::DISPLAY_KEY]);
    }
    if has_page_tests(workspace) {
        packages.extend([debian::BROWSER, debian::CJK_FONTS]);
    }
    debian::ensure(workspace, &packages)?;
    rust::ensure_components(workspace)?;
    cargo_tools::ensure(workspace, &cargo_tools::NEXTEST)?;
    node::ensure_all(workspace)?;
    python::ensure(workspace);
    Ok(())
}

/// What looks at the dependencies only. Our own check stands in for it on a machine without network.
pub(crate) fn for_checking(workspace: &Workspace) {
    if let Err(error) = cargo_tools::ensure(workspace, &cargo_tools::DENY) {
        eprintln!("{} is left out, it could not be installed: {error:#}", cargo_tools::DENY.command);
    }
}

/// What the conformance tests need.
pub(crate) fn for_conformance(workspace: &Workspace) -> anyhow::Result<()> {
    debian::ensure(workspace, &[debian::C_COMPILER, debian::WEB_VIEW])?;
    cargo_tools::ensure(workspace, &cargo_tools::NEXTEST)?;
    node::ensure_all(workspace)
}

/// Whether the page has tests in a browser.
pub(crate) fn has_page_tests(workspace: &Workspace) -> bool {
    workspace.root().join("tests/web/package.json").exists()
}

/// Whether the window has tests.
pub(crate) fn has_window_tests(workspace: &Workspace) -> bool {
    workspace.root().join("tests/window/package.json").exists()
}
