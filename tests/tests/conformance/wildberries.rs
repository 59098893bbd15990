//! Every method of the simulated Wildberries, with every family of its errors.

use dragoman_domain::Channel;
use dragoman_simulator::{ClockMode, ShopSeed};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use crate::caller::{Caller, Question, get, patch, post};
use crate::stage::{judge, shops, simulator};

const QUESTIONS: &str = "/api/v1/questions";
const CARDS: &str = "/content/v2/get/cards/list";
const FEED: &str = "/api/analytics/v1/order-feed";

fn key(seed: &ShopSeed, variant: Option<&str>) -> HeaderMap {
    let secrets = variant.map_or(&seed.secrets, |variant| &seed.variants[variant]);
    HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(&secrets["token"]).unwrap())])
}

#[tokio::test]
async fn the_simulated_wildberries_answers_as_specified() {
    let simulator = simulator(ClockMode::Manual).await;
    let (seeds, proxy) = shops(&simulator, Channel::Wildberries).await;
    let caller = Caller::new(proxy.address(), simulator.control_url(), key(&seeds[0], None));
    let mut verdict = judge(Channel::Wildberries);

    let mut good = read_questions(&caller).await;
    good.extend(write(&caller).await);
    good.extend(look_up(&caller).await);
    good.extend(reviews(&caller).await);
    good.extend(chats(&caller).await);
    good.extend(claims(&caller).await);
    refuse_wrong_requests(&caller).await;
    for variant in seeds[0].variants.keys() {
        let stranger = caller.with_key(key(&seeds[0], Some(variant)));
        for question in &good {
            stranger.try_once(question).await;
        }
    }
    for question in &good {
        caller.with_key(HeaderMap::new()).ask(question, 401).await;
        caller.every_refusal(verdict.contract(), question).await;
        caller.exhaust(question).await;
    }

    verdict.answers(&proxy.take());
    println!("{verdict}");
    assert_eq!(verdict.findings(), Vec::<String>::new());
    assert_eq!(verdict.stale(), Vec::<String>::new());
    assert_eq!(verdict.covered(), 29, "operations that the simulator offers");
}

async fn questions(caller: &Caller, answered: bool) -> Vec<Value> {
    let page = caller.ask(&get(&format!("{QUESTIONS}?isAnswered={answered}&take=100&skip=0")), 200).await;
    page["data"]["questions"].as_array().unwrap().clone()
}

async fn read_questions(caller: &Caller) -> Vec<Question> {
    let some = questions(caller, false).await;
    let (id, nm_id) = (some[0]["id"].as_str().unwrap(), &some[0]["productDetails"]["nmId"]);
    let good = vec![
        get("/ping"),
        get("/api/v1/seller-info"),
        get("/api/v1/new-feedbacks-questions"),
        get("/api/v1/questions/count-unanswered"),
        get("/api/v1/questions/count"),
        get("/api/v1/questions/count?isAnswered=false&dateFrom=1790000000&dateTo=1800000000"),
        get(&format!("{QUESTIONS}?isAnswered=true&take=100&skip=0&order=dateAsc")),
        get(&format!("{QUESTIONS}?isAnswered=false&take=5&skip=5&order=dateDesc&nmId={nm_id}&dateFrom=")),
        get(&format!("{QUESTIONS}?isAnswered=false&take=9000&skip=1000&dateFrom=1790000000&dateTo=1800000000")),
        get(&format!("/api/v1/question?id={id}")),
    ];
    for question in &good {
        caller.ask(question, 200).await;
    }
    good
}

async fn write(caller: &Caller) -> Vec<Question> {
    let open = questions(caller, false).await;
    let id = |number: usize| open[number]["id"].as_str().unwrap();
    let answer = |number: usize, text: &str, state: &str| {
        patch(QUESTIONS, json!({ "id": id(number), "answer": { "text": text }, "state": state }))
    };
    let viewed = patch(QUESTIONS, json!({ "id": id(0), "wasViewed": true }));
    caller.ask(&viewed, 200).await;
    caller.ask(&answer(0, "Здравствуйте! Да, подойдёт.", "wbRu"), 200).await;
    caller.ask(&get(&format!("/api/v1/question?id={}", id(0))), 200).await;
    caller.ask(&answer(0, "Здравствуйте! Нет, не подойдёт.", "wbRu"), 200).await;
    caller.ask(&answer(0, "Второе исправление.", "wbRu"), 400).await;
    caller.ask(&answer(1, "Вопрос не о товаре.", "none"), 200).await;
    caller.ask(&get(&format!("/api/v1/question?id={}", id(1))), 200).await;
    questions(caller, true).await;

    caller.ask(&answer(2, "1", "wbRu"), 400).await;
    caller.ask(&answer(2, &"а".repeat(5_001), "wbRu"), 400).await;
    caller.ask(&answer(2, "Здравствуйте!", "published"), 400).await;
    let body = json!({ "id": id(2), "wasViewed": true, "answer": { "text": "Здравствуйте!" }, "state": "wbRu" });
    caller.ask(&patch(QUESTIONS, body), 400).await;
    caller.ask(&patch(QUESTIONS, json!({ "id": id(2), "answer": { "text": "Здравствуйте!" } })), 400).await;
    caller.ask(&patch(QUESTIONS, json!({ "id": 5, "wasViewed": true })), 400).await;
    caller.ask(&patch(QUESTIONS, json!({ "id": "nothing", "wasViewed": true })), 404).await;
    caller.ask_raw(Method::PATCH, QUESTIONS, Some("application/json"), "{", 400).await;
    caller.ask_raw(Method::PATCH, QUESTIONS, None, "{}", 400).await;
    vec![viewed]
}

async fn reviews(caller: &Caller) -> Vec<Question> {
    const ANSWER: &str = "/api/v1/feedbacks/answer";
    const RETURN: &str = "/api/v1/feedbacks/order/return";
    let list = get("/api/v1/feedbacks?isAnswered=false&take=100&skip=0&order=dateDesc");
    let open = caller.ask(&list, 200).await["data"]["feedbacks"].as_array().unwrap().clone();
    let id = open[0]["id"].as_str().unwrap();
    let by_id = get(&format!("/api/v1/feedback?id={id}"));
    let answer = |text: &str| json!({ "id": id, "text": text });
    caller.ask(&post(ANSWER, answer("Спасибо за отзыв!")), 204).await;
    caller.ask(&by_id, 200).await;
    caller.ask(&patch(ANSWER, answer("Спасибо за подробный отзыв!")), 204).await;
    caller.ask(&patch(ANSWER, answer("Второе исправление.")), 400).await;
    caller.ask(&post(ANSWER, answer("1")), 400).await;
    caller.ask_raw(Method::POST, ANSWER, None, "{}", 400).await;
    let returnable = open.iter().find(|review| review["isAbleReturnProductOrders"] == true).unwrap();
    let offer = post(RETURN, json!({ "feedbackId": returnable["id"] }));
    caller.ask(&offer, 200).await;
    caller.ask(&offer, 422).await;
    caller.ask(&post(RETURN, json!({ "feedbackId": "nothing" })), 400).await;
    caller.ask(&get("/api/v1/feedback?id=nothing"), 422).await;
    caller.ask(&get("/api/v1/feedbacks?isAnswered=true&take=5001&skip=0"), 400).await;
    let good = vec![
        list,
        by_id,
        get("/api/v1/feedbacks?isAnswered=true&take=5000&skip=0"),
        get("/api/v1/feedbacks/archive?take=5000&skip=0&order=dateAsc"),
        get("/api/v1/feedbacks/count"),
        get("/api/v1/feedbacks/count-unanswered"),
        get("/api/communications/v2/news?from=2026-11-01"),
    ];
    for question in &good {
        caller.ask(question, 200).await;
    }
    good
}

async fn chats(caller: &Caller) -> Vec<Question> {
    const MESSAGE: &str = "/api/v1/seller/message";
    let (list, events) = (get("/api/v1/seller/chats"), get("/api/v1/seller/events"));
    let sign = caller.ask(&list, 200).await["result"][0]["replySign"].as_str().unwrap().to_owned();
    let feed = caller.ask(&events, 200).await["result"].clone();
    caller.ask(&get(&format!("/api/v1/seller/events?next={}", feed["next"])), 200).await;
    caller.ask(&get("/api/v1/seller/events?next=x"), 400).await;
    let form = |sign: &str| {
        format!(
            "--edge\r\nContent-Disposition: form-data; name=\"replySign\"\r\n\r\n{sign}\r\n\
             --edge\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nЗдравствуйте!\r\n--edge--\r\n"
        )
    };
    let kind = Some("multipart/form-data; boundary=edge");
    caller.ask_raw(Method::POST, MESSAGE, kind, &form(&sign), 200).await;
    caller.ask_raw(Method::POST, MESSAGE, kind, &form("nobody"), 400).await;
    caller.ask(&get("/api/v1/seller/download/nothing"), 400).await;
    vec![list, events]
}

async fn claims(caller: &Caller) -> Vec<Question> {
    const CLAIM: &str = "/api/v1/claim";
    let good = vec![get("/api/v1/claims?is_archive=false&limit=200"), get("/api/v1/claims?is_archive=true")];
    let open = caller.ask(&good[0], 200).await["claims"].as_array().unwrap().clone();
    caller.ask(&good[1], 200).await;
    let refusable = open.iter().find(|claim| claim["actions"].to_string().contains("reject1")).unwrap();
    caller
        .ask_raw(
            Method::PATCH,
            CLAIM,
            Some("application/json"),
            &json!({ "id": refusable["id"], "action": "reject1" }).to_string(),
            200,
        )
        .await;
    caller.ask(&patch(CLAIM, json!({ "id": refusable["id"], "action": "reject1" })), 400).await;
    caller.ask(&get("/api/v1/claims"), 400).await;
    good
}

async fn look_up(caller: &Caller) -> Vec<Question> {
    let cards = |filter: Value, limit: u32| json!({ "settings": { "cursor": { "limit": limit }, "filter": filter } });
    let orders = get("/api/v3/orders?limit=1000&next=0");
    let found = caller.ask(&orders, 200).await;
    let ids: Vec<&Value> = found["orders"].as_array().unwrap().iter().map(|order| &order["id"]).collect();
    let good = vec![
        post(CARDS, cards(json!({ "withPhoto": -1 }), 100)),
        post(CARDS, cards(json!({ "withPhoto": 2, "textSearch": "1" }), 1)),
        post("/content/v2/get/cards/trash", cards(json!({}), 100)),
        post(FEED, json!({ "selectedPeriod": { "start": "2026-10-23T00:00:00Z" }, "pagination": { "limit": 1000 } })),
        get("/api/v3/orders/new"),
        orders,
        get("/api/v3/orders?limit=2&next=2&dateFrom=1793600000&dateTo=1795300000"),
        post("/api/v3/orders/status", json!({ "orders": ids })),
    ];
    for question in &good {
        caller.ask(question, 200).await;
    }
    good
}

async fn refuse_wrong_requests(caller: &Caller) {
    let wrong = [
        get("/api/v1/questions/count?isAnswered=perhaps"),
        get("/api/v1/questions/count?dateFrom=yesterday"),
        get("/api/v1/questions/count?dateTo=tomorrow"),
        get(&format!("{QUESTIONS}?take=1&skip=0")),
        get(&format!("{QUESTIONS}?isAnswered=true&take=10001&skip=0")),
        get(&format!("{QUESTIONS}?isAnswered=true&take=9000&skip=1001")),
        get(&format!("{QUESTIONS}?isAnswered=true&take=1&skip=0&nmId=one")),
        post(CARDS, json!({ "settings": { "cursor": { "limit": 101 } } })),
        post(CARDS, json!({ "settings": { "cursor": 1 } })),
        post("/content/v2/get/cards/trash", json!({ "settings": { "cursor": { "limit": 0 } } })),
        post(FEED, json!({})),
        post(FEED, json!({ "selectedPeriod": { "start": "2026-10-23T00:00:00Z" }, "pagination": { "limit": 10001 } })),
        get("/api/v3/orders?limit=0&next=0"),
        get("/api/v3/orders?limit=10&next=0&dateFrom=1700000000&dateTo=1795300000"),
        post("/api/v3/orders/status", json!({ "orders": [] })),
        post("/api/v3/orders/status", json!([])),
    ];
    for question in &wrong {
        caller.ask(question, 400).await;
    }
    caller.ask(&get("/api/v1/question?id=nothing"), 422).await;
}
