//! Pulling pages: one step at a time per shop, the most urgent stream first, resumable after any of them.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use dragoman_channels::{Ask, Connector, Failure, Known};
use dragoman_domain::channel::{Stream, Urgency};
use dragoman_domain::incoming::{Facts, Incoming, Page};
use dragoman_domain::outbox::{Watermark, backoff, later};
use dragoman_domain::shop::{Feature, History, Shop};
use dragoman_domain::{Kind, RemoteId, ShopId, SignedDuration, Timestamp};
use dragoman_store::ingest::{Ingest, Ingested};
use dragoman_store::{Priority, Store};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::{Engine, blocking};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::turns::{self, Turn, Waits};

/// How long a closed feature is left alone before it is tried again.
const CLOSED_REST: SignedDuration = SignedDuration::from_hours(24);
/// How many threads that vanished from the awaiting list are read again after one pass.
const SWEEP_LIMIT: u32 = 200;
/// Unreadable items looked at again in one round.
const QUARANTINE_LIMIT: u32 = 50;

/// What to sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncRequest {
    /// These shops; all that are not resting when empty.
    pub shops: Vec<ShopId>,
    /// All history instead of the days the rule pack names.
    pub deep: bool,
}

/// How a sync goes.
#[derive(Clone, Debug)]
pub enum SyncProgress {
    /// A page was stored.
    Step {
        /// The shop.
        shop: ShopId,
        /// The stream.
        stream: String,
        /// Messages seen so far.
        fetched: u64,
        /// Steps still to come, as far as is known.
        left: Option<u64>,
    },
    /// The pace or the platform asks for patience.
    Waiting {
        /// The shop.
        shop: ShopId,
        /// The stream.
        stream: String,
        /// Until when.
        until: Timestamp,
    },
    /// A stream has nothing more.
    Done(StreamReport),
}

/// What a sync did for one stream.
#[derive(Clone, Debug)]
pub struct StreamReport {
    /// The shop.
    pub shop: ShopId,
    /// The stream.
    pub stream: String,
    /// Messages seen.
    pub fetched: u64,
    /// Messages that are new.
    pub new: u64,
    /// Messages that changed.
    pub changed: u64,
    /// Items put aside.
    pub quarantined: u64,
    /// Why it stopped early.
    pub problem: Option<StreamProblem>,
}

/// Why a stream stopped; stored with the stream and shown beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamProblem {
    /// Code of the API's list.
    pub code: String,
    /// Plain words, in English for logs and scripts.
    pub message: String,
}

impl StreamProblem {
    /// The problem a failure is to a stream.
    pub fn of(failure: &Failure) -> Self {
        let code = match failure {
            Failure::Wait { .. } => "rate_limited",
            Failure::Offline { .. } => "platform_unreachable",
            Failure::ServerFault { .. } => "platform_fault",
            Failure::Key { code, .. } | Failure::Closed { code, .. } => code,
            Failure::NotFound => "not_found",
            Failure::Refused { .. } => "platform_refused",
            Failure::Unreadable { .. } | Failure::TooLarge { .. } => "platform_unreadable",
            Failure::Endless { .. } => "paging_endless",
            Failure::Incomplete { .. } => "paging_incomplete",
            Failure::Setup { .. } => "shop_setup",
        };
        Self { code: code.to_owned(), message: failure.to_string() }
    }
}

/// What one step led to.
enum Step {
    /// A page was stored; more may follow at once.
    Stored { ingested: Ingested, fetched: u64, more: bool, left: Option<u64> },
    /// The same step can be made at this instant.
    Wait(Timestamp),
    /// The stream rests.
    Failed(Failure),
}

impl Engine {
    /// One round: everything awaiting an answer, everything new, the history that is due, then the outbox. One stream's problem
    /// never stops the others.
    ///
    /// # Errors
    /// Only what keeps the whole round from happening; the streams' own problems are in their reports.
    pub async fn sync(
        &self,
        request: SyncRequest,
        progress: UnboundedSender<SyncProgress>,
    ) -> Result<Vec<StreamReport>> {
        let shops = self.read(|reader| reader.shops()).await?;
        for wanted in &request.shops {
            if !shops.iter().any(|shop| shop.id == *wanted) {
                return Err(Error::NotFound { what: "shop", id: wanted.to_string() });
            }
        }
        // An imported shop has nothing to ask; a resting one says why when it is asked for.
        let chosen = shops
            .into_iter()
            .filter(|shop| request.shops.contains(&shop.id) || (request.shops.is_empty() && shop.pause != "imported"));
        let rounds = chosen.map(|shop| self.sync_shop(shop, request.deep, &progress));
        let mut reports: Vec<StreamReport> = Vec::new();
        for outcome in futures::future::join_all(rounds).await {
            reports.extend(outcome?);
        }
        self.outbox_round().await?;
        Ok(reports)
    }

    async fn sync_shop(
        &self,
        shop: Shop,
        deep: bool,
        progress: &UnboundedSender<SyncProgress>,
    ) -> Result<Vec<StreamReport>> {
        let connector = match self.connector(shop.id).await {
            Ok(connector) => connector,
            Err(error) => return Ok(vec![refused_report(&shop, &error, progress)]),
        };
        if !shop.pause.is_empty() {
            // A person asked: the key may have been mended on the platform's side.
            if let Err(error) = self.check_shop(shop.id).await {
                return Ok(vec![refused_report(&shop, &error, progress)]);
            }
        }
        // A person asked: whether the platform is back is worth a call.
        self.0.breakers.of(shop.id).try_now(self.now());
        let mut reports = Vec::new();
        for stream in &connector.capabilities().streams {
            let report = self.drain(&shop, &connector, stream, deep, progress).await?;
            let account_rests = matches!(&report.problem, Some(problem) if is_account_problem(&problem.code));
            let _ = progress.send(SyncProgress::Done(report.clone()));
            reports.push(report);
            if account_rests {
                return Ok(reports);
            }
        }
        self.read_quarantined_again(&shop).await?;
        self.look_up_round(shop.id).await?;
        Ok(reports)
    }

    /// Steps one stream until it has nothing more, a problem stops it, or the engine stops.
    async fn drain(
        &self,
        shop: &Shop,
        connector: &Arc<dyn Connector>,
        stream: &Stream,
        deep: bool,
        progress: &UnboundedSender<SyncProgress>,
    ) -> Result<StreamReport> {
        let (id, name) = (shop.id, stream.name.clone());
        let state = self.read(move |reader| reader.stream(id, &name)).await?;
        let mut report = StreamReport {
            shop: shop.id,
            stream: stream.name.clone(),
            fetched: 0,
            new: 0,
            changed: 0,
            quarantined: 0,
            problem: None,
        };
        let read_whole = state.as_ref().is_some_and(|state| never(state.next_at));
        if read_whole && !deep {
            return Ok(report);
        }
        // A pass that was cut short ends with what its beginning saw; what came in since needs one more look.
        let resumed = stream.urgency == Urgency::Awaiting && state.is_some();
        let mut looks = if resumed { 2 } else { 1 };
        loop {
            if let Some(rest) = self.0.breakers.of(shop.id).resting(self.now()) {
                report.problem = Some(rest.told());
                return Ok(report);
            }
            match self.step(shop, connector, stream, deep).await? {
                Step::Stored { ingested, fetched, more, left, .. } => {
                    report.fetched += fetched;
                    report.new += ingested.new;
                    report.changed += ingested.changed;
                    report.quarantined += ingested.quarantined;
                    let _ = progress.send(SyncProgress::Step {
                        shop: shop.id,
                        stream: stream.name.clone(),
                        fetched: report.fetched,
                        left,
                    });
                    looks -= u32::from(!more);
                    if looks == 0 {
                        return Ok(report);
                    }
                }
                Step::Wait(until) => {
                    let _ = progress.send(SyncProgress::Waiting { shop: shop.id, stream: stream.name.clone(), until });
                    if !self.sleep_until(until).await {
                        return Err(Error::Stopping);
                    }
                }
                Step::Failed(failure) => {
                    report.problem = Some(StreamProblem::of(&failure));
                    return Ok(report);
                }
            }
            if self.0.stop.is_cancelled() {
                return Err(Error::Stopping);
            }
        }
    }

    /// One step of one stream: ask, store, note what to do next. Everything it changes is stored in one transaction.
    async fn step(&self, shop: &Shop, connector: &Arc<dyn Connector>, stream: &Stream, deep: bool) -> Result<Step> {
        let gate = self.shop_gate(shop.id).await;
        let turn = gate.lock().await;
        let (id, name) = (shop.id, stream.name.clone());
        let state = self.read(move |reader| reader.stream(id, &name)).await?;
        let (cursor, failures) = state.map(|state| (state.cursor, state.failures)).unwrap_or_default();
        let known = StoredMarks { store: self.0.store.clone(), shop: shop.id, now: self.now() };
        // What awaits an answer is read however old it is, and again and again: nothing is to make that longer.
        let deep = deep || (shop.history == History::All && stream.urgency != Urgency::Awaiting);
        let page = match connector.step(&stream.name, &cursor, &Ask { known: &known, deep }).await {
            Ok(page) => page,
            Err(Failure::Wait { until, .. }) => return Ok(Step::Wait(until)),
            Err(failure) => {
                self.note_failure(shop.id, &stream.name, &failure, failures).await?;
                return Ok(Step::Failed(failure));
            }
        };
        if page.more && page.next == cursor {
            let failure = Failure::Endless { why: "the platform hands out the same page again and again".to_owned() };
            self.note_failure(shop.id, &stream.name, &failure, failures).await?;
            return Ok(Step::Failed(failure));
        }
        let (more, left, sweep) = (page.more, page.left, page.sweep);
        let fetched = page.conversations.iter().map(|conversation| conversation.messages.len() as u64).sum();
        let ingested = self.ingest(shop, Some(&stream.name), page).await?;
        if !more {
            let rest = SignedDuration::from_secs(i64::from(stream.every_s));
            let next_at = if stream.every_s == 0 { Timestamp::MAX } else { later(self.now(), rest) };
            let (id, name) = (shop.id, stream.name.clone());
            self.write(move |writer| writer.set_next_step(id, &name, next_at)).await?;
        }
        drop(turn);
        if let Some(since) = sweep {
            self.sweep(shop, connector, stream.kind, since).await?;
        }
        Ok(Step::Stored { ingested, fetched, more, left })
    }

    /// Stores a page and tells who listens.
    pub(crate) async fn ingest(&self, shop: &Shop, stream: Option<&str>, page: Page) -> Result<Ingested> {
        let job = Ingest {
            shop: shop.id,
            channel: shop.channel,
            stream: stream.map(str::to_owned),
            page,
            rules: self.0.packs.get(shop.channel).cloned(),
            now: self.now(),
            priority: if stream.is_some() { Priority::Sync } else { Priority::User },
        };
        let store = self.0.store.clone();
        let ingested = blocking(move || store.ingest(job)).await?;
        if !ingested.touched.is_empty() {
            let ids = ingested.touched.iter().copied().take(100).collect();
            self.tell(Event::Conversations { shop: shop.id, ids, new_messages: ingested.new });
        }
        if !ingested.refused.is_empty() {
            let ids = ingested.refused.iter().copied().take(100).collect();
            self.tell(Event::AnswerRefused { shop: shop.id, ids });
        }
        if ingested.quarantined > 0 {
            self.tell(Event::Quarantine { shop: shop.id });
        }
        if let Some(stream) = stream {
            self.tell(Event::Sync { shop: shop.id, stream: stream.to_owned() });
        }
        Ok(ingested)
    }

    /// Reads again what awaited an answer and is no longer in the platform's list: settled in the web cabinet, most likely.
    async fn sweep(&self, shop: &Shop, connector: &Arc<dyn Connector>, kind: Kind, since: Timestamp) -> Result<()> {
        let id = shop.id;
        let vanished = self.read(move |reader| reader.unseen_since(id, kind, since, SWEEP_LIMIT)).await?;
        for (_, remote_id) in vanished {
            let thread = loop {
                match connector.thread(kind, &remote_id, &Watermark::default()).await {
                    Err(Failure::Wait { until, .. }) => {
                        if !self.sleep_until(until).await {
                            return Ok(());
                        }
                    }
                    other => break other,
                }
            };
            match thread {
                Ok(thread) => {
                    let page = Page { conversations: vec![thread.conversation], ..Page::default() };
                    self.ingest(shop, None, page).await?;
                }
                // Gone from the platform; it stays readable here and is nobody's turn.
                Err(Failure::NotFound) => {
                    let facts = Facts { closed: Some(true), ..Facts::default() };
                    let gone = Incoming { kind, remote_id, facts, messages: Vec::new(), mark: None };
                    self.ingest(shop, None, Page { conversations: vec![gone], ..Page::default() }).await?;
                }
                Err(failure) => {
                    tracing::info!(
                        shop = shop.id.0,
                        code = StreamProblem::of(&failure).code,
                        "a vanished thread could not be read"
                    );
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Asks again for threads that could not be read: a stream that has moved on would never bring them again.
    pub(crate) async fn read_quarantined_again(&self, shop: &Shop) -> Result<()> {
        let connector = self.connector(shop.id).await?;
        let set_aside = self.read(|reader| reader.quarantine_list(None, QUARANTINE_LIMIT)).await?;
        for unreadable in set_aside.into_iter().filter(|unreadable| unreadable.shop == shop.id) {
            let stream = connector.capabilities().streams.iter().find(|stream| stream.name == unreadable.item.stream);
            let Some(kind) = stream.map(|stream| stream.kind) else { continue };
            // Some have no id of a thread, and some still cannot be read: they stay where a person sees them.
            let remote_id = RemoteId(unreadable.item.remote_id);
            if let Ok(thread) = connector.thread(kind, &remote_id, &Watermark::default()).await {
                let page = Page { conversations: vec![thread.conversation], ..Page::default() };
                self.ingest(shop, None, page).await?;
            }
        }
        Ok(())
    }

    /// Notes why a stream stopped, and what rests because of it: the stream, a feature, or the account.
    async fn note_failure(&self, shop: ShopId, stream: &str, failure: &Failure, failures: u32) -> Result<()> {
        let problem = StreamProblem::of(failure);
        tracing::warn!(shop = shop.0, stream, code = problem.code, "a stream stopped");
        let now = self.now();
        let rest = if matches!(failure, Failure::Closed { .. }) {
            CLOSED_REST
        } else {
            backoff(failures.saturating_add(1), spread())
        };
        let document = serde_json::to_string(&problem).map_err(|error| Error::Internal(error.to_string()))?;
        let (name, pause) = (
            stream.to_owned(),
            match failure {
                Failure::Key { code, .. } => Some(code.clone()),
                _ => None,
            },
        );
        let closed = match failure {
            Failure::Closed { feature, code, why } => {
                Some((feature.clone(), Feature { open: false, code: code.clone(), why: why.clone() }))
            }
            _ => None,
        };
        self.write(move |writer| {
            // What was closed is asked for from the beginning once it is open again, not where it was refused.
            if closed.is_some() {
                writer.rewind_stream(shop, &name)?;
            }
            writer.stream_failed(shop, &name, &document, later(now, rest))?;
            writer.change_shop(shop, |shop| {
                if let Some(code) = pause {
                    shop.pause = code;
                }
                shop.standing.features.extend(closed);
            })?;
            Ok(())
        })
        .await?;
        self.tell(Event::Sync { shop, stream: stream.to_owned() });
        if matches!(failure, Failure::Key { .. } | Failure::Closed { .. }) {
            self.tell(Event::Shop { id: shop });
        }
        Ok(())
    }

    pub(crate) async fn shop_gate(&self, shop: ShopId) -> Arc<tokio::sync::Mutex<()>> {
        self.0.shop_gates.lock().await.entry(shop).or_default().clone()
    }

    /// Runs one loop per shop and looks for new shops when told.
    pub(crate) async fn sync_loops(self) {
        let mut running: HashMap<ShopId, tokio::task::JoinHandle<()>> = HashMap::new();
        loop {
            let wake = self.0.sync_wake.notified();
            match self.read(|reader| reader.shops()).await {
                Ok(shops) => {
                    running.retain(|_, task| !task.is_finished());
                    for shop in shops.into_iter().filter(|shop| shop.pause.is_empty()) {
                        running.entry(shop.id).or_insert_with(|| self.0.tasks.spawn(self.clone().shop_loop(shop.id)));
                    }
                }
                Err(error) => tracing::error!(%error, "shops could not be read"),
            }
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = wake => {}
                () = self.0.clock.sleep_until(later(self.now(), SignedDuration::from_mins(1))) => {}
            }
        }
    }

    /// Steps the most urgent stream that is due, for as long as the shop may be asked.
    async fn shop_loop(self, id: ShopId) {
        let mut waits = Waits::default();
        while !self.0.stop.is_cancelled() {
            match self.loop_step(id, &mut waits).await {
                Ok(Some(until)) => {
                    if !self.sleep_until(until).await {
                        return;
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(shop = id.0, %error, "a sync step failed");
                    if !self.sleep_until(later(self.now(), SignedDuration::from_secs(30))).await {
                        return;
                    }
                }
            }
        }
    }

    /// One turn of a shop's loop: when to come back, or `None` if the shop rests or is gone.
    async fn loop_step(&self, id: ShopId, waits: &mut Waits) -> Result<Option<Timestamp>> {
        let shop = match self.stored_shop(id).await {
            Ok(shop) if shop.pause.is_empty() => shop,
            Ok(_) | Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if let Some(rest) = self.0.breakers.of(id).resting(self.now()) {
            return Ok(Some(rest.until));
        }
        let connector = self.connector(id).await?;
        let states = self.read(move |reader| reader.streams(id)).await?;
        let now = self.now();
        let stream = match turns::next(&connector.capabilities().streams, &states, waits, now) {
            Turn::Step(stream) => stream,
            Turn::Rest(until) => return Ok(Some(until.min(later(now, SignedDuration::from_mins(1))))),
        };
        if let Step::Wait(until) = self.step(&shop, &connector, stream, false).await? {
            waits.rest(&stream.name, until);
        }
        Ok(Some(self.now()))
    }
}

/// Whether an instant stands for "only when asked for". The store keeps milliseconds, which the last instant of all has more of.
pub(crate) fn never(at: Timestamp) -> bool {
    at.as_second() == Timestamp::MAX.as_second()
}

fn refused_report(shop: &Shop, error: &Error, progress: &UnboundedSender<SyncProgress>) -> StreamReport {
    let problem = match error {
        Error::Platform(failure) => StreamProblem::of(failure),
        other => StreamProblem { code: "shop_setup".to_owned(), message: other.to_string() },
    };
    let report = StreamReport {
        shop: shop.id,
        stream: String::new(),
        fetched: 0,
        new: 0,
        changed: 0,
        quarantined: 0,
        problem: Some(problem),
    };
    let _ = progress.send(SyncProgress::Done(report.clone()));
    report
}

fn is_account_problem(code: &str) -> bool {
    code.starts_with("token_")
}

/// Spreads pauses so that many shops do not come back at the same instant: 500 to 1000 of the full pause.
pub(crate) fn spread() -> u16 {
    rand::random_range(500..=1000)
}

struct StoredMarks {
    store: Store,
    shop: ShopId,
    now: Timestamp,
}

#[async_trait]
impl Known for StoredMarks {
    async fn marks(&self, kind: Kind, threads: &[RemoteId]) -> HashMap<RemoteId, String> {
        let (store, shop, threads, now) = (self.store.clone(), self.shop, threads.to_vec(), self.now);
        // Unread marks only cost a second reading, so a failed look-up is not worth stopping for.
        blocking(move || store.read(|reader| reader.marks(shop, kind, &threads, now))).await.unwrap_or_default()
    }
}
