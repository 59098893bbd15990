//! An engine in the test's own process beside simulated platforms, for faults that need no process to die.
//!
//! Cheaper than a [`House`](crate::house::House): no program is started, no vault is opened. Time is the platforms'.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use dragoman_channels::clock::{Clock, RemoteClock};
use dragoman_domain::outbox::State;
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::{Channel, ConversationId, Kind, ShopId, SignedDuration, Timestamp, Turn};
use dragoman_engine::outbox::{OutboxView, Request};
use dragoman_engine::shops::NewShop;
use dragoman_engine::sync::{StreamReport, SyncRequest};
use dragoman_engine::{Engine, Options};
use dragoman_secrets::{Preference, Secret};
use dragoman_simulator::{FaultPlan, Options as World, Running, ShopSeed, Simulator};
use dragoman_store::inbox::{ConversationRow, Filter};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::house::ledger::Promise;
use crate::house::rest::everybody_sleeps;
use crate::house::snapshot::Snapshot;
use crate::proxy::{Exchange, Proxy};

/// Changes answers on their way.
type Change = dyn Fn(&Exchange) -> Bytes + Send + Sync;

/// A home opened in this process, and the platforms its shops are on.
pub struct Inside {
    /// The home at work.
    pub engine: Engine,
    /// The platforms.
    pub world: Arc<Running>,
    /// Our numbers of the shops by their names.
    pub shops: BTreeMap<String, ShopId>,
    home: PathBuf,
    http: reqwest::Client,
    _folder: TempDir,
    _proxies: Vec<Proxy>,
}

impl Inside {
    /// Starts the platforms, opens a new home and connects every shop; their answers may leave.
    ///
    /// # Errors
    /// If anything of that fails.
    pub async fn start(world: World) -> anyhow::Result<Self> {
        Self::build(world, None, None).await
    }

    /// The same with the platforms' answers changed on their way.
    ///
    /// # Errors
    /// As [`Inside::start`].
    pub async fn start_behind(
        world: World,
        change: impl Fn(&Exchange) -> Bytes + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        Self::build(world, None, Some(Arc::new(change))).await
    }

    /// The same with the home elsewhere, such as on a small disk.
    ///
    /// # Errors
    /// As [`Inside::start`].
    pub async fn start_at(world: World, home: PathBuf) -> anyhow::Result<Self> {
        Self::build(world, Some(home), None).await
    }

    async fn build(world: World, home: Option<PathBuf>, change: Option<Arc<Change>>) -> anyhow::Result<Self> {
        dragoman_channels::http::install_tls();
        let folder = tempfile::tempdir()?;
        let home = home.unwrap_or_else(|| folder.path().join("home"));
        // Engine and platforms share this process, so that time can wait for work instead of guessing that there is none.
        let world = Arc::new(Simulator::start(World { idle: Some(everybody_sleeps), ..world }).await?);
        let clock = WorldClock::connect(Arc::clone(&world)).await?;
        let engine = open(&home, Arc::new(clock)).await?;
        let mut shops = BTreeMap::new();
        let mut proxies: BTreeMap<String, Proxy> = BTreeMap::new();
        for seed in world.shops() {
            let mut new = connection(seed);
            if let Some(change) = &change {
                if !proxies.contains_key(&seed.base_url) {
                    let change = Arc::clone(change);
                    let proxy = Proxy::changing(&seed.base_url, move |exchange| change(exchange)).await?;
                    proxies.insert(seed.base_url.clone(), proxy);
                }
                new.base_url = proxies.get(&seed.base_url).map(|proxy| proxy.address().to_owned());
            }
            let id = engine.add_shop(new).await?.shop.id;
            engine.set_sending(id, true).await?;
            shops.insert(seed.name.clone(), id);
        }
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        let _proxies = proxies.into_values().collect();
        Ok(Self { engine, world, shops, home, http, _folder: folder, _proxies })
    }

    /// The home's folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// A client for the platforms themselves.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// One round of everything; a stream's problem is in its report.
    ///
    /// # Errors
    /// What keeps the whole round from happening.
    pub async fn sync(&self) -> Result<Vec<StreamReport>, dragoman_engine::Error> {
        let (progress, _unheard) = tokio::sync::mpsc::unbounded_channel();
        self.engine.sync(SyncRequest::default(), progress).await
    }

    /// A round that has to go well.
    ///
    /// # Errors
    /// If a stream had a problem.
    pub async fn sync_well(&self) -> anyhow::Result<()> {
        for report in self.sync().await? {
            ensure!(report.problem.is_none(), "{report:?}");
        }
        Ok(())
    }

    /// What a platform is about first, of one shop, that awaits our answer and takes one: questions on Wildberries, chats on Ozon.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn awaiting(&self, shop: ShopId) -> anyhow::Result<Vec<ConversationRow>> {
        let first = match self.engine.shop(shop).await?.shop.channel {
            Channel::Wildberries => Kind::Question,
            _ => Kind::Chat,
        };
        self.awaiting_among(shop, &[first]).await
    }

    /// Conversations of these kinds, of one shop, that await our answer and take one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn awaiting_among(&self, shop: ShopId, kinds: &[Kind]) -> anyhow::Result<Vec<ConversationRow>> {
        let filter = Filter { shop: Some(shop), turn: Some(Turn::Ours), ..Filter::default() };
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = self.engine.conversations(filter, after, 500).await?;
            for row in page.rows.into_iter().filter(|row| kinds.contains(&row.kind)) {
                let view = self.engine.conversation(row.id, None, 1).await?;
                let open = view.window.is_none_or(|window| {
                    window.at > self.world.now().saturating_add(SignedDuration::from_hours(8)).unwrap_or_default()
                });
                if open && !view.conversation.closed {
                    rows.push(row);
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(rows),
            }
        }
    }

    /// Queues an answer that is to leave at once.
    ///
    /// # Errors
    /// What the engine has against it; the text stays with the caller then.
    pub async fn reply(&self, conversation: ConversationId, text: &str) -> Result<Promise, dragoman_engine::Error> {
        self.reply_after(SignedDuration::ZERO, conversation, text).await
    }

    /// Queues an answer that leaves after a while.
    ///
    /// # Errors
    /// As [`Inside::reply`].
    pub async fn reply_after(
        &self,
        undo: SignedDuration,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Promise, dragoman_engine::Error> {
        let key = Uuid::now_v7();
        let (action, undo, text) = (ActionKind::Reply, Some(undo), text.to_owned());
        self.engine.queue(Request { undo, ..Request::new(key, conversation, action, text.clone()) }).await?;
        Ok(Promise { uid: key, text })
    }

    /// Every item of the outbox, settled ones too.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn outbox(&self) -> anyhow::Result<Vec<OutboxView>> {
        Ok(self.engine.outbox(true, None, 100_000).await?)
    }

    /// Waits until nothing is on its way by itself any more.
    ///
    /// # Errors
    /// If that takes longer than `patience`, in real time.
    pub async fn settle(&self, patience: Duration) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let under_way: Vec<OutboxView> =
                self.outbox().await?.into_iter().filter(|view| view.item.state.under_way()).collect();
            let Some(one) = under_way.first() else { return Ok(()) };
            if tokio::time::Instant::now() > deadline {
                bail!("{} items are still on their way after {patience:?}, such as {:?}", under_way.len(), one.item);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Returns once virtual time has come to an instant.
    pub async fn until(&self, at: Timestamp) {
        while self.world.now() < at {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// How many items are in a state.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn in_state(&self, state: State) -> anyhow::Result<usize> {
        Ok(self.outbox().await?.iter().filter(|view| view.item.state == state).count())
    }

    /// Asks the simulator's control URL for something.
    ///
    /// # Errors
    /// If it refuses.
    pub async fn control(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.http.post(format!("{}/control/{path}", self.world.control_url())).json(body).send().await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        ensure!(status.is_success(), "control/{path}: {body}");
        Ok(body)
    }

    /// Puts a fault plan in force.
    ///
    /// # Errors
    /// If the simulator does not take it.
    pub async fn plan(&self, plan: &FaultPlan) -> anyhow::Result<()> {
        self.control("plan", &serde_json::to_value(plan)?).await.map(drop)
    }

    /// A buyer writes, in a conversation or in a new one; the platform's id of it.
    ///
    /// # Errors
    /// If the platform does not know the shop or the conversation.
    pub async fn buyer(&self, shop: &str, conversation: Option<&str>, text: &str) -> anyhow::Result<String> {
        let answer =
            self.control("buyer", &json!({ "shop": shop, "conversation": conversation, "text": text })).await?;
        let id = answer.get("conversation").and_then(Value::as_str).context("the buyer's conversation has an id")?;
        Ok(id.to_owned())
    }

    /// Ends the home's work; what is left is the inbox as it lies on disk, and what the platforms hold.
    ///
    /// # Errors
    /// If the inbox cannot be copied.
    pub async fn close(self) -> anyhow::Result<Closed> {
        self.engine.stop().await;
        drop(self.engine);
        let snapshot = Snapshot::of(&self.home)?;
        Ok(Closed { snapshot, world: self.world, http: self.http })
    }
}

/// What is left of an [`Inside`] whose home was closed.
pub struct Closed {
    /// The inbox.
    pub snapshot: Snapshot,
    /// The platforms.
    pub world: Arc<Running>,
    /// A client for them.
    pub http: reqwest::Client,
}

/// The platforms' own time to the instant; a [`RemoteClock`] may be a moment behind, which is seconds where hours pass in moments.
struct WorldClock {
    world: Arc<Running>,
    start: Timestamp,
    waits: RemoteClock,
}

impl WorldClock {
    async fn connect(world: Arc<Running>) -> anyhow::Result<Self> {
        let waits = RemoteClock::connect(&world.clock_url()).await?;
        Ok(Self { start: world.now(), world, waits })
    }
}

#[async_trait]
impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.world.now()
    }

    fn tick(&self) -> Duration {
        Duration::try_from(self.now().duration_since(self.start)).unwrap_or_default()
    }

    async fn sleep_until(&self, until: Timestamp) {
        self.waits.sleep_until(until).await;
    }
}

/// Opens a home whose secrets stay in memory.
///
/// # Errors
/// What the engine says.
pub async fn open(home: &Path, clock: Arc<dyn Clock>) -> Result<Engine, dragoman_engine::Error> {
    let home = home.to_owned();
    Engine::open(Options { home, keys: Preference::Memory, clock, undo: SignedDuration::ZERO }).await
}

/// What connects a simulated shop.
pub fn connection(seed: &ShopSeed) -> NewShop {
    NewShop {
        channel: seed.channel.parse().unwrap_or(dragoman_domain::Channel::Ozon),
        name: seed.name.clone(),
        fields: seed.fields.clone(),
        secrets: seed.secrets.iter().map(|(field, secret)| (field.clone(), Secret::from(secret.clone()))).collect(),
        base_url: Some(seed.base_url.clone()),
        proxy: None,
    }
}
