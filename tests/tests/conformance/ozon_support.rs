//! The simulated Ozon's questions, reviews, claims, files and chats begun by the seller.

use serde_json::{Value, json};

use crate::caller::{Caller, Question, post};

/// A picture of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

/// Asks every method once and more, and returns questions that are good at any time.
pub(crate) async fn support(caller: &Caller, shop: &str) -> Vec<Question> {
    let mut good = claims(caller, shop).await;
    good.extend(questions(caller).await);
    good.extend(reviews(caller).await);
    good.extend(chats(caller).await);
    good
}

async fn all(caller: &Caller, good: &[Question]) {
    for question in good {
        caller.ask(question, 200).await;
    }
}

async fn questions(caller: &Caller) -> Vec<Question> {
    let list = caller.ask(&post("/v1/question/list", json!({ "limit": 100, "sort_dir": "ASC" })), 200).await;
    let question = &list["questions"][0];
    let (id, sku) = (&question["id"], &question["sku"]);
    let create =
        post("/v1/question/answer/create", json!({ "question_id": id, "sku": sku, "text": "Да, всё в наличии." }));
    let answer = caller.ask(&create, 200).await["answer_id"].clone();
    let delete = post("/v1/question/answer/delete", json!({ "answer_id": answer, "sku": sku }));
    caller.ask(&delete, 200).await;
    caller.ask(&delete, 404).await;
    let good = vec![
        post("/v1/question/list", json!({})),
        post("/v1/question/list", json!({ "filter": { "status": "UNPROCESSED" }, "limit": 2, "last_id": "" })),
        post("/v1/question/info", json!({ "question_id": id })),
        post("/v1/question/count", json!({})),
        post("/v1/question/change-status", json!({ "question_ids": [id], "status": "VIEWED" })),
        post("/v1/question/answer/list", json!({ "question_id": id, "sku": sku, "last_id": "" })),
        post("/v1/question/top-sku", json!({ "limit": 5 })),
        create,
    ];
    all(caller, &good).await;
    caller.ask(&post("/v1/question/info", json!({ "question_id": "nowhere" })), 404).await;
    caller.ask(&post("/v1/question/top-sku", json!({ "limit": 0 })), 400).await;
    caller.ask(&post("/v1/question/answer/create", json!({ "question_id": id, "sku": sku, "text": "?" })), 400).await;
    good
}

async fn reviews(caller: &Caller) -> Vec<Question> {
    let list = caller.ask(&post("/v2/review/list", json!({ "limit": 100 })), 200).await;
    let mut good = Vec::new();
    for review in list["reviews"].as_array().unwrap() {
        let id = &review["id"];
        good.push(post("/v2/review/info", json!({ "review_id": id })));
        good.push(post("/v1/review/comment/list", json!({ "review_id": id, "limit": 20, "offset": 0 })));
    }
    let (mut comments, text) = (Vec::new(), "Спасибо за отзыв!");
    for review in list["reviews"].as_array().unwrap() {
        let create = post("/v1/review/comment/create", json!({ "review_id": review["id"], "text": text }));
        // Products that are gone take no comments.
        if caller.try_once(&create).await == 200 {
            let comment = caller.ask(&create, 200).await["comment_id"].clone();
            comments.push((create, comment, review["sku"].clone()));
        }
    }
    let (create, first, sku) = &comments[0];
    let (_, second, _) = &comments[1];
    caller.ask(&post("/v2/review/comment/delete", json!({ "comment_id": first })), 400).await;
    caller.ask(&post("/v2/review/comment/delete", json!({ "comment_id": first, "sku": sku })), 200).await;
    caller.ask(&post("/v1/review/comment/delete", json!({ "comment_id": second })), 200).await;
    let id = &list["reviews"][0]["id"];
    let filters =
        json!({ "status": "NEW", "order_status": "DELIVERED", "skus": [list["reviews"][0]["sku"].to_string()] });
    good.truncate(4);
    good.extend([
        create.clone(),
        post("/v2/review/list", json!({ "limit": 20, "filters": filters, "sort_dir": "ASC" })),
        post("/v1/review/list", json!({ "limit": 20, "status": "UNPROCESSED" })),
        post("/v1/review/info", json!({ "review_id": id })),
        post("/v2/review/count", json!({})),
        post("/v1/review/count", json!({})),
        post("/v2/review/change-status", json!({ "review_ids": [id], "status": "VIEWED" })),
        post("/v1/review/change-status", json!({ "review_ids": [id], "status": "PROCESSED" })),
    ]);
    all(caller, &good).await;
    caller.ask(&post("/v2/review/list", json!({ "limit": 10 })), 400).await;
    caller.ask(&post("/v2/review/info", json!({ "review_id": "nowhere" })), 404).await;
    good
}

async fn claims(caller: &Caller, shop: &str) -> Vec<Question> {
    // Enough time passes here that older ones have approved themselves.
    for _ in 0..2 {
        let asked = json!({ "shop": shop, "kind": "cancellation", "text": "Передумал" });
        caller.control("buyer", asked).await;
    }
    let open = json!({ "filters": { "state": "ON_APPROVAL" }, "limit": 500, "with": { "counter": true } });
    let cancellations = caller.ask(&post("/v2/conditional-cancellation/list", open.clone()), 200).await;
    for (place, how) in ["approve", "reject"].into_iter().enumerate() {
        let id = &cancellations["result"][place]["cancellation_id"];
        let body = json!({ "cancellation_id": id, "comment": "Заказ в пути" });
        caller.ask(&post(&format!("/v2/conditional-cancellation/{how}"), body.clone()), 200).await;
        caller.ask(&post(&format!("/v2/conditional-cancellation/{how}"), body), 409).await;
    }
    let new = json!({ "filter": { "group_state": ["New"] }, "limit": 100, "last_id": 0 });
    let listed = caller.ask(&post("/v2/returns/rfbs/list", new.clone()), 200).await;
    let ids: Vec<Value> =
        listed["returns"].as_array().unwrap().iter().map(|claim| claim["return_id"].clone()).collect();
    let get = post("/v2/returns/rfbs/get", json!({ "return_id": ids[0] }));
    caller.ask(&get, 200).await;
    let act = |fields: Value| post("/v1/returns/rfbs/action/set", fields);
    caller.ask(&act(json!({ "return_id": ids[0], "id": -1 })), 400).await;
    let refuse = json!({ "return_id": ids[0], "id": -1, "comment": "Товар исправен", "rejection_reason_id": 2 });
    caller.ask(&act(refuse.clone()), 200).await;
    caller.ask(&act(refuse), 409).await;
    caller.ask(&post("/v2/returns/rfbs/get", json!({ "return_id": 1 })), 404).await;
    let good = vec![
        post("/v2/conditional-cancellation/list", open),
        post("/v2/returns/rfbs/list", json!({ "limit": 100 })),
        post("/v2/returns/rfbs/list", json!({ "limit": 1, "last_id": 0 })),
        get,
        post("/v1/returns/list", json!({ "limit": 500, "last_id": 0 })),
        post("/v1/returns/list", json!({ "limit": 1, "filter": { "return_schema": "FBS" } })),
    ];
    all(caller, &good).await;
    caller.ask(&post("/v1/returns/list", json!({ "limit": 501 })), 400).await;
    good
}

async fn chats(caller: &Caller) -> Vec<Question> {
    let page = caller.ask(&post("/v3/chat/list", json!({ "limit": 100 })), 200).await;
    let of = |kind: &str| {
        let mut rows = page["chats"].as_array().unwrap().iter();
        rows.find(|row| row["chat"]["chat_type"] == kind).unwrap()["chat"]["chat_id"].clone()
    };
    let file = |chat: Value, name: &str| {
        post("/v1/chat/send/file", json!({ "chat_id": chat, "name": name, "base64_content": PIXEL }))
    };
    let send = file(of("SELLER_SUPPORT"), "photo.png");
    caller.ask(&send, 200).await;
    caller.ask(&file(of("UNSPECIFIED"), "photo.png"), 403).await;
    caller.ask(&file(of("SELLER_SUPPORT"), "run.exe"), 400).await;
    let history = post("/v3/chat/history", json!({ "chat_id": of("SELLER_SUPPORT") }));
    caller.ask(&history, 200).await;
    let year = json!({ "since": "2025-11-23T00:00:00Z", "to": "2026-11-22T00:00:00Z" });
    let postings = caller.ask(&post("/v4/posting/fbs/list", json!({ "filter": year, "limit": 100 })), 200).await;
    let start = |number: &Value| post("/v1/chat/start", json!({ "posting_number": number }));
    let mut good = vec![send];
    for posting in postings["postings"].as_array().unwrap() {
        if posting["available_actions"] == json!(["can_create_chat"]) {
            good.push(start(&posting["posting_number"]));
            break;
        }
    }
    assert_eq!(good.len(), 2, "some order allows a chat");
    all(caller, &good).await;
    caller.ask(&start(&json!("1-1-1")), 404).await;
    caller.ask(&post("/v1/chat/start", json!({})), 400).await;
    good
}
