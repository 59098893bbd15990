//! Starting and stopping a simulator.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    Accepted, ClockMode, Options, Received,
    acceptance::AcceptanceLog,
    clock::Clock,
    control::{self, Control},
    exchange::{Common, Shared, exchange},
    faults::Picker,
    ozon::Ozon,
    sync::lock,
    wildberries::Wildberries,
    wire,
};

/// Why a simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port is taken or may not be used.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port asked for; 0 when the system was to choose.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The acceptance log cannot be opened for appending.
    #[error("cannot open the acceptance log {}", path.display())]
    Log {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What `shop add` needs to connect a simulated shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShopSeed {
    /// `wildberries` or `ozon`.
    pub channel: String,
    /// Name of the shop, unique in the simulator.
    pub name: String,
    /// Scheme, host and port that replace those of all the platform's hosts.
    pub base_url: String,
    /// Fields such as `client_id`.
    pub fields: BTreeMap<String, String>,
    /// Secrets such as `token`.
    pub secrets: BTreeMap<String, String>,
    /// Secrets that must be met with a clear word, by what is wrong with them.
    #[serde(skip)]
    pub variants: BTreeMap<String, BTreeMap<String, String>>,
}

/// Simulated marketplaces; see [`Simulator::start`].
#[derive(Debug)]
pub struct Simulator;

/// Simulated marketplaces that are listening; dropping this stops them.
#[derive(Debug)]
pub struct Running {
    shops: Vec<ShopSeed>,
    control_url: String,
    common: Arc<Common>,
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Grows the world and listens on 127.0.0.1: one port for control, one for each platform.
    ///
    /// # Errors
    /// [`Error::Listen`] and [`Error::Log`].
    pub async fn start(options: Options) -> Result<Running, Error> {
        #[expect(clippy::disallowed_methods, reason = "this is where virtual time begins")]
        let start = options.start.unwrap_or_else(Timestamp::now);
        let log = AcceptanceLog::open(options.log.as_deref())
            .map_err(|source| Error::Log { path: options.log.clone().unwrap_or_default(), source })?;
        let common = Arc::new(Common {
            clock: Clock::new(options.clock, start, options.quiet, options.idle),
            picker: Mutex::new(Picker::new(options.plan.clone(), options.seed, start)),
            log: Mutex::new(log),
            seen: Mutex::new(VecDeque::new()),
            seed: options.seed,
        });
        let platforms: Vec<Shared> = vec![
            Arc::new(Mutex::new(Wildberries::grow(&options, start))),
            Arc::new(Mutex::new(Ozon::grow(&options, start))),
        ];

        let (control_listener, control_url) = listen(options.port).await?;
        let mut tasks = JoinSet::new();
        let mut shops = Vec::new();
        for (offset, platform) in (1..).zip(&platforms) {
            let port = if options.port == 0 { 0 } else { options.port.saturating_add(offset) };
            let (listener, base_url) = listen(port).await?;
            shops.extend(lock(platform).shops(&base_url));
            let (common, platform) = (Arc::clone(&common), Arc::clone(platform));
            tasks.spawn(wire::serve(listener, move |request| {
                exchange(Arc::clone(&common), Arc::clone(&platform), request)
            }));
        }
        tasks.spawn(Arc::clone(&common.clock).drive());
        let router = control::router(Control { common: Arc::clone(&common), platforms });
        tasks.spawn(async move {
            if let Err(error) = axum::serve(control_listener, router).await {
                tracing::error!(%error, "the control listener ended");
            }
        });
        Ok(Running { shops, control_url, common, tasks })
    }
}

async fn listen(port: u16) -> Result<(TcpListener, String), Error> {
    let failed = |source| Error::Listen { port, source };
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, format!("http://{address}")))
}

impl Running {
    /// The shops, ready to be connected.
    pub fn shops(&self) -> &[ShopSeed] {
        &self.shops
    }

    /// Address of the control listener, without a path.
    pub fn control_url(&self) -> &str {
        &self.control_url
    }

    /// Address of the virtual clock.
    pub fn clock_url(&self) -> String {
        format!("{}/clock", self.control_url)
    }

    /// Virtual time.
    pub fn now(&self) -> Timestamp {
        self.common.clock.now()
    }

    /// Lets virtual time move in another way from now on.
    pub fn set_clock(&self, mode: ClockMode) {
        self.common.clock.set_mode(mode);
    }

    /// File of the acceptance log, if there is one.
    pub fn log_path(&self) -> Option<PathBuf> {
        lock(&self.common.log).path().map(Path::to_owned)
    }

    /// What `dragoman simulate --json` prints as its first line.
    pub fn announcement(&self) -> Value {
        json!({
            "shops": self.shops,
            "log": self.log_path(),
            "control": self.control_url,
            "clock": self.clock_url(),
        })
    }

    /// Everything the platforms have accepted since the start, in order.
    pub fn accepted(&self) -> Vec<Accepted> {
        lock(&self.common.log).entries().to_vec()
    }

    /// The latest requests the platforms received, in the order they were answered; at most 20,000 are kept.
    pub fn requests(&self) -> Vec<Received> {
        lock(&self.common.seen).iter().cloned().collect()
    }

    /// Stops listening and ends all connections.
    pub async fn stop(mut self) {
        self.common.clock.close();
        self.tasks.shutdown().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.common.clock.close();
    }
}
