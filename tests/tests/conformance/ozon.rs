//! Every method of the simulated Ozon, in a shop that writes ids as numbers and one that writes them as text.

use dragoman_domain::Channel;
use dragoman_simulator::{ClockMode, ShopSeed};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use crate::caller::{Caller, Question, get, post};
use crate::ozon_support::support;
use crate::stage::{judge, shops, simulator};

const LIST: &str = "/v3/chat/list";
const HISTORY: &str = "/v3/chat/history";
const SEND: &str = "/v1/chat/send/message";
const READ: &str = "/v2/chat/read";
const PRODUCTS: &str = "/v3/product/info/list";
const RELATED: &str = "/v1/product/related-sku/get";
const FBS_LIST: &str = "/v4/posting/fbs/list";
const FBO_LIST: &str = "/v3/posting/fbo/list";
const FBS_GET: &str = "/v3/posting/fbs/get";
const FBO_GET: &str = "/v2/posting/fbo/get";

fn key(seed: &ShopSeed, variant: Option<&str>) -> HeaderMap {
    let secrets = variant.map_or(&seed.secrets, |variant| &seed.variants[variant]);
    let header = |name, value: &str| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    HeaderMap::from_iter([header("client-id", &seed.fields["client_id"]), header("api-key", &secrets["api_key"])])
}

#[tokio::test]
async fn the_simulated_ozon_answers_as_specified() {
    let simulator = simulator(ClockMode::Manual).await;
    let (seeds, proxy) = shops(&simulator, Channel::Ozon).await;
    let mut verdict = judge(Channel::Ozon);

    for seed in &seeds {
        let caller = Caller::new(proxy.address(), simulator.control_url(), key(seed, None));
        let mut good = read_chats(&caller).await;
        good.extend(write(&caller).await);
        good.extend(look_up(&caller).await);
        good.extend(support(&caller, &seed.name).await);
        refuse_wrong_requests(&caller).await;
        for variant in seed.variants.keys() {
            let stranger = caller.with_key(key(seed, Some(variant)));
            for question in &good {
                stranger.try_once(question).await;
            }
        }
        for question in &good {
            caller.with_key(HeaderMap::new()).ask(question, 401).await;
            caller.every_refusal(verdict.contract(), question).await;
            caller.exhaust(question).await;
        }
        caller.control("shop", json!({ "shop": seed.name, "subscription": "PREMIUM" })).await;
        for question in &good {
            caller.try_once(question).await;
        }
    }

    verdict.answers(&proxy.take());
    println!("{verdict}");
    assert_eq!(verdict.findings(), Vec::<String>::new());
    assert_eq!(verdict.stale(), Vec::<String>::new());
    assert_eq!(verdict.covered(), 41, "operations that the simulator offers");
}

async fn chats(caller: &Caller) -> Vec<Value> {
    let page = caller.ask(&post(LIST, json!({ "limit": 100 })), 200).await;
    page["chats"].as_array().unwrap().clone()
}

async fn messages(caller: &Caller, chat: &Value) -> Vec<Value> {
    let page = caller.ask(&post(HISTORY, json!({ "chat_id": chat["chat"]["chat_id"], "limit": 1000 })), 200).await;
    page["messages"].as_array().unwrap().clone()
}

/// Ids may be text or numbers.
fn digits(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// An id as requests want it; none if it has more digits than our JSON numbers.
fn number(id: &Value) -> Option<Value> {
    digits(id).parse::<u64>().ok().map(Value::from)
}

async fn read_chats(caller: &Caller) -> Vec<Question> {
    let mut cursor = Value::from("");
    loop {
        let page = caller.ask(&post(LIST, json!({ "limit": 7, "cursor": cursor })), 200).await;
        if page["has_next"] != true {
            break;
        }
        cursor = page["cursor"].clone();
    }
    let mut oldest = Vec::new();
    for chat in &chats(caller).await {
        let messages = messages(caller, chat).await;
        let first = messages.last().and_then(|message| number(&message["message_id"]));
        oldest.extend(first.map(|first| (chat["chat"]["chat_id"].clone(), first)));
        for path in messages.iter().flat_map(|message| file_paths(&message["data"])) {
            caller.ask(&get(&path), 200).await;
        }
    }
    let (chat, first) = &oldest[0];
    let good = vec![
        post("/v1/roles", json!({})),
        post("/v1/seller/info", json!({})),
        post(LIST, json!({ "filter": { "chat_status": "OPENED", "unread_only": true }, "limit": 100, "cursor": "" })),
        post(LIST, json!({ "filter": { "chat_status": "Closed" }, "limit": 1 })),
        post(HISTORY, json!({ "chat_id": chat })),
        post(HISTORY, json!({ "chat_id": chat, "direction": "Forward", "from_message_id": first, "limit": 1 })),
        post(HISTORY, json!({ "chat_id": chat, "filter": { "message_ids": [first.to_string()] } })),
    ];
    for question in &good {
        caller.ask(question, 200).await;
    }
    good
}

/// Addresses of files in a message, as paths.
fn file_paths(data: &Value) -> Vec<String> {
    let texts = data.as_array().unwrap().iter().filter_map(Value::as_str);
    let links = texts.filter_map(|text| text.split_once("](https://api-seller.ozon.ru"));
    links.map(|(_, rest)| rest.split(')').next().unwrap().to_owned()).collect()
}

async fn write(caller: &Caller) -> Vec<Question> {
    let send = |chat: &Value, text: &str| post(SEND, json!({ "chat_id": chat["chat"]["chat_id"], "text": text }));
    let (mut accepted, mut denied) = (None, 0);
    for chat in &chats(caller).await {
        let question = send(chat, "Здравствуйте! Уже проверяем.");
        match caller.try_once(&question).await {
            200 => accepted = Some(chat.clone()),
            status => {
                assert_eq!(status, 403);
                denied += 1;
            }
        }
    }
    assert!(denied > 0, "notices and late answers are denied");
    let chat = accepted.expect("some chat takes an answer");
    messages(caller, &chat).await;
    let last = digits(&messages(caller, &chat).await[0]["message_id"]);
    // Written out by hand, because an id may have more digits than our JSON numbers.
    let upto = format!(r#"{{"chat_id":{},"from_message_id":{last}}}"#, chat["chat"]["chat_id"]);
    caller.ask_raw(Method::POST, READ, Some("application/json"), &upto, 200).await;
    let read = post(READ, json!({ "chat_id": chat["chat"]["chat_id"] }));
    caller.ask(&read, 200).await;

    caller.ask(&send(&chat, ""), 400).await;
    caller.ask(&send(&chat, &"а".repeat(1_001)), 400).await;
    let nowhere = json!({ "chat": { "chat_id": "nowhere" } });
    caller.ask(&send(&nowhere, "Здравствуйте!"), 404).await;
    caller.ask(&post(READ, json!({ "chat_id": "nowhere" })), 404).await;
    caller.ask(&post(READ, json!({})), 400).await;
    vec![send(&chat, "Здравствуйте! Всё отправлено."), read]
}

async fn look_up(caller: &Caller) -> Vec<Question> {
    let with = json!({ "analytics_data": true, "financial_data": true });
    let year = json!({ "since": "2025-11-23T00:00:00Z", "to": "2026-11-22T00:00:00Z" });
    let list = |filter: &Value, limit: u32, with: &Value| json!({ "filter": filter, "limit": limit, "with": with });
    let fbs = caller.ask(&post(FBS_LIST, list(&year, 100, &with)), 200).await;
    let fbo = caller.ask(&post(FBO_LIST, list(&year, 100, &with)), 200).await;
    let (fbs, fbo) = (fbs["postings"].as_array().unwrap(), fbo["postings"].as_array().unwrap());
    let skus: Vec<String> = fbs.iter().chain(fbo).map(|posting| posting["products"][0]["sku"].to_string()).collect();
    let items = caller.ask(&post(PRODUCTS, json!({ "sku": skus })), 200).await;
    let item = &items["items"][0];
    for (path, postings) in [(FBS_GET, fbs), (FBO_GET, fbo)] {
        for posting in postings {
            let number = &posting["posting_number"];
            caller.ask(&post(path, json!({ "posting_number": number, "with": with })), 200).await;
        }
    }
    let mut relatives: Vec<Value> = skus.iter().map(|sku| sku.parse().unwrap()).collect();
    relatives.push(json!(1));
    let good = vec![
        post(PRODUCTS, json!({ "sku": skus })),
        post(PRODUCTS, json!({ "product_id": [item["id"]] })),
        post(PRODUCTS, json!({ "offer_id": [item["offer_id"]] })),
        post(RELATED, json!({ "sku": relatives })),
        post(FBS_LIST, json!({ "filter": year, "limit": 1, "sort_dir": "ASC" })),
        post(FBO_LIST, json!({ "filter": { "order_numbers": [fbo[0]["order_number"]] }, "limit": 10 })),
        post(FBS_GET, json!({ "posting_number": fbs[0]["posting_number"] })),
        post(FBO_GET, json!({ "posting_number": fbo[0]["posting_number"] })),
    ];
    for question in &good {
        caller.ask(question, 200).await;
    }
    good
}

async fn refuse_wrong_requests(caller: &Caller) {
    let wrong = [
        post(LIST, json!({})),
        post(LIST, json!({ "limit": 101 })),
        post(LIST, json!({ "limit": 1, "filter": { "chat_status": "LOST" } })),
        post(LIST, json!({ "limit": 1, "cursor": "?" })),
        post(HISTORY, json!({})),
        post(HISTORY, json!({ "chat_id": "nowhere", "direction": "backward" })),
        post(HISTORY, json!({ "chat_id": "nowhere", "direction": "Forward" })),
        post(HISTORY, json!({ "chat_id": "nowhere", "limit": 1001 })),
        post(PRODUCTS, json!({})),
        post(PRODUCTS, json!({ "sku": ["1"], "offer_id": ["1"] })),
        post(RELATED, json!({ "sku": [] })),
        post(FBS_LIST, json!({ "filter": {}, "limit": 1 })),
        post(FBS_LIST, json!({ "filter": {}, "limit": 101 })),
        post(
            FBO_LIST,
            json!({ "filter": { "since": "2024-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z" }, "limit": 1 }),
        ),
        post(FBO_LIST, json!({ "limit": 1, "sort_dir": "UP" })),
        post(FBS_GET, json!({})),
        post(FBO_GET, json!({})),
    ];
    for question in &wrong {
        caller.ask(question, 400).await;
    }
    caller.ask_raw(Method::POST, LIST, Some("application/json"), "{", 400).await;
    caller.ask(&post(HISTORY, json!({ "chat_id": "nowhere" })), 404).await;
    caller.ask(&post(FBS_GET, json!({ "posting_number": "1-1-1" })), 404).await;
    caller.ask(&post(FBO_GET, json!({ "posting_number": "1-1-1" })), 404).await;
}
