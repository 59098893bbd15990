//! Passes, replies and refusals against the simulated platform, on its own clock.

use std::collections::BTreeSet;
use std::sync::Arc;

use dragoman_channels::clock::{Clock, RemoteClock};
use dragoman_channels::credential::Credential;
use dragoman_channels::{Ask, Connector, Failure, Settings, Wanted, connect};
use dragoman_domain::incoming::{Cursor, Incoming};
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{ActionKind, Doubt, Outgoing, Refusal, Sent};
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Channel, Direction, Kind, RemoteId, ShopId, SignedDuration};
use dragoman_simulator::{ClockMode, FaultPlan, Options, Running, ShopSeed, Simulator, Size, WildberriesRules};

use crate::shop::Nothing;

struct Market {
    simulator: Running,
    clock: Arc<dyn Clock>,
}

impl Market {
    async fn open(questions: usize, plan: &str) -> Self {
        let options = Options {
            size: Size { questions, history_days: 60, ..Size::default() },
            plan: if plan.is_empty() { FaultPlan::default() } else { serde_json::from_str(plan).unwrap() },
            clock: ClockMode::Auto,
            wildberries: WildberriesRules {
                publication_lag: SignedDuration::from_secs(90),
                ..WildberriesRules::default()
            },
            ..Options::default()
        };
        let simulator = Simulator::start(options).await.unwrap();
        let clock = Arc::new(RemoteClock::connect(&simulator.clock_url()).await.unwrap());
        Self { simulator, clock }
    }

    fn seed(&self) -> &ShopSeed {
        self.simulator.shops().iter().find(|shop| shop.channel == "wildberries").unwrap()
    }

    fn connect(&self, token: &str) -> Arc<dyn Connector> {
        let settings = Settings {
            shop: ShopId(1),
            fields: Default::default(),
            secrets: [("token".to_owned(), Credential::new(token))].into(),
            base_url: Some(self.seed().base_url.clone()),
            proxy: None,
        };
        let pack = RulePack::shipped(Channel::Wildberries).unwrap();
        connect(Channel::Wildberries, settings, pack, Arc::clone(&self.clock)).unwrap()
    }

    fn shop(&self) -> Arc<dyn Connector> {
        self.connect(&self.seed().secrets["token"])
    }

    fn variant(&self, name: &str) -> Arc<dyn Connector> {
        self.connect(&self.seed().variants[name]["token"])
    }

    /// Runs a stream until it has nothing more for now, waiting as told.
    async fn run(&self, shop: &Arc<dyn Connector>, stream: &str, deep: bool) -> Vec<Incoming> {
        let (mut cursor, mut all) = (Cursor::default(), Vec::new());
        loop {
            match shop.step(stream, &cursor, &Ask { known: &Nothing, deep }).await {
                Ok(page) => {
                    assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
                    all.extend(page.conversations);
                    cursor = page.next;
                    if !page.more {
                        return all;
                    }
                }
                Err(Failure::Wait { until, told }) => {
                    assert!(!told, "our pace keeps the platform's quota");
                    self.clock.sleep_until(until).await;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    async fn thread(&self, shop: &Arc<dyn Connector>, id: &RemoteId) -> Incoming {
        loop {
            match shop.thread(Kind::Question, id, &Watermark::default()).await {
                Ok(thread) => return thread.conversation,
                Err(Failure::Wait { until, .. }) => self.clock.sleep_until(until).await,
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    async fn send(&self, shop: &Arc<dyn Connector>, outgoing: &Outgoing) -> Sent {
        loop {
            match shop.send(outgoing).await {
                Sent::No(Refusal::Throttled { retry_at: Some(at) }) => self.clock.sleep_until(at).await,
                other => return other,
            }
        }
    }

    fn accepted(&self, action: &str, text: &str) -> usize {
        self.simulator
            .accepted()
            .iter()
            .filter(|line| line.action == action && line.text.as_deref() == Some(text))
            .count()
    }
}

fn to(question: &Incoming, action: ActionKind, text: &str) -> Outgoing {
    Outgoing {
        last_in: question.messages.first().map(|message| message.remote_id.clone()),
        ..Outgoing::new(action, Kind::Question, question.remote_id.clone(), text.to_owned())
    }
}

#[tokio::test]
async fn both_streams_together_bring_every_question_once() {
    let market = Market::open(1_700, "").await;
    let shop = market.shop();
    let open = market.run(&shop, "questions_unanswered", false).await;
    let done = market.run(&shop, "questions_recent", true).await;
    assert!(open.iter().all(|question| question.messages.len() == 1));
    let ids: BTreeSet<&str> = open.iter().chain(&done).map(|question| question.remote_id.as_str()).collect();
    assert_eq!((ids.len(), open.len() + done.len()), (1_700, 1_700));
}

#[tokio::test]
async fn an_answer_is_accepted_once_and_seen_when_it_is_published() {
    let market = Market::open(40, "").await;
    let shop = market.shop();
    let question = market.run(&shop, "questions_unanswered", false).await.remove(0);
    let sent = market.send(&shop, &to(&question, ActionKind::Reply, "Здравствуйте! Да, подойдёт.")).await;
    assert!(matches!(sent, Sent::Yes { .. }), "{sent:?}");
    market.clock.sleep_until(market.clock.now() + SignedDuration::from_mins(10)).await;
    let thread = market.thread(&shop, &question.remote_id).await;
    let answer = thread.messages.iter().find(|message| message.direction == Direction::Out).unwrap();
    assert_eq!(answer.text, "Здравствуйте! Да, подойдёт.");
    assert_eq!(market.accepted("reply", "Здравствуйте! Да, подойдёт."), 1);
}

#[tokio::test]
async fn an_answer_is_edited_once_a_question_is_rejected_and_viewed() {
    let market = Market::open(40, "").await;
    let shop = market.shop();
    let mut questions = market.run(&shop, "questions_unanswered", false).await;
    let (answered, rejected, viewed) = (questions.remove(0), questions.remove(0), questions.remove(0));
    assert!(matches!(market.send(&shop, &to(&answered, ActionKind::Reply, "Первый ответ")).await, Sent::Yes { .. }));
    market.clock.sleep_until(market.clock.now() + SignedDuration::from_mins(10)).await;
    assert!(matches!(market.send(&shop, &to(&answered, ActionKind::Edit, "Второй ответ")).await, Sent::Yes { .. }));
    market.clock.sleep_until(market.clock.now() + SignedDuration::from_mins(10)).await;
    let thread = market.thread(&shop, &answered.remote_id).await;
    assert_eq!((thread.messages[1].text.as_str(), thread.facts.editable), ("Второй ответ", Some(false)));
    let third = market.send(&shop, &to(&answered, ActionKind::Edit, "Третий ответ")).await;
    assert!(matches!(third, Sent::No(Refusal::Final { .. })), "{third:?}");
    assert!(matches!(
        market.send(&shop, &to(&rejected, ActionKind::Reject, "Вопрос не о товаре")).await,
        Sent::Yes { .. }
    ));
    assert!(matches!(market.send(&shop, &to(&viewed, ActionKind::Read, "")).await, Sent::Yes { .. }));
    market.clock.sleep_until(market.clock.now() + SignedDuration::from_mins(10)).await;
    assert_eq!(market.thread(&shop, &rejected.remote_id).await.facts.closed, Some(true));
    assert_eq!(market.thread(&shop, &viewed.remote_id).await.facts.seen, Some(true));
}

#[tokio::test]
async fn an_answer_that_broke_off_leaves_doubt_and_was_accepted_once() {
    for (fault, doubt) in [
        (r#"{"kind":"accept_then_reset","after_bytes":0}"#, Doubt::Broken),
        (r#"{"kind":"accept_then_cut_body"}"#, Doubt::Unreadable),
        (r#"{"kind":"accept_then_status","status":502}"#, Doubt::ServerFault),
        (r#"{"kind":"broken_body","how":"html"}"#, Doubt::Unreadable),
    ] {
        let plan = format!(r#"{{"rules":[{{"match":{{"channel":"wildberries","action":"reply"}},"fault":{fault}}}]}}"#);
        let market = Market::open(40, &plan).await;
        let shop = market.shop();
        let question = market.run(&shop, "questions_unanswered", false).await.remove(0);
        let sent = market.send(&shop, &to(&question, ActionKind::Reply, "Один раз")).await;
        assert!(matches!(&sent, Sent::Unknown { why, .. } if *why == doubt), "{fault}: {sent:?}");
        assert_eq!(market.accepted("reply", "Один раз"), 1, "{fault}");
    }
}

#[tokio::test]
async fn flawed_tokens_get_a_clear_word() {
    let market = Market::open(40, "").await;
    let good = market.shop().check().await.unwrap();
    assert!(!good.seller.is_empty() && !good.standing.read_only);
    let code = |failure: Failure| match failure {
        Failure::Key { code, .. } | Failure::Closed { code, .. } => code,
        other => format!("{other:?}"),
    };
    for (name, expected) in [("basic", "token_basic"), ("test", "token_test"), ("expired", "token_expired")] {
        assert_eq!(code(market.variant(name).check().await.unwrap_err()), expected, "{name}");
    }
    let reader = market.variant("read_only");
    assert!(reader.check().await.unwrap().standing.read_only);
    let expiring = market.variant("expiring").check().await.unwrap().standing;
    assert_eq!(expiring.features["token"].code, "token_expiring");
    let blind = market.variant("without_questions");
    assert!(blind.check().await.unwrap().standing.closed("questions").is_some());
    let step = blind.step("questions_unanswered", &Cursor::default(), &Ask { known: &Nothing, deep: false }).await;
    assert_eq!(code(step.unwrap_err()), "right_missing");
}

#[tokio::test]
async fn product_names_and_pictures_are_found() {
    let market = Market::open(40, "").await;
    let shop = market.shop();
    let question = market.run(&shop, "questions_unanswered", false).await.remove(0);
    let product = question.facts.product.unwrap();
    let wanted = Wanted { products: vec![product.key.clone(), "1".to_owned()], orders: Vec::new() };
    let facts = shop.look_up(&wanted).await.unwrap();
    assert_eq!((facts.products.len(), facts.unknown_products.as_slice()), (1, &["1".to_owned()][..]));
    assert_eq!(facts.products[0].name, product.name);
    let picture = shop.picture(&facts.products[0].picture).await.unwrap();
    assert!(!picture.bytes.is_empty() && picture.mime.starts_with("image/"));
}
