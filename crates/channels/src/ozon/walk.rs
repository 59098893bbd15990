//! The way through the chats: which page of the list, which chats of it are still to be read, how far into the present one.
//!
//! The whole state is a small piece of JSON in the stream's cursor, written with every step, so that a pass can stop anywhere
//! and go on there. Nothing is owed to it: a chat's mark is handed over only by the step that closes the gap down to the mark
//! before, so a pass begun anew finds everything again and skips what is done. That makes starting over the remedy for every
//! cursor in doubt.

use std::collections::{HashMap, VecDeque};

use dragoman_domain::incoming::{Cursor, Facts, Incoming, IncomingMessage, Page, Unreadable};
use dragoman_domain::{Kind, RemoteId, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ozon::capabilities::TICKETS;
use crate::ozon::map::{self, About, Chat, Read};
use crate::ozon::trail::Trail;
use crate::ozon::wire::History;

/// A pass that rested longer than this is begun anew: list cursors are opaque and may have gone stale, and whatever blocked
/// the pass is met from a fresh start.
const STALE: SignedDuration = SignedDuration::from_mins(10);
/// How long a chat is read again for a last message that the list names and the history does not show. Long enough for what
/// is late, short enough for what will never be shown.
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// Where a pass over the chat list stands.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Walk {
    /// When the last step was made, or the one that is being made.
    at: Timestamp,
    /// List cursor of the page to come; `None` after the last page.
    next: Option<String>,
    /// Why the page to come cannot be asked for, although there should be one.
    endless: Option<String>,
    /// The pages so far.
    trail: Trail,
    /// Why buyers' chats are closed to this key, as far as this pass has met one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
    /// Chats of this page that are still to be read, the present one first.
    pending: VecDeque<Chat>,
    /// How far into the present chat; `None` before its first page.
    reading: Option<Reading>,
    /// This page had chats of the kinds that are wanted.
    chats: bool,
    /// One of them has a message that is young enough to go on for.
    young: bool,
    /// How many chats there are to read; `None` = nobody counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<Count>,
}

/// The chats that are to be read. The platform tells no total, and its list costs a hundredth of the histories: so a pass over
/// everything goes through the list once before it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Count {
    /// So many on the pages so far; none of them is read yet.
    Counting(u64),
    /// So many are left.
    Left(u64),
    /// The list has no end, so this pass reads without knowing.
    Unknown,
}

/// A position inside a history that is read from its newest message downwards.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Reading {
    /// The newest message.
    top: String,
    /// The oldest message so far.
    oldest: String,
    /// When the newest was written.
    newest: Option<Timestamp>,
    /// The message was there that the list calls the last.
    met_last: bool,
    /// The platform has named product or order already; older messages do not override newer ones.
    named: bool,
}

/// How far a chat has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// The last message; a chat whose last message in the list is this one is skipped.
    last: String,
    /// When its newest message was written, so that a later pass knows an unchanged chat's age.
    newest: Option<Timestamp>,
    /// Since when a later message is named by the list and not shown by the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing: Option<Timestamp>,
}

impl Mark {
    fn of(chat: &RemoteId, marks: &HashMap<RemoteId, String>) -> Option<Self> {
        serde_json::from_str(marks.get(chat)?).ok()
    }

    /// The mark after a chat has been read down to `known`.
    fn after(chat: &Chat, read: Reading, known: Option<Self>, now: Timestamp) -> Self {
        let Reading { top, newest, met_last, .. } = read;
        let known = known.filter(|known| known.last == top);
        let missing = if met_last { None } else { Some(known.and_then(|known| known.missing).unwrap_or(now)) };
        match missing {
            Some(since) if now.duration_since(since).abs() < LATE => Self { last: top, newest, missing },
            _ => Self { last: chat.last.clone(), newest, missing: None },
        }
    }
}

/// Why buyers' chats are closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Refused {
    code: String,
    why: String,
}

/// What has to be asked next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// The page of the list after a cursor.
    List(String),
    /// The messages of a chat, from its newest or from a message downwards.
    History { chat: RemoteId, kind: Kind, from: Option<String> },
    /// Nothing more can be asked, although the platform promises more.
    Endless(String),
    /// Buyers' chats are closed; everything else has been read.
    Closed { code: String, why: String },
    /// Nothing: the pass is over.
    Over,
}

/// How far back a pass goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Depth {
    /// To the end of the list.
    Everything,
    /// Until a whole page holds nothing that was written since.
    Since(Timestamp),
}

impl Depth {
    fn reaches(self, at: Timestamp) -> bool {
        match self {
            Self::Everything => true,
            Self::Since(since) => at >= since,
        }
    }
}

impl Walk {
    /// Goes on where the cursor stands, or begins anew where it says nothing usable.
    pub(super) fn resume(cursor: &Cursor, now: Timestamp) -> Self {
        let stored = serde_json::from_str::<Self>(&cursor.0).ok();
        let fresh = |walk: &Self| now.duration_since(walk.at).abs() <= STALE;
        let walk = match stored {
            Some(walk) if fresh(&walk) => walk,
            // What was counted is counted.
            Some(Self { count: count @ Some(Count::Left(_)), .. }) => Self { count, ..Self::first() },
            _ => Self::first(),
        };
        Self { at: now, ..walk }
    }

    fn first() -> Self {
        Self { next: Some(String::new()), ..Self::default() }
    }

    /// Makes a pass that has not begun yet go through the list once, to count the chats it will have to read.
    pub(super) fn count_first(&mut self) {
        if self.next.as_deref() == Some("") && self.pending.is_empty() {
            self.count = self.count.or(Some(Count::Counting(0)));
        }
    }

    /// What to ask next, if the present chat is still to be read.
    pub(super) fn next(&self) -> Next {
        match (self.pending.front(), &self.next, &self.endless) {
            (Some(chat), ..) => Next::History {
                chat: chat.id.clone(),
                kind: chat.kind,
                from: self.reading.as_ref().map(|reading| reading.oldest.clone()),
            },
            (None, Some(cursor), _) => Next::List(cursor.clone()),
            (None, None, Some(why)) => Next::Endless(why.clone()),
            (None, None, None) => match &self.refused {
                Some(Refused { code, why }) => Next::Closed { code: code.clone(), why: why.clone() },
                None => Next::Over,
            },
        }
    }

    /// Passes over the present chat if another stream has read it meanwhile. Tells whether it did.
    pub(super) fn skip_known(&mut self, marks: &HashMap<RemoteId, String>, depth: Depth) -> bool {
        let Some(chat) = self.pending.front() else { return false };
        match Mark::of(&chat.id, marks).filter(|mark| mark.last == chat.last) {
            Some(mark) => {
                self.done_with_chat(mark.newest, depth);
                true
            }
            None => false,
        }
    }

    /// Takes in the chats of a page: notes those to be read and hands over what the list alone tells. `following` is the
    /// cursor of the page after it.
    pub(super) fn take_list(
        &mut self,
        chats: Vec<Chat>,
        following: Option<String>,
        marks: &HashMap<RemoteId, String>,
        depth: Depth,
    ) -> Vec<Incoming> {
        let asked = self.next.take().unwrap_or_default();
        if let Some(following) = following {
            self.follow(&asked, following);
        }
        let refused = self.refused.is_some();
        let chats: Vec<Chat> = chats.into_iter().filter(|chat| !(refused && chat.kind == Kind::Chat)).collect();
        (self.chats, self.young) = (!chats.is_empty(), false);
        let mut told = Vec::new();
        let mut unread = 0;
        for chat in chats {
            match Mark::of(&chat.id, marks).filter(|mark| mark.last == chat.last) {
                Some(mark) => {
                    self.young |= mark.newest.is_some_and(|newest| depth.reaches(newest));
                    // A chat can be closed without a new message.
                    if closed(&chat.status) == Some(true) {
                        told.push(incoming(&chat, facts(&chat), Vec::new(), None));
                    }
                }
                None if matches!(self.count, Some(Count::Counting(_))) => unread += 1,
                None => self.pending.push_back(chat),
            }
        }
        if let Some(Count::Counting(count)) = self.count {
            self.counted(count + unread);
        } else if self.pending.is_empty() {
            self.done_with_page(depth);
        }
        told
    }

    /// Notes how many chats are to be read on the pages so far. After the last page reading begins, if there is anything to read.
    fn counted(&mut self, count: u64) {
        match (&self.next, &self.endless) {
            (Some(_), _) => self.count = Some(Count::Counting(count)),
            (None, None) if count == 0 => self.count = None,
            (None, None) => *self = Self { at: self.at, count: Some(Count::Left(count)), ..Self::first() },
            // The end of a list that has none cannot be waited for, and must not be looked for twice.
            (None, Some(_)) => *self = Self { at: self.at, count: Some(Count::Unknown), ..Self::first() },
        }
    }

    /// Chats still to be read, if they were counted.
    fn to_come(&self) -> Option<u64> {
        match self.count {
            Some(Count::Left(left)) => Some(if self.next() == Next::Over { 0 } else { left }),
            _ => None,
        }
    }

    /// Notes the cursor of the following page. What is wrong with it is said after the chats of this page have been read.
    fn follow(&mut self, asked: &str, next: String) {
        match self.trail.follow(asked, next) {
            Ok(next) => self.next = Some(next),
            Err(fault) => self.endless = Some(format!("the chat list {fault}")),
        }
    }

    /// Leaves buyers' chats aside in the rest of this pass, because the key may not read them: those with Ozon's people and its
    /// news may be open all the same. The pass ends with the reason.
    pub(super) fn refuse_buyers(&mut self, code: String, why: String) {
        self.refused = Some(Refused { code, why });
        self.pending.retain(|chat| chat.kind != Kind::Chat);
        // Their age is unknown: it must not be the reason to stop.
        (self.reading, self.young) = (None, true);
    }

    /// Takes in messages of the present chat; `None` if there is none.
    pub(super) fn take_history(
        &mut self,
        stream: &str,
        history: &History,
        marks: &HashMap<RemoteId, String>,
        depth: Depth,
    ) -> Option<(Incoming, Vec<Unreadable>)> {
        let chat = self.pending.front().cloned()?;
        let Read { mut messages, mut unreadable, context, hint, seen, buyer_id, .. } =
            map::history(quarantine(stream, chat.kind), chat.kind, history);
        // Newest first is what is asked for and promised. Where a page is in another order, going on below its last message would
        // pass over those that stand above it and are older.
        messages.sort_by_key(|message| std::cmp::Reverse(message.sent_at));
        let first = self.reading.is_none();
        let before = self.reading.take().unwrap_or_default();
        let mut told = if first {
            Facts { seen: seen.or(facts(&chat).seen), order_no: hint, buyer_id, ..facts(&chat) }
        } else {
            Facts::default()
        };
        let mut read = Reading { named: before.named || context.is_some(), ..before.clone() };
        if let Some(context) = context.filter(|_| !before.named) {
            let About { order_no, product } = context;
            told.order_no = order_no.or(told.order_no);
            told.product = product;
        }

        read.newest = messages.iter().map(|message| message.sent_at).max().max(before.newest);
        let ids = || messages.iter().map(|message| message.remote_id.as_str());
        if first {
            read.top = ids().next().unwrap_or_default().to_owned();
        }
        read.met_last |= ids().any(|id| id == chat.last);
        // Only the very message closes the gap: nowhere is it written that ids rise.
        let known = Mark::of(&chat.id, marks);
        let closes_gap = known.as_ref().is_some_and(|known| ids().any(|id| id == known.last));
        read.oldest = ids().next_back().unwrap_or_default().to_owned();
        let mark = if closes_gap || !history.has_next.0 {
            self.done_with_chat(read.newest, depth);
            // Without a last message in the list there is nothing to compare with next time.
            let mark =
                (!chat.last.is_empty() && unreadable.is_empty()).then(|| Mark::after(&chat, read, known, self.at));
            mark.and_then(|mark| serde_json::to_string(&mark).ok())
        } else if !read.oldest.is_empty() && (first || is_newer(&before.oldest, &read.oldest)) {
            self.reading = Some(read);
            None
        } else {
            let cause = "the history promises more messages but gives the same ones again".to_owned();
            unreadable.extend(self.give_up(stream, cause, depth));
            None
        };
        // Whether the message that was asked for comes again is not documented.
        messages.retain(|message| message.remote_id.as_str() != before.oldest);
        Some((incoming(&chat, told, messages, mark), unreadable))
    }

    /// Leaves the present chat for another pass, and says so.
    pub(super) fn give_up(&mut self, stream: &str, cause: String, depth: Depth) -> Option<Unreadable> {
        let chat = self.pending.front()?.clone();
        // Its age is unknown: it must not be the reason to stop.
        self.young = true;
        self.done_with_chat(None, depth);
        let stream = quarantine(stream, chat.kind).to_owned();
        Some(Unreadable { stream, remote_id: chat.id.0, cause, raw: String::new() })
    }

    /// Ends the step.
    pub(super) fn page(self, conversations: Vec<Incoming>, unreadable: Vec<Unreadable>) -> Page {
        let more = self.next() != Next::Over;
        let left = u64::try_from(self.pending.len() + usize::from(self.next.is_some())).ok();
        let to_come = self.to_come();
        let next = if more { serde_json::to_string(&self).unwrap_or_default() } else { String::new() };
        Page { conversations, unreadable, next: Cursor(next), more, sweep: None, left, to_come }
    }

    fn done_with_chat(&mut self, newest: Option<Timestamp>, depth: Depth) {
        self.young |= newest.is_some_and(|newest| depth.reaches(newest));
        self.pending.pop_front();
        self.reading = None;
        if let Some(Count::Left(left)) = &mut self.count {
            *left = left.saturating_sub(1);
        }
        if self.pending.is_empty() {
            self.done_with_page(depth);
        }
    }

    /// Newest first is how the list has been seen to be ordered (February 2026, not documented), so a page of old chats ends
    /// a pass that does not want everything.
    fn done_with_page(&mut self, depth: Depth) {
        if depth != Depth::Everything && self.chats && !self.young {
            (self.next, self.endless) = (None, None);
        }
    }
}

/// The stream whose kind an item that is set aside has: it is asked for again as that kind. News are not asked for again one by
/// one, so they name no stream.
fn quarantine(stream: &str, kind: Kind) -> &str {
    match kind {
        Kind::Ticket => TICKETS,
        Kind::Notice => "notices",
        _ => stream,
    }
}

fn facts(chat: &Chat) -> Facts {
    Facts {
        // Nobody is alarmed by news.
        seen: (chat.kind == Kind::Notice).then_some(true),
        subject: (!chat.sort.is_empty()).then(|| chat.sort.clone()),
        status: (!chat.status.is_empty()).then(|| chat.status.clone()),
        closed: closed(&chat.status),
        started_at: chat.created_at,
        ..Facts::default()
    }
}

fn closed(status: &str) -> Option<bool> {
    match status.to_ascii_uppercase().as_str() {
        "OPENED" => Some(false),
        "CLOSED" => Some(true),
        _ => None,
    }
}

fn incoming(chat: &Chat, facts: Facts, messages: Vec<IncomingMessage>, mark: Option<String>) -> Incoming {
    Incoming { kind: chat.kind, remote_id: chat.id.clone(), facts, messages, mark }
}

/// Message ids are numbers too long for the usual integer types.
fn is_newer(id: &str, than: &str) -> bool {
    let (id, than) = (id.trim_start_matches('0'), than.trim_start_matches('0'));
    (id.len(), id) > (than.len(), than)
}

#[cfg(test)]
mod tests;
