//! `cargo xtask conformance`: simulators and connectors against the platforms' own specification files.
//!
//! The files are the platforms' and stay outside the repository, so a clone may have to do without them.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::workspace::Workspace;
use crate::{call, setup};

/// Where the specification files are looked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Specs {
    /// Beside the clone, where they are kept by convention.
    Usual,
    /// A folder the person named.
    In(PathBuf),
}

impl Specs {
    /// None if the arguments are not understood.
    pub(crate) fn parse(args: &[String]) -> Option<Self> {
        match args {
            [] => Some(Self::Usual),
            [flag, folder] if flag == "--specs" => Some(Self::In(folder.into())),
            _ => None,
        }
    }
}

/// Why the check was left out, for a run that goes on without it.
pub(crate) const NOT_RUN: &str = "not run, there are no specification files in ../shared/marketplaces/specs; with them \
     elsewhere: cargo xtask conformance --specs DIR";

/// Specification files beside the clone, if there are any.
pub(crate) fn usual_specs(workspace: &Workspace) -> Option<PathBuf> {
    let folder = workspace.root().join("../shared/marketplaces/specs").canonicalize().ok()?;
    folder.is_dir().then_some(folder)
}

/// Runs on request: missing files are a failure.
pub(crate) fn asked_for(workspace: &Workspace, specs: &Specs) -> anyhow::Result<()> {
    let folder = match specs {
        Specs::Usual => usual_specs(workspace).context(NOT_RUN)?,
        Specs::In(folder) => folder.canonicalize().with_context(|| format!("{} cannot be read", folder.display()))?,
    };
    if !folder.is_dir() {
        bail!("{} is not a folder", folder.display());
    }
    setup::for_conformance(workspace)?;
    // --workspace keeps the features, and with them the compiled dependencies, of the ordinary test run.
    let mut tests = workspace.cargo(["nextest", "run", "--locked", "--workspace", "--test", "conformance"]);
    tests.args(["--success-output", "final"]).env("DRAGOMAN_SPECS", folder);
    call::run(&mut tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_can_be_named_and_anything_else_is_refused() {
        let args = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        assert_eq!(Specs::parse(&args(&[])), Some(Specs::Usual));
        assert_eq!(Specs::parse(&args(&["--specs", "a b"])), Some(Specs::In("a b".into())));
        assert_eq!(Specs::parse(&args(&["--specs"])), None);
        assert_eq!(Specs::parse(&args(&["somewhere"])), None);
    }
}
