//! C05 and the decoders of X01: answers that are not what the contract promises, written by hand and made by chance. Whatever comes,
//! nothing panics, an unreadable item is put aside by itself, and every good item beside it arrives.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use dragoman_channels::Failure;
use dragoman_domain::incoming::{Cursor, Page};
use dragoman_domain::outgoing::Sent;
use dragoman_domain::{Channel, Timestamp};
use dragoman_simulator::{ClockMode, Options, ShopSeed, Simulator, Size};
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::world;
use dragoman_tests::peer::{Manner, Peer};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use super::line::Line;

const SEED: u64 = 60_005;

/// A platform's honest answers to be spoilt, and the line they come over.
struct Stage {
    line: Line,
    peer: Peer,
    next: Arc<Mutex<Vec<u8>>>,
    /// Name of what is asked for, where its items lie, the honest body.
    places: Vec<(Call, &'static str, Value)>,
    /// Cursor of the step that asks for a chat's history.
    inside: Cursor,
    thread: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    List,
    History,
    Thread,
    Send,
}

/// What a call led to: ids that arrived, ids put aside, or why nothing was used.
type Outcome = Result<(BTreeSet<String>, usize), String>;

impl Stage {
    async fn of(seed: &ShopSeed, now: Timestamp) -> Self {
        let next: Arc<Mutex<Vec<u8>>> = Arc::default();
        let body = Arc::clone(&next);
        let peer = Peer::start(move |_| Manner::answer(200, body.lock().unwrap().clone())).await.unwrap();
        let honest = Line::new(seed, &seed.base_url, now);
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let mut places = Vec::new();
        let mut inside = Cursor::default();
        let thread: String;
        if honest.channel == Channel::Ozon {
            let ask = async |path: &str, body: Value| -> Value {
                let request = client.post(format!("{}{path}", seed.base_url)).json(&body);
                let request = request.header("Client-Id", &seed.fields["client_id"]);
                request.header("Api-Key", &seed.secrets["api_key"]).send().await.unwrap().json().await.unwrap()
            };
            let filter = json!({ "chat_status": "ALL", "unread_only": true });
            let list = ask("/v3/chat/list", json!({ "filter": filter, "limit": 100, "cursor": "" })).await;
            inside = honest.step(&Cursor::default()).await.unwrap().next;
            let state: Value = serde_json::from_str(&inside.0).unwrap();
            thread = state["pending"][0]["id"].as_str().unwrap().to_owned();
            let history =
                ask("/v3/chat/history", json!({ "chat_id": thread, "direction": "Backward", "limit": 1000 })).await;
            places.push((Call::List, "/chats", list));
            places.push((Call::History, "/messages", history.clone()));
            places.push((Call::Thread, "/messages", history));
            places.push((Call::Send, "", json!({ "result": "success" })));
        } else {
            let url = format!("{}/api/v1/questions?isAnswered=false&take=100&skip=0&order=dateDesc", seed.base_url);
            let request = client.get(url).header("Authorization", &seed.secrets["token"]);
            let list: Value = request.send().await.unwrap().json().await.unwrap();
            let question = list["data"]["questions"][0].clone();
            thread = question["id"].as_str().unwrap().to_owned();
            let one = json!({ "data": question, "error": false, "errorText": "", "additionalErrors": null });
            places.push((Call::List, "/data/questions", list));
            places.push((Call::Thread, "", one));
            places.push((
                Call::Send,
                "",
                json!({ "data": null, "error": false, "errorText": "", "additionalErrors": null }),
            ));
        }
        let line = Line::new(seed, peer.address(), now);
        Self { line, peer, next, places, inside, thread }
    }

    async fn ask(&self, call: Call, body: Vec<u8>) -> Outcome {
        *self.next.lock().unwrap() = body;
        match call {
            Call::List => self.line.step(&Cursor::default()).await.map(arrived).map_err(words),
            Call::History => self.line.step(&self.inside).await.map(arrived).map_err(words),
            Call::Thread => {
                let thread = self.line.thread(&self.thread).await.map_err(words)?;
                let ids = thread.conversation.messages.iter().map(|message| message.remote_id.to_string()).collect();
                Ok((ids, usize::from(!thread.complete)))
            }
            Call::Send => match self.line.send(&self.thread).await {
                Sent::Yes { .. } => Ok((BTreeSet::new(), 0)),
                other => Err(format!("{other:?}")),
            },
        }
    }
}

fn arrived(page: Page) -> (BTreeSet<String>, usize) {
    let mut ids: BTreeSet<String> = page
        .conversations
        .iter()
        .flat_map(|conversation| conversation.messages.iter().map(|message| message.remote_id.to_string()))
        .collect();
    // A list of chats is a plan of what to read: its chats are in the cursor.
    if let Ok(state) = serde_json::from_str::<Value>(&page.next.0) {
        let pending = state["pending"].as_array().cloned().unwrap_or_default();
        ids.extend(pending.iter().filter_map(|chat| Some(format!("chat {}", chat["id"].as_str()?))));
    }
    (ids, page.unreadable.len())
}

fn words(failure: Failure) -> String {
    // The words of a platform may be long; the kind is what matters here.
    format!("{failure:?}").chars().take(60).collect()
}

async fn stages() -> Vec<Stage> {
    let size = Size { questions: 12, chats: 12, products: 4, answered: 0.0, history_days: 2, ..Size::default() };
    let options = Options { size, quotas: false, clock: ClockMode::Manual, ..world(SEED) };
    let simulator = Simulator::start(options).await.unwrap();
    let mut stages = Vec::new();
    for seed in simulator.shops() {
        stages.push(Stage::of(seed, simulator.now()).await);
    }
    stages
}

/// Bodies that are spoilt as a whole. Second: whether everything in it can still be read.
fn whole(body: &Value) -> Vec<(&'static str, Vec<u8>, bool)> {
    let text = body.to_string();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    vec![
        ("HTML with 200", "<!doctype html><p>Подождите, идёт проверка".into(), false),
        ("nothing", Vec::new(), false),
        ("null", "null".into(), false),
        ("true", "true".into(), false),
        ("a number", "17".into(), false),
        ("a text", "\"ok\"".into(), false),
        ("a list", "[]".into(), false),
        ("another encoding", text.chars().map(|c| if c.is_ascii() { c as u8 } else { 0xE0 }).collect(), false),
        ("UTF-16", utf16, false),
        ("cut in the middle", text.as_bytes()[..text.len() / 2].to_vec(), false),
        ("cut before the last byte", text.as_bytes()[..text.len() - 1].to_vec(), false),
        ("something behind it", format!("{text}{{}}").into(), false),
        ("ten thousand lists within each other", "[".repeat(10_000).into(), false),
        ("ten thousand objects within each other", "{\"a\":".repeat(10_000).into(), false),
        ("a byte order mark", format!("\u{feff}{text}").into(), true),
        ("spaces around it", format!(" \n\t{text}\r\n ").into(), true),
        // Nobody can tell which of the two is meant.
        ("every key twice", format!("{{{inner},{inner}}}").into(), false),
        ("a field nobody knows", format!("{{\"новое\":{{\"a\":[1,2,{{}}]}},{inner}}}").into(), true),
    ]
}

/// One item spoilt within a page.
fn items() -> Vec<(&'static str, Value)> {
    vec![
        ("null", Value::Null),
        ("false", json!(false)),
        ("a number", json!(1e300)),
        ("a text", json!("item")),
        ("a list", json!([[[]]])),
        ("an empty object", json!({})),
    ]
}

/// Values for a field of an item.
fn fields() -> Vec<(&'static str, Value)> {
    vec![
        ("null", Value::Null),
        ("an empty text", json!("")),
        ("a number for a text", json!(-1)),
        (
            "more digits than a number holds",
            serde_json::from_str("123456789012345678901234567890").unwrap_or(json!(1e29)),
        ),
        ("a list", json!([])),
        ("an object", json!({ "unexpected": true })),
        ("true", json!(true)),
        ("a date that is none", json!("2026-13-45T99:99:99Z")),
        ("the year one", json!("0001-01-01T00:00:00Z")),
        ("a far year", json!("9999-12-31T23:59:59Z")),
        ("a megabyte", json!("ж".repeat(1 << 19))),
        ("NUL, escape and direction marks", json!("a\u{0}b\u{1b}[2J\u{202e}c\u{200b}")),
        ("markup", json!("<img src=x onerror=alert(1)>](javascript:alert(1))")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_malformed_by_hand_loses_no_good_item() {
    let (mut bodies, mut wrong, mut aside, mut refused) = (0, Vec::new(), 0, 0);
    for stage in stages().await {
        for (call, place, body) in &stage.places {
            let honest = stage.ask(*call, body.to_string().into()).await;
            let Ok((good, 0)) = honest else { panic!("{:?} {call:?}: {honest:?}", stage.line.channel) };
            assert!(*call == Call::Send || !good.is_empty());
            let mut note = |what: String, spoilt: Option<&str>, readable: bool, outcome: Outcome| {
                bodies += 1;
                let sound = match &outcome {
                    Ok((ids, put_aside)) => {
                        aside += put_aside;
                        let missing: Vec<_> = good.difference(ids).collect();
                        // Ids of ours carry a mark of their kind before the platform's own.
                        let bare = |id: &str| id.rsplit([':', ' ']).next().unwrap_or_default().to_owned();
                        let own = missing.iter().all(|id| spoilt.is_some_and(|spoilt| spoilt.contains(&bare(id))));
                        // Under another id it has still arrived; a chat that is never readable is put aside as one.
                        let accounted = *put_aside > 0 || ids.len() >= good.len();
                        missing.is_empty() || (own && accounted) || (*call == Call::History && !readable && accounted)
                    }
                    Err(_) => {
                        refused += 1;
                        !readable
                    }
                };
                if !sound {
                    let outcome = outcome.map(|(ids, aside)| format!("{} of {}, {aside} aside", ids.len(), good.len()));
                    wrong.push(format!("{:?} {call:?}, {what}: {outcome:?}", stage.line.channel));
                }
            };
            for (what, bytes, readable) in whole(body) {
                let outcome = stage.ask(*call, bytes).await;
                note(what.to_owned(), None, readable, outcome);
            }
            let Some(count) = body.pointer(place).and_then(Value::as_array).map(Vec::len).filter(|_| !place.is_empty())
            else {
                continue;
            };
            let middle = count / 2;
            let with = |item: Value| {
                let mut changed = body.clone();
                changed.pointer_mut(place).unwrap()[middle] = item;
                changed.to_string().into_bytes()
            };
            let item = body.pointer(place).unwrap()[middle].clone();
            let is_own = item.to_string();
            for (what, value) in items() {
                note(format!("an item is {what}"), Some(&is_own), true, stage.ask(*call, with(value)).await);
            }
            for key in item.as_object().unwrap().keys() {
                for (what, value) in fields() {
                    let mut item = item.clone();
                    item[key] = value;
                    note(format!("{key} is {what}"), Some(&is_own), true, stage.ask(*call, with(item)).await);
                }
                let mut item = item.clone();
                item.as_object_mut().unwrap().remove(key);
                note(format!("{key} is missing"), Some(&is_own), true, stage.ask(*call, with(item)).await);
            }
            // What no Rust text can hold: half of a pair of surrogates, written as JSON writes it.
            let lone = String::from_utf8(with(item.clone())).unwrap().replacen("\"text\":\"", "\"text\":\"\\ud800", 1);
            note(
                "half a surrogate pair".to_owned(),
                Some(body.to_string().as_str()),
                true,
                stage.ask(*call, lone.into()).await,
            );
        }
        assert!(stage.peer.count() > 0);
    }
    let mut figures = Figures::new("campaign_malformed_by_hand", SEED);
    figures.add("bodies", format!("{bodies}, refused as a whole {refused}, items put aside {aside}"));
    figures.failures("bodies that cost a good item or were misread", wrong.len(), bodies);
    figures.print();
    assert_eq!(wrong, Vec::<String>::new());
}

/// A body changed by chance: bytes, or values of the JSON.
fn spoil(dice: &mut StdRng, body: &Value) -> Vec<u8> {
    if dice.random_bool(0.5) {
        let mut bytes = body.to_string().into_bytes();
        for _ in 0..dice.random_range(1..=4) {
            if bytes.is_empty() {
                break;
            }
            let at = dice.random_range(0..bytes.len());
            let to = (at + dice.random_range(1..64)).min(bytes.len());
            match dice.random_range(0..5) {
                0 => bytes[at] = dice.random(),
                1 => bytes[at] ^= 1 << dice.random_range(0..8),
                2 => bytes.truncate(at),
                3 => drop(bytes.drain(at..to)),
                _ => {
                    let again = bytes[at..to].to_vec();
                    let place = dice.random_range(0..=bytes.len());
                    bytes.splice(place..place, again);
                }
            }
        }
        return bytes;
    }
    let mut body = body.clone();
    for _ in 0..dice.random_range(1..=3) {
        let steps = dice.random_range(1..8);
        let mut at = &mut body;
        for _ in 0..steps {
            let inner = match at {
                Value::Array(items) if !items.is_empty() => items.len(),
                Value::Object(fields) if !fields.is_empty() => fields.len(),
                _ => break,
            };
            let pick = dice.random_range(0..inner);
            at = match at {
                Value::Array(items) => &mut items[pick],
                Value::Object(fields) => fields.values_mut().nth(pick).unwrap(),
                _ => break,
            };
        }
        let values = fields();
        *at = match dice.random_range(0..6) {
            0 => json!([at.take()]),
            1 => json!({ "in": at.take() }),
            2 => json!(at.take().to_string()),
            // The longest value is another test's business.
            _ => values[dice.random_range(0..values.len())].1.clone(),
        };
        if at.as_str().is_some_and(|text| text.len() > 10_000) {
            *at = json!("ж".repeat(5_000));
        }
    }
    body.to_string().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_malformed_by_chance_never_panics_and_every_item_is_accounted_for() {
    // With DRAGOMAN_LONG ten times as many.
    let cases = 20_000 * scale();
    let mut dice = StdRng::seed_from_u64(SEED);
    let stages = stages().await;
    let begun = Instant::now();
    let (mut read, mut refused, mut aside, mut lost) = (0_usize, 0_usize, 0_usize, Vec::new());
    for case in 0..cases {
        let stage = &stages[case % stages.len()];
        let (call, place, body) = &stage.places[(case / stages.len()) % stage.places.len()];
        let bytes = spoil(&mut dice, body);
        let spoilt: Option<Value> = serde_json::from_slice(&bytes).ok();
        match stage.ask(*call, bytes).await {
            Ok((ids, put_aside)) => {
                read += 1;
                aside += put_aside;
                // Each item of the page, whatever it became, has arrived or was put aside; equal ids are one item.
                let questions = *call == Call::List && stage.line.channel == Channel::Wildberries;
                let items = spoilt.as_ref().and_then(|body| body.pointer(place)).and_then(Value::as_array);
                // A history that cannot be told whether it goes on is put aside as a whole, and its chat is asked for again.
                let whole = *call == Call::History
                    && put_aside > 0
                    && spoilt.as_ref().is_some_and(|spoilt| spoilt["has_next"] != body["has_next"]);
                if let (true, false, Some(items)) = (questions || *call == Call::History, whole, items) {
                    let distinct: BTreeSet<String> = items.iter().map(Value::to_string).collect();
                    if ids.iter().filter(|id| !id.starts_with("a:") && !id.starts_with("chat ")).count() + put_aside
                        < distinct.len()
                    {
                        lost.push(format!("case {case}: {} of {} items, {put_aside} aside", ids.len(), items.len()));
                    }
                }
            }
            Err(_) => refused += 1,
        }
    }
    let mut figures = Figures::new("campaign_malformed_by_chance", SEED);
    let each = begun.elapsed().as_secs_f64() / cases as f64 * 1_000.0;
    figures.add("bodies", format!("{cases}: {read} read with {aside} items put aside, {refused} refused as a whole"));
    figures.add("time for each", format!("{each:.2} ms, with its connection"));
    figures.failures("panics", 0, cases);
    figures.failures("bodies of which an item is unaccounted for", lost.len(), cases);
    figures.print();
    assert_eq!(lost, Vec::<String>::new());
    assert!(read > cases / 20 && refused > cases / 20, "both ways were gone");
}
