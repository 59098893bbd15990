//! The home a command works on: owned for as long as it runs, or reached through the process that owns it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dragoman_api::{ErrorCode, Scene};
use dragoman_channels::clock::Clock;
use dragoman_engine::{Engine, Error, Options, Work};
use dragoman_hub::Api;
use dragoman_secrets::Preference;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::owner::Owner;
use crate::vault;

/// How long an answer given on the page may be withdrawn. Commands ask for no hold.
pub(crate) const UNDO: SignedDuration = SignedDuration::from_secs(10);
/// How long a home may have neither a free lock nor an owner that answers: one is just starting or ending.
const HANDOVER: Duration = Duration::from_secs(10);
/// Between two looks during a handover.
const LOOK: Duration = Duration::from_millis(50);
/// Owners that may end under one call before it is given up.
pub(crate) const OWNERS: u32 = 5;

/// What a command needs of its home.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    /// What runs in the background while this process is the owner.
    pub(crate) work: Work,
    /// Whether the shops' keys are used: then a passphrase file opens the vault.
    pub(crate) keys: bool,
}

/// A home, opened at the first call.
pub(crate) struct Home {
    place: PathBuf,
    needs: Needs,
    clock: Option<Arc<dyn Clock>>,
    reach: Option<Reach>,
}

enum Reach {
    Owner(Box<Owner>),
    Client(Api),
}

impl Reach {
    fn api(&self) -> &Api {
        match self {
            Self::Owner(owner) => owner.api(),
            Self::Client(api) => api,
        }
    }
}

impl Home {
    pub(crate) fn new(place: PathBuf, needs: Needs) -> Self {
        Self { place, needs, clock: None, reach: None }
    }

    /// Asks the API. A change gets a fresh key.
    pub(crate) async fn call(&mut self, method: Method, path: &str, body: Option<Value>) -> Outcome<Value> {
        self.call_with_key(method, path, body, Uuid::now_v7()).await
    }

    /// Asks the API under a key. When the owner ends meanwhile, the next one is asked under the same key, so that nothing is
    /// done twice.
    pub(crate) async fn call_with_key(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Uuid,
    ) -> Outcome<Value> {
        let mut owners = 0;
        loop {
            let answer = self.api().await?.call_with_key(method.clone(), path, body.clone(), key).await;
            match answer {
                Err(problem) if self.owner_ended(problem.code) && owners < OWNERS => {
                    owners += 1;
                    self.reach = None;
                }
                answer => return Ok(answer?),
            }
        }
    }

    /// Hands over bytes under a key, to the next owner if this one ends meanwhile.
    pub(crate) async fn upload(&mut self, path: &str, bytes: Bytes, key: Uuid) -> Outcome<Value> {
        let mut owners = 0;
        loop {
            match self.api().await?.upload(path, bytes.clone(), key).await {
                Err(problem) if self.owner_ended(problem.code) && owners < OWNERS => {
                    owners += 1;
                    self.reach = None;
                }
                answer => return Ok(answer?),
            }
        }
    }

    /// Reads.
    pub(crate) async fn get(&mut self, path: &str) -> Outcome<Value> {
        self.call(Method::GET, path, None).await
    }

    /// The API of whoever owns the home now.
    pub(crate) async fn api(&mut self) -> Outcome<&Api> {
        if self.reach.is_none() {
            self.reach = Some(self.open().await?);
            if let Err(failure) = self.make_ready().await {
                self.close().await;
                return Err(failure);
            }
        }
        self.reach.as_ref().map(Reach::api).ok_or(Failure::Told)
    }

    /// Opens the vault before anything runs that would miss its keys.
    async fn make_ready(&self) -> Outcome {
        let Some(reach) = &self.reach else { return Ok(()) };
        if self.needs.keys {
            vault::open_unasked(reach.api()).await?;
        }
        if let Reach::Owner(owner) = reach {
            owner.work(self.needs.work);
        }
        Ok(())
    }

    /// Whether a problem only says that the process we asked is no longer there.
    pub(crate) fn owner_ended(&self, code: ErrorCode) -> bool {
        matches!(self.reach, Some(Reach::Client(_))) && matches!(code, ErrorCode::HomeInUse | ErrorCode::Stopping)
    }

    /// Forgets an owner that ended; the next call finds another.
    pub(crate) fn forget(&mut self) {
        if let Some(Reach::Client(_)) = self.reach {
            self.reach = None;
        }
    }

    /// The present instant.
    pub(crate) async fn now(&mut self) -> Outcome<Timestamp> {
        Ok(self.clock().await?.now())
    }

    /// Ends the ownership, if this process has it.
    pub(crate) async fn close(&mut self) {
        if let Some(Reach::Owner(owner)) = self.reach.take() {
            owner.stop().await;
        }
    }

    /// The clock this process goes by.
    pub(crate) async fn clock(&mut self) -> Outcome<Arc<dyn Clock>> {
        if let Some(clock) = &self.clock {
            return Ok(Arc::clone(clock));
        }
        let clock = clock::choose().await?;
        self.clock = Some(Arc::clone(&clock));
        Ok(clock)
    }

    /// Becomes the owner, or a client of whoever is.
    async fn open(&mut self) -> Outcome<Reach> {
        let clock = self.clock().await?;
        let give_up = Instant::now() + HANDOVER;
        loop {
            match own(&self.place, Arc::clone(&clock)).await {
                Ok(engine) => {
                    let owner = Owner::start(engine, Scene::Home, 0).await?;
                    return Ok(Reach::Owner(Box::new(owner)));
                }
                Err(Opening::InUse) => {}
                Err(Opening::Failed(failure)) => return Err(failure),
            }
            match Api::connect(&self.place).await {
                Ok(api) => return Ok(Reach::Client(api)),
                Err(problem) if Instant::now() >= give_up => return Err(problem.into()),
                Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }
}

/// Why a home could not be made ours.
pub(crate) enum Opening {
    /// Another process has it.
    InUse,
    /// It cannot be opened.
    Failed(Failure),
}

/// Takes the home.
pub(crate) async fn own(place: &Path, clock: Arc<dyn Clock>) -> Result<Engine, Opening> {
    let options = Options { home: place.to_owned(), keys: Preference::Auto, clock, undo: UNDO };
    let engine = match Engine::open(options).await {
        Ok(engine) => engine,
        Err(Error::HomeInUse { .. }) => return Err(Opening::InUse),
        Err(error) => return Err(Opening::Failed(error.into())),
    };
    if let Err(failure) = clock::allow(&engine).await {
        engine.stop().await;
        return Err(Opening::Failed(failure));
    }
    Ok(engine)
}

/// The folder `--home` names, or the system's for application data; always absolute, because another process may be asked.
pub(crate) fn place(given: Option<PathBuf>) -> Outcome<PathBuf> {
    let place = given
        .or_else(|| dirs::data_local_dir().map(|data| data.join("dragoman")))
        .ok_or_else(|| Failure::usage("this system names no folder for application data: give one with --home"))?;
    std::path::absolute(&place).map_err(|error| Failure::usage(format!("--home {}: {error}", place.display())))
}
