//! Which crate may depend on which, read from the manifests.
//!
//! domain ← store, channels, translate, secrets ← engine ← api ← hub ← cli, desktop: imports point down, siblings do not
//! know each other. The simulator depends on nothing of ours and serves engine, cli and tests. One crate owns each
//! foreign subject: SQLite, HTTP clients, the window, the keyring.

use anyhow::bail;

use crate::metadata::{self, Dependency, Kind, Package};
use crate::workspace::Workspace;

const SIMULATOR: &str = "dragoman-simulator";
const MAY_SIMULATE: &[&str] = &["dragoman-engine", "dragoman-cli", "dragoman-desktop"];

/// Our crates from the bottom up; those of one row do not know each other.
const ROWS: &[&[&str]] = &[
    &["dragoman-domain", SIMULATOR],
    &["dragoman-store", "dragoman-channels", "dragoman-pictures", "dragoman-translate", "dragoman-secrets"],
    &["dragoman-engine"],
    &["dragoman-api"],
    &["dragoman-hub"],
    &["dragoman-cli", "dragoman-desktop"],
];

/// May use everything; nothing may use it.
const TESTS: &str = "dragoman-tests";
/// Uses nothing of ours; nothing may use it.
const XTASK: &str = "xtask";

/// A foreign subject and the only crates that may name it outside their tests.
struct Subject {
    what: &'static str,
    owners: &'static [&'static str],
    named_by: fn(&Dependency) -> bool,
}

const SUBJECTS: &[Subject] = &[
    Subject { what: "SQLite", owners: &["dragoman-store"], named_by: is_sqlite },
    Subject {
        what: "an HTTP client",
        owners: &["dragoman-channels", "dragoman-translate", "dragoman-hub"],
        named_by: is_http_client,
    },
    Subject { what: "the window", owners: &["dragoman-desktop"], named_by: is_window },
    Subject { what: "a picture codec", owners: &["dragoman-pictures", "dragoman-simulator"], named_by: is_codec },
    Subject { what: "the keyring", owners: &["dragoman-secrets"], named_by: is_keyring },
];

fn is_sqlite(dependency: &Dependency) -> bool {
    ["rusqlite", "libsqlite3-sys", "sqlx"].contains(&dependency.name.as_str())
}

fn is_codec(dependency: &Dependency) -> bool {
    ["image", "png", "gif", "zune-jpeg", "jpeg-decoder", "image-webp"].contains(&dependency.name.as_str())
}

fn is_http_client(dependency: &Dependency) -> bool {
    match dependency.name.as_str() {
        "reqwest" | "ureq" | "isahc" => true,
        // Both halves of the protocol live in these; the server half is anybody's.
        "hyper" | "hyper-util" => {
            dependency.features.iter().any(|feature| feature.starts_with("client") || feature == "full")
        }
        _ => false,
    }
}

fn is_window(dependency: &Dependency) -> bool {
    dependency.name == "tauri" || dependency.name.starts_with("tauri-")
}

fn is_keyring(dependency: &Dependency) -> bool {
    dependency.name.contains("keyring") || dependency.name == "secret-service"
}

/// Fails with every dependency that points the wrong way.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let members = metadata::members(workspace)?;
    let found = violations(&members);
    if !found.is_empty() {
        bail!("dependencies point the wrong way:\n  {}", found.join("\n  "));
    }
    println!("{} crates: directions hold", members.len());
    Ok(())
}

fn violations(members: &[Package]) -> Vec<String> {
    members.iter().flat_map(|member| unplaced(member).into_iter().chain(broken_by(member, members))).collect()
}

fn unplaced(member: &Package) -> Option<String> {
    let known = row(&member.name).is_some() || member.name == TESTS || member.name == XTASK;
    (!known).then(|| format!("{} has no place among the crates: give it one in xtask/src/direction.rs", member.name))
}

fn broken_by(member: &Package, members: &[Package]) -> Vec<String> {
    if member.name == TESTS {
        return Vec::new();
    }
    let each = member.dependencies.iter().filter_map(|dependency| {
        let ours = members.iter().any(|other| other.name == dependency.name);
        let wrong = if ours { wrong_way(member, dependency) } else { foreign(member, dependency) };
        wrong.map(|why| format!("{} -> {}: {why}", member.name, dependency.name))
    });
    each.collect()
}

fn wrong_way(member: &Package, dependency: &Dependency) -> Option<String> {
    if member.name == SIMULATOR {
        return Some("the simulator depends on nothing of ours".into());
    }
    if dependency.name == SIMULATOR {
        let allowed = dependency.kind == Some(Kind::Dev) || MAY_SIMULATE.contains(&member.name.as_str());
        return (!allowed).then(|| "the simulator serves engine, cli, desktop and tests only".into());
    }
    match (row(&member.name), row(&dependency.name)) {
        (Some(from), Some(to)) if to < from => None,
        (Some(from), Some(to)) if to == from => Some("siblings do not know each other".into()),
        (Some(_), Some(_)) => Some("imports point down".into()),
        (None, _) => Some(format!("{} uses nothing of ours", member.name)),
        (_, None) => Some(format!("nothing depends on {}", dependency.name)),
    }
}

fn foreign(member: &Package, dependency: &Dependency) -> Option<String> {
    if dependency.kind == Some(Kind::Dev) {
        return None;
    }
    let subject = SUBJECTS.iter().find(|subject| (subject.named_by)(dependency))?;
    let owned = subject.owners.contains(&member.name.as_str());
    (!owned).then(|| format!("only {} may name {}", subject.owners.join(", "), subject.what))
}

fn row(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

#[cfg(test)]
mod tests;
