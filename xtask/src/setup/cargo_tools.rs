//! Programs from crates.io, installed beside the build so that nothing outside the target folder changes.

use crate::call;
use crate::workspace::Workspace;

/// A program and the release series whose options and configuration we rely on.
pub(crate) struct CargoTool {
    package: &'static str,
    pub(crate) command: &'static str,
    /// Start of an acceptable version, with its last dot.
    series: &'static str,
}

pub(crate) const NEXTEST: CargoTool = CargoTool { package: "cargo-nextest", command: "cargo-nextest", series: "0.9." };
pub(crate) const DENY: CargoTool = CargoTool { package: "cargo-deny", command: "cargo-deny", series: "0.20." };

/// Installs the program unless one of its series is found.
pub(crate) fn ensure(workspace: &Workspace, tool: &CargoTool) -> anyhow::Result<()> {
    if is_there(workspace, tool) {
        return Ok(());
    }
    println!("installing {} {}x, which takes some minutes", tool.package, tool.series);
    let build = workspace.tools().join("build");
    let mut install = workspace.cargo(["install", "--locked", "--quiet", tool.package, "--version"]);
    install.arg(format!("^{}0", tool.series)).arg("--root").arg(workspace.tools()).arg("--target-dir").arg(&build);
    // These programs wait for files and processes most of the time, so compiling them costs more than running them.
    install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_PROFILE_RELEASE_LTO", "off");
    install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").env("CARGO_PROFILE_RELEASE_DEBUG", "none");
    call::run(&mut install)?;
    // Half a gigabyte that only another installation would read.
    let _ = std::fs::remove_dir_all(build);
    Ok(())
}

/// Whether the program is found in a version that will do.
pub(crate) fn is_there(workspace: &Workspace, tool: &CargoTool) -> bool {
    let mut ask = workspace.command(tool.command);
    call::probe(ask.arg("--version")).is_some_and(|answer| is_of_series(&answer, tool.series))
}

/// `answer` is what `--version` prints: name and version first, then whatever the program adds.
fn is_of_series(answer: &str, series: &str) -> bool {
    answer.split_whitespace().nth(1).is_some_and(|version| version.starts_with(series))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_another_series_is_not_enough() {
        assert!(is_of_series("cargo-deny 0.20.2\n", DENY.series));
        assert!(is_of_series("cargo-nextest 0.9.143 (60fa45f63 2026-08-04)\nrelease: 0.9.143\n", NEXTEST.series));
        assert!(!is_of_series("cargo-deny 0.2.2\n", DENY.series));
        assert!(!is_of_series("", DENY.series));
    }
}
