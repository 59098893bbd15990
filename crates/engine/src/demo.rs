//! The demo shop: a home of its own with in-process simulators of the platforms built so far.
//!
//! Its keys live in memory, its replies never leave the machine, its buyers answer back; deleting the folder ends it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use dragoman_channels::clock::SystemClock;
use dragoman_domain::{Channel, SignedDuration};
use dragoman_secrets::{Preference, Secret};
use dragoman_simulator::{Options as WorldOptions, Running, Simulator};

use crate::engine::{Engine, Options, lock_home};
use crate::error::{Error, Result};
use crate::shops::NewShop;

/// Folder of the demo inside a home.
pub const FOLDER: &str = "demo";

/// A running demo: the engine and the platforms it talks to.
pub struct Demo {
    /// The demo's engine.
    pub engine: Engine,
    /// The simulated platforms; they end with this value.
    pub platforms: Running,
}

/// Opens the demo of a home, from its beginning: what an earlier visit left is removed.
///
/// # Errors
/// [`Error::HomeInUse`] if it is open elsewhere; [`Error::Internal`] if the platforms cannot be started.
pub async fn open(home: &Path, undo: SignedDuration) -> Result<Demo> {
    let folder = home.join(FOLDER);
    // Somebody else's demo is left alone: removed is only what nobody has open.
    drop(lock_home(&folder)?);
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::File { path: folder.display().to_string(), source: error });
        }
        _ => {}
    }
    let platforms = Simulator::start(WorldOptions { answer_back: true, ..WorldOptions::default() })
        .await
        .map_err(|error| Error::Internal(error.to_string()))?;
    let clock = Arc::new(SystemClock::default());
    let engine = Engine::open(Options { home: folder, keys: Preference::Memory, clock, undo }).await?;
    for seed in platforms.shops() {
        let channel: Channel = seed.channel.parse().map_err(|error| Error::Internal(format!("{error}")))?;
        let secrets: BTreeMap<String, Secret> =
            seed.secrets.iter().map(|(field, secret)| (field.clone(), Secret::from(secret.clone()))).collect();
        let new = NewShop {
            channel,
            name: seed.name.clone(),
            fields: seed.fields.clone(),
            secrets,
            base_url: Some(seed.base_url.clone()),
            proxy: None,
        };
        let view = engine.add_shop(new).await?;
        // Nothing can leave the machine here, so the demo's first reply need not look for a switch.
        engine.set_sending(view.shop.id, true).await?;
    }
    Ok(Demo { engine, platforms })
}
