//! Wildberries buyer chats: the list, the feed, messages and files.

use dragoman_simulator::{Fault, FaultPlan, Match, Options, Size, WildberriesRules};
use jiff::SignedDuration;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::scene::{Reply, Scene, reply, without_quotas};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
const PDF: &[u8] = b"%PDF-1.4 rest";

async fn chats(scene: &Scene) -> Vec<Value> {
    scene.wb_get("/api/v1/seller/chats").await.json()["result"].as_array().unwrap().clone()
}

async fn page(scene: &Scene, next: Option<i64>) -> Value {
    let query = next.map(|next| format!("?next={next}")).unwrap_or_default();
    scene.wb_get(&format!("/api/v1/seller/events{query}")).await.json()["result"].clone()
}

/// Follows the cursor to the end; every page, and the last cursor.
async fn pages(scene: &Scene) -> (Vec<Vec<Value>>, i64) {
    let (mut pages, mut next) = (Vec::new(), None);
    loop {
        let page = page(scene, next).await;
        let cursor = page["next"].as_i64().unwrap();
        if page["totalEvents"] == 0 {
            assert_eq!(Some(cursor), next, "an empty page leaves the cursor where it was");
            return (pages, cursor);
        }
        next = Some(cursor);
        pages.push(page["events"].as_array().unwrap().clone());
    }
}

fn small_pages(wildberries: WildberriesRules) -> Options {
    Options { wildberries: WildberriesRules { events_page: 10, ..wildberries }, ..without_quotas() }
}

async fn post(scene: &Scene, form: Form) -> Reply {
    reply(scene.wb_as("token", Method::POST, "/api/v1/seller/message").multipart(form)).await
}

async fn send(scene: &Scene, sign: &str, text: &str) -> Reply {
    post(scene, Form::new().text("replySign", sign.to_owned()).text("message", text.to_owned())).await
}

fn file(name: &str, content: &[u8]) -> Part {
    Part::bytes(content.to_vec()).file_name(name.to_owned())
}

async fn any_sign(scene: &Scene) -> String {
    chats(scene).await[0]["replySign"].as_str().unwrap().to_owned()
}

async fn news(scene: &Scene, next: i64) -> Vec<Value> {
    page(scene, Some(next)).await["events"].as_array().unwrap().iter().skip(1).cloned().collect()
}

async fn buyer(scene: &Scene, body: Value) -> String {
    let mut body = body;
    body["shop"] = json!(scene.shop("wildberries").name);
    scene.control("/control/buyer", body).await["conversation"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_feed_runs_oldest_first_and_repeats_an_event_where_pages_meet() {
    let scene = Scene::start(small_pages(WildberriesRules::default())).await;
    let (pages, _) = pages(&scene).await;
    assert!(pages.len() > 3);
    let stamps: Vec<i64> = pages.iter().flatten().map(|event| event["addTimestamp"].as_i64().unwrap()).collect();
    assert!(stamps.is_sorted());
    for two in pages.windows(2) {
        assert_eq!(two[0].last().unwrap()["eventID"], two[1][0]["eventID"]);
    }
}

#[tokio::test]
async fn the_feed_has_every_oddity_it_is_known_for() {
    let scene = Scene::start(without_quotas()).await;
    let listed: Vec<Value> = chats(&scene).await.iter().map(|chat| chat["chatID"].clone()).collect();
    let (pages, _) = pages(&scene).await;
    let events: Vec<&Value> = pages.iter().flatten().collect();
    let some = |what: &str, test: &dyn Fn(&Value) -> bool| assert!(events.iter().any(|event| test(event)), "{what}");
    some("a chat that is not listed", &|event| !listed.contains(&event["chatID"]));
    some("no message", &|event| event.get("message").is_none() && event["eventType"] == "message");
    some("a refund", &|event| event["eventType"] == "refund");
    some("a message of the platform's", &|event| event["sender"] == "wb" && event["message"]["text"].is_string());
    some("a picture", &|event| event["message"]["attachments"]["images"][0]["downloadID"].is_string());
    some("the item", &|event| event["message"]["attachments"]["goodCard"]["rid"].is_string());
    for event in &events {
        assert_eq!(event.get("replySign").is_some(), event["isNewChat"] == true, "signs come with new chats only");
    }
    let both = chats(&scene).await;
    assert!(both.iter().any(|chat| chat.get("goodCard").is_none()) && both.iter().any(|chat| chat["clientName"] == ""));
}

#[tokio::test]
async fn a_cursor_that_is_no_number_is_refused() {
    let scene = Scene::start(without_quotas()).await;
    for (next, error) in [("x", "Invalid number"), ("-1", "Invalid value for \"next\"")] {
        let refused = scene.wb_get(&format!("/api/v1/seller/events?next={next}")).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)));
        assert_eq!(refused.json()["origin"], "proxy-chats");
    }
}

#[tokio::test]
async fn what_is_said_in_one_and_the_same_moment_is_never_skipped() {
    let scene = Scene::start(without_quotas()).await;
    let (_, mut next) = pages(&scene).await;
    let chat = buyer(&scene, json!({ "kind": "chat", "text": "Здравствуйте!" })).await;
    let mut texts = Vec::new();
    for text in ["раз", "два"] {
        let page = page(&scene, Some(next)).await;
        next = page["next"].as_i64().unwrap();
        texts.extend(page["events"].as_array().unwrap().iter().skip(1).map(|event| event["message"]["text"].clone()));
        buyer(&scene, json!({ "conversation": chat, "text": text })).await;
    }
    texts.extend(news(&scene, next).await.iter().map(|event| event["message"]["text"].clone()));
    assert_eq!(texts, ["Здравствуйте!", "раз", "два"]);
}

#[tokio::test]
async fn a_sent_message_comes_back_as_an_event_and_renews_the_signature() {
    let scene = Scene::start(without_quotas()).await;
    let (_, next) = pages(&scene).await;
    let row = chats(&scene).await[0].clone();
    let sent = send(&scene, row["replySign"].as_str().unwrap(), "Здравствуйте, уже выясняем").await.json();
    assert_eq!((&sent["result"]["chatID"], &sent["errors"]), (&row["chatID"], &json!([])));
    assert_ne!(sent["result"]["sign"], row["replySign"]);
    let event = news(&scene, next).await[0].clone();
    assert_eq!((&event["sender"], &event["source"]), (&json!("seller"), &json!("seller-public-api")));
    assert_eq!(event["message"]["text"], "Здравствуйте, уже выясняем");
    assert_eq!(chats(&scene).await[0]["replySign"], sent["result"]["sign"]);
    assert_eq!(send(&scene, row["replySign"].as_str().unwrap(), "Старая подпись").await.status, 200);
    let actions: Vec<String> = scene.running.accepted().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["reply", "reply"]);
}

#[tokio::test]
async fn a_renewed_signature_can_retire_the_one_before_it() {
    let scene = Scene::start(small_pages(WildberriesRules { signs_expire: true, ..Default::default() })).await;
    let old = any_sign(&scene).await;
    let new = send(&scene, &old, "Первое").await.json()["result"]["sign"].as_str().unwrap().to_owned();
    assert_eq!(send(&scene, &old, "Второе").await.json()["error"], "Invalid signature");
    assert_eq!(send(&scene, &new, "Второе").await.status, 200);
}

#[tokio::test]
async fn what_a_chat_does_not_take_is_refused_in_its_words() {
    let scene = Scene::start(without_quotas()).await;
    let sign = any_sign(&scene).await;
    assert_eq!(send(&scene, "1:nobody:1:2", "Здравствуйте").await.json()["error"], "Invalid signature");
    assert_eq!(send(&scene, &"1".repeat(256), "Здравствуйте").await.json()["error"], "Invalid signature");
    for text in [String::new(), "я".repeat(1_001)] {
        assert_eq!(send(&scene, &sign, &text).await.json()["error"], "Invalid value for \"message\"");
    }
    let form = |part| Form::new().text("replySign", sign.clone()).part("file", part);
    let mut large = PNG.to_vec();
    large.resize((5 << 20) + 1, 0);
    let refused = post(&scene, form(file("x.png", &large))).await.json();
    assert!(refused["error"].as_str().unwrap().ends_with("attachment too big. Max size: 5MiB"));
    let refused = post(&scene, form(file("film.mp4", b"....ftyp"))).await.json();
    assert!(refused["error"].as_str().unwrap().ends_with("\"film.mp4\" has unsupported mime type"));
    large.truncate(5 << 20);
    let many =
        (0..6).fold(Form::new().text("replySign", sign.clone()), |form, _| form.part("file", file("x.png", &large)));
    assert_eq!(post(&scene, many).await.status, 400);
    assert!(scene.running.accepted().is_empty());
    assert_eq!(send(&scene, &sign, &"я".repeat(1_000)).await.status, 200);
}

#[tokio::test]
async fn files_are_taken_logged_and_can_be_fetched_after_moderation() {
    let scene = Scene::start(without_quotas()).await;
    let (_, next) = pages(&scene).await;
    let form = Form::new().text("replySign", any_sign(&scene).await).text("message", "Инструкция и фото");
    let sent = post(&scene, form.part("file", file("a.pdf", PDF)).part("file", file("b.png", PNG))).await;
    assert_eq!(sent.status, 200);
    let attachments = news(&scene, next).await[0]["message"]["attachments"].clone();
    assert_eq!(
        (&attachments["files"][0]["name"], &attachments["files"][0]["size"]),
        (&json!("a.pdf"), &json!(PDF.len()))
    );
    let id = attachments["images"][0]["downloadID"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/seller/download/{id}");
    let pending = scene.wb_get(&path).await;
    assert_eq!((pending.status, pending.json()), (202, json!({ "moderationState": "pending", "retrySeconds": 30 })));
    scene.advance(30).await;
    let fetched = scene.wb_as("token", Method::GET, &path).send().await.unwrap();
    assert_eq!(fetched.headers()["content-type"], "image/png");
    assert_eq!(fetched.bytes().await.unwrap(), PNG);
    let accepted = scene.running.accepted();
    assert_eq!((accepted.len(), accepted[0].action.as_str()), (1, "reply"));
    assert_eq!(accepted[0].fields.as_ref().unwrap()["files"][1]["name"], "b.png");
}

#[tokio::test]
async fn a_picture_of_the_buyers_waits_for_moderation_and_may_never_come() {
    let scene = Scene::start(without_quotas()).await;
    let (_, next) = pages(&scene).await;
    let chat =
        buyer(&scene, json!({ "kind": "chat", "text": "Вот фото", "with": ["picture", "refused_picture"] })).await;
    let images = news(&scene, next).await[0]["message"]["attachments"]["images"].clone();
    let fetch = async |place: usize| {
        let id = images[place]["downloadID"].as_str().unwrap();
        scene.wb_get(&format!("/api/v1/seller/download/{id}")).await.status
    };
    assert_eq!((fetch(0).await, fetch(1).await), (202, 202));
    scene.advance(30).await;
    let id = images[1]["downloadID"].as_str().unwrap();
    let refused = scene.wb_get(&format!("/api/v1/seller/download/{id}")).await;
    assert_eq!((refused.status, &refused.json()["detail"]), (451, &json!("moderation error")));
    let unknown = scene.wb_get("/api/v1/seller/download/nothing").await;
    assert_eq!((unknown.status, &unknown.json()["error"]), (400, &json!("invalid fileID")));
    assert!(chat.starts_with("1:"));
}

#[tokio::test]
async fn a_message_can_be_taken_without_its_files_under_a_status_of_success() {
    let when = Match { action: Some("reply".into()), ..Match::default() };
    let scene =
        Scene::start(Options { plan: FaultPlan::one(when, Fault::AcceptWithoutFiles), ..without_quotas() }).await;
    let (_, next) = pages(&scene).await;
    let form = Form::new().text("replySign", any_sign(&scene).await).text("message", "Вот фото");
    let sent = post(&scene, form.part("file", file("b.png", PNG))).await;
    assert_eq!((sent.status, sent.json()["errors"].as_array().unwrap().len()), (200, 1));
    let message = news(&scene, next).await[0]["message"].clone();
    assert_eq!(message, json!({ "text": "Вот фото" }));
    assert!(scene.running.accepted()[0].fields.is_none());
}

#[tokio::test]
async fn a_lagging_message_enters_the_feed_where_no_cursor_has_passed() {
    let when = Match { action: Some("reply".into()), ..Match::default() };
    let plan = FaultPlan::one(when, Fault::ReadLag { seconds: 60.0 });
    let scene = Scene::start(Options { plan, ..without_quotas() }).await;
    let (_, next) = pages(&scene).await;
    send(&scene, &any_sign(&scene).await, "Ответ").await;
    scene.advance(30).await;
    let chat = buyer(&scene, json!({ "kind": "chat", "text": "Ау" })).await;
    let passed = page(&scene, Some(next)).await;
    assert_eq!(passed["events"].as_array().unwrap().last().unwrap()["chatID"], chat);
    scene.advance(30).await;
    let late = news(&scene, passed["next"].as_i64().unwrap()).await;
    assert_eq!(late[0]["message"]["text"], "Ответ");
}

#[tokio::test]
async fn nobody_moderates_what_is_said_in_a_chat() {
    let when = Match { action: Some("reply".into()), ..Match::default() };
    let plan = FaultPlan::one(when, Fault::Moderation { seconds: 4_000.0, refused: false });
    let scene = Scene::start(Options { plan, ..without_quotas() }).await;
    let (_, next) = pages(&scene).await;
    send(&scene, &any_sign(&scene).await, "Ответ").await;
    assert_eq!(news(&scene, next).await[0]["message"]["text"], "Ответ");
}

#[tokio::test]
async fn a_colleague_writes_from_the_portal_and_a_buyer_answers_back() {
    let scene = Scene::start(Options { answer_back: true, ..without_quotas() }).await;
    let shop = scene.shop("wildberries").name.clone();
    let (_, next) = pages(&scene).await;
    let row = chats(&scene).await[0].clone();
    let body = json!({ "shop": shop, "conversation": row["chatID"], "text": "Отвечаю из кабинета" });
    scene.control("/control/cabinet", body).await;
    assert_eq!(news(&scene, next).await[0]["source"], "seller-portal");
    send(&scene, row["replySign"].as_str().unwrap(), "И из программы").await;
    scene.advance(200).await;
    let last = news(&scene, next).await.last().unwrap().clone();
    assert_eq!((&last["sender"], &last["chatID"]), (&json!("client"), &row["chatID"]));
    assert_eq!(scene.running.accepted().len(), 1);
}

#[tokio::test]
async fn fifty_thousand_chats_start_fast_and_feed_by_pages() {
    let size = Size { buyer_chats: 50_000, ..Size::default() };
    let scene = Scene::start(Options { size, ..without_quotas() }).await;
    let first = page(&scene, None).await;
    assert_eq!(first["totalEvents"], 500);
    assert_eq!(page(&scene, first["next"].as_i64()).await["totalEvents"], 501);
}

#[tokio::test]
async fn a_file_alone_is_logged_as_one() {
    let wildberries = WildberriesRules { file_moderation: SignedDuration::ZERO, ..Default::default() };
    let scene = Scene::start(Options { wildberries, ..without_quotas() }).await;
    let form = Form::new().text("replySign", any_sign(&scene).await).part("file", file("b.png", PNG));
    assert_eq!(post(&scene, form).await.status, 200);
    let accepted = scene.running.accepted();
    assert_eq!((accepted[0].action.as_str(), accepted[0].text.as_deref()), ("file", None));
}
