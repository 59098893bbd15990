//! Who is asking. The transport puts a [`Principal`] into the request; nothing here reads one from a header.

use serde::{Deserialize, Serialize};

/// What a route asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See the inbox and its state.
    Read,
    /// Answer buyers, and everything that belongs to it: drafts, read marks, the outbox, a sync.
    Answer,
    /// Connect shops, hand over their keys, switch sending on.
    Shops,
    /// The home itself: its vault, its backups, files of this machine.
    Home,
}

impl Permission {
    /// All of them: what the person at this machine has.
    pub const ALL: &'static [Self] = &[Self::Read, Self::Answer, Self::Shops, Self::Home];

    /// The word that stands in the API's document.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Answer => "answer",
            Self::Shops => "shops",
            Self::Home => "home",
        }
    }
}

/// Somebody who was let in by a transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    name: String,
    permissions: Vec<Permission>,
}

impl Principal {
    /// The person at this machine, who may do everything.
    pub fn owner() -> Self {
        Self::new("owner", Permission::ALL)
    }

    /// Somebody with a few permissions.
    pub fn new(name: impl Into<String>, permissions: &[Permission]) -> Self {
        Self { name: name.into(), permissions: permissions.to_vec() }
    }

    /// The name for logs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a route that asks for this is open.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}
