//! Licences, bans and sources of everything that is compiled in, read from `.cargo/deny.toml`.
//!
//! cargo-deny checks the same file more thoroughly; this check needs no tool and no network, so it always runs.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::metadata::{self, Package};
use crate::workspace::Workspace;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The parts of cargo-deny's configuration that are checked here.
#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// Fails with every package that breaks a rule.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let file = workspace.root().join(".cargo/deny.toml");
    let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let packages = metadata::everything(workspace)?;
    let found = violations(&toml::from_str(&text)?, &packages)?;
    if !found.is_empty() {
        bail!("dependencies break the rules of .cargo/deny.toml:\n  {}", found.join("\n  "));
    }
    println!("{} packages: licences, bans and sources hold", packages.len());
    Ok(())
}

fn violations(rules: &Rules, packages: &[Package]) -> anyhow::Result<Vec<String>> {
    let allowed = rules.licenses.allow.iter().map(|licence| {
        Licensee::parse(licence).with_context(|| format!("`{licence}` in .cargo/deny.toml is no SPDX licence"))
    });
    let allowed = allowed.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(packages
        .iter()
        .flat_map(|package| {
            let found = [licence(&allowed, package), ban(&rules.bans, package), source(package)];
            found.into_iter().flatten().map(move |wrong| format!("{} {}: {wrong}", package.name, package.version))
        })
        .collect())
}

fn licence(allowed: &[Licensee], package: &Package) -> Option<String> {
    let Some(text) = &package.license else {
        return Some("declares no licence".into());
    };
    let Ok(expression) = Expression::parse_mode(text, ParseMode::LAX) else {
        return Some(format!("licence `{text}` cannot be read"));
    };
    let accepted = expression.evaluate(|required| allowed.iter().any(|licence| licence.satisfies(required)));
    (!accepted).then(|| format!("licence `{text}` is not on the list"))
}

fn ban(bans: &Bans, package: &Package) -> Option<String> {
    let ban = bans.deny.iter().find(|ban| ban.name == package.name)?;
    Some(format!("banned: {}", ban.reason))
}

fn source(package: &Package) -> Option<String> {
    let source = package.source.as_ref().filter(|source| *source != CRATES_IO)?;
    Some(format!("comes from {source}, not from crates.io"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn rules() -> Rules {
        toml::from_str(
            r#"
            [licenses]
            allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]
            [bans]
            deny = [{ crate = "openssl-sys", reason = "one TLS provider" }]
            "#,
        )
        .unwrap()
    }

    fn package(name: &str, license: Option<&str>, source: Option<&str>) -> Package {
        Package {
            name: name.into(),
            version: "1.0.0".into(),
            license: license.map(Into::into),
            source: source.map(Into::into),
            dependencies: Vec::new(),
        }
    }

    fn found(package: Package) -> Vec<String> {
        violations(&rules(), &[package]).unwrap()
    }

    fn with_licence(licence: &str) -> Vec<String> {
        found(package("x", Some(licence), Some(CRATES_IO)))
    }

    #[test]
    fn a_choice_is_accepted_when_one_side_is_on_the_list() {
        for licence in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "MIT/GPL-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "(MIT OR ISC) AND Unicode-3.0",
        ] {
            assert_eq!(with_licence(licence), [""; 0], "{licence}");
        }
    }

    #[test]
    fn every_side_of_a_conjunction_must_be_on_the_list() {
        assert_eq!(with_licence("MIT AND ISC"), ["x 1.0.0: licence `MIT AND ISC` is not on the list"]);
    }

    #[test]
    fn copyleft_missing_and_unreadable_licences_are_refused() {
        assert_eq!(with_licence("GPL-3.0-only"), ["x 1.0.0: licence `GPL-3.0-only` is not on the list"]);
        assert_eq!(with_licence("as you like"), ["x 1.0.0: licence `as you like` cannot be read"]);
        assert_eq!(found(package("x", None, Some(CRATES_IO))), ["x 1.0.0: declares no licence"]);
    }

    #[test]
    fn a_banned_crate_is_named_with_the_reason() {
        let package = package("openssl-sys", Some("MIT"), Some(CRATES_IO));
        assert_eq!(found(package), ["openssl-sys 1.0.0: banned: one TLS provider"]);
    }

    #[test]
    fn only_crates_io_and_our_own_folders_are_sources() {
        assert_eq!(found(package("ours", Some("MIT"), None)), [""; 0]);
        let git = found(package("x", Some("MIT"), Some("git+https://example.com/x")));
        assert_eq!(git, ["x 1.0.0: comes from git+https://example.com/x, not from crates.io"]);
    }

    #[test]
    fn a_misspelt_licence_on_the_list_is_an_error() {
        let mut rules = rules();
        rules.licenses.allow.push("MITT".into());
        assert!(violations(&rules, &[]).is_err());
    }
}
