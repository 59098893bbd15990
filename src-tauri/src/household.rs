//! The home behind the window, whoever owns it.
//!
//! While another process owns the home, its API is asked. When that process ends, the next call takes the home over or finds the
//! next owner; a change that was on its way is asked again under its own key, so nothing is done twice.

use std::path::PathBuf;

use axum::response::IntoResponse as _;
use bytes::Bytes;
use dragoman_api::headers::protect;
use dragoman_api::{ErrorCode, KEY_HEADER, Problem, Scene};
use dragoman_engine::{Error, Work, demo};
use dragoman_hub::Api;
use dragoman_hub::home::{self, OpenHome, Reach};
use dragoman_simulator::Running;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tokio::sync::Mutex;

/// Owners that may end under one call before it is given up.
const OWNERS: u32 = 5;

/// A home, opened at the first call.
pub(crate) struct Household {
    place: PathBuf,
    demo: bool,
    reach: Mutex<Option<Held>>,
}

/// An open home with what has to live as long.
struct Held {
    reach: Reach,
    /// The simulated platforms of the demo.
    platforms: Option<Running>,
}

impl Household {
    pub(crate) fn new(place: PathBuf, demo: bool) -> Self {
        Self { place, demo, reach: Mutex::new(None) }
    }

    /// The folder of the home that is shown.
    pub(crate) fn folder(&self) -> PathBuf {
        if self.demo { self.place.join(demo::FOLDER) } else { self.place.clone() }
    }

    /// The API of whoever owns the home now.
    ///
    /// # Errors
    /// If the home cannot be opened and its owner does not answer.
    pub(crate) async fn api(&self) -> Result<Api, Problem> {
        let mut reach = self.reach.lock().await;
        if let Some(held) = &*reach {
            return Ok(held.reach.api().clone());
        }
        let held = if self.demo { self.open_demo().await? } else { self.open_home().await? };
        let api = held.reach.api().clone();
        *reach = Some(held);
        Ok(api)
    }

    /// A link that signs in a browser; `None` where another process owns the home.
    pub(crate) async fn sign_in_link(&self) -> Result<Option<String>, Problem> {
        self.api().await?;
        match &*self.reach.lock().await {
            Some(Held { reach: Reach::Owner(home), .. }) => home.sign_in_link().map(Some),
            _ => Ok(None),
        }
    }

    /// Asks for `request`; the answer is whole, and a failure is one, too.
    pub(crate) async fn ask(&self, request: Request<Bytes>) -> Response<Bytes> {
        let mut owners = 0;
        loop {
            let answer = self.ask_once(request.clone()).await;
            let api = match answer {
                Ok(response) => return response,
                Err(Lost { api: Some(api), .. }) if owners < OWNERS && is_repeatable(&request) => api,
                Err(Lost { problem, .. }) => return refusal(problem).await,
            };
            owners += 1;
            self.forget(&api).await;
        }
    }

    async fn ask_once(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let api = self.api().await.map_err(|problem| Lost { api: None, problem })?;
        let lost = |problem| Lost { api: Some(api.clone()), problem };
        let (parts, body) = api.forward(request).await.map_err(lost)?.into_parts();
        let bytes = match body.collect().await {
            Ok(whole) => whole.to_bytes(),
            Err(error) => return Err(lost(Problem::new(ErrorCode::HomeInUse, format!("cut off: {error}")))),
        };
        if parts.status == StatusCode::SERVICE_UNAVAILABLE
            && matches!(api, Api::Remote(_))
            && let Ok(problem) = serde_json::from_slice::<Problem>(&bytes)
            && problem.code == ErrorCode::Stopping
        {
            return Err(lost(problem));
        }
        Ok(Response::from_parts(parts, bytes))
    }

    /// Forgets an owner that ended; the next call finds another.
    pub(crate) async fn forget(&self, ended: &Api) {
        let mut reach = self.reach.lock().await;
        if let (Some(Held { reach: Reach::Client(Api::Remote(known)), .. }), Api::Remote(ended)) = (&*reach, ended)
            && known == ended
        {
            *reach = None;
        }
    }

    /// Ends the ownership, if this process has it.
    pub(crate) async fn close(&self) {
        let Some(Held { reach, platforms }) = self.reach.lock().await.take() else { return };
        if let Reach::Owner(home) = reach {
            home.stop().await;
        }
        if let Some(platforms) = platforms {
            platforms.stop().await;
        }
    }

    async fn open_home(&self) -> Result<Held, Problem> {
        let reach = Reach::of(&self.place, home::clock::choose().await?).await?;
        if let Reach::Owner(owner) = &reach {
            // A wrong passphrase is no reason to show nothing: the page says that keys are missing, and asks.
            if let Err(problem) = home::open_unasked(owner.api()).await {
                tracing::warn!(code = problem.code.word(), "the vault stays closed");
            }
            owner.work(Work::All);
        }
        Ok(Held { reach, platforms: None })
    }

    async fn open_demo(&self) -> Result<Held, Problem> {
        match demo::open(&self.place, home::UNDO).await {
            Ok(demo) => {
                let owner = OpenHome::start(demo.engine, Scene::Demo, 0).await?;
                owner.work(Work::All);
                Ok(Held { reach: Reach::Owner(Box::new(owner)), platforms: Some(demo.platforms) })
            }
            Err(Error::HomeInUse { .. }) => {
                let api = Api::connect(&self.place.join(demo::FOLDER)).await?;
                Ok(Held { reach: Reach::Client(api), platforms: None })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A call that whoever was asked did not answer.
struct Lost {
    api: Option<Api>,
    problem: Problem,
}

/// Reading twice is reading; a change carries a key under which it is made once.
fn is_repeatable(request: &Request<Bytes>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD) || request.headers().contains_key(&KEY_HEADER)
}

/// The answer that says why there is none.
pub(crate) async fn refusal(problem: Problem) -> Response<Bytes> {
    let (parts, body) = protect(problem.into_response()).into_parts();
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    Response::from_parts(parts, bytes)
}
