//! The streams of chats.
//!
//! One feed carries the events of all chats, oldest first, from an instant on. The main stream begins some days back, so that what
//! awaits an answer comes first, and then follows the feed; older events are a stream of their own, read once. The list of chats adds
//! whose they are and what they are about. A chat that only one of the two knows is a conversation all the same.

use std::time::Duration;

use dragoman_domain::incoming::{Cursor, Page, Thread};
use dragoman_domain::outbox::Watermark;
use dragoman_domain::{RemoteId, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::client::{Api, Scan};
use super::map;
use super::map::chat::{bare, since, threads};
use super::page::{read_cursor, write_cursor};
use super::recent::{Reach, before};
use crate::Failure;
use crate::lenient::each;

/// Name of the stream that follows the feed.
pub(super) const STREAM: &str = "chats";
/// Name of the stream of older events.
pub(super) const HISTORY: &str = "chats_history";

/// Shortest time between two lists that unknown chats ask for.
const LIST_AT_MOST_EVERY: Duration = Duration::from_secs(60);
/// How much of what the main stream began with the history reads again, so that nothing falls between them.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Figures that steer the streams.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Days back at which the main stream begins.
    pub(super) recent_days: u64,
    /// Longest time between two looks at the list.
    pub(super) list_every: Duration,
}

/// Where the main stream stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// The feed's own cursor, in Unix milliseconds; `None` = its beginning.
    next: Option<u64>,
    /// The cursor is an instant of ours that the platform has not seen yet.
    #[serde(default)]
    ours: bool,
    /// How many lists were read.
    #[serde(default)]
    lists: u64,
    /// The last step was a list.
    #[serde(default)]
    listed: bool,
}

impl Pace {
    fn first(self, now: Timestamp) -> Timestamp {
        let hours = i64::try_from(self.recent_days.min(36_500)).unwrap_or_default() * 24;
        now.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or_default()
    }
}

/// One step of the main stream: one call.
pub(super) async fn step(api: &Api, cursor: &Cursor, pace: Pace) -> Result<Page, Failure> {
    let now = api.clock.now();
    let begin = || State { next: Some(millis(pace.first(now))), ours: true, lists: 0, listed: false };
    let mut state: State = read_cursor(cursor).unwrap_or_else(begin);
    // Whoever resumes right after a list goes on with the events: a process that is killed often would never come to them.
    if wants_list(api, pace) && !state.listed {
        let page = list(api).await?;
        state.lists = state.lists.wrapping_add(1);
        state.listed = true;
        return Ok(Page { next: write_cursor(&state), more: true, ..page });
    }
    let events = match api.events(state.next).await {
        // The cursor is documented as an instant, but only cursors of the platform's own are seen in the field.
        Err(Failure::Refused { .. }) if state.ours => {
            let state = State { next: None, ours: false, ..state };
            return Ok(Page { next: write_cursor(&state), more: true, ..Page::default() });
        }
        other => other?,
    };
    let (said, unreadable) = each(STREAM, "eventID", &events.events, map::chat::event);
    let mut conversations = threads(said);
    for (chat, note) in std::mem::take(&mut api.chats.memory().notes) {
        let mut thread = bare(chat);
        thread.messages.push(note);
        conversations.push(thread);
    }
    // An instant of ours may be one that the platform's own cursors lie before.
    let next = if state.ours { events.next.or(state.next) } else { onwards(state.next, events.next)? };
    let more = events.total > 0 && next != state.next;
    let state = State { next, ours: false, listed: false, ..state };
    Ok(Page { conversations, unreadable, next: write_cursor(&state), more, ..Page::default() })
}

fn wants_list(api: &Api, pace: Pace) -> bool {
    let memory = api.chats.memory();
    let age = memory.brought_at.map(|at| api.clock.tick().saturating_sub(at));
    age.is_none_or(|age| age >= pace.list_every || (memory.met_unlisted && age >= LIST_AT_MOST_EVERY))
}

/// What the list says that it did not say before.
async fn list(api: &Api) -> Result<Page, Failure> {
    let rows = api.list_chats().await?;
    let (read, unreadable) = each(STREAM, "chatID", &rows, |raw| Ok((map::chat::listed(raw)?, raw.to_owned())));
    let mut memory = api.chats.memory();
    memory.brought_at = Some(api.clock.tick());
    memory.met_unlisted = false;
    let fresh = read.into_iter().filter(|(chat, raw)| memory.list(chat.remote_id.as_str(), raw));
    Ok(Page { conversations: fresh.map(|(chat, _)| chat).collect(), unreadable, ..Page::default() })
}

/// Where the history stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Past {
    /// The feed's own cursor, in Unix milliseconds; `None` = its beginning.
    next: Option<u64>,
    /// Everything from this millisecond on is another's business.
    until: u64,
    /// Where the reading began; `None` = at the beginning.
    from: Option<u64>,
    done: bool,
}

/// One step of the history: one call, or none once it has been read.
pub(super) async fn past(api: &Api, cursor: &Cursor, pace: Pace, reach: Reach) -> Result<Page, Failure> {
    let now = api.clock.now();
    let begin = || {
        let from = reach.floor(now).and_then(|second| u64::try_from(second).ok()).map(|second| second * 1_000);
        let until = pace.first(now).saturating_add(OVERLAP).unwrap_or(Timestamp::MAX);
        Past { next: from, until: millis(until), from, done: false }
    };
    let mut state: Past = read_cursor(cursor).unwrap_or_else(begin);
    if state.done {
        match state.from {
            Some(from) if reach.deep => state = Past { next: None, until: from, from: None, done: false },
            _ => return Ok(Page { next: write_cursor(&state), ..Page::default() }),
        }
    }
    let events = match api.events(state.next).await {
        Err(Failure::Refused { .. }) if state.from.is_some() && state.next == state.from => {
            // See the main stream.
            let state = Past { next: None, from: None, ..state };
            return Ok(Page { next: write_cursor(&state), more: true, ..Page::default() });
        }
        other => other?,
    };
    let (said, unreadable) = each(HISTORY, "eventID", &events.events, map::chat::event);
    let next = if state.next == state.from { events.next.or(state.next) } else { onwards(state.next, events.next)? };
    state.done = events.total == 0 || next == state.next || next.is_some_and(|next| next >= state.until);
    state.next = next;
    let more = !state.done;
    Ok(Page { conversations: threads(said), unreadable, next: write_cursor(&state), more, ..Page::default() })
}

/// Reads what a chat has beyond a watermark.
///
/// There is no call for one chat, so the feed is read from the watermark's instant to its end, page by page. The reading is complete
/// then, unless something of the chat could not be read. It makes as many calls as that takes; where the pace breaks it off, the same call goes on from there, and a later look
/// at the same thread costs one call. Without a watermark the whole feed would have to be read, which is done only for chats that the
/// platform has shown.
pub(super) async fn thread(api: &Api, chat: &RemoteId, watermark: &Watermark) -> Result<Thread, Failure> {
    let id = chat.as_str();
    // An answer needs the chat's signature: looked up here, it costs the sending call nothing.
    let sign = api.learn_sign(id).await?;
    let since = since(watermark);
    let mut scan = {
        let mut memory = api.chats.memory();
        if since.is_none() && !memory.knows(id) {
            return Err(Failure::NotFound);
        }
        // The feed tells the signature too, but only where a chat begins: for one that is not in the list it is read from there.
        let since = since.filter(|_| sign.is_some());
        memory.take_scan(id, since)
    };
    // The scan before the first page that cannot be relied on.
    let mut whole: Option<Scan> = None;
    loop {
        let now = api.clock.tick();
        let events = match api.events(scan.next).await {
            Ok(events) => events,
            Err(Failure::Refused { .. }) if scan.from.is_some() && scan.next == scan.from => {
                // See the main stream: an instant of ours is no cursor of the platform's own.
                (scan, whole) = (Scan::default(), None);
                continue;
            }
            Err(failure) => {
                api.chats.memory().keep_scan(id, whole.unwrap_or(scan), now);
                return Err(failure);
            }
        };
        // An event that does not say whose it is may be of this chat. Where there is one, the next look reads the page again.
        let nameless = events.events.iter().any(|event| map::chat::chat_of(event.get()).is_none());
        if nameless && whole.is_none() {
            whole = Some(scan.clone());
        }
        let ours = events.events.into_iter().filter(|event| map::chat::chat_of(event.get()).is_some_and(|of| of == id));
        scan.events.extend(ours);
        let next = if scan.next == scan.from { events.next.or(scan.next) } else { onwards(scan.next, events.next)? };
        let end = events.total == 0 || next == scan.next;
        scan.next = next;
        if end {
            let (said, unreadable) = each(STREAM, "eventID", &scan.events, map::chat::event);
            let mut memory = api.chats.memory();
            let notes =
                memory.notes.iter().filter(|(of, _)| of == id).map(|(_, note)| note.clone()).collect::<Vec<_>>();
            let gaps = whole.is_some();
            memory.keep_scan(id, whole.unwrap_or(scan), now);
            let mut conversation = threads(said).into_iter().next().unwrap_or_else(|| bare(id.to_owned()));
            conversation.messages.extend(notes);
            return Ok(Thread { conversation, complete: unreadable.is_empty(), gaps });
        }
    }
}

/// The feed's cursor after a page. It is an instant that only moves forward: one that moves back would lead round in a circle.
fn onwards(asked: Option<u64>, next: Option<u64>) -> Result<Option<u64>, Failure> {
    match (asked, next) {
        (Some(asked), Some(next)) if next < asked => {
            Err(Failure::Endless { why: "Wildberries' feed of chats leads back to where it was".to_owned() })
        }
        _ => Ok(next.or(asked)),
    }
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(before(at, SignedDuration::ZERO)).unwrap_or_default().saturating_mul(1_000)
}
