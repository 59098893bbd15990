//! The home a program works on: owned by it, or reached through the process that owns it.

pub mod clock;
mod open;
mod vault;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dragoman_api::{ErrorCode, Problem, Scene};
use dragoman_channels::clock::Clock;
use dragoman_engine::{Engine, Error, Options};
use dragoman_secrets::Preference;
use jiff::SignedDuration;

use crate::client::Api;

pub use open::OpenHome;
pub use vault::open_unasked;

/// How long an answer given on the page may be withdrawn. Commands ask for no hold.
pub const UNDO: SignedDuration = SignedDuration::from_secs(10);
/// How long a home may have neither a free lock nor an owner that answers: one is just starting or ending.
const HANDOVER: Duration = Duration::from_secs(10);
/// Between two looks during a handover.
const LOOK: Duration = Duration::from_millis(50);

/// The way to a home.
pub enum Reach {
    /// This process owns it.
    Owner(Box<OpenHome>),
    /// Another process does, and answers.
    Client(Api),
}

impl Reach {
    /// What is asked, wherever it runs.
    pub fn api(&self) -> &Api {
        match self {
            Self::Owner(home) => home.api(),
            Self::Client(api) => api,
        }
    }

    /// Becomes the owner of a home, or a client of whoever is.
    ///
    /// # Errors
    /// [`ErrorCode::HomeInUse`] if an owner does not answer; else why the home cannot be opened.
    pub async fn of(place: &Path, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        let give_up = Instant::now() + HANDOVER;
        loop {
            match own(place, Arc::clone(&clock)).await {
                Ok(engine) => {
                    return Ok(Self::Owner(Box::new(OpenHome::start(engine, Scene::Home, 0).await?)));
                }
                Err(Opening::InUse) => {}
                Err(Opening::Failed(problem)) => return Err(*problem),
            }
            match Api::connect(place).await {
                Ok(api) => return Ok(Self::Client(api)),
                Err(problem) if Instant::now() >= give_up => return Err(problem),
                Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }
}

/// Why a home could not be made ours.
pub enum Opening {
    /// Another process has it.
    InUse,
    /// It cannot be opened.
    Failed(Box<Problem>),
}

/// Takes a home.
///
/// # Errors
/// If another process has it, or it cannot be opened.
pub async fn own(place: &Path, clock: Arc<dyn Clock>) -> Result<Engine, Opening> {
    let options = Options { home: place.to_owned(), keys: Preference::Auto, clock, undo: UNDO };
    let engine = match Engine::open(options).await {
        Ok(engine) => engine,
        Err(Error::HomeInUse { .. }) => return Err(Opening::InUse),
        Err(error) => return Err(Opening::Failed(Box::new(error.into()))),
    };
    if let Err(problem) = clock::allow(&engine).await {
        engine.stop().await;
        return Err(Opening::Failed(Box::new(problem)));
    }
    Ok(engine)
}

/// The folder that was named, or the system's for application data; always absolute, because another process may be asked.
///
/// # Errors
/// [`ErrorCode::Invalid`] with what to do, if there is no such folder or it cannot be made absolute.
pub fn place(given: Option<PathBuf>) -> Result<PathBuf, Problem> {
    let invalid = |why: String| Problem::new(ErrorCode::Invalid, why.clone()).with("field", "--home").with("why", why);
    let place = given
        .or_else(|| dirs::data_local_dir().map(|data| data.join("dragoman")))
        .ok_or_else(|| invalid("this system names no folder for application data: give one with --home".to_owned()))?;
    std::path::absolute(&place).map_err(|error| invalid(format!("--home {}: {error}", place.display())))
}
