//! Parts of the Rust toolchain that a minimal installation lacks.

use anyhow::Context as _;

use crate::call;
use crate::workspace::Workspace;

/// Adds rustfmt and clippy through rustup where they are missing.
pub(crate) fn ensure_components(workspace: &Workspace) -> anyhow::Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if call::probe(&mut workspace.cargo([subcommand, "--version"])).is_none() {
            call::run(workspace.command("rustup").args(["component", "add", component]))
                .with_context(|| format!("{component} is missing from the Rust toolchain"))?;
        }
    }
    Ok(())
}
