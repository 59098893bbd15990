//! The rule packs in force: shipped ones, replaced by files of the same name in the home.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use dragoman_domain::Channel;
use dragoman_domain::rules::{RuleError, RulePack};

use crate::error::{Error, Result};

/// Rule packs by platform.
pub(crate) struct Packs(HashMap<Channel, Arc<RulePack>>);

impl Packs {
    /// Loads the shipped packs and what the folder replaces. A file that cannot be used is an error: a rule that was meant to
    /// hold must not silently be another.
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        let mut packs = HashMap::new();
        for &channel in Channel::ALL {
            let path = folder.join(format!("{channel}.toml"));
            let pack = match std::fs::read_to_string(&path) {
                Ok(text) => RulePack::parse(channel, &text),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => RulePack::shipped(channel),
                Err(source) => return Err(Error::File { path: path.display().to_string(), source }),
            };
            match pack {
                Ok(pack) => drop(packs.insert(channel, Arc::new(pack))),
                Err(RuleError::Missing(_)) => {}
                Err(error) => return Err(Error::invalid(path.display().to_string(), error.to_string())),
            }
        }
        Ok(Self(packs))
    }

    /// The pack of a platform.
    pub(crate) fn of(&self, channel: Channel) -> Result<&Arc<RulePack>> {
        self.0.get(&channel).ok_or(Error::Rules(RuleError::Missing(channel)))
    }

    /// The pack of a platform, if it has one.
    pub(crate) fn get(&self, channel: Channel) -> Option<&Arc<RulePack>> {
        self.0.get(&channel)
    }
}
