//! The worker that carries the outbox out.
//!
//! One item at a time per shop, shops side by side. For each item the order is fixed: read the thread, compare it with what the
//! person answered to, win a lease on disk, call, note the outcome on disk. What ends in doubt is settled by reading, never by
//! calling again blindly.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::opening::opens_chat;
use crate::outbox::{OutboxView, rules_of};
use crate::sync::spread;
use dragoman_channels::{Connector, Failure};
use dragoman_domain::deadline::window;
use dragoman_domain::incoming::{Incoming, IncomingMessage, Page};
use dragoman_domain::outbox::{Event as Change, ReadBack, Reason, SendRules, State, backoff, later};
use dragoman_domain::outgoing::{ActionKind, Outgoing, Refusal, Sent};
use dragoman_domain::shop::Shop;
use dragoman_domain::{ShopId, SignedDuration, Timestamp, matching};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Items taken up in one pass.
const BATCH: u32 = 1000;

/// How long one round waits for items that are due soon.
const ROUND_PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// How long a disk that takes nothing is left alone.
const DISK_REST: SignedDuration = SignedDuration::from_secs(2);

/// What a pass needs to know of one item's surroundings.
struct Errand {
    shop: Shop,
    connector: Arc<dyn Connector>,
    last_in_at: Option<Timestamp>,
    edit_until: Option<Timestamp>,
    product: String,
    order_no: String,
    /// The number by which a chat with its buyer may be opened, empty when it may not.
    chat_by: String,
    rules: SendRules,
}

impl Engine {
    /// Turns every call that was open when the program ended into doubt.
    pub(crate) async fn restart_outbox(&self) -> Result<()> {
        let now = self.now();
        let mut rules = HashMap::new();
        for view in self.read(|reader| reader.outbox_in_state(State::Sending)).await? {
            let declared = match self.connector(view.item.shop).await {
                Ok(connector) => rules_of(connector.as_ref(), view.kind, view.item.action),
                // Without its key nobody knows what can be proven; the item stays in doubt and can be read.
                Err(_) => SendRules { read_back: true, ..SendRules::UNDECLARED },
            };
            rules.insert(view.id, declared);
        }
        if !rules.is_empty() {
            self.write(move |writer| {
                writer.restart_outbox(|entry| rules.get(&entry.id).copied().unwrap_or(SendRules::UNDECLARED), now)
            })
            .await?;
        }
        Ok(())
    }

    /// Works until the engine stops, each shop by itself: one that is silent keeps nobody else waiting.
    pub(crate) async fn outbox_loop(self) {
        while !self.0.stop.is_cancelled() {
            let wake = self.0.outbox_wake.notified();
            match self.shops_due().await {
                Ok(shops) => {
                    for shop in shops {
                        // A shop at work sees for itself what is due, and wakes us when it is done.
                        let Ok(gate) = self.outbox_gate(shop).await.try_lock_owned() else { continue };
                        let turn = Turn { engine: self.clone(), gate: Some(gate) };
                        self.0.tasks.spawn(async move {
                            let engine = &turn.engine;
                            if let Err(error) = engine.carry_out_all(shop).await {
                                tracing::error!(shop = shop.0, %error, "the outbox could not be worked on");
                                // Whatever is in the way will be there in a moment still; each try costs the platform a reading.
                                engine.sleep_until(later(engine.now(), DISK_REST)).await;
                            }
                        });
                    }
                }
                Err(error) => tracing::error!(%error, "the outbox could not be read"),
            }
            let now = self.now();
            // What is due already is being worked on; an item of a shop that has to wait must not hide those of others.
            let next = self.read(move |reader| reader.next_due_after(now)).await.ok().flatten();
            let latest = later(now, SignedDuration::from_secs(30));
            let latest = self.0.breakers.next_try(now).map_or(latest, |at| at.min(latest));
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = wake => {}
                () = self.0.clock.sleep_until(next.map_or(latest, |due| due.min(latest))) => {}
            }
        }
    }

    /// Carries out everything that is due, until nothing is.
    pub(crate) async fn outbox_pass(&self) -> Result<()> {
        loop {
            let shops = self.shops_due().await?;
            if shops.is_empty() || self.0.stop.is_cancelled() {
                return Ok(());
            }
            let passes = shops.into_iter().map(|shop| async move {
                let _turn = self.outbox_turn(shop).await;
                self.carry_out_all(shop).await
            });
            futures::future::join_all(passes).await.into_iter().collect::<Result<()>>()?;
        }
    }

    /// Waits for a shop's turn at the outbox.
    pub(crate) async fn outbox_turn(&self, shop: ShopId) -> Turn {
        let gate = self.outbox_gate(shop).await.lock_owned().await;
        Turn { engine: self.clone(), gate: Some(gate) }
    }

    async fn outbox_gate(&self, shop: ShopId) -> Arc<Mutex<()>> {
        self.0.outbox_gates.lock().await.entry(shop).or_default().clone()
    }

    async fn shops_due(&self) -> Result<BTreeSet<ShopId>> {
        let now = self.now();
        let due = self.read(move |reader| reader.outbox_due(now, BATCH)).await?;
        let shops: BTreeSet<ShopId> = due.into_iter().map(|view| view.item.shop).collect();
        Ok(shops.into_iter().filter(|shop| self.0.breakers.of(*shop).outbox_waits(now).is_none()).collect())
    }

    /// Carries out what is due in one shop, in the order in which it was asked for, until nothing is or the shop has to wait. The
    /// caller holds the shop's gate.
    async fn carry_out_all(&self, shop: ShopId) -> Result<()> {
        loop {
            let now = self.now();
            let mut due = self.read(move |reader| reader.outbox_due(now, BATCH)).await?;
            due.retain(|view| view.item.shop == shop);
            due.sort_by_key(|view| view.id);
            if due.is_empty() {
                return Ok(());
            }
            let breaker = self.0.breakers.of(shop);
            for view in due {
                if self.0.stop.is_cancelled() || breaker.outbox_waits(self.now()).is_some() {
                    return Ok(());
                }
                self.carry_out(view).await?;
            }
        }
    }

    /// Works until nothing is due any more within [`ROUND_PATIENCE`]: what only waits for its pace or a second look is worth
    /// waiting for, a proof that takes hours is not.
    pub(crate) async fn outbox_round(&self) -> Result<()> {
        let end = later(self.now(), ROUND_PATIENCE);
        loop {
            self.outbox_pass().await?;
            let now = self.now();
            // What is due and was left belongs to a shop that has to wait.
            let next = match self.read(|reader| reader.next_due()).await? {
                Some(due) if due <= now => {
                    let other = self.read(move |reader| reader.next_due_after(now)).await?;
                    self.0.breakers.next_try(now).into_iter().chain(other).min()
                }
                next => next,
            };
            match next {
                Some(due) if due <= end && self.sleep_until(due).await => {}
                _ => return Ok(()),
            }
        }
    }

    async fn carry_out(&self, view: OutboxView) -> Result<()> {
        let errand = match self.errand(&view).await {
            Ok(errand) => errand,
            // Keys locked, shop not set up: the item waits for a person to mend that.
            Err(error @ (Error::Secrets(_) | Error::Platform(_))) => {
                tracing::info!(item = view.id.0, %error, "no connection for this item");
                return self
                    .postpone(&view, Some(Reason::AccountPaused), later(self.now(), SignedDuration::from_mins(1)))
                    .await;
            }
            Err(error) => return Err(error),
        };
        match view.item.state {
            State::Queued => self.send(view, errand).await,
            State::Unknown => self.look_for(view, errand).await,
            _ => Ok(()),
        }
    }

    async fn send(&self, view: OutboxView, errand: Errand) -> Result<()> {
        let now = self.now();
        let quiet = view.item.action == ActionKind::Read;
        if !errand.shop.sending && !quiet {
            return self.apply(&view, &errand, Change::Stopped(Reason::SendingOff)).await.map(drop);
        }
        if !errand.shop.pause.is_empty() {
            return self.postpone(&view, Some(Reason::AccountPaused), later(now, SignedDuration::from_mins(15))).await;
        }
        if self.closes_at(&view, &errand).is_some_and(|at| at <= now) {
            return self.apply(&view, &errand, Change::WindowClosed).await.map(drop);
        }
        if let Some(change) = self.held_back(&view).await? {
            return self.apply(&view, &errand, change).await.map(drop);
        }
        let Some(files) = self.load_files(&view.item.files).await? else {
            return self.apply(&view, &errand, Change::Stopped(Reason::FileGone)).await.map(drop);
        };
        if !quiet && !self.pre_flight(&view, &errand).await? {
            return Ok(());
        }
        let fence = self.write(|writer| writer.next_fence()).await?;
        // From here on the call counts as made, whatever happens to this process.
        let Some(view) = self.apply(&view, &errand, Change::Lease { fence }).await? else { return Ok(()) };
        if view.item.state != State::Sending {
            return Ok(());
        }
        let outgoing = Outgoing {
            action: view.item.action,
            kind: view.kind,
            conversation: view.conversation.clone(),
            text: view.item.text.clone(),
            last_in: view.item.watermark.last_in.clone(),
            target: view.item.target.clone(),
            product: errand.product.clone(),
            order_no: if opens_chat(&view) { errand.chat_by.clone() } else { errand.order_no.clone() },
            act: view.item.act.clone(),
            files,
        };
        let outcome = errand.connector.send(&outgoing).await;
        if let Sent::No(Refusal::Throttled { retry_at: Some(until) }) = &outcome {
            self.0.breakers.of(errand.shop.id).throttle(*until, self.now());
        }
        let dead_key = match &outcome {
            Sent::No(Refusal::Key { code, .. }) => Some(code.clone()),
            _ => None,
        };
        let opened = match &outcome {
            Sent::Yes { remote, .. } if opens_chat(&view) => remote.clone(),
            _ => None,
        };
        if let Some(chat) = opened
            && let Err(error) = self.chat_opened(&errand.shop, view.item.conversation, chat).await
        {
            // The platform's lists bring it later.
            tracing::warn!(item = view.id.0, %error, "a chat that was opened could not be stored yet");
        }
        self.note_outcome(&view, &errand, change_of(outcome, fence)).await?;
        match dead_key {
            Some(code) => self.pause(errand.shop.id, &code).await,
            None => Ok(()),
        }
    }

    /// Notes how a call ended, again and again while the disk does not take it: nobody else looks after an item that is in
    /// mid-call, and what is known now is worth more than what a later reading could tell. If the program ends first, the next
    /// start turns the item to doubt.
    async fn note_outcome(&self, view: &OutboxView, errand: &Errand, change: Change) -> Result<()> {
        loop {
            match self.apply(view, errand, change.clone()).await {
                Err(error) if disk_says_no(&error) => {
                    tracing::warn!(item = view.id.0, %error, "the end of a call could not be noted yet");
                    if !self.sleep_until(later(self.now(), DISK_REST)).await {
                        return Err(error);
                    }
                }
                other => return other.map(drop),
            }
        }
    }

    /// What keeps a part of an answer from leaving: the part before it has not arrived yet, or will not.
    async fn held_back(&self, view: &OutboxView) -> Result<Option<Change>> {
        let Some(before) = view.item.after else { return Ok(None) };
        let before = self.read(move |reader| reader.outbox_by_uid(before)).await?;
        Ok(match before.map(|before| before.item) {
            None => None,
            Some(item) if item.state == State::Sent => None,
            Some(item) if item.state.under_way() => {
                let until = item.due_at.max(later(self.now(), SignedDuration::from_secs(1)));
                Some(Change::Postponed { until, reason: Some(Reason::Waiting) })
            }
            Some(_) => Some(Change::Stopped(Reason::EarlierPart)),
        })
    }

    /// When the platform stops taking the item, where that is known.
    fn closes_at(&self, view: &OutboxView, errand: &Errand) -> Option<Timestamp> {
        if view.item.action == ActionKind::Edit {
            return errand.edit_until;
        }
        let pack = self.0.packs.get(errand.shop.channel).filter(|_| view.item.answers(view.kind))?;
        window(pack, view.kind, errand.last_in_at).map(|window| window.at)
    }

    /// Reads the thread and holds the item if the world has moved on. `true` = go ahead.
    async fn pre_flight(&self, view: &OutboxView, errand: &Errand) -> Result<bool> {
        match self.read_thread(view, errand).await? {
            Reading::Thread { thread, taken, .. } => {
                match matching::moved(&view.item, &thread, |message| is_taken(&taken, message)) {
                    None => Ok(true),
                    Some(reason) => self.apply(view, errand, Change::Moved(reason)).await.map(|_| false),
                }
            }
            // More has happened than one reading shows.
            Reading::TooMuch => self.apply(view, errand, Change::Moved(Reason::BuyerWrote)).await.map(|_| false),
            Reading::Gone => self.apply(view, errand, Change::Moved(Reason::Closed)).await.map(|_| false),
            Reading::Later(until) => {
                self.0.breakers.of(errand.shop.id).throttle(until, self.now());
                self.postpone(view, Some(Reason::Waiting), until).await.map(|()| false)
            }
            Reading::Rest => {
                let until = later(self.now(), SignedDuration::from_mins(15));
                self.postpone(view, Some(Reason::AccountPaused), until).await.map(|()| false)
            }
            Reading::Failed => {
                let until = later(self.now(), backoff(view.item.stumbles.saturating_add(2), spread()));
                // While the whole shop rests the next one tries first, and this one right after it.
                let rest = self.0.breakers.of(errand.shop.id).rest();
                let until = rest.map_or(until, |rest| until.min(later(rest.until, SignedDuration::from_secs(1))));
                self.postpone(view, Some(Reason::Waiting), until).await.map(|()| false)
            }
        }
    }

    /// Looks for an item in doubt. While the account rests nothing can be read with its key; the doubt waits for a key that works.
    async fn look_for(&self, view: OutboxView, errand: Errand) -> Result<()> {
        let rest = later(self.now(), SignedDuration::from_mins(15));
        if !errand.shop.pause.is_empty() {
            return self.postpone(&view, None, rest).await;
        }
        if opens_chat(&view)
            && let Some(chat) = self.chat_of_order(errand.shop.id, &errand.order_no).await?
        {
            return self.apply(&view, &errand, Change::ReadBack(ReadBack::Found(Some(chat)))).await.map(drop);
        }
        let found = match self.read_thread(&view, &errand).await? {
            Reading::Thread { thread, taken, gaps } => {
                match matching::read_back(&view.item, &errand.rules, &thread, |message| is_taken(&taken, message)) {
                    // It may be what could not be read. To call that absence would send it twice.
                    ReadBack::Absent if gaps => ReadBack::Unreadable,
                    found => found,
                }
            }
            Reading::TooMuch => ReadBack::Several,
            Reading::Gone | Reading::Failed => ReadBack::Unreadable,
            Reading::Rest => return self.postpone(&view, None, rest).await,
            Reading::Later(until) => return self.postpone(&view, None, until).await,
        };
        self.apply(&view, &errand, Change::ReadBack(found)).await.map(drop)
    }

    /// Reads a thread and stores what it says, so that a person sees what the item is compared with.
    async fn read_thread(&self, view: &OutboxView, errand: &Errand) -> Result<Reading> {
        let thread = loop {
            match errand.connector.thread(view.kind, &view.conversation, &view.item.watermark).await {
                Ok(thread) => break thread,
                // Our own pace: waiting for it here keeps the order and costs no write for each item behind this one.
                Err(Failure::Wait { until, told: false }) => {
                    if !self.sleep_until(until).await {
                        return Ok(Reading::Later(until));
                    }
                }
                Err(Failure::Wait { until, .. }) => return Ok(Reading::Later(until)),
                Err(Failure::NotFound) => return Ok(Reading::Gone),
                Err(Failure::Key { code, .. }) => {
                    self.pause(errand.shop.id, &code).await?;
                    return Ok(Reading::Rest);
                }
                Err(failure) => {
                    tracing::info!(item = view.id.0, %failure, "the thread could not be read");
                    return Ok(Reading::Failed);
                }
            }
        };
        let (complete, gaps) = (thread.complete, thread.gaps);
        let page = Page { conversations: vec![thread.conversation.clone()], ..Page::default() };
        self.ingest(&errand.shop, None, page).await?;
        if !complete {
            return Ok(Reading::TooMuch);
        }
        let (conversation, id) = (view.item.conversation, view.id);
        let taken = self.read(move |reader| reader.claimed(conversation, id)).await?;
        Ok(Reading::Thread { thread: Box::new(thread.conversation), taken, gaps })
    }

    /// Applies a change on disk and tells who listens; `None` if the item moved on meanwhile (a person withdrew it).
    async fn apply(&self, view: &OutboxView, errand: &Errand, change: Change) -> Result<Option<OutboxView>> {
        let (id, rules, now) = (view.id, errand.rules, self.now());
        let applied =
            self.write(move |writer| writer.update_outbox(id, move |item| Ok(item.apply(change, &rules, now)?))).await;
        match applied {
            Ok((view, ())) => {
                tracing::info!(item = id.0, shop = errand.shop.id.0, state = %view.item.state, reason = %view.item.reason, "outbox");
                self.tell(Event::Outbox { id, conversation: view.item.conversation, state: view.item.state });
                Ok(Some(view))
            }
            Err(Error::WrongState { state }) => {
                tracing::info!(item = id.0, %state, "the item moved on meanwhile");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn postpone(&self, view: &OutboxView, reason: Option<Reason>, until: Timestamp) -> Result<()> {
        let (id, now) = (view.id, self.now());
        let change = Change::Postponed { until, reason };
        match self
            .write(move |writer| {
                writer.update_outbox(id, move |item| Ok(item.apply(change, &SendRules::UNDECLARED, now)?))
            })
            .await
        {
            // Withdrawn meanwhile: nothing to postpone.
            Ok(_) | Err(Error::WrongState { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn errand(&self, view: &OutboxView) -> Result<Errand> {
        let conversation = view.item.conversation;
        let thread = self.read(move |reader| reader.conversation(conversation)).await?;
        let shop = self.stored_shop(view.item.shop).await?;
        let connector = self.connector(shop.id).await?;
        let rules = rules_of(connector.as_ref(), view.kind, view.item.action);
        Ok(Errand {
            shop,
            connector,
            last_in_at: thread.last_in_at,
            edit_until: thread.edit_until,
            product: thread.product_key,
            order_no: thread.order_no,
            chat_by: thread.order.map(|order| order.chat_by).unwrap_or_default(),
            rules,
        })
    }
}

/// A shop's turn at the outbox: one at a time.
///
/// Who gives it back wakes the loop, however the work ended. The loop passes over a shop that is at work, so what a round leaves
/// behind when it fails or is broken off would otherwise lie until the loop's next look.
pub(crate) struct Turn {
    engine: Engine,
    gate: Option<OwnedMutexGuard<()>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // In this order, so that the loop finds the gate open.
        drop(self.gate.take());
        self.engine.0.outbox_wake.notify_one();
    }
}

/// What reading a thread led to.
enum Reading {
    /// The thread as it stands.
    Thread {
        thread: Box<Incoming>,
        /// Which of its messages belong to other items.
        taken: Vec<dragoman_domain::RemoteId>,
        /// Something of it may have been unreadable.
        gaps: bool,
    },
    /// The reading did not reach back to the watermark.
    TooMuch,
    /// The platform does not know the thread.
    Gone,
    /// Not before this instant.
    Later(Timestamp),
    /// The account rests.
    Rest,
    /// Not this time.
    Failed,
}

fn is_taken(taken: &[dragoman_domain::RemoteId], message: &IncomingMessage) -> bool {
    taken.contains(&message.remote_id)
}

/// Whether a write failed for a reason that passes: no room, a place that may not be written just now, somebody else's lock.
const fn disk_says_no(error: &Error) -> bool {
    use dragoman_store::Error as Cause;
    matches!(error, Error::Store(Cause::DiskFull | Cause::ReadOnly | Cause::Busy | Cause::File { .. }))
}

fn change_of(outcome: Sent, fence: u64) -> Change {
    match outcome {
        Sent::Yes { remote, .. } => Change::Accepted { fence, remote },
        Sent::No(refusal) => Change::Refused { fence, refusal, jitter: spread() },
        Sent::Unknown { why, .. } => Change::Doubted { fence, doubt: why },
    }
}

#[cfg(test)]
mod tests {
    use dragoman_domain::outgoing::Doubt;

    use super::*;

    #[test]
    fn an_outcome_without_proof_never_becomes_a_refusal() {
        for why in Doubt::ALL {
            let change = change_of(Sent::Unknown { why: *why, at: Timestamp::UNIX_EPOCH }, 7);
            assert!(matches!(change, Change::Doubted { fence: 7, .. }));
        }
    }
}
