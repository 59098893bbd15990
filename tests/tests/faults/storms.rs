//! C03 and C04: platforms that ask for patience in every form a header can take, and platforms that are down. Nobody is asked
//! while the platform asked for peace, other shops notice nothing, and the storm is not made worse.

use std::collections::BTreeMap;
use std::time::Duration;

use dragoman_domain::SignedDuration;
use dragoman_engine::Work;
use dragoman_simulator::{Fault, FaultPlan, HeaderForm, Match, Moment, Options, Received, Rule, Size};
use dragoman_tests::house::figures::Figures;
use dragoman_tests::house::world;
use dragoman_tests::inside::Inside;

use super::{QUIET, in_turn, verdict};

const SEED: u64 = 429;
/// Virtual length of a storm.
const STORM: SignedDuration = SignedDuration::from_mins(30);

fn shops(each: usize, conversations: usize) -> Options {
    let size = Size {
        wildberries_shops: each,
        ozon_shops: each,
        // Some are the platform's lost causes.
        questions: conversations * 3 / 2 + 10,
        chats: conversations * 3 / 2 + 10,
        products: 4,
        answered: 0.0,
        history_days: 2,
        ..Size::default()
    };
    Options { size, quiet: QUIET, ..world(SEED) }
}

const FORMS: [HeaderForm; 7] = [
    HeaderForm::Seconds,
    HeaderForm::Date,
    HeaderForm::Absent,
    HeaderForm::Negative,
    HeaderForm::Huge,
    HeaderForm::Garbage,
    HeaderForm::Platform,
];
/// Seconds a 429 asks for, where it says so in a form the platform's contract knows.
const PAUSE: i64 = 20;

/// Every second request of the named shops is refused, each form for a seventh of the storm. Only what stands behind the quota of
/// conversations: others have quotas of their own.
fn too_many(names: &[String]) -> FaultPlan {
    let part = STORM.as_secs_f64() / FORMS.len() as f64;
    let mut rules = Vec::new();
    for (at, header) in FORMS.into_iter().enumerate() {
        for (name, path) in names.iter().flat_map(|name| PATHS.map(|path| (name, path))) {
            let when = Match {
                shop: Some(name.clone()),
                path: Some(path.into()),
                from: Some(Moment::After(at as f64 * part)),
                until: Some(Moment::After((at + 1) as f64 * part)),
                probability: Some(0.5),
                ..Match::default()
            };
            rules.push(Rule { when, fault: Fault::RateLimit { header, seconds: PAUSE } });
        }
    }
    FaultPlan { seed: Some(SEED), rules }
}

const PATHS: [&str; 6] = [
    "/api/v1/question*",
    "/api/v1/new-feedbacks-questions",
    "/v3/chat/*",
    "/v1/chat/*",
    "/v2/chat/read",
    "/v3/product/*",
];

fn is_quota_of_conversations(path: &str) -> bool {
    PATHS.iter().any(|known| known.strip_suffix('*').map_or(path == *known, |beginning| path.starts_with(beginning)))
}

struct Run {
    /// Requests from the beginning of the storm on.
    requests: Vec<Received>,
    /// Virtual seconds from the beginning to the last acceptance, by shop.
    spans: BTreeMap<String, f64>,
    /// Texts in the order in which they were accepted, by shop.
    order: BTreeMap<String, Vec<String>>,
    /// What a reply waited for beyond its own time, in virtual seconds, by shop.
    waits: BTreeMap<String, Vec<f64>>,
    failures: Vec<String>,
}

/// Thirty minutes with a reply from every shop every two of them.
async fn half_an_hour(storm: bool, figures: &mut Figures) -> Run {
    const REPLIES: usize = 14;
    let inside = Inside::start(shops(2, REPLIES)).await.unwrap();
    inside.sync_well().await.unwrap();
    let open = in_turn(&inside).await;
    let names: BTreeMap<_, _> = inside.shops.iter().map(|(name, id)| (*id, name.clone())).collect();
    let (mut promises, mut due, mut counts) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    let begun = inside.world.now();
    for (shop, row) in &open {
        let at: &mut usize = counts.entry(*shop).or_default();
        if *at < REPLIES {
            let undo = SignedDuration::from_secs(30 + 120 * *at as i64);
            let text = format!("Ответ {at:02} магазина {shop}: завтра отправим.");
            promises.push(inside.reply_after(undo, row.id, &text).await.unwrap());
            due.insert(text, inside.world.now() + undo);
            *at += 1;
        }
    }
    assert_eq!(promises.len(), 4 * REPLIES, "enough conversations await an answer: {counts:?}");
    let before = inside.world.requests().len();
    if storm {
        let stormy: Vec<String> = ["wildberries", "ozon"]
            .map(|channel| inside.world.shops().iter().find(|shop| shop.channel == channel).unwrap().name.clone())
            .to_vec();
        inside.plan(&too_many(&stormy)).await.unwrap();
    }
    inside.engine.start(Work::All);
    inside.until(begun + STORM).await;
    inside.plan(&FaultPlan::default()).await.unwrap();
    inside.settle(Duration::from_secs(120)).await.unwrap();
    let (requests, accepted) = (inside.world.requests().split_off(before), inside.world.accepted());
    let (mut spans, mut order, mut waits) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for write in accepted.iter().filter(|write| write.action == "reply") {
        let text = write.text.clone().unwrap();
        spans.insert(write.shop.clone(), write.at.duration_since(begun).as_secs_f64());
        let waited = write.at.duration_since(due[&text]).as_secs_f64();
        waits.entry(write.shop.clone()).or_insert_with(Vec::new).push(waited);
        order.entry(write.shop.clone()).or_insert_with(Vec::new).push(text);
    }
    drop(names);
    let closed = inside.close().await.unwrap();
    figures.add("run", if storm { "storm" } else { "calm" });
    let failures = verdict(figures, &promises, &closed.snapshot, &accepted);
    Run { requests, spans, order, waits, failures }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_too_many_requests_are_met_with_patience_and_cost_other_shops_nothing() {
    let mut figures = Figures::new("campaign_too_many_requests", SEED);
    let calm = half_an_hour(false, &mut figures).await;
    let storm = half_an_hour(true, &mut figures).await;
    let (mut refused, mut early, mut by_form) = (0, Vec::new(), BTreeMap::new());
    let mut by_shop: BTreeMap<&str, Vec<&Received>> = BTreeMap::new();
    for request in storm.requests.iter().filter(|request| is_quota_of_conversations(&request.path)) {
        by_shop.entry(request.shop.as_deref().unwrap_or_default()).or_default().push(request);
    }
    let begun = storm.requests[0].at;
    let mut shaken = Vec::new();
    for (shop, mut requests) in by_shop {
        requests.sort_by_key(|request| request.at);
        for (at, request) in requests.iter().enumerate().filter(|(_, request)| request.status == 429) {
            refused += 1;
            shaken.push(shop.to_owned());
            let part = (request.at.duration_since(begun).as_secs_f64() / (STORM.as_secs_f64() / 7.0)) as usize;
            let form = FORMS[part.min(6)];
            *by_form.entry(format!("{form:?}")).or_insert(0) += 1;
            // Wildberries knows its own header only; what names no time still asks for some.
            let named = match form {
                HeaderForm::Platform => true,
                HeaderForm::Seconds | HeaderForm::Date => request.channel == "ozon",
                _ => false,
            };
            // A date names whole seconds.
            let ban = SignedDuration::from_secs(match form {
                HeaderForm::Date if named => PAUSE - 1,
                _ if named => PAUSE,
                _ => 1,
            });
            // Whatever left before the refusal came back was not told yet; time stands still meanwhile.
            early.extend(
                requests[at + 1..]
                    .iter()
                    .take_while(|next| next.at < request.at + ban)
                    .filter(|next| next.at > request.at)
                    .map(|next| format!("{form:?} at {}: {} {} at {}", request.at, next.method, next.path, next.at)),
            );
        }
    }
    shaken.dedup();
    let others = |run: &Run| -> (f64, Vec<f64>) {
        let spans = run.spans.iter().filter(|(shop, _)| !shaken.contains(shop)).map(|(_, span)| *span);
        let waits = run.waits.iter().filter(|(shop, _)| !shaken.contains(shop)).flat_map(|(_, waits)| waits.clone());
        (spans.fold(0.0, f64::max), waits.collect())
    };
    let ((calm_span, calm_waits), (span, waits)) = (others(&calm), others(&storm));
    let added = 100.0 * (span / calm_span - 1.0);
    let disorder: usize =
        storm.order.values().map(|texts| texts.windows(2).filter(|pair| pair[0] > pair[1]).count()).sum();
    figures.add("refusals", format!("{refused} {by_form:?}"));
    figures.failures("requests within the time asked for", early.len(), refused);
    figures.seconds("virtual wait of a reply, other shops, calm", calm_waits);
    figures.seconds("virtual wait of a reply, other shops, storm", waits);
    figures.add("time added for other shops", format!("{added:.2} %"));
    // Not promised: a throttled reply holds back later ones for a minute, not for as long as a platform may ask.
    figures.add("replies of a throttled shop that overtook an earlier one", disorder);
    figures.print();
    assert_eq!([calm.failures, storm.failures].concat(), Vec::<String>::new());
    assert_eq!(early, Vec::<String>::new());
    assert!(refused >= 30 && by_form.len() == 7, "every form was met: {by_form:?}");
    assert!(added <= 5.0, "other shops go on");
}

/// Requests within the storm and twenty minutes after it, those of them in vain, seconds until the last acceptance, failures.
async fn two_hundred_replies(storm: bool, figures: &mut Figures) -> (usize, usize, f64, Vec<String>) {
    const REPLIES: usize = 100;
    let inside = Inside::start(shops(1, REPLIES)).await.unwrap();
    inside.sync_well().await.unwrap();
    let open = in_turn(&inside).await;
    let (mut promises, mut counts) = (Vec::new(), BTreeMap::new());
    for (shop, row) in &open {
        let at: &mut usize = counts.entry(*shop).or_default();
        if *at < REPLIES {
            promises.push(inside.reply(row.id, &format!("Ответ {at:03} магазина {shop}: уже в пути.")).await.unwrap());
            *at += 1;
        }
    }
    assert_eq!(promises.len(), 2 * REPLIES, "enough conversations await an answer: {counts:?}");
    let (before, begun) = (inside.world.requests().len(), inside.world.now());
    if storm {
        inside
            .plan(&FaultPlan::one(
                Match { until: Some(Moment::After(STORM.as_secs_f64())), ..Match::default() },
                Fault::RefuseThenStatus { status: 503, message: None },
            ))
            .await
            .unwrap();
    }
    inside.engine.start(Work::All);
    if storm {
        inside.until(begun + STORM / 2).await;
        for view in inside.engine.shops().await.unwrap() {
            let problems = view.streams.iter().map(|stream| stream.problem.as_ref().map(|problem| &problem.message));
            let told = |problem: Option<&String>| problem.is_some_and(|words| words.contains("asked again at"));
            assert!(problems.into_iter().all(told), "every stream says why it rests and until when: {view:?}");
        }
    }
    inside.until(begun + STORM + SignedDuration::from_mins(20)).await;
    inside.settle(Duration::from_secs(120)).await.unwrap();
    let requests = inside.world.requests().split_off(before);
    let during = requests.iter().filter(|request| request.status == 503).count();
    let upto = begun + STORM + SignedDuration::from_mins(20);
    let all = requests.iter().filter(|request| request.at <= upto).count();
    let accepted = inside.world.accepted();
    let last = accepted.iter().map(|write| write.at).max().unwrap_or(begun).duration_since(begun).as_secs_f64();
    let mut order: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for write in accepted.iter().filter(|write| write.action == "reply") {
        order.entry(&write.shop).or_default().extend(&write.text);
    }
    let overtaken: usize = order.values().map(|texts| texts.windows(2).filter(|pair| pair[0] > pair[1]).count()).sum();
    let closed = inside.close().await.unwrap();
    figures.add("run", if storm { "storm" } else { "calm" });
    let failures = verdict(figures, &promises, &closed.snapshot, &accepted);
    figures.add("replies that overtook an earlier one of their shop", overtaken);
    (all, during, last, failures)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_platform_down_is_not_made_worse_and_drains_when_it_is_back() {
    let mut figures = Figures::new("campaign_platform_down", SEED);
    let (calm, _, _, mut failures) = two_hundred_replies(false, &mut figures).await;
    let (storm, during, last, more) = two_hundred_replies(true, &mut figures).await;
    failures.extend(more);
    let ratio = storm as f64 / calm as f64;
    figures.add("requests in 50 virtual minutes", format!("calm {calm}, storm {storm} ({during} of them in vain)"));
    figures.add("amplification", format!("{ratio:.2}"));
    figures.add("virtual seconds from recovery to the last reply", format!("{:.0}", last - STORM.as_secs_f64()));
    figures.print();
    assert_eq!(failures, Vec::<String>::new());
    assert!(during > 10, "the storm was felt");
    assert!(ratio <= 1.2, "a storm is not made worse");
    assert!(last - STORM.as_secs_f64() <= 1_200.0, "what waited leaves soon after");
}
