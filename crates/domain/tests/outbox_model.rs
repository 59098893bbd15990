//! The outbox against a small reference: a platform that keeps what it accepted, a worker that dies anywhere, a person who
//! changes their mind. Random sequences, one seed, no clock. `DRAGOMAN_SEQUENCES` sets how many (100,000 unless told).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::BTreeMap;

use dragoman_domain::outbox::*;
use dragoman_domain::outgoing::{ActionKind, Doubt, Refusal};
use dragoman_domain::{ConversationId, RemoteId, ShopId, SignedDuration, Timestamp};
use uuid::Uuid;

/// A small generator of our own, so that a sequence is its seed and nothing else.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

/// The table of the design, written out again by hand: which states an event may lead to from a state.
fn allowed(from: State, event: &str) -> Option<&'static [State]> {
    use State::{Cancelled, Failed, Held, Queued, Rejected, Sending, Sent, Unknown};
    Some(match (from, event) {
        (Queued, "moved") => &[Held],
        (Queued, "stopped") => &[Held, Queued],
        (Queued, "window_closed") => &[Failed],
        (Queued, "postponed") => &[Queued],
        (Queued, "lease") => &[Sending, Failed],
        (Queued | Held | Failed, "send" | "edit") => &[Queued],
        (Queued | Held | Failed, "cancel") => &[Cancelled],
        (Held | Failed, "mark_sent") => &[Sent],
        (Sending, "accepted") => &[Sent, Unknown, Held],
        (Sending, "doubted") => &[Unknown, Held],
        (Sending, "restarted") => &[Unknown, Held],
        (Sending, "refused") => &[Queued, Rejected],
        (Unknown, "read_back") => &[Unknown, Sent, Held, Queued],
        (Unknown, "postponed") => &[Unknown],
        (same, "restarted") => match same {
            Queued => &[Queued],
            Unknown => &[Unknown],
            Held => &[Held],
            Sent => &[Sent],
            Rejected => &[Rejected],
            Failed => &[Failed],
            Cancelled => &[Cancelled],
            Sending => unreachable!("listed above"),
        },
        _ => return None,
    })
}

/// What the platform really has, and when it shows it.
#[derive(Default)]
struct Platform {
    accepted: Vec<Timestamp>,
    lag: SignedDuration,
}

impl Platform {
    fn visible(&self, now: Timestamp) -> usize {
        self.accepted.iter().filter(|at| later(**at, self.lag) <= now).count()
    }
}

struct Run {
    item: Item,
    rules: SendRules,
    platform: Platform,
    now: Timestamp,
    fence: u64,
    /// A person asked again after seeing it held: from then on a second message is theirs to answer for.
    overruled: bool,
    seen: BTreeMap<(State, &'static str), u64>,
}

impl Run {
    fn new(dice: &mut Dice) -> Self {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let horizon_s = [60, 180, 10_800][dice.roll(3) as usize];
        let rules = SendRules {
            nature: if dice.roll(2) == 0 { Nature::Append } else { Nature::SetLike },
            success_proves: dice.roll(2) == 0,
            read_back: dice.roll(10) != 0,
            absence_provable: dice.roll(3) != 0,
            horizon_s,
        };
        // A platform that keeps its word: what it accepted shows within the horizon its connector declares.
        let lag = SignedDuration::from_secs(dice.roll(u64::from(horizon_s)) as i64);
        let item = Item::new(
            Uuid::from_u128(u128::from(dice.roll(u64::MAX))),
            ShopId(1),
            ConversationId(1),
            ActionKind::Reply,
            "Здравствуйте!".into(),
            Watermark::default(),
            SignedDuration::ZERO,
            now,
        );
        Self {
            item,
            rules,
            platform: Platform { accepted: Vec::new(), lag },
            now,
            fence: 0,
            overruled: false,
            seen: BTreeMap::new(),
        }
    }

    fn apply(&mut self, event: Event, name: &'static str) -> bool {
        let before = self.item.clone();
        let outcome = self.item.apply(event, &self.rules, self.now);
        match (allowed(before.state, name), outcome) {
            (Some(states), Ok(())) => {
                assert!(states.contains(&self.item.state), "{name} led from {} to {}", before.state, self.item.state);
                *self.seen.entry((before.state, name)).or_default() += 1;
                true
            }
            (_, Err(illegal)) => {
                assert_eq!(self.item, before, "a refused event changed something");
                assert_eq!(illegal.state, before.state);
                assert!(
                    allowed(before.state, name).is_none() || name == "lease" || fenced(name),
                    "{name} refused in {}",
                    before.state
                );
                false
            }
            (None, Ok(())) => panic!("{name} was taken in {}", before.state),
        }
    }

    fn step(&mut self, dice: &mut Dice) {
        match dice.roll(20) {
            0..=7 => self.work(dice),
            8 => drop(self.apply(Event::Restarted, "restarted")),
            9 => self.now = later(self.now, SignedDuration::from_secs(dice.roll(7200) as i64)),
            10 => drop(self.apply(Event::Moved(Reason::BuyerWrote), "moved")),
            11 => drop(self.apply(Event::Person(Choice::Cancel), "cancel")),
            12 | 13 => {
                let held = matches!(self.item.state, State::Held | State::Failed);
                if self.apply(Event::Person(Choice::Send(Watermark::default())), "send") && held {
                    self.overruled = true;
                }
            }
            14 => {
                let held = matches!(self.item.state, State::Held | State::Failed);
                if self.apply(Event::Person(Choice::Edit("иначе".into(), Watermark::default())), "edit") && held {
                    self.overruled = true;
                }
            }
            15 => drop(self.apply(Event::Person(Choice::MarkSent), "mark_sent")),
            16 => drop(self.apply(
                Event::Stopped(if dice.roll(2) == 0 { Reason::SendingOff } else { Reason::AccountPaused }),
                "stopped",
            )),
            17 => drop(self.apply(
                Event::Postponed { until: later(self.now, SignedDuration::from_secs(30)), reason: None },
                "postponed",
            )),
            18 => {
                // A process that slept through its lease wakes up and reports.
                let fence = self.fence.saturating_sub(1);
                assert!(!self.apply(Event::Accepted { fence, remote: None }, "accepted") || fence == self.item.fence);
            }
            _ => drop(self.apply(Event::WindowClosed, "window_closed")),
        }
    }

    /// The worker: calls when queued and due, reads when in doubt and due; may die after any of its own steps.
    fn work(&mut self, dice: &mut Dice) {
        if self.item.due_at > self.now {
            self.now = self.item.due_at;
        }
        match self.item.state {
            State::Queued => {
                self.fence += 1;
                if !self.apply(Event::Lease { fence: self.fence }, "lease") || self.item.state != State::Sending {
                    return;
                }
                assert!(!self.apply(Event::Lease { fence: self.fence }, "lease"), "one lease twice");
                self.call(dice);
            }
            State::Unknown => {
                let expected = usize::from(self.item.resends > 0 && self.platform.accepted.len() > 1) + 1;
                let found = match (dice.roll(8), self.platform.visible(self.now)) {
                    (0, _) => ReadBack::Unreadable,
                    (_, 0) => ReadBack::Absent,
                    (_, n) if n > expected && self.rules.nature == Nature::Append => ReadBack::Several,
                    _ => ReadBack::Found(Some(RemoteId::from("m1"))),
                };
                self.apply(Event::ReadBack(found), "read_back");
            }
            _ => {}
        }
    }

    fn call(&mut self, dice: &mut Dice) {
        let fence = self.fence;
        let dies = dice.roll(6) == 0;
        let accepts = dice.roll(3) != 0;
        if accepts {
            self.platform.accepted.push(self.now);
        }
        self.now = later(self.now, SignedDuration::from_secs(dice.roll(30) as i64));
        if dies {
            self.apply(Event::Restarted, "restarted");
            return;
        }
        if accepts {
            if dice.roll(2) == 0 {
                self.apply(Event::Accepted { fence, remote: None }, "accepted");
            } else {
                let doubt = Doubt::ALL[dice.roll(Doubt::ALL.len() as u64) as usize];
                self.apply(Event::Doubted { fence, doubt }, "doubted");
            }
            return;
        }
        let jitter = dice.roll(1001) as u16;
        match dice.roll(6) {
            0 => drop(self.apply(Event::Doubted { fence, doubt: Doubt::ServerFault }, "doubted")),
            // The contract says success can be empty: only where it is not taken for proof.
            1 if !self.rules.success_proves => drop(self.apply(Event::Accepted { fence, remote: None }, "accepted")),
            2 => self.refused(fence, Refusal::Final { code: "closed".into(), why: String::new() }, jitter),
            3 => self.refused(fence, Refusal::Throttled { retry_at: Some(Timestamp::MAX) }, jitter),
            4 => self.refused(fence, Refusal::Key { code: "token_refused".into(), why: String::new() }, jitter),
            _ => self.refused(fence, Refusal::NotReached { why: String::new() }, jitter),
        }
    }

    fn refused(&mut self, fence: u64, refusal: Refusal, jitter: u16) {
        self.apply(Event::Refused { fence, refusal, jitter }, "refused");
        assert!(self.item.due_at <= later(self.now, SignedDuration::from_hours(24)), "a pause without end");
    }

    fn check(&self) {
        let accepted = self.platform.accepted.len();
        if !self.overruled {
            assert!(accepted <= 1, "sent {accepted} times without anybody asking: {:?}", self.item);
        }
        assert!(self.item.attempts <= MAX_ATTEMPTS);
        assert!(self.item.resends <= MAX_RESENDS);
        match self.item.state {
            State::Sent => assert!(
                accepted >= 1 || self.item.reason == Reason::MarkedSent,
                "shown as sent, and the platform has nothing: {:?}",
                self.item
            ),
            State::Rejected if !self.overruled => assert_eq!(accepted, 0, "shown as refused, and it arrived"),
            _ => {}
        }
        assert!(!self.item.text.is_empty(), "a text was lost");
        assert_eq!(self.item.settled_at.is_some(), self.item.state.settled());
    }
}

fn fenced(name: &str) -> bool {
    matches!(name, "accepted" | "refused" | "doubted")
}

#[test]
fn random_sequences_never_send_twice_nor_lose_a_text() {
    let sequences: u64 = std::env::var("DRAGOMAN_SEQUENCES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let mut seen: BTreeMap<(State, &'static str), u64> = BTreeMap::new();
    let mut ends: BTreeMap<State, u64> = BTreeMap::new();
    for seed in 0..sequences {
        let mut dice = Dice(seed);
        let mut run = Run::new(&mut dice);
        for _ in 0..dice.roll(40) + 5 {
            run.step(&mut dice);
            run.check();
        }
        *ends.entry(run.item.state).or_default() += 1;
        for (key, n) in run.seen {
            *seen.entry(key).or_default() += n;
        }
    }
    println!("outbox model: {sequences} sequences, seeds 0..{sequences}, 0 differences; ends {ends:?}");
    for state in State::ALL {
        // A step of the worker never stops inside a call: the model has it end or die.
        let passing = *state == State::Sending || sequences < 1000;
        assert!(ends.contains_key(state) || passing, "no sequence ended {state}");
        for event in [
            "moved",
            "stopped",
            "window_closed",
            "postponed",
            "lease",
            "send",
            "edit",
            "cancel",
            "mark_sent",
            "accepted",
            "doubted",
            "refused",
            "read_back",
            "restarted",
        ] {
            if allowed(*state, event).is_some() && sequences >= 1000 {
                assert!(seen.contains_key(&(*state, event)), "the line {state} + {event} was never walked");
            }
        }
    }
}
