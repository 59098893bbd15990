//! This process as the owner of a home: the engine, and the Router where our other processes find it.

use std::path::Path;

use dragoman_api::{ErrorCode, Problem, Scene};
use dragoman_engine::{Engine, Work};

use crate::client::Api;
use crate::owner::{Endpoint, Published};
use crate::server::{self, Server};

/// An open home that listens.
pub struct OpenHome {
    engine: Engine,
    api: Api,
    server: Server,
    published: Published,
}

impl OpenHome {
    /// Listens on a port of 127.0.0.1 (`0` = any free one) and publishes where.
    ///
    /// # Errors
    /// If the port cannot be used or the endpoint file cannot be written; the engine is stopped then.
    pub async fn start(engine: Engine, scene: Scene, port: u16) -> Result<Self, Problem> {
        match Self::listen(&engine, scene, port).await {
            Ok((api, server, published)) => Ok(Self { engine, api, server, published }),
            Err(problem) => {
                engine.stop().await;
                Err(problem)
            }
        }
    }

    async fn listen(engine: &Engine, scene: Scene, port: u16) -> Result<(Api, Server, Published), Problem> {
        let (router, _) = dragoman_api::router(engine.clone(), scene);
        let server = Server::start(router.clone(), port).await.map_err(|error| cannot_serve(&error))?;
        let endpoint = Endpoint {
            pid: std::process::id(),
            url: server.url().to_owned(),
            token: server.bearer().clone(),
            started_at: engine.now(),
        };
        let published = endpoint.publish(engine.home()).map_err(|error| unwritable(engine.home(), &error))?;
        Ok((Api::local(router), server, published))
    }

    /// Starts what runs in the background.
    pub fn work(&self, work: Work) {
        self.engine.start(work);
    }

    /// What is asked.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Where it listens, without a slash at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// A fresh link that signs one browser in.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn sign_in_link(&self) -> Result<String, Problem> {
        self.server.sign_in_link().map_err(|error| cannot_serve(&error))
    }

    /// Hides from our other processes, lets open answers end, and closes the home.
    pub async fn stop(self) {
        let Self { engine, api, server, published } = self;
        drop(published);
        server.stop().await;
        drop(api);
        engine.stop().await;
    }
}

fn cannot_serve(error: &server::Error) -> Problem {
    match error {
        server::Error::Listen { port, .. } => Problem::new(ErrorCode::Invalid, error.to_string())
            .with("field", "port")
            .with("why", format!("port {port} cannot be used")),
        server::Error::Randomness(_) => Problem::new(ErrorCode::Internal, error.to_string()),
    }
}

fn unwritable(home: &Path, error: &std::io::Error) -> Problem {
    Problem::new(ErrorCode::FileUnusable, format!("{}: {error}", home.display()))
        .with("path", home.display().to_string())
}
