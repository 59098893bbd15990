//! Wildberries: public questions and reviews, chats with buyers, return claims, and the portal's news.
//!
//! Contract: public specification of 2026-10-24, sections General, Communications and Content. Three things shape this module.
//! For questions and reviews nothing the platform says proves that an answer arrived: a success may be empty and an answer may stay
//! unseen for hours, so every answer is read back. A list may shift while it is read, so it is walked by date (`walk`) where the
//! platform takes dates, and sifted by dates and counts (`sift`) where the
//! order asked for is not kept. And the token itself says what it may do (`token`), so a call that must fail is never made: refused calls
//! cost quota. Chats have no list of messages, only one feed of all of them (`chats`).

mod archive;
mod awaiting;
mod capabilities;
mod chats;
mod claims;
mod client;
mod lookup;
mod map;
mod news;
mod page;
mod recent;
mod send;
mod sift;
mod token;
mod walk;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dragoman_domain::incoming::{Cursor, Page, Thread};
use dragoman_domain::lookup::Facts;
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{Outgoing, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::shop::{Feature, Standing};
use dragoman_domain::{Capabilities, Kind, RemoteId};
use jiff::{SignedDuration, Timestamp};

use self::capabilities::capabilities;
use self::client::{Api, List};
use self::token::{Right, Token};
use crate::clock::Clock;
use crate::http::brief;
use crate::{Ask, Attached, Checked, Connector, Failure, Picture, Settings, Wanted};

/// How long before its end a token's expiry is mentioned.
const EXPIRY_NOTICE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// One shop on Wildberries.
pub struct Wildberries {
    api: Api,
    capabilities: Capabilities,
    pack: RulePack,
}

impl Wildberries {
    /// Connects to a shop; makes no call.
    ///
    /// # Errors
    /// [`Failure::Setup`] if the secret `token` is missing or no token, or another setting cannot be used.
    pub fn new(settings: Settings, pack: RulePack, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let pasted = settings.secrets.get("token").ok_or_else(|| Failure::Setup {
            field: "token".to_owned(),
            why: "the token is missing; make a personal token in the seller's cabinet and add it as the secret `token`"
                .to_owned(),
        })?;
        let token = Token::read(pasted)?;
        Ok(Self { api: Api::new(&settings, token, &pack, clock)?, capabilities: capabilities(&pack), pack })
    }

    fn figure(&self, name: &str, otherwise: u64) -> u64 {
        self.pack.figure(name).unwrap_or(otherwise)
    }

    fn reach(&self, ask: &Ask<'_>, deepest: u64) -> recent::Reach {
        recent::Reach { history_days: self.figure("history_days", 90), deep: ask.deep, deepest }
    }

    fn chat_pace(&self) -> chats::Pace {
        chats::Pace {
            recent_days: self.figure("chats_recent_days", 14),
            list_every: Duration::from_secs(self.figure("poll_recent_s", 900)),
        }
    }

    /// A step of a stream of questions or reviews.
    async fn list_step(&self, stream: &str, cursor: &Cursor, ask: &Ask<'_>) -> Result<Page, Failure> {
        for (list, window) in [(List::Questions, "questions_window"), (List::Reviews, "reviews_window")] {
            let deepest = self.figure(window, 10_000);
            if stream == awaiting::stream(list) {
                let pass_every = Duration::from_secs(self.figure("poll_recent_s", 900));
                return awaiting::step(&self.api, list, cursor, awaiting::Pace { pass_every, deepest }).await;
            }
            if stream == recent::stream(list) {
                return recent::step(&self.api, list, cursor, self.reach(ask, deepest)).await;
            }
        }
        Err(Failure::Setup { field: String::new(), why: format!("Wildberries has no stream `{stream}`") })
    }

    fn standing(&self, seller_name: String) -> Standing {
        let token = &self.api.token;
        let now = self.api.clock.now();
        let rights = Right::ALL.into_iter();
        let mut features: BTreeMap<String, Feature> =
            rights.map(|right| (right.feature().to_owned(), token.feature(right))).collect();
        if let Some(at) = token.expires_at().filter(|at| at.duration_since(now) < EXPIRY_NOTICE) {
            features.insert("token".to_owned(), expiring(at, now));
        }
        Standing {
            seller_name,
            expires_at: token.expires_at(),
            read_only: token.read_only(),
            features,
            checked_at: Some(now),
        }
    }
}

fn expiring(at: Timestamp, now: Timestamp) -> Feature {
    let days = at.duration_since(now).as_hours().div_euclid(24);
    let why =
        format!("the token stops working in {days} days, at {at}; make a new one in the seller's cabinet before that");
    Feature { open: true, code: "token_expiring".to_owned(), why }
}

#[async_trait]
impl Connector for Wildberries {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Checked, Failure> {
        let seller = self.api.seller_info().await?;
        let name = [seller.name, seller.trade_mark].into_iter().flatten().find(|name| !name.trim().is_empty());
        Ok(Checked { seller: seller.sid.0, standing: self.standing(name.unwrap_or_default()) })
    }

    async fn step(&self, stream: &str, cursor: &Cursor, ask: &Ask<'_>) -> Result<Page, Failure> {
        let api = &self.api;
        match stream {
            archive::STREAM => {
                let deepest = self.figure("reviews_skip_max", 199_990);
                archive::step(api, cursor, self.reach(ask, 0), deepest).await
            }
            claims::OPEN => claims::step(api, false, cursor).await,
            claims::ARCHIVE => claims::step(api, true, cursor).await,
            chats::STREAM => chats::step(api, cursor, self.chat_pace()).await,
            chats::HISTORY => chats::past(api, cursor, self.chat_pace(), self.reach(ask, 0)).await,
            news::STREAM => {
                api.may(None)?;
                news::step(api, cursor, self.figure("history_days", 90)).await
            }
            _ => self.list_step(stream, cursor, ask).await,
        }
    }

    /// Everything but a chat is read whole, so the watermark does not matter for it.
    async fn thread(&self, kind: Kind, conversation: &RemoteId, since: &Watermark) -> Result<Thread, Failure> {
        let (api, id) = (&self.api, conversation.as_str());
        let (raw, read) = match kind {
            Kind::Question => {
                let raw = api.one(List::Questions, id).await?;
                let read = map::question(raw.get(), &api.terms());
                (raw, read)
            }
            Kind::Review => {
                let raw = api.one(List::Reviews, id).await?;
                let read = map::review::review(raw.get(), false, &api.terms());
                (raw, read)
            }
            Kind::Claim => {
                let raw = api.claim(id).await?;
                let read = map::claim::claim(raw.get(), &api.terms());
                (raw, read)
            }
            Kind::Chat => return chats::thread(api, conversation, since).await,
            Kind::Ticket | Kind::Notice => return Err(Failure::NotFound),
        };
        let garbled = |why: String| Failure::Unreadable { why, sample: brief(raw.get()) };
        let thread = read.map_err(garbled)?;
        if thread.remote_id != *conversation {
            return Err(garbled(format!("asked for {kind} {conversation}, got {}", thread.remote_id)));
        }
        Ok(Thread { conversation: thread, complete: true, gaps: false })
    }

    async fn send(&self, outgoing: &Outgoing) -> Sent {
        send::send(&self.api, outgoing).await
    }

    async fn look_up(&self, wanted: &Wanted) -> Result<Facts, Failure> {
        self.api.may(None)?;
        lookup::look_up(&self.api, wanted).await
    }

    async fn picture(&self, address: &str) -> Result<Picture, Failure> {
        self.api.http.picture(address).await
    }

    async fn attachment(&self, source: &str, most: u64) -> Result<Attached, Failure> {
        match source.strip_prefix(map::chat::DOWNLOAD) {
            Some(id) => self.api.download(id, most).await,
            None => self.api.http.file(source, most).await,
        }
    }
}
