//! Wildberries: public questions on products.
//!
//! Contract: public specification of 2026-10-24, sections General, Communications and Content. Three things shape this module.
//! Nothing the platform says proves that an answer arrived: a success may be empty and an answer may stay unseen for hours, so
//! every answer is read back. A list may shift while it is read, so it is walked by date (`walk`). And the token itself says what
//! it may do (`token`), so a call that must fail is never made: refused calls cost quota.

mod awaiting;
mod client;
mod lookup;
mod map;
mod page;
mod recent;
mod token;
mod walk;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dragoman_domain::channel::{ActionRules, KindCapabilities, Stream, Urgency};
use dragoman_domain::incoming::{Cursor, Page, Thread};
use dragoman_domain::lookup::Facts;
use dragoman_domain::outbox::{Nature, SendRules, Watermark};
use dragoman_domain::outgoing::{ActionKind, Outgoing, Refusal, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::shop::{Feature, Standing};
use dragoman_domain::{Capabilities, Kind, RemoteId};
use jiff::{SignedDuration, Timestamp};

use self::client::Api;
use self::token::{Right, Token};
use self::wire::{AnswerText, Patch, REJECTED, SHOWN};
use crate::clock::Clock;
use crate::http::brief;
use crate::{Ask, Checked, Connector, Failure, Picture, Settings, Wanted};

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

    fn standing(&self, seller_name: String) -> Standing {
        let token = &self.api.token;
        let now = self.api.clock.now();
        let mut features: BTreeMap<String, Feature> = [Right::Questions, Right::Content]
            .into_iter()
            .map(|right| (right.feature().to_owned(), token.feature(right)))
            .collect();
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

fn capabilities(pack: &RulePack) -> Capabilities {
    let figure =
        |name: &str, otherwise: u32| pack.figure(name).and_then(|value| u32::try_from(value).ok()).unwrap_or(otherwise);
    let text = Some((figure("question_text_min", 2), figure("question_text_max", 5000)));
    let answer = SendRules {
        nature: Nature::SetLike,
        success_proves: false,
        read_back: true,
        absence_provable: true,
        horizon_s: figure("answer_horizon_s", 10_800),
    };
    // Setting the mark again changes nothing, so doubt may simply be followed by a second call.
    let mark = SendRules { success_proves: true, horizon_s: 0, ..answer };
    let action = |action, text, send| ActionRules { action, text, send, files: None };
    let stream =
        |name: &str, urgency, every_s| Stream { name: name.to_owned(), urgency, kind: Kind::Question, every_s };
    Capabilities {
        kinds: vec![KindCapabilities {
            kind: Kind::Question,
            public: true,
            actions: vec![
                action(ActionKind::Reply, text, answer),
                action(ActionKind::Edit, text, answer),
                action(ActionKind::Reject, text, answer),
                action(ActionKind::Read, None, mark),
            ],
        }],
        streams: vec![
            stream(awaiting::STREAM, Urgency::Awaiting, figure("poll_unanswered_s", 60)),
            stream(recent::STREAM, Urgency::Recent, figure("poll_recent_s", 900)),
        ],
    }
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
        let deepest = self.figure("questions_window", 10_000);
        match stream {
            awaiting::STREAM => {
                let pass_every = Duration::from_secs(self.figure("poll_recent_s", 900));
                awaiting::step(&self.api, cursor, awaiting::Pace { pass_every, deepest }).await
            }
            recent::STREAM => {
                let reach = recent::Reach { history_days: self.figure("history_days", 90), deep: ask.deep, deepest };
                recent::step(&self.api, cursor, reach).await
            }
            _ => Err(Failure::Setup { field: String::new(), why: format!("Wildberries has no stream `{stream}`") }),
        }
    }

    /// A question is read whole, so the watermark does not matter.
    async fn thread(&self, kind: Kind, conversation: &RemoteId, _since: &Watermark) -> Result<Thread, Failure> {
        if kind != Kind::Question {
            return Err(Failure::NotFound);
        }
        let raw = self.api.question(conversation.as_str()).await?;
        let garbled = |why: String| Failure::Unreadable { why, sample: brief(raw.get()) };
        let question = map::question(raw.get()).map_err(garbled)?;
        if question.remote_id != *conversation {
            return Err(garbled(format!("asked for question {conversation}, got {}", question.remote_id)));
        }
        Ok(Thread { conversation: question, complete: true })
    }

    async fn send(&self, outgoing: &Outgoing) -> Sent {
        let refused = |code: &str, why: &str| Sent::No(Refusal::Final { code: code.to_owned(), why: why.to_owned() });
        if let Err(failure) = self.api.may(Some(Right::Questions)) {
            return Sent::No(client::refusal(failure));
        }
        if self.api.token.read_only() {
            return refused(
                "read_only",
                "the token may only read; make one without the mark `read only` to answer with it",
            );
        }
        let id = outgoing.conversation.as_str();
        let answer = |state| Patch::Answer { id, answer: AnswerText { text: &outgoing.text }, state };
        let remote = Some(map::answer_id(id));
        match (outgoing.kind, outgoing.action) {
            (Kind::Question, ActionKind::Reply | ActionKind::Edit) => self.api.patch(&answer(SHOWN), remote).await,
            (Kind::Question, ActionKind::Reject) => self.api.patch(&answer(REJECTED), remote).await,
            (Kind::Question, ActionKind::Read) => self.api.patch(&Patch::Viewed { id, was_viewed: true }, None).await,
            (kind, action) => refused("not_offered", &format!("Wildberries offers no `{action}` for a {kind}")),
        }
    }

    async fn look_up(&self, wanted: &Wanted) -> Result<Facts, Failure> {
        self.api.may(None)?;
        lookup::look_up(&self.api, wanted).await
    }

    async fn picture(&self, address: &str) -> Result<Picture, Failure> {
        self.api.http.picture(address).await
    }
}
