//! The home a command works on: owned for as long as it runs, or reached through the process that owns it.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use dragoman_api::ErrorCode;
use dragoman_channels::clock::Clock;
use dragoman_engine::Work;
use dragoman_hub::Api;
use dragoman_hub::home::{self, Reach};
use http::Method;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::failure::{Failure, Outcome};

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
            let clock = self.clock().await?;
            self.reach = Some(Reach::of(&self.place, clock).await?);
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
            home::open_unasked(reach.api()).await?;
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
        let clock = home::clock::choose().await?;
        self.clock = Some(Arc::clone(&clock));
        Ok(clock)
    }
}
