//! The passphrase vault, made and opened by hand.

use dragoman_secrets::Secret;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::{Passphrase, VaultCommand};
use crate::failure::Outcome;
use crate::home::Home;
use crate::output::{Out, read};
use crate::secret::{self, text};

/// Where keys are kept.
#[derive(Deserialize)]
struct Keys {
    place: Option<String>,
    ready: bool,
    why: Option<String>,
}

pub(crate) async fn run(home: &mut Home, out: Out, command: VaultCommand) -> Outcome {
    let (path, Passphrase { passphrase_file }) = match command {
        VaultCommand::Init(passphrase) => ("/api/vault", passphrase),
        VaultCommand::Unlock(passphrase) => ("/api/vault/unlock", passphrase),
    };
    let body = body(&secret::read_passphrase(&passphrase_file)?)?;
    let keys = home.call(Method::POST, path, Some(body)).await?;
    out.document(&keys, |keys| {
        let Keys { place, ready, why } = read(keys)?;
        let place = place.unwrap_or_else(|| "nowhere".to_owned());
        Ok(if ready {
            format!("Keys are kept in: {place}.")
        } else {
            format!("Keys cannot be used yet: {}.", why.unwrap_or(place))
        })
    })
}

fn body(passphrase: &Secret) -> Outcome<Value> {
    Ok(json!({ "passphrase": text(passphrase)? }))
}
