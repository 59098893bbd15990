//! Actions on claims and reviews against a platform made for the purpose, which says what it is told to say.

#![expect(clippy::disallowed_methods, reason = "what is tested runs on the clock on the wall")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use dragoman_channels::clock::{Clock, ManualClock, SystemClock};
use dragoman_channels::{Ask, Checked, Connector, Failure, Picture, Wanted};
use dragoman_domain::channel::{ActionRules, Capabilities, KindCapabilities};
use dragoman_domain::claim::{ClaimFacts, ClaimSort, Decision, Money};
use dragoman_domain::incoming::{Cursor, Facts, Incoming, IncomingMessage, Page, Thread};
use dragoman_domain::offer::{Act, Effect, Field, Offer, Takes};
use dragoman_domain::outbox::{Nature, Reason, SendRules, State, Watermark};
use dragoman_domain::outgoing::{ActionKind, Doubt, Outgoing, Sent};
use dragoman_domain::{Author, Channel, ConversationId, Kind, RemoteId, ShopId, SignedDuration, Timestamp, Turn};
use dragoman_secrets::Preference;
use tempfile::TempDir;
use uuid::Uuid;

use crate::engine::{Engine, Options, Work};
use crate::error::Error;
use crate::outbox::Request;

/// What the platform says of the claim, and what it was asked to do.
#[derive(Default)]
struct World {
    offers: Vec<Offer>,
    answer: Option<RemoteId>,
    /// What a call ends in; accepted when `None`.
    doubt: Option<Doubt>,
    /// What a call in doubt does not reach, and absence proves it.
    lost: bool,
    /// Readings come across what cannot be read.
    gaps: bool,
    calls: Vec<Outgoing>,
}

struct Fake {
    capabilities: Capabilities,
    world: Arc<Mutex<World>>,
}

fn rules(action: ActionKind, text: Option<(u32, u32)>, absence_provable: bool) -> ActionRules {
    let send =
        SendRules { nature: Nature::SetLike, success_proves: true, read_back: true, absence_provable, horizon_s: 0 };
    ActionRules { action, text, send, files: None }
}

#[async_trait]
impl Connector for Fake {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Checked, Failure> {
        Err(Failure::NotFound)
    }

    async fn step(&self, _: &str, _: &Cursor, _: &Ask<'_>) -> Result<Page, Failure> {
        Ok(Page::default())
    }

    async fn thread(&self, kind: Kind, conversation: &RemoteId, _: &Watermark) -> Result<Thread, Failure> {
        let world = self.world.lock().unwrap();
        let conversation = told(kind, conversation, &world.offers, world.answer.as_ref());
        Ok(Thread { conversation, complete: true, gaps: world.gaps })
    }

    async fn send(&self, outgoing: &Outgoing) -> Sent {
        let mut world = self.world.lock().unwrap();
        world.calls.push(outgoing.clone());
        match world.doubt {
            Some(why) => {
                // It arrived all the same.
                if !world.lost {
                    world.offers.clear();
                }
                Sent::Unknown { why, at: Timestamp::now() }
            }
            None => Sent::Yes { remote: None, at: Timestamp::now() },
        }
    }

    async fn look_up(&self, _: &Wanted) -> Result<dragoman_domain::lookup::Facts, Failure> {
        Ok(dragoman_domain::lookup::Facts::default())
    }

    async fn picture(&self, _: &str) -> Result<Picture, Failure> {
        Err(Failure::NotFound)
    }
}

fn told(kind: Kind, remote_id: &RemoteId, offers: &[Offer], answer: Option<&RemoteId>) -> Incoming {
    let at = |seconds: i64| Timestamp::from_second(1_790_000_000 + seconds).unwrap();
    let claim = ClaimFacts {
        sort: ClaimSort::Return,
        reason: "Брак".into(),
        amount: Some(Money { amount: "1500".into(), currency: "RUB".into() }),
        quantity: None,
        decision: Decision::Open,
        stage: String::new(),
        decided_at: None,
        comment: String::new(),
        limit: None,
    };
    let facts = Facts {
        started_at: Some(at(0)),
        settled: Some(kind == Kind::Claim && offers.is_empty()),
        claim: (kind == Kind::Claim).then_some(claim),
        offers: Some(offers.to_vec()),
        editable: Some(true),
        ..Facts::default()
    };
    let word = |id: &RemoteId, author, seconds, text: &str| {
        IncomingMessage::new(id.clone(), author, at(seconds), text.into(), String::new())
    };
    let mut messages = Vec::new();
    if kind == Kind::Review {
        messages.push(word(&"r:1".into(), Author::Buyer, 0, "плохо"));
    }
    messages.extend(answer.map(|id| word(id, Author::Seller, 60, "Извините")));
    Incoming { kind, remote_id: remote_id.clone(), facts, messages, mark: None }
}

fn offers() -> Vec<Offer> {
    let comment = Field { name: "comment".into(), required: true, takes: Takes::Text { min: 10, max: 1000 } };
    let offer = |name: &str, effect, fields| Offer { name: name.into(), effect, label: String::new(), fields };
    vec![offer("approve1", Effect::RefundKeep, Vec::new()), offer("reject", Effect::Refuse, vec![comment])]
}

struct House {
    engine: Engine,
    world: Arc<Mutex<World>>,
    shop: ShopId,
    conversation: ConversationId,
    _home: TempDir,
}

impl House {
    async fn with(kind: Kind, world: World) -> Self {
        Self::at(Arc::new(SystemClock::default()), kind, world).await
    }

    async fn at(clock: Arc<dyn Clock>, kind: Kind, world: World) -> Self {
        let home = tempfile::tempdir().unwrap();
        let options =
            Options { home: home.path().to_owned(), keys: Preference::Memory, clock, undo: SignedDuration::ZERO };
        let engine = Engine::open(options).await.unwrap();
        let new = dragoman_store::shop::NewShop {
            channel: Channel::Wildberries,
            name: "Лавка".into(),
            seller: "s".into(),
            fields: BTreeMap::new(),
            base_url: None,
            proxy: None,
            standing: dragoman_domain::shop::Standing::default(),
        };
        let now = engine.now();
        let shop = engine.write(move |writer| writer.add_shop(&new, now)).await.unwrap();
        engine.set_sending(shop.id, true).await.unwrap();
        let text = Some((1, 1000));
        let actions = [(ActionKind::Act, None), (ActionKind::Edit, text), (ActionKind::Delete, None)];
        let actions = actions.map(|(action, text)| rules(action, text, world.lost)).into();
        let kinds = vec![KindCapabilities { kind, public: kind == Kind::Review, actions }];
        let page = told(kind, &"c".into(), &world.offers, world.answer.as_ref());
        let world = Arc::new(Mutex::new(world));
        let fake = Fake { capabilities: Capabilities { kinds, streams: Vec::new() }, world: world.clone() };
        engine.0.connectors.write().await.insert(shop.id, Arc::new(fake));
        let page = Page { conversations: vec![page], ..Page::default() };
        let conversation = engine.ingest(&shop, None, page).await.unwrap().touched[0];
        Self { engine, world, shop: shop.id, conversation, _home: home }
    }

    fn act(&self, name: &str, fields: &[(&str, &str)]) -> Request {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request::new(Uuid::now_v7(), self.conversation, ActionKind::Act, "");
        Request { act: Some(Act { name: name.into(), fields }), confirmed: true, ..request }
    }

    async fn carry_out(&self, request: Request) -> crate::outbox::OutboxView {
        let id = self.engine.queue(request).await.unwrap().id;
        self.engine.start(Work::Outbox);
        self.engine.settled(id, Duration::from_secs(60)).await.unwrap()
    }

    fn calls(&self) -> Vec<Outgoing> {
        self.world.lock().unwrap().calls.clone()
    }

    async fn turn(&self) -> Turn {
        self.engine.conversation(self.conversation, None, 10).await.unwrap().conversation.row.turn
    }
}

async fn claim() -> House {
    House::with(Kind::Claim, World { offers: offers(), ..World::default() }).await
}

#[tokio::test]
async fn a_decision_is_taken_only_as_the_platform_offers_it_and_a_person_confirms_it() {
    let house = claim().await;
    let queue = |request| house.engine.queue(request);
    let comment = [("comment", "нет дефекта, смотрите фото")];
    let gone = queue(house.act("approve2", &[])).await.unwrap_err();
    assert!(matches!(&gone, Error::OfferGone { offered, .. } if offered == "approve1, reject"), "{gone}");
    let short = queue(house.act("reject", &[("comment", "нет")])).await.unwrap_err();
    assert_eq!(short.to_string(), "act.fields.comment: give 10 to 1000 characters");
    let hidden = queue(house.act("reject", &[("comment", "нет дефекта\u{202e}, фото")])).await.unwrap_err();
    assert!(matches!(hidden, Error::Invalid { .. }), "{hidden}");
    let unsaid = Request { confirmed: false, ..house.act("approve1", &[]) };
    let Error::Unconfirmed { consequence, .. } = queue(unsaid).await.unwrap_err() else { panic!("it was taken") };
    assert_eq!(consequence.money.unwrap().amount, "1500");
    assert_eq!(house.turn().await, Turn::Ours);

    house.engine.set_sending(house.shop, false).await.unwrap();
    let held = queue(house.act("reject", &comment)).await.unwrap();
    assert_eq!((held.item.state, held.item.reason), (State::Held, Reason::SendingOff));
    assert!(house.calls().is_empty());
}

#[tokio::test]
async fn a_decision_reaches_the_platform_once_with_its_fields_and_hands_the_turn_over() {
    let house = claim().await;
    let request = house.act("reject", &[("comment", " нет дефекта, смотрите фото ")]);
    let key = request.key;
    let queued = house.engine.queue(request.clone()).await.unwrap();
    assert_ne!(house.turn().await, Turn::Ours, "a decision on its way counts as given");
    assert_eq!(house.engine.queue(request.clone()).await.unwrap().id, queued.id);
    let other = Request { key, ..house.act("approve1", &[]) };
    assert!(matches!(house.engine.queue(other).await, Err(Error::KeyReused)));
    let second = house.engine.queue(house.act("approve1", &[])).await;
    assert!(matches!(second, Err(Error::AlreadyOnItsWay { .. })), "a claim is decided once");
    let sent = house.carry_out(request).await;
    assert_eq!(sent.item.state, State::Sent, "{:?}", sent.item);
    let calls = house.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].act.as_ref().unwrap().fields["comment"], "нет дефекта, смотрите фото");
    assert_eq!(house.turn().await, Turn::None);
    house.engine.stop().await;
}

#[tokio::test]
async fn a_claim_decided_elsewhere_meanwhile_is_left_alone() {
    let house = claim().await;
    let request = house.act("approve1", &[]);
    house.engine.queue(request.clone()).await.unwrap();
    house.world.lock().unwrap().offers.clear();
    let held = house.carry_out(request).await;
    assert_eq!((held.item.state, held.item.reason), (State::Held, Reason::AnsweredElsewhere));
    assert!(house.calls().is_empty());
    house.engine.stop().await;
}

#[tokio::test]
async fn a_decision_in_doubt_is_looked_up_and_not_made_again() {
    let house = claim().await;
    house.world.lock().unwrap().doubt = Some(Doubt::Silence);
    let settled = house.carry_out(house.act("approve1", &[])).await;
    assert_eq!(settled.item.state, State::Sent, "{:?}", settled.item);
    assert_eq!(house.calls().len(), 1);
    house.engine.stop().await;
}

#[tokio::test]
async fn an_edit_and_a_deletion_go_to_our_newest_answer() {
    let world = World { answer: Some("r:2".into()), ..World::default() };
    let house = House::with(Kind::Review, world).await;
    let edit = Request::new(Uuid::now_v7(), house.conversation, ActionKind::Edit, "Нам жаль");
    assert_eq!(house.carry_out(edit).await.item.state, State::Sent);
    let delete = Request::new(Uuid::now_v7(), house.conversation, ActionKind::Delete, "");
    assert_eq!(house.carry_out(delete).await.item.state, State::Sent);
    let targets: Vec<_> = house.calls().into_iter().map(|call| call.target).collect();
    assert_eq!(targets, [Some(RemoteId::from("r:2")), Some("r:2".into())]);
    assert_eq!(house.turn().await, Turn::Ours, "without its answer the review is ours again");
    house.engine.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_not_there_or_no_longer_ours_to_change_is_neither_edited_nor_deleted() {
    let house = House::with(Kind::Review, World::default()).await;
    let request = |action| Request::new(Uuid::now_v7(), house.conversation, action, "Нам жаль");
    let none = house.engine.queue(request(ActionKind::Delete)).await.unwrap_err();
    assert!(matches!(&none, Error::Invalid { field, .. } if field == "target"), "{none}");
    let mut page = told(Kind::Review, &"c".into(), &[], Some(&"r:2".into()));
    page.facts.edit_until = Some(Timestamp::UNIX_EPOCH);
    let shop = house.engine.stored_shop(house.shop).await.unwrap();
    let page = Page { conversations: vec![page], ..Page::default() };
    house.engine.ingest(&shop, None, page).await.unwrap();
    let late = house.engine.queue(request(ActionKind::Edit)).await.unwrap_err();
    assert!(matches!(late, Error::NotEditable { until: Some(_) }), "{late}");
}

fn manual() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_second(1_790_000_100).unwrap()))
}

#[tokio::test]
async fn what_a_reading_may_have_passed_over_is_not_taken_for_absent() {
    for gaps in [true, false] {
        let clock = manual();
        let answer = Some("r:2".into());
        let world = World { answer, doubt: Some(Doubt::Silence), lost: true, gaps, ..World::default() };
        let house = House::at(clock.clone(), Kind::Review, world).await;
        let edit = Request::new(Uuid::now_v7(), house.conversation, ActionKind::Edit, "Нам жаль");
        let id = house.engine.queue(edit).await.unwrap().id;
        for _ in 0..60 {
            house.engine.outbox_pass().await.unwrap();
            clock.advance(Duration::from_secs(30));
        }
        let item = house.engine.outbox_item(id).await.unwrap().item;
        let (reason, calls) = if gaps { (Reason::ThreadUnreadable, 1) } else { (Reason::NotFoundTwice, 2) };
        assert_eq!((item.state, item.reason, house.calls().len()), (State::Held, reason, calls), "gaps: {gaps}");
    }
}

#[tokio::test]
async fn what_a_broken_off_round_leaves_behind_is_taken_up_at_once() {
    let house = House::at(manual(), Kind::Claim, World { offers: offers(), ..World::default() }).await;
    let turn = house.engine.outbox_turn(house.shop).await;
    house.engine.start(Work::Outbox);
    let id = house.engine.queue(house.act("approve1", &[])).await.unwrap().id;
    // The loop has passed the shop over and waits for a clock that stands still.
    for _ in 0..100 {
        house.engine.outbox_item(id).await.unwrap();
    }
    drop(turn);
    let sent = house.engine.settled(id, Duration::from_secs(60)).await.unwrap();
    assert_eq!(sent.item.state, State::Sent, "{:?}", sent.item);
    house.engine.stop().await;
}
