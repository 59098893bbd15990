//! The Router on 127.0.0.1.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::door::{Door, guard};
use crate::token::Token;

/// How long open answers may go on once the server is told to stop; event streams never end by themselves.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why the Router cannot be served.
#[derive(Debug, Error)]
pub enum Error {
    /// The port is taken or not allowed.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port that was asked for; `0` = any.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gives no randomness.
    #[error("the system gives no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
}

/// A running server; dropping it without [`Server::stop`] leaves it running until the program ends.
pub struct Server {
    url: String,
    bearer: Token,
    door: Arc<Door>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Starts to listen. Port `0` takes any free one.
    ///
    /// # Errors
    /// If the port is taken, or the system gives no randomness.
    pub async fn start(router: Router, port: u16) -> Result<Self, Error> {
        let listen = |source| Error::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listen)?;
        let port = listener.local_addr().map_err(listen)?.port();
        let bearer = Token::random()?;
        let door = Arc::new(Door::new(port, &bearer));
        // Behind a fallback, so that the door is passed before any route is looked at.
        let guarded = Router::new().fallback_service(router).layer(from_fn_with_state(Arc::clone(&door), guard));
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = axum::serve(listener, guarded).with_graceful_shutdown(async {
            // Dropped without a word counts as stop, too.
            let _ = stopped.await;
        });
        let task = tokio::spawn(serve.into_future());
        Ok(Self { url: format!("http://127.0.0.1:{port}"), bearer, door, stop, task })
    }

    /// Where it listens, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What other processes of this user show; belongs into the endpoint file.
    pub fn bearer(&self) -> &Token {
        &self.bearer
    }

    /// A fresh link that signs one browser in, once, within ten minutes.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn sign_in_link(&self) -> Result<String, Error> {
        Ok(self.door.link()?)
    }

    /// Takes no more requests and lets open answers end.
    pub async fn stop(mut self) {
        // The receiver is gone only if serving has ended by itself.
        let _ = self.stop.send(());
        match tokio::time::timeout(FAREWELL, &mut self.task).await {
            Ok(Ok(Err(error))) => tracing::warn!(%error, "serving ended with a fault"),
            Ok(Err(error)) => tracing::warn!(%error, "serving ended with a fault"),
            Ok(Ok(Ok(()))) => {}
            Err(_) => self.task.abort(),
        }
    }
}
