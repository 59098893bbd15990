//! One home opened for work: its lock, its store, its keys, its connectors and its background tasks.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dragoman_channels::Connector;
use dragoman_channels::clock::Clock;
use dragoman_domain::{ShopId, SignedDuration, Timestamp};
use dragoman_secrets::{Keeper, Preference};
use dragoman_store::{Durability, Priority, Reader, Store, Writer};
use tokio::sync::{Mutex, Notify, RwLock, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::breaker::Breakers;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::files::Files;
use crate::packs::Packs;

/// Events a slow listener may fall behind by before it is told to read everything again.
const EVENT_BACKLOG: usize = 1024;

/// How a home is opened.
pub struct Options {
    /// The folder that holds everything.
    pub home: PathBuf,
    /// Where keys are kept.
    pub keys: Preference,
    /// Wall clock, or the simulator's in virtual time.
    pub clock: Arc<dyn Clock>,
    /// How long an answer waits for a change of mind unless its request says otherwise.
    pub undo: SignedDuration,
}

/// What runs in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing; questions are answered.
    None,
    /// The outbox only.
    Outbox,
    /// Sync loops, outbox, look-ups, upkeep.
    All,
}

/// One home at work. Clones share it.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) home: PathBuf,
    // Held for its OS lock: the file's content means nothing.
    _lock: File,
    pub(crate) store: Store,
    pub(crate) keeper: Mutex<Keys>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) undo: SignedDuration,
    pub(crate) packs: Packs,
    pub(crate) files: Files,
    /// Shops whose facts are not to be asked for before an instant: no right, no answer, or nothing left of the pace.
    pub(crate) look_up_rest: Mutex<HashMap<ShopId, Timestamp>>,
    /// The last four characters of each key of a shop, by which a person tells one from another. Read with the keys and never
    /// stored.
    pub(crate) tails: RwLock<HashMap<ShopId, BTreeMap<String, String>>>,
    pub(crate) connectors: RwLock<HashMap<ShopId, Arc<dyn Connector>>>,
    /// Which shops' platforms are down.
    pub(crate) breakers: Breakers,
    /// One step at a time per shop, whether a loop or a person asked for it.
    pub(crate) shop_gates: Mutex<HashMap<ShopId, Arc<Mutex<()>>>>,
    /// One item at a time per shop, whether the worker or a sync carries it out.
    pub(crate) outbox_gates: Mutex<HashMap<ShopId, Arc<Mutex<()>>>>,
    pub(crate) outbox_wake: Notify,
    pub(crate) sync_wake: Notify,
    pub(crate) snooze_wake: Notify,
    events: broadcast::Sender<Event>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// The place keys are kept, or why there is none yet.
pub(crate) struct Keys {
    pub(crate) home_id: Uuid,
    pub(crate) preference: Preference,
    pub(crate) keeper: std::result::Result<Arc<Keeper>, dragoman_secrets::Error>,
}

impl Engine {
    /// Opens a home, making it if it does not exist. Nothing runs until [`Engine::start`].
    ///
    /// A home whose keys cannot be reached still opens: its history can be read, and its shops rest until the keyring or the
    /// vault is open.
    ///
    /// # Errors
    /// [`Error::HomeInUse`] if another process has it; [`Error::Store`] if the inbox cannot be opened.
    pub async fn open(options: Options) -> Result<Self> {
        let Options { home, keys, clock, undo } = options;
        let now = clock.now();
        let packs = Packs::load(&home.join("rules"))?;
        let files = Files::new(Config::load(&home)?.files);
        let opened = {
            let home = home.clone();
            blocking(move || {
                let lock = lock_home(&home)?;
                let store = Store::open(&home, None, now)?;
                let home_id = store.home_id();
                let keeper = Keeper::open(home_id, &home, keys).map(Arc::new);
                Ok::<_, Error>((lock, store, Keys { home_id, preference: keys, keeper }))
            })
            .await?
        };
        let (lock, store, keeper) = opened;
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        let engine = Self(Arc::new(Inner {
            home,
            _lock: lock,
            store,
            keeper: Mutex::new(keeper),
            clock,
            undo,
            packs,
            files,
            look_up_rest: Mutex::default(),
            connectors: RwLock::default(),
            breakers: Breakers::default(),
            tails: RwLock::default(),
            shop_gates: Mutex::default(),
            outbox_gates: Mutex::default(),
            outbox_wake: Notify::new(),
            sync_wake: Notify::new(),
            snooze_wake: Notify::new(),
            events,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }));
        // Whoever held a lease is gone: what was in mid-call is in doubt from here on.
        engine.restart_outbox().await?;
        // What was snoozed until an instant that has passed meanwhile is in its list before anybody looks.
        engine.wake_snoozed().await?;
        Ok(engine)
    }

    /// Starts the background work.
    pub fn start(&self, work: Work) {
        if work == Work::None {
            return;
        }
        self.spawn(Self::outbox_loop);
        self.spawn(Self::snooze_loop);
        if work == Work::All {
            self.spawn(Self::sync_loops);
            self.spawn(Self::look_up_loop);
            self.spawn(Self::file_loop);
            self.spawn(Self::upkeep_loop);
        }
    }

    /// Ends the background work and waits for calls that are open. The inbox closes when the last clone goes.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// The folder that holds everything.
    pub fn home(&self) -> &Path {
        &self.0.home
    }

    /// The clock everything here reads and waits by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The instant on that clock.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// What changes from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody listening is fine.
        let _ = self.0.events.send(event);
    }

    /// Runs a task until it ends or the engine stops.
    pub(crate) fn spawn<F>(&self, task: impl FnOnce(Self) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = self.0.stop.clone();
        let work = task(self.clone());
        self.0.tasks.spawn(async move {
            // A task decides itself where it may be cut; only its waits end at once.
            tokio::select! { biased; () = work => {}, () = stopped_for_long(stop) => {} }
        });
    }

    /// Reads from the store off the async threads.
    pub(crate) async fn read<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Reader<'_>) -> std::result::Result<T, dragoman_store::Error> + Send + 'static,
    {
        let store = self.0.store.clone();
        blocking(move || store.read(job)).await
    }

    /// Writes for a person or the outbox: durable when it returns.
    pub(crate) async fn write<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Writer<'_>) -> std::result::Result<T, dragoman_store::Error> + Send + 'static,
    {
        Ok(self.0.store.write(Priority::User, Durability::Full, job).await?)
    }

    /// Waits until an instant, or returns `false` because the engine stops.
    pub(crate) async fn sleep_until(&self, at: Timestamp) -> bool {
        tokio::select! {
            () = self.0.stop.cancelled() => false,
            () = self.0.clock.sleep_until(at) => true,
        }
    }
}

/// Ends ten seconds after the stop: long enough for an open call to be noted, short enough for a person who quits.
async fn stopped_for_long(stop: CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
}

/// Runs blocking work on the threads meant for it.
pub(crate) async fn blocking<T, E>(job: impl FnOnce() -> std::result::Result<T, E> + Send + 'static) -> Result<T>
where
    T: Send + 'static,
    E: Into<Error> + Send + 'static,
{
    match tokio::task::spawn_blocking(job).await {
        Ok(outcome) => outcome.map_err(Into::into),
        Err(panic) => Err(Error::Internal(panic.to_string())),
    }
}

/// Takes the OS lock of a home for as long as the file is open.
pub(crate) fn lock_home(home: &Path) -> Result<File> {
    let file_error = |source| Error::File { path: home.display().to_string(), source };
    std::fs::create_dir_all(home).map_err(file_error)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(home.join("lock"))
        .map_err(file_error)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::HomeInUse { owner: home.display().to_string() }),
        Err(std::fs::TryLockError::Error(source)) => Err(file_error(source)),
    }
}
