//! Chats with buyers, and what has to be remembered of them while the program runs.
//!
//! Nothing of what this host says is shown in errors: any of it may hold a `replySign`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dragoman_domain::incoming::IncomingMessage;
use dragoman_domain::outgoing::{Doubt, Refusal, Sent, Upload};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Api, CHATS, words};
use crate::credential::Credential;
use crate::http::{Answer, Call, Part};
use crate::limits::Priority;
use crate::wildberries::map;
use crate::wildberries::token::Right;
use crate::wildberries::wire::chat::{Chat, ChatList, Checking, EventsAnswer, MessageAnswer, unsign};
use crate::{Attached, Failure};

/// How often the list may be asked for because a single chat's `replySign` is missing.
const LIST_KEEPS: Duration = Duration::from_secs(60);
/// Pause before a file that is being checked is asked for again, where the platform names none.
const CHECKING_PAUSE: u64 = 30;
const LONGEST_CHECKING_PAUSE: u64 = 3_600;
/// Threads whose feed positions are remembered.
const MOST_SCANS: usize = 64;

/// What is known of the shop's chats for as long as the program runs; never stored.
#[derive(Default)]
pub(in crate::wildberries) struct Chats(Mutex<Memory>);

#[derive(Default)]
pub(in crate::wildberries) struct Memory {
    /// By chat.
    chats: HashMap<String, Known>,
    /// Tick of the newest list.
    listed_at: Option<Duration>,
    /// Tick of the newest list that a stream brought.
    pub(in crate::wildberries) brought_at: Option<Duration>,
    /// A chat has come up since that no list has shown.
    pub(in crate::wildberries) met_unlisted: bool,
    /// Words of the platform about files that did not reach a chat, until the stream brings them.
    pub(in crate::wildberries) notes: Vec<(String, IncomingMessage)>,
    scans: HashMap<String, Scan>,
}

#[derive(Default)]
struct Known {
    sign: Option<Credential>,
    /// The platform refused it once.
    refused: Option<Credential>,
    /// What the list said of it last.
    listed: Option<String>,
}

/// A thread's own look at the feed: where it began, where it goes on, and what of the thread it met.
#[derive(Clone, Default)]
pub(in crate::wildberries) struct Scan {
    /// Milliseconds; `None` = from the beginning.
    pub(in crate::wildberries) from: Option<u64>,
    pub(in crate::wildberries) next: Option<u64>,
    pub(in crate::wildberries) events: Vec<Box<RawValue>>,
    used: Duration,
}

/// A page of the feed, secrets cut out.
pub(in crate::wildberries) struct Events {
    /// Where to go on; `None` if the platform did not say.
    pub(in crate::wildberries) next: Option<u64>,
    pub(in crate::wildberries) total: u64,
    pub(in crate::wildberries) events: Vec<Box<RawValue>>,
}

/// An answer in a chat.
#[derive(Clone, Copy)]
pub(in crate::wildberries) struct Message<'a> {
    pub(in crate::wildberries) chat: &'a str,
    pub(in crate::wildberries) text: &'a str,
    pub(in crate::wildberries) files: &'a [Upload],
}

impl Chats {
    pub(in crate::wildberries) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn learn(&mut self, chat: &str, sign: Option<Credential>) {
        if let Some(sign) = sign {
            self.chats.entry(chat.to_owned()).or_default().sign = Some(sign);
        }
    }

    fn sign(&self, chat: &str) -> Option<Credential> {
        self.chats.get(chat)?.sign.clone()
    }

    /// Whether the list has ever shown it, or an event has.
    pub(in crate::wildberries) fn knows(&self, chat: &str) -> bool {
        self.chats.contains_key(chat)
    }

    /// Takes note of what the list says of a chat; whether that is news.
    pub(in crate::wildberries) fn list(&mut self, chat: &str, raw: &str) -> bool {
        let known = self.chats.entry(chat.to_owned()).or_default();
        if known.listed.as_deref() == Some(raw) {
            return false;
        }
        known.listed = Some(raw.to_owned());
        true
    }

    /// Takes note of a chat that an event spoke of.
    pub(in crate::wildberries) fn meet(&mut self, chat: &str) {
        let known = self.chats.entry(chat.to_owned()).or_default();
        self.met_unlisted |= known.listed.is_none();
    }

    /// The look that goes on for a thread, if it began early enough.
    pub(in crate::wildberries) fn take_scan(&mut self, chat: &str, since: Option<u64>) -> Scan {
        let kept =
            self.scans.remove(chat).filter(|scan| scan.from.is_none_or(|from| since.is_some_and(|at| from <= at)));
        kept.unwrap_or(Scan { from: since, next: since, ..Scan::default() })
    }

    pub(in crate::wildberries) fn keep_scan(&mut self, chat: &str, scan: Scan, now: Duration) {
        if self.scans.len() >= MOST_SCANS
            && let Some(oldest) = self.scans.iter().min_by_key(|(_, scan)| scan.used).map(|(chat, _)| chat.clone())
        {
            self.scans.remove(&oldest);
        }
        self.scans.insert(chat.to_owned(), Scan { used: now, ..scan });
    }
}

impl Api {
    /// All active chats at once; learns their `replySign`s.
    pub(in crate::wildberries) async fn list_chats(&self) -> Result<Vec<Box<RawValue>>, Failure> {
        let call = Call::new(Method::GET, CHATS, "/api/v1/seller/chats");
        let answer = self.ask(call, &self.chat, Priority::Read, Some(Right::Chats)).await.map_err(hush)?;
        let list: ChatList = self.chats_json(answer)?;
        let mut memory = self.chats.memory();
        let mut chats = Vec::new();
        for item in list.result.unwrap_or_default() {
            let item = unsign(&item);
            if let Ok(chat) = serde_json::from_str::<Chat>(item.raw.get()) {
                memory.chats.entry(chat.chat_id.0.clone()).or_default();
                memory.learn(&chat.chat_id.0, item.sign);
            }
            chats.push(item.raw);
        }
        memory.listed_at = Some(self.clock.tick());
        Ok(chats)
    }

    /// A page of what happened in all chats, oldest first, from a Unix millisecond or from the beginning on.
    pub(in crate::wildberries) async fn events(&self, next: Option<u64>) -> Result<Events, Failure> {
        let call = Call::new(Method::GET, CHATS, "/api/v1/seller/events");
        let call = next.iter().fold(call, |call, next| call.query("next", next));
        let answer = self.ask(call, &self.chat, Priority::Read, Some(Right::Chats)).await.map_err(hush)?;
        let result = self.chats_json::<EventsAnswer>(answer)?.result;
        let mut memory = self.chats.memory();
        let events = result.events.unwrap_or_default();
        let total = result.total_events.map_or(u64::try_from(events.len()).unwrap_or(u64::MAX), |count| count.0);
        let events = events.iter().map(|event| {
            let event = unsign(event);
            if let Some(chat) = map::chat::chat_of(event.raw.get()) {
                memory.meet(&chat);
                memory.learn(&chat, event.sign);
            }
            event.raw
        });
        Ok(Events { next: result.next.map(|next| next.0), total, events: events.collect() })
    }

    /// Makes sure that the chat can be written to, if the platform lists it; at most one call.
    pub(in crate::wildberries) async fn learn_sign(&self, chat: &str) -> Result<Option<Credential>, Failure> {
        let now = self.clock.tick();
        let (sign, listed_at) = {
            let memory = self.chats.memory();
            (memory.sign(chat), memory.listed_at)
        };
        if sign.is_some() || listed_at.is_some_and(|at| now.saturating_sub(at) <= LIST_KEEPS) {
            return Ok(sign);
        }
        self.list_chats().await?;
        Ok(self.chats.memory().sign(chat))
    }

    /// Writes into a chat.
    ///
    /// A success may name files that were not taken. The text has arrived then, so it must not be sent again: it counts as sent, and
    /// the platform's words about the files become a message of the thread. Where there is no text nothing is known to have arrived.
    pub(in crate::wildberries) async fn write(&self, message: Message<'_>) -> Sent {
        let Message { chat, text, files } = message;
        let sign = match self.learn_sign(chat).await {
            Ok(Some(sign)) => sign,
            Ok(None) => {
                let why = "Wildberries does not list this chat any more, so it takes no answer from programs; \
                           write in the seller's cabinet";
                return Sent::No(Refusal::Final { code: "not_found".to_owned(), why: why.to_owned() });
            }
            Err(failure) => return Sent::No(super::refusal(failure)),
        };
        let mut form = vec![Part::text("replySign", sign.expose())];
        if !text.is_empty() {
            form.push(Part::text("message", text));
        }
        form.extend(files.iter().map(|file| Part::file("file", &file.name, &file.mime, file.bytes.clone())));
        let call = Call::new(Method::POST, CHATS, "/api/v1/seller/message").form(form);
        let success = |answer: &Answer, at| self.delivered(message, answer, at);
        match self.change(Ok(call), (&self.chat, Right::Chats), success).await {
            Sent::No(Refusal::Final { why, .. }) if why.to_lowercase().contains("invalid signature") => {
                Sent::No(self.outdated(chat, &sign))
            }
            Sent::No(Refusal::Final { code, why }) => {
                Sent::No(Refusal::Final { code, why: why.replace(sign.expose(), "****") })
            }
            other => other,
        }
    }

    fn delivered(&self, message: Message<'_>, answer: &Answer, at: Timestamp) -> Sent {
        let Ok(MessageAnswer { result, errors }) = answer.json::<MessageAnswer>() else {
            return Sent::Unknown { why: Doubt::Unreadable, at };
        };
        if answer.status.as_u16() != 200 || result.chat_id.0 != message.chat {
            return Sent::Unknown { why: Doubt::Unconfirmed, at };
        }
        let mut memory = self.chats.memory();
        memory.learn(message.chat, result.sign.filter(|sign| !sign.is_empty()).map(Credential::new));
        let errors = errors.unwrap_or_default();
        if !errors.is_empty() && !message.files.is_empty() {
            if message.text.is_empty() {
                return Sent::Unknown { why: Doubt::Unconfirmed, at };
            }
            tracing::info!(files = errors.len(), "a chat took a text without its files");
            memory
                .notes
                .push((message.chat.to_owned(), map::chat::file_note(message.chat, result.add_time.0, at, &errors)));
        }
        Sent::Yes { remote: None, at }
    }

    /// A `replySign` that is valid no longer: the list has a newer one, or the chat takes no answers.
    fn outdated(&self, chat: &str, sign: &Credential) -> Refusal {
        let mut memory = self.chats.memory();
        memory.listed_at = None;
        let known = memory.chats.entry(chat.to_owned()).or_default();
        let again = known.refused.as_ref().is_some_and(|refused| refused.expose() == sign.expose());
        known.sign = None;
        known.refused = Some(sign.clone());
        let why = "Wildberries does not accept the chat's signature".to_owned();
        if again { Refusal::Final { code: "refused".to_owned(), why } } else { Refusal::NotReached { why } }
    }

    /// A file of a chat, with the token.
    pub(in crate::wildberries) async fn download(&self, id: &str, most: u64) -> Result<Attached, Failure> {
        let call = Call::new(Method::GET, CHATS, "/api/v1/seller/download").leaf(id).within(most);
        let answer = self.ask(call, &self.chat, Priority::LookUp, Some(Right::Chats)).await.map_err(hush)?;
        match answer.status.as_u16() {
            200 => Ok(Attached { mime: answer.mime(), bytes: answer.into_body() }),
            202 => {
                let named = answer.json::<Checking>().ok().and_then(|checking| checking.retry_seconds);
                let pause = named.map_or(CHECKING_PAUSE, |count| count.0).clamp(1, LONGEST_CHECKING_PAUSE);
                let pause = SignedDuration::from_secs(i64::try_from(pause).unwrap_or(3_600));
                let until = self.clock.now().saturating_add(pause).unwrap_or(Timestamp::MAX);
                Err(Failure::Wait { until, told: true })
            }
            451 => Err(Failure::Refused { why: "Wildberries' moderation took the file away".to_owned() }),
            400 | 404 if words(&answer).is_some() => Err(Failure::NotFound),
            _ => Err(match self.accept(answer, Some(Right::Chats)) {
                Ok(_) => Failure::NotFound,
                Err(failure) => hush(failure),
            }),
        }
    }

    fn chats_json<T: DeserializeOwned>(&self, answer: Answer) -> Result<T, Failure> {
        let answer = self.accept(answer, Some(Right::Chats)).map_err(hush)?;
        answer.json().map_err(|_| Failure::Unreadable {
            why: "not the promised JSON of chats".to_owned(),
            sample: String::new(),
        })
    }
}

/// A failure without the answer's beginning.
fn hush(failure: Failure) -> Failure {
    match failure {
        Failure::Unreadable { why, .. } => Failure::Unreadable { why, sample: String::new() },
        Failure::ServerFault { status, .. } => Failure::ServerFault { status, why: "chats have a fault".to_owned() },
        other => other,
    }
}
