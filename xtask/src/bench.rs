//! `cargo xtask bench`: the benchmark program in release mode.

use crate::call;
use crate::workspace::Workspace;

/// Builds and runs the benchmark with `args` as they came.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> anyhow::Result<()> {
    let mut bench =
        workspace.cargo(["run", "--locked", "--release", "--package", "dragoman-tests", "--bin", "bench", "--"]);
    // Paths among the arguments are meant from where the person stands.
    call::run(bench.current_dir(".").args(args))
}
