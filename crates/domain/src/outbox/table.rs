//! The state table: what each event does to an item.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    BACKOFF_CAP, BACKOFF_START, Choice, Event, Illegal, Item, MAX_ATTEMPTS, MAX_RESENDS, Publication, ReadBack, Reason,
    SendRules, State, UNREADABLE_LIMIT, Watermark, backoff, later,
};
use crate::offer::Act;
use crate::outgoing::{ActionKind, Refusal};
use crate::{ConversationId, Kind, ShopId};

/// Shortest pause before a call that was held back by a pace.
const PACE_STEP: SignedDuration = SignedDuration::from_millis(200);

impl Item {
    /// Whether it counts as our answer to a conversation of this kind while it is on its way.
    pub fn answers(&self, kind: Kind) -> bool {
        self.action.answers(kind) && !self.act.as_ref().is_some_and(Act::opens_chat)
    }

    /// A new item, queued until its undo hold has run out.
    #[expect(
        clippy::too_many_arguments,
        reason = "an item is born with all its facts; a builder would allow half of one"
    )]
    pub fn new(
        uid: Uuid,
        shop: ShopId,
        conversation: ConversationId,
        action: ActionKind,
        text: String,
        watermark: Watermark,
        undo: SignedDuration,
        now: Timestamp,
    ) -> Self {
        Self {
            uid,
            shop,
            conversation,
            action,
            text,
            target: None,
            act: None,
            after: None,
            files: Vec::new(),
            watermark,
            state: State::Queued,
            reason: if undo.is_positive() { Reason::UndoHold } else { Reason::None },
            detail: String::new(),
            attempts: 0,
            stumbles: 0,
            resends: 0,
            fence: 0,
            due_at: later(now, undo),
            doubt_at: None,
            absences: 0,
            unreadable_since: None,
            remote_id: None,
            publication: None,
            created_at: now,
            settled_at: None,
        }
    }

    /// Whether a request for this would be the one that made the item. The text is left out: it may have been changed since.
    pub fn asks_for(&self, conversation: ConversationId, action: ActionKind, act: Option<&Act>) -> bool {
        let name = |act: &Act| act.name.clone();
        self.conversation == conversation && self.action == action && self.act.as_ref().map(name) == act.map(name)
    }

    /// Whether the person may still change or withdraw it.
    pub const fn editable(&self) -> bool {
        matches!(self.state, State::Queued | State::Held | State::Failed)
    }

    /// Applies an event, or leaves everything as it is and says why not.
    ///
    /// # Errors
    /// [`Illegal`] if the state table has no line for this event in this state, an outcome under an old fence included.
    pub fn apply(&mut self, event: Event, rules: &SendRules, now: Timestamp) -> Result<(), Illegal> {
        let illegal = Illegal { state: self.state, event: name(&event) };
        match (self.state, event) {
            (State::Queued, Event::Moved(reason)) => self.hold(reason, now),
            (State::Queued, Event::Stopped(reason)) => match reason {
                // A paused account keeps its queue and goes on by itself once it is mended.
                Reason::AccountPaused => self.wait(reason, now, BACKOFF_CAP),
                _ => self.hold(reason, now),
            },
            (State::Queued | State::Unknown, Event::Postponed { until, reason }) => {
                // In doubt the reason stays what it was: why we doubt matters more than why we wait.
                if let (State::Queued, Some(reason)) = (self.state, reason) {
                    self.reason = reason;
                }
                self.due_at = until.min(later(now, SignedDuration::from_hours(24))).max(now);
            }
            (State::Queued, Event::WindowClosed) => self.settle(State::Failed, Reason::WindowClosed, now),
            (State::Queued, Event::Lease { fence }) if fence > self.fence => {
                if self.attempts >= MAX_ATTEMPTS {
                    self.settle(State::Failed, Reason::TriesSpent, now);
                } else {
                    // Counted before the call: a message that kills the sender still runs out of tries.
                    self.attempts += 1;
                    self.fence = fence;
                    self.state = State::Sending;
                    self.reason = Reason::None;
                    self.detail.clear();
                    self.due_at = now;
                }
            }
            (State::Sending, Event::Accepted { fence, remote }) if fence == self.fence => {
                self.remote_id = remote;
                if rules.success_proves {
                    self.settle(State::Sent, Reason::None, now);
                } else {
                    // What has to be seen to count is public once it is seen.
                    self.publication = Some(Publication::Pending);
                    self.doubt(Reason::Unconfirmed, rules, now);
                }
            }
            (State::Sending, Event::Refused { fence, refusal, jitter }) if fence == self.fence => {
                self.refuse(refusal, jitter, now);
            }
            (State::Sending, Event::Doubted { fence, doubt }) if fence == self.fence => {
                self.doubt(doubt.into(), rules, now);
            }
            (State::Sending, Event::Restarted) => self.doubt(Reason::Interrupted, rules, now),
            // What waits or is settled survives a restart as it is.
            (_, Event::Restarted) => {}
            (State::Unknown, Event::ReadBack(found)) => self.read_back(found, rules, now),
            (State::Queued | State::Held | State::Failed, Event::Person(Choice::Cancel)) => {
                self.settle(State::Cancelled, Reason::Withdrawn, now);
            }
            (State::Queued | State::Held | State::Failed, Event::Person(Choice::Send(mark))) => self.requeue(mark, now),
            (State::Queued | State::Held | State::Failed, Event::Person(Choice::Edit(text, mark))) => {
                self.text = text;
                self.requeue(mark, now);
            }
            (State::Held | State::Failed, Event::Person(Choice::MarkSent)) => {
                self.settle(State::Sent, Reason::MarkedSent, now);
            }
            _ => return Err(illegal),
        }
        Ok(())
    }

    fn settle(&mut self, state: State, reason: Reason, now: Timestamp) {
        self.state = state;
        self.reason = reason;
        self.settled_at = Some(now);
        self.due_at = now;
    }

    fn hold(&mut self, reason: Reason, now: Timestamp) {
        self.state = State::Held;
        self.reason = reason;
        self.due_at = now;
    }

    fn wait(&mut self, reason: Reason, now: Timestamp, pause: SignedDuration) {
        self.state = State::Queued;
        self.reason = reason;
        self.due_at = later(now, pause);
    }

    fn requeue(&mut self, watermark: Watermark, now: Timestamp) {
        self.watermark = watermark;
        // A person's word opens a new round: fresh tries, and one more automatic resend after proven absence.
        self.attempts = 0;
        self.stumbles = 0;
        self.resends = 0;
        self.doubt_at = None;
        self.absences = 0;
        self.unreadable_since = None;
        self.settled_at = None;
        self.wait(Reason::None, now, SignedDuration::ZERO);
    }

    fn doubt(&mut self, reason: Reason, rules: &SendRules, now: Timestamp) {
        self.doubt_at = Some(now);
        self.absences = 0;
        self.unreadable_since = None;
        if self.action == ActionKind::Read {
            // Told twice, a platform has still only seen us once.
            self.stumble(None, 1000, now);
        } else if rules.read_back {
            self.state = State::Unknown;
            self.reason = reason;
            self.due_at = later(now, BACKOFF_START);
        } else {
            self.hold(reason, now);
        }
    }

    fn refuse(&mut self, refusal: Refusal, jitter: u16, now: Timestamp) {
        match refusal {
            Refusal::Final { why, .. } => {
                self.detail = why;
                self.settle(State::Rejected, Reason::Refused, now);
            }
            Refusal::Key { why, .. } => {
                self.unspend();
                self.detail = why;
                self.wait(Reason::AccountPaused, now, BACKOFF_CAP);
            }
            Refusal::NotReached { why } => {
                self.unspend();
                self.detail = why;
                self.stumble(None, jitter, now);
            }
            Refusal::Throttled { retry_at } => {
                self.unspend();
                self.stumble(retry_at, jitter, now);
            }
        }
    }

    /// A call that surely did not reach the platform spends no try.
    fn unspend(&mut self) {
        self.attempts = self.attempts.saturating_sub(1);
    }

    fn stumble(&mut self, retry_at: Option<Timestamp>, jitter: u16, now: Timestamp) {
        self.stumbles = self.stumbles.saturating_add(1);
        // Who names an instant is believed, within a day; our own pace names fractions of a second.
        let pause = match retry_at {
            Some(at) => at.duration_since(now).clamp(PACE_STEP, SignedDuration::from_hours(24)),
            None => backoff(self.stumbles, jitter),
        };
        self.wait(Reason::Waiting, now, pause);
    }

    fn read_back(&mut self, found: ReadBack, rules: &SendRules, now: Timestamp) {
        match found {
            ReadBack::Found(remote) => {
                self.remote_id = remote.or(self.remote_id.take());
                self.publication = (!rules.success_proves).then_some(Publication::Public);
                self.settle(State::Sent, Reason::None, now);
            }
            ReadBack::Several => self.hold(Reason::Ambiguous, now),
            ReadBack::Unreadable => {
                let since = *self.unreadable_since.get_or_insert(now);
                if now.duration_since(since) >= UNREADABLE_LIMIT {
                    self.hold(Reason::ThreadUnreadable, now);
                } else {
                    self.due_at = later(now, SignedDuration::from_secs(30));
                }
            }
            ReadBack::Absent => self.absent(rules, now),
        }
    }

    fn absent(&mut self, rules: &SendRules, now: Timestamp) {
        self.unreadable_since = None;
        self.absences = self.absences.saturating_add(1);
        let horizon = later(self.doubt_at.unwrap_or(now), SignedDuration::from_secs(i64::from(rules.horizon_s)));
        if now < horizon || self.absences < 2 {
            // Often at first, for the person who waits; at the horizon for the proof.
            let pause = backoff(self.absences.saturating_add(1), 1000);
            let next = later(now, pause);
            self.due_at = if now < horizon { next.min(horizon) } else { next };
        } else if !rules.absence_provable {
            self.hold(Reason::NoProof, now);
        } else if self.resends >= MAX_RESENDS {
            self.hold(Reason::NotFoundTwice, now);
        } else {
            self.resends += 1;
            self.wait(self.reason, now, SignedDuration::ZERO);
        }
    }
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Moved(_) => "moved",
        Event::Lease { .. } => "lease",
        Event::Accepted { .. } => "accepted",
        Event::Refused { .. } => "refused",
        Event::Doubted { .. } => "doubted",
        Event::ReadBack(_) => "read_back",
        Event::Restarted => "restarted",
        Event::WindowClosed => "window_closed",
        Event::Stopped(_) => "stopped",
        Event::Postponed { .. } => "postponed",
        Event::Person(Choice::Send(_)) => "send",
        Event::Person(Choice::Edit(..)) => "edit",
        Event::Person(Choice::Cancel) => "cancel",
        Event::Person(Choice::MarkSent) => "mark_sent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::Doubt;

    const PROVEN: SendRules =
        SendRules { success_proves: true, read_back: true, absence_provable: true, ..SendRules::UNDECLARED };

    fn sending() -> (Item, Timestamp) {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let mut item = Item::new(
            Uuid::nil(),
            ShopId(1),
            ConversationId(1),
            ActionKind::Reply,
            "да".into(),
            Watermark::default(),
            SignedDuration::ZERO,
            now,
        );
        item.apply(Event::Lease { fence: 1 }, &PROVEN, now).unwrap();
        (item, now)
    }

    #[test]
    fn an_outcome_under_an_old_fence_changes_nothing() {
        let (mut item, now) = sending();
        let before = item.clone();
        assert!(item.apply(Event::Accepted { fence: 0, remote: None }, &PROVEN, now).is_err());
        assert_eq!(item, before);
    }

    #[test]
    fn proven_absence_sends_once_more_and_then_asks_a_person() {
        let (mut item, mut now) = sending();
        for round in 1..=2 {
            item.apply(Event::Doubted { fence: round, doubt: Doubt::Silence }, &PROVEN, now).unwrap();
            assert_eq!(item.state, State::Unknown);
            item.apply(Event::ReadBack(ReadBack::Absent), &PROVEN, now).unwrap();
            assert_eq!(item.state, State::Unknown, "one reading before the horizon proves nothing");
            now = later(now, SignedDuration::from_secs(180));
            item.apply(Event::ReadBack(ReadBack::Absent), &PROVEN, now).unwrap();
            if round == 1 {
                assert_eq!((item.state, item.resends), (State::Queued, 1));
                item.apply(Event::Lease { fence: 2 }, &PROVEN, now).unwrap();
            }
        }
        assert_eq!((item.state, item.reason), (State::Held, Reason::NotFoundTwice));
    }

    #[test]
    fn a_platform_without_proof_of_absence_never_gets_a_second_send() {
        let rules = SendRules { absence_provable: false, ..PROVEN };
        let (mut item, now) = sending();
        item.apply(Event::Doubted { fence: 1, doubt: Doubt::ServerFault }, &rules, now).unwrap();
        for _ in 0..2 {
            item.apply(Event::ReadBack(ReadBack::Absent), &rules, later(now, SignedDuration::from_hours(1))).unwrap();
        }
        assert_eq!((item.state, item.reason), (State::Held, Reason::NoProof));
    }

    #[test]
    fn an_answer_that_has_to_be_seen_is_pending_until_it_is() {
        let rules = SendRules { success_proves: false, ..PROVEN };
        let (mut item, now) = sending();
        item.apply(Event::Accepted { fence: 1, remote: None }, &rules, now).unwrap();
        assert_eq!((item.state, item.publication), (State::Unknown, Some(Publication::Pending)));
        item.apply(Event::ReadBack(ReadBack::Found(None)), &rules, now).unwrap();
        assert_eq!((item.state, item.publication), (State::Sent, Some(Publication::Public)));
    }

    #[test]
    fn throttling_and_connection_failures_spend_no_try() {
        let (mut item, now) = sending();
        for fence in 1..100 {
            let refusal = Refusal::NotReached { why: "no route".into() };
            item.apply(Event::Refused { fence, refusal, jitter: 1000 }, &PROVEN, now).unwrap();
            assert_eq!((item.state, item.attempts), (State::Queued, 0));
            assert!(item.due_at <= later(now, BACKOFF_CAP));
            item.apply(Event::Lease { fence: fence + 1 }, &PROVEN, now).unwrap();
        }
    }

    #[test]
    fn pauses_double_up_to_a_cap_and_spread() {
        let full: Vec<i64> = (1..=12).map(|n| backoff(n, 1000).as_secs()).collect();
        assert_eq!(full, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(backoff(3, 500).as_secs(), 4);
        assert_eq!(backoff(u32::MAX, 1000), BACKOFF_CAP);
    }
}
