//! Ozon: buyers' chats, and the products and orders they are about.
//!
//! `wire` is their JSON, `client` one function per endpoint, `map` theirs to ours (`markup` for the texts), `refusal` what an
//! error means, `walk` the way through chat list and histories, `standing` what a key may do, `lookup` products and orders.
//! Source of every platform fact: Seller API 2.1, state of September 2026, and third-party production notes read 2026-09-22.

mod client;
mod lookup;
mod map;
mod markup;
mod refusal;
mod standing;
mod walk;
mod wire;

use std::collections::HashMap;
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use dragoman_domain::channel::{ActionRules, KindCapabilities, Stream, Urgency};
use dragoman_domain::incoming::{Cursor, Facts, Incoming, IncomingMessage, Page, Thread, Unreadable};
use dragoman_domain::outbox::{Nature, SendRules, Watermark};
use dragoman_domain::outgoing::{ActionKind, Outgoing, Refusal, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Capabilities, Kind, RemoteId, SignedDuration, Timestamp, lookup as facts};

use crate::clock::Clock;
use crate::credential::Credential;
use crate::ozon::client::Client;
use crate::ozon::lookup::ClosedGroups;
use crate::ozon::map::Read;
use crate::ozon::walk::{Depth, Next, Walk};
use crate::{Ask, Checked, Connector, Failure, Picture, Settings, Wanted};

/// Stream of the chats with something unread.
const UNREAD: &str = "chats_unread";
/// Stream of all chats.
const ALL: &str = "chats";

/// Messages asked for at once while reading along; small enough for one short transaction.
const HISTORY_PAGE: u32 = 200;
/// Messages asked for at once when a single chat is checked, the most that is allowed: it has to reach back in one request.
const THREAD_PAGE: u32 = 1000;
/// Failures of one chat in a row before it is set aside, so that it cannot hide the chats behind it.
const PATIENCE: u32 = 3;

/// One Ozon shop.
pub struct Ozon {
    client: Client,
    client_id: String,
    clock: Arc<dyn Clock>,
    capabilities: Capabilities,
    history: SignedDuration,
    closed: ClosedGroups,
    /// The chat that failed last, and how often in a row.
    stumbling: Mutex<(String, u32)>,
}

impl Ozon {
    /// Connects a shop with the field `client_id` and the secret `api_key`.
    ///
    /// # Errors
    /// [`Failure::Setup`] if one of them is missing or malformed.
    pub fn new(settings: Settings, pack: RulePack, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let client_id = settings.fields.get("client_id").map(|id| id.trim()).unwrap_or_default().to_owned();
        if client_id.is_empty() || !client_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(setup(
                "client_id",
                "give the Client-Id, a number, from the seller's cabinet, Settings, Seller API",
            ));
        }
        let api_key = settings.secrets.get("api_key").map(|key| key.expose().trim_matches(is_stray).to_owned());
        let Some(api_key) = api_key.filter(|key| !key.is_empty()) else {
            return Err(setup("api_key", "give the Api-Key from the seller's cabinet, Settings, Seller API"));
        };
        let days = i64::try_from(pack.figure("history_days").unwrap_or(90)).unwrap_or(90);
        Ok(Self {
            client: Client::new(&settings, &client_id, Credential::new(api_key), &pack, Arc::clone(&clock))?,
            client_id,
            clock,
            capabilities: capabilities(&pack),
            history: SignedDuration::from_hours(days.saturating_mul(24)),
            closed: ClosedGroups::default(),
            stumbling: Mutex::default(),
        })
    }

    /// What a stream reads: unread chats only or all of them, and how far back.
    fn plan(&self, stream: &str, ask: &Ask<'_>, now: Timestamp) -> Result<(bool, Depth), Failure> {
        match stream {
            UNREAD => Ok((true, Depth::Everything)),
            ALL if ask.deep => Ok((false, Depth::Everything)),
            ALL => Ok((false, Depth::Since(now.saturating_sub(self.history).unwrap_or(Timestamp::MIN)))),
            _ => Err(Failure::Refused { why: format!("Ozon has no stream `{stream}`") }),
        }
    }

    /// Reads the next part of a chat.
    async fn read_chat(
        &self,
        stream: &str,
        walk: &mut Walk,
        (chat, from): (&RemoteId, Option<&str>),
        marks: &HashMap<RemoteId, String>,
        depth: Depth,
    ) -> Result<(Vec<Incoming>, Vec<Unreadable>), Failure> {
        match self.client.chat_history(chat, from, HISTORY_PAGE).await {
            Ok(history) => {
                *self.stumbling.lock().unwrap_or_else(PoisonError::into_inner) = (String::new(), 0);
                Ok(match walk.take_history(stream, &history, marks, depth) {
                    Some((conversation, unreadable)) => (vec![conversation], unreadable),
                    None => (Vec::new(), Vec::new()),
                })
            }
            Err(failure) if self.give_up_on(chat, &failure) => {
                Ok((Vec::new(), walk.give_up(stream, failure.to_string(), depth).into_iter().collect()))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Whether a failure is this one chat's own, so that the others should be read without it.
    fn give_up_on(&self, chat: &RemoteId, failure: &Failure) -> bool {
        match failure {
            Failure::NotFound | Failure::Refused { .. } => true,
            // Could be anything for a while; the same chat again and again is the chat.
            Failure::Unreadable { .. } | Failure::ServerFault { .. } => {
                let mut stumbling = self.stumbling.lock().unwrap_or_else(PoisonError::into_inner);
                let times = if stumbling.0 == chat.as_str() { stumbling.1.saturating_add(1) } else { 1 };
                *stumbling = (chat.as_str().to_owned(), times);
                times >= PATIENCE
            }
            _ => false,
        }
    }
}

#[async_trait]
impl Connector for Ozon {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Checked, Failure> {
        let roles = unless_closed(self.client.roles().await)?;
        let info = unless_closed(self.client.seller_info().await)?;
        // Ozon answers for a pair of Client-Id and Api-Key only if they belong together, so the number is the seller.
        let standing = standing::standing(roles.as_ref(), info, self.clock.now());
        Ok(Checked { seller: self.client_id.clone(), standing })
    }

    async fn step(&self, stream: &str, cursor: &Cursor, ask: &Ask<'_>) -> Result<Page, Failure> {
        let now = self.clock.now();
        let (unread_only, depth) = self.plan(stream, ask, now)?;
        let mut walk = Walk::resume(cursor, now);
        loop {
            match walk.next() {
                Next::History { chat, from } => {
                    let marks = ask.known.marks(Kind::Chat, slice::from_ref(&chat)).await;
                    if walk.skip_known(&marks, depth) {
                        continue;
                    }
                    let read = self.read_chat(stream, &mut walk, (&chat, from.as_deref()), &marks, depth).await?;
                    return Ok(walk.page(read.0, read.1));
                }
                Next::List(cursor) => {
                    let list = self.client.chat_list(unread_only, &cursor).await?;
                    let (chats, unreadable) = map::chats(stream, &list);
                    let ids: Vec<RemoteId> = chats.iter().map(|chat| chat.id.clone()).collect();
                    let marks = ask.known.marks(Kind::Chat, &ids).await;
                    let told = walk.take_list(chats, list.following(), &marks, depth);
                    return Ok(walk.page(told, unreadable));
                }
                Next::Endless(why) => return Err(Failure::Endless { why }),
                Next::Over => return Ok(walk.page(Vec::new(), Vec::new())),
            }
        }
    }

    async fn thread(&self, kind: Kind, conversation: &RemoteId, since: &Watermark) -> Result<Thread, Failure> {
        if kind != Kind::Chat {
            return Err(Failure::NotFound);
        }
        // At the pace of reads, although an answer waits for it: the request kept back is the one the answer needs next.
        let history = self.client.chat_history(conversation, None, THREAD_PAGE).await?;
        let Read { messages, first_unreadable, context, seen, .. } = map::history("thread", &history);
        let known = |message: &IncomingMessage| {
            [&since.last_own, &since.last_in].into_iter().flatten().any(|known| *known == message.remote_id)
        };
        // What could not be read may be the very message that is looked for, unless it is older than what was known.
        let complete = match messages.iter().position(known) {
            Some(reached) => first_unreadable.is_none_or(|at| at > reached),
            None => first_unreadable.is_none() && !history.has_next.0,
        };
        let about = context.unwrap_or_default();
        let facts = Facts { order_no: about.order_no, product: about.product, seen, ..Facts::default() };
        Ok(Thread {
            complete,
            conversation: Incoming { kind, remote_id: conversation.clone(), facts, messages, mark: None },
        })
    }

    async fn send(&self, outgoing: &Outgoing) -> Sent {
        let refused = |why: &str| Sent::No(Refusal::Final { code: "refused".to_owned(), why: why.to_owned() });
        match (outgoing.kind, outgoing.action) {
            (Kind::Chat, ActionKind::Reply) => self.client.send_message(&outgoing.conversation, &outgoing.text).await,
            (Kind::Chat, ActionKind::Read) => {
                let marked = match &outgoing.last_in {
                    Some(message) => self.client.mark_read(&outgoing.conversation, message).await,
                    None => None,
                };
                marked.unwrap_or_else(|| refused("there is no message of the buyer to mark as read"))
            }
            (kind, action) => refused(&format!("Ozon offers no `{action}` for a {kind}")),
        }
    }

    async fn look_up(&self, wanted: &Wanted) -> Result<facts::Facts, Failure> {
        lookup::look_up(&self.client, &self.closed, self.clock.now(), wanted).await
    }

    async fn picture(&self, address: &str) -> Result<Picture, Failure> {
        self.client.picture(address).await
    }
}

fn capabilities(pack: &RulePack) -> Capabilities {
    let figure =
        |name: &str, otherwise: u32| pack.figure(name).and_then(|value| u32::try_from(value).ok()).unwrap_or(otherwise);
    let reply = ActionRules {
        action: ActionKind::Reply,
        text: Some((figure("chat_text_min", 1), figure("chat_text_max", 1000))),
        send: SendRules {
            nature: Nature::Append,
            success_proves: true,
            read_back: true,
            absence_provable: true,
            horizon_s: figure("answer_horizon_s", 180),
        },
        files: None,
    };
    let read = ActionRules {
        action: ActionKind::Read,
        text: None,
        send: SendRules {
            nature: Nature::SetLike,
            success_proves: true,
            read_back: false,
            absence_provable: false,
            horizon_s: 0,
        },
        files: None,
    };
    let stream = |name: &str, urgency, every_s| Stream { name: name.to_owned(), urgency, kind: Kind::Chat, every_s };
    Capabilities {
        kinds: vec![KindCapabilities { kind: Kind::Chat, public: false, actions: vec![reply, read] }],
        streams: vec![
            stream(UNREAD, Urgency::Awaiting, figure("poll_unanswered_s", 45)),
            stream(ALL, Urgency::Recent, figure("poll_recent_s", 3600)),
        ],
    }
}

/// A right that is missing for one question about the account leaves that question open.
fn unless_closed<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Closed { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What copying from a web page or a file leaves around a key.
fn is_stray(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '"')
}

fn setup(field: &str, why: &str) -> Failure {
    Failure::Setup { field: field.to_owned(), why: why.to_owned() }
}
