//! The streams of chats, and one chat read again.

use std::collections::HashMap;
use std::slice;

use dragoman_domain::incoming::{Cursor, Facts, Incoming, IncomingMessage, Page, Thread, Unreadable};
use dragoman_domain::outbox::Watermark;
use dragoman_domain::{Kind, RemoteId, Timestamp};

use crate::ozon::map::{self, Read};
use crate::ozon::walk::{Depth, Next, Walk};
use crate::ozon::{Ozon, capabilities as streams};
use crate::{Ask, Failure};

/// Messages asked for at once while reading along; small enough for one short transaction.
const HISTORY_PAGE: u32 = 200;
/// Messages asked for at once when a single chat is checked, the most that is allowed: it has to reach back in one request.
const THREAD_PAGE: u32 = 1000;
/// The kinds that chats are of.
const KINDS: [Kind; 3] = [Kind::Chat, Kind::Ticket, Kind::Notice];

/// What a stream of chats reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chats {
    unread_only: bool,
    buyers: bool,
    others: bool,
    depth: Depth,
}

impl Chats {
    const fn wants(self, kind: Kind) -> bool {
        match kind {
            Kind::Chat => self.buyers,
            _ => self.others,
        }
    }
}

impl Ozon {
    /// What a stream reads: which chats, and how far back; `None` for streams that are not of chats.
    pub(super) fn chats_of(&self, stream: &str, ask: &Ask<'_>, now: Timestamp) -> Option<Chats> {
        let unread = Chats { unread_only: true, buyers: true, others: false, depth: Depth::Everything };
        let history = if ask.deep { Depth::Everything } else { Depth::Since(self.ago(now, self.history)) };
        let all = |depth| Chats { unread_only: false, buyers: true, others: true, depth };
        Some(match stream {
            streams::CHATS_UNREAD => unread,
            streams::TICKETS => Chats { buyers: false, others: true, ..unread },
            streams::CHATS => all(Depth::Since(self.ago(now, self.recent))),
            streams::CHATS_HISTORY => all(history),
            _ => return None,
        })
    }

    /// One step through the chats of a stream.
    pub(super) async fn chats_step(
        &self,
        stream: &str,
        chats: Chats,
        cursor: &Cursor,
        ask: &Ask<'_>,
    ) -> Result<Page, Failure> {
        let depth = chats.depth;
        let mut walk = Walk::resume(cursor, self.clock.now());
        if !chats.unread_only && depth == Depth::Everything {
            walk.count_first();
        }
        loop {
            match walk.next() {
                Next::History { chat, kind, from } => {
                    let marks = ask.known.marks(kind, slice::from_ref(&chat)).await;
                    if walk.skip_known(&marks, depth) {
                        continue;
                    }
                    match self.read_chat(stream, &mut walk, (&chat, from.as_deref()), &marks, depth).await {
                        Err(Failure::Closed { code, why, .. }) if kind == Kind::Chat && chats.others => {
                            walk.refuse_buyers(code, why);
                            return Ok(walk.page(Vec::new(), Vec::new()));
                        }
                        Ok((told, unreadable)) => return Ok(walk.page(told, unreadable)),
                        Err(failure) => return Err(failure),
                    }
                }
                Next::List(cursor) => {
                    let list = self.client.chat_list(chats.unread_only, &cursor).await?;
                    let (found, unreadable) = map::chats(stream, &list, |kind| chats.wants(kind));
                    let mut marks = HashMap::new();
                    for kind in KINDS {
                        let ids = found.iter().filter(|chat| chat.kind == kind).map(|chat| chat.id.clone());
                        let ids: Vec<RemoteId> = ids.collect();
                        if !ids.is_empty() {
                            marks.extend(ask.known.marks(kind, &ids).await);
                        }
                    }
                    let told = walk.take_list(found, list.following(), &marks, depth);
                    return Ok(walk.page(told, unreadable));
                }
                Next::Closed { code, why } => {
                    return Err(Failure::Closed { feature: "chats".to_owned(), code, why });
                }
                Next::Endless(why) => return Err(Failure::Endless { why }),
                Next::Over => return Ok(walk.page(Vec::new(), Vec::new())),
            }
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
                self.memory.went_well();
                Ok(match walk.take_history(stream, &history, marks, depth) {
                    Some((conversation, unreadable)) => (vec![conversation], unreadable),
                    None => (Vec::new(), Vec::new()),
                })
            }
            Err(failure) if self.give_up_on(chat.as_str(), &failure) => {
                Ok((Vec::new(), walk.give_up(stream, failure.to_string(), depth).into_iter().collect()))
            }
            Err(failure) => Err(failure),
        }
    }

    /// One chat from its newest message down.
    pub(super) async fn chat_thread(
        &self,
        kind: Kind,
        conversation: &RemoteId,
        since: &Watermark,
    ) -> Result<Thread, Failure> {
        // At the pace of reads, although an answer waits for it: the request kept back is the one the answer needs next.
        let history = self.client.chat_history(conversation, None, THREAD_PAGE).await?;
        let Read { messages, first_unreadable, context, seen, buyer_id, .. } = map::history("thread", kind, &history);
        let known = |message: &IncomingMessage| {
            [&since.last_own, &since.last_in].into_iter().flatten().any(|known| *known == message.remote_id)
        };
        // What could not be read may be the very message that is looked for, unless it is older than what was known.
        let complete = match messages.iter().position(known) {
            Some(reached) => first_unreadable.is_none_or(|at| at > reached),
            None => first_unreadable.is_none() && !history.has_next.0,
        };
        let about = context.unwrap_or_default();
        let facts = Facts { order_no: about.order_no, product: about.product, seen, buyer_id, ..Facts::default() };
        Ok(Thread {
            gaps: false,
            complete,
            conversation: Incoming { kind, remote_id: conversation.clone(), facts, messages, mark: None },
        })
    }
}
