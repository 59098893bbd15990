//! What the engine's errors are to whoever asked: every variant by name, so that a new one is given a code when it is made.

use dragoman_channels::Failure;
use dragoman_domain::claim::Money;
use dragoman_domain::offer::Consequence;
use dragoman_engine::Error;
use dragoman_engine::sync::StreamProblem;
use dragoman_secrets::{Error as SecretsError, KeyringProblem};
use dragoman_store::Error as StoreError;
use serde_json::Value;

use crate::problem::{ErrorCode, Problem};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let new = |code| Self::new(code, message.clone());
        match error {
            Error::NotFound { what, id } => new(ErrorCode::NotFound).with("what", what).with("id", id),
            Error::Invalid { field, why } => new(ErrorCode::Invalid).with("field", field).with("why", why),
            Error::TextLength { length, min, max } => {
                new(ErrorCode::TextLength).with("length", length).with("min", min).with("max", max)
            }
            Error::InvisibleText { found } => new(ErrorCode::TextInvisible).with("found", found),
            Error::NotOffered { action, kind } => {
                new(ErrorCode::NotOffered).with("action", action.word()).with("kind", kind.word())
            }
            Error::OfferGone { name, offered } => new(ErrorCode::OfferGone).with("name", name).with("offered", offered),
            Error::Unconfirmed { name, consequence: Consequence { effect, money } } => {
                let problem = new(ErrorCode::ConfirmationMissing).with("name", name).with("effect", effect.word());
                match money {
                    Some(Money { amount, currency }) => problem.with("amount", amount).with("currency", currency),
                    None => problem,
                }
            }
            Error::NotEditable { until } => {
                new(ErrorCode::NotEditable).with("until", until.map(|until| until.to_string()))
            }
            Error::AlreadyOnItsWay { item } => new(ErrorCode::AlreadyOnItsWay).with("item", item),
            Error::WrongState { state } => new(ErrorCode::WrongState).with("state", state.word()),
            Error::KeyReused => new(ErrorCode::KeyReused),
            Error::WindowClosed { until } => new(ErrorCode::WindowClosed).with("until", until.to_string()),
            Error::NotHere { state, cause } => {
                new(ErrorCode::FileNotHere).with("state", state.word()).with("cause", cause.word())
            }
            Error::NoPicture { .. } => new(ErrorCode::NoPicture),
            Error::Files(fault) => {
                let mut problem = new(ErrorCode::FilesRefused);
                if let Ok(Value::Object(params)) = serde_json::to_value(&fault) {
                    problem.params.extend(params);
                }
                problem
            }
            Error::OtherSeller { wanted, found } => {
                new(ErrorCode::OtherSeller).with("wanted", wanted).with("found", found)
            }
            Error::AlreadyConnected { seller, shop } => {
                new(ErrorCode::AlreadyConnected).with("seller", seller).with("shop", shop)
            }
            Error::Platform(failure) => platform(failure),
            Error::Secrets(error) => secrets(error),
            Error::Store(error) => store(error),
            Error::Rules(_) => new(ErrorCode::RulesUnusable),
            Error::HomeInUse { owner } => new(ErrorCode::HomeInUse).with("owner", owner),
            Error::File { path, .. } => new(ErrorCode::FileUnusable).with("path", path),
            Error::ImportLine { line, why } => new(ErrorCode::ImportLine).with("line", line).with("why", why),
            Error::Stopping => new(ErrorCode::Stopping).retry_after(5),
            Error::Internal(_) => new(ErrorCode::Internal),
        }
    }
}

fn platform(failure: Failure) -> Problem {
    let message = failure.to_string();
    let new = |code| Problem::new(code, message.clone());
    match failure {
        Failure::Wait { until, .. } => new(ErrorCode::RateLimited).with("until", until.to_string()),
        Failure::Offline { .. } => new(ErrorCode::PlatformUnreachable),
        Failure::ServerFault { status, .. } => new(ErrorCode::PlatformFault).with("status", status),
        Failure::Key { code, .. } => new(ErrorCode::from_word(&code).unwrap_or(ErrorCode::TokenRefused)),
        Failure::Closed { feature, code, .. } => {
            new(ErrorCode::from_word(&code).unwrap_or(ErrorCode::RightMissing)).with("feature", feature)
        }
        Failure::NotFound => new(ErrorCode::NotFound).with("what", "item of the platform"),
        Failure::Refused { .. } => new(ErrorCode::PlatformRefused),
        Failure::Unreadable { .. } => new(ErrorCode::PlatformUnreadable),
        Failure::TooLarge { limit } => new(ErrorCode::PlatformUnreadable).with("limit", limit),
        Failure::Endless { .. } => new(ErrorCode::PagingEndless),
        Failure::Incomplete { .. } => new(ErrorCode::PagingIncomplete),
        Failure::Setup { field, .. } => new(ErrorCode::ShopSetup).with("field", field),
    }
}

fn secrets(error: SecretsError) -> Problem {
    let message = error.to_string();
    let new = |code| Problem::new(code, message.clone());
    match error {
        SecretsError::NoStore { .. } => new(ErrorCode::NoSecretStore),
        SecretsError::Keyring(KeyringProblem::Locked(_)) => new(ErrorCode::KeyringLocked),
        SecretsError::Keyring(
            KeyringProblem::NoService(_) | KeyringProblem::TimedOut { .. } | KeyringProblem::Failed(_),
        )
        | SecretsError::NotKept => new(ErrorCode::KeyringFailed),
        SecretsError::VaultLocked => new(ErrorCode::VaultLocked),
        SecretsError::VaultExists => new(ErrorCode::VaultExists),
        SecretsError::WrongPassphrase => new(ErrorCode::WrongPassphrase),
        SecretsError::VaultDamaged { .. } | SecretsError::VaultNewer { .. } => new(ErrorCode::VaultUnusable),
        SecretsError::NotAVault => new(ErrorCode::NotAVault),
        SecretsError::TooLong { bytes, limit } => {
            new(ErrorCode::SecretUnusable).with("bytes", bytes).with("limit", limit)
        }
        SecretsError::Empty | SecretsError::NotText => new(ErrorCode::SecretUnusable),
        SecretsError::BadField { field } => new(ErrorCode::Invalid).with("field", field).with("why", message.clone()),
        SecretsError::Io { what, .. } => new(ErrorCode::FileUnusable).with("path", what),
    }
}

fn store(error: StoreError) -> Problem {
    let message = error.to_string();
    let new = |code| Problem::new(code, message.clone());
    match error {
        StoreError::Damaged { .. } => Problem::new(
            ErrorCode::HomeDamaged,
            format!(
                "{message}; `dragoman salvage` brings back what can be read, `dragoman restore FILE` puts a backup in its place"
            ),
        ),
        StoreError::Index { .. } => new(ErrorCode::HomeDamaged),
        StoreError::Newer { found, known } => new(ErrorCode::HomeNewer).with("found", found).with("known", known),
        StoreError::Foreign { .. } => new(ErrorCode::FileUnusable),
        StoreError::Unsuitable { .. } | StoreError::Engine { .. } | StoreError::ReadOnly | StoreError::Busy => {
            new(ErrorCode::HomeUnusable)
        }
        StoreError::DiskFull => new(ErrorCode::DiskFull),
        StoreError::Missing { what, key } => new(ErrorCode::NotFound).with("what", what).with("id", key),
        StoreError::KeyReused { .. } => new(ErrorCode::KeyReused),
        StoreError::Occupied { path } => new(ErrorCode::FileUnusable).with("path", path),
        StoreError::Illegal(illegal) => new(ErrorCode::WrongState).with("state", illegal.state.word()),
        StoreError::Closed => new(ErrorCode::Stopping).retry_after(5),
        StoreError::File { what, .. } => new(ErrorCode::FileUnusable).with("path", what),
        StoreError::Record(_) | StoreError::Sql(_) => new(ErrorCode::Internal),
    }
}

impl From<StreamProblem> for Problem {
    fn from(problem: StreamProblem) -> Self {
        Self::new(ErrorCode::from_word(&problem.code).unwrap_or(ErrorCode::PlatformRefused), problem.message)
            .with("reason", problem.code)
    }
}
