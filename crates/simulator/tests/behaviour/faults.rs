//! Each kind of fault, as a client meets it.

use std::time::Duration;

use dragoman_simulator::{Damage, Fault, FaultPlan, HeaderForm, Match, Options, Rule};
use serde_json::{Value, json};

use crate::scene::{Reply, Scene, options, reply};

const LIST: &str = "/api/v1/questions?isAnswered=false&take=100&skip=0";

fn on(action: &str) -> Match {
    Match { action: Some(action.into()), ..Match::default() }
}

fn at(path: &str) -> Match {
    Match { path: Some(path.into()), ..Match::default() }
}

async fn with(when: Match, fault: Fault) -> Scene {
    Scene::start(Options { plan: FaultPlan::one(when, fault), ..options() }).await
}

fn sending(scene: &Scene, chat: &str) -> reqwest::RequestBuilder {
    scene.ozon_as("api_key", "/v1/chat/send/message").json(&json!({ "chat_id": chat, "text": "Добрый день" }))
}

/// Sends in a chat under a fault; returns the result, the texts in the thread and the count of accepted replies.
async fn send_under(fault: Fault) -> (Result<reqwest::Response, reqwest::Error>, usize, usize) {
    // Only silence is waited out; everything else must answer, however slow the machine.
    let patience = Duration::from_secs(if fault == Fault::AcceptThenSilence { 1 } else { 60 });
    let scene = with(on("reply"), fault).await;
    let chat = scene.open_chat().await;
    let sent = sending(&scene, &chat).timeout(patience).send().await;
    // The body is read here, because some faults strike only then.
    let sent = match sent {
        Ok(response) => {
            let status = response.status();
            response.bytes().await.map(|body| http_response(status.as_u16(), &body))
        }
        Err(error) => Err(error),
    };
    (sent, scene.history(&chat).await.len() - 1, scene.running.accepted().len())
}

fn http_response(status: u16, body: &[u8]) -> reqwest::Response {
    axum::http::Response::builder().status(status).body(body.to_vec()).unwrap().into()
}

#[tokio::test]
async fn accept_then_silence_takes_the_message_and_never_answers() {
    let (sent, shown, accepted) = send_under(Fault::AcceptThenSilence).await;
    assert!(sent.unwrap_err().is_timeout());
    assert_eq!((shown, accepted), (1, 1));
}

#[tokio::test]
async fn accept_then_reset_takes_the_message_and_breaks_the_connection() {
    for after_bytes in [0, 20] {
        let (sent, shown, accepted) = send_under(Fault::AcceptThenReset { after_bytes }).await;
        let error = sent.unwrap_err();
        assert!(!error.is_timeout() && !error.is_connect(), "{error:?}");
        assert_eq!((shown, accepted), (1, 1));
    }
}

#[tokio::test]
async fn accept_then_cut_body_sends_the_head_and_half_of_the_body() {
    let (sent, shown, accepted) = send_under(Fault::AcceptThenCutBody).await;
    let error = sent.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!((shown, accepted), (1, 1));
}

#[tokio::test]
async fn accept_then_status_takes_the_message_behind_a_gateways_page() {
    let (sent, shown, accepted) = send_under(Fault::AcceptThenStatus { status: 502 }).await;
    let response = sent.unwrap();
    assert_eq!(response.status(), 502);
    assert!(response.text().await.unwrap().starts_with("<html>"));
    assert_eq!((shown, accepted), (1, 1));
}

#[tokio::test]
async fn refuse_then_status_takes_nothing() {
    let (sent, shown, accepted) = send_under(Fault::RefuseThenStatus { status: 500, message: None }).await;
    let body: Value = sent.unwrap().json().await.unwrap();
    assert_eq!(body, json!({ "code": 13, "message": "Internal error", "details": [] }));
    assert_eq!((shown, accepted), (0, 0));
}

#[tokio::test]
async fn accept_without_effect_says_success_and_takes_nothing() {
    let (sent, shown, accepted) = send_under(Fault::AcceptWithoutEffect).await;
    assert_eq!(sent.unwrap().status(), 200);
    assert_eq!((shown, accepted), (0, 0));
}

#[tokio::test]
async fn refuse_with_success_is_the_envelope_that_reports_failure() {
    let scene = with(at("/api/v1/questions"), Fault::RefuseThenStatus { status: 200, message: None }).await;
    let failed = scene.wb_get(LIST).await;
    assert_eq!((failed.status, &failed.json()["error"]), (200, &json!(true)));
}

#[tokio::test]
async fn the_circuit_breaker_can_be_quoted() {
    let message = Some("Circle is open".to_owned());
    let scene = with(at("/v3/chat/*"), Fault::RefuseThenStatus { status: 500, message }).await;
    assert_eq!(scene.ozon("/v3/chat/list", json!({ "limit": 1 })).await.json()["message"], "Circle is open");
}

#[tokio::test]
async fn a_client_that_leaves_does_not_stop_the_platform_from_accepting() {
    let scene = with(on("reply"), Fault::DelayBeforeAccept { seconds: 60.0 }).await;
    let chat = scene.open_chat().await;
    assert!(sending(&scene, &chat).timeout(Duration::from_millis(200)).send().await.unwrap_err().is_timeout());
    assert!(scene.running.accepted().is_empty());
    scene.advance(60).await;
    // The delayed act runs on its own; the next requests give it the time it needs.
    for _ in 0..100 {
        if scene.running.accepted().len() == 1 {
            break;
        }
        scene.history(&chat).await;
        scene.advance(1).await;
    }
    assert_eq!(scene.running.accepted().len(), 1);
}

#[tokio::test]
async fn a_delayed_answer_leaves_when_virtual_time_has_passed() {
    let scene = with(on("reply"), Fault::DelayAfterAccept { seconds: 60.0 }).await;
    let chat = scene.open_chat().await;
    let (sent, ()) = tokio::join!(reply(sending(&scene, &chat)), async {
        while scene.running.accepted().is_empty() {
            scene.history(&chat).await;
        }
        scene.advance(60).await;
    });
    assert_eq!(sent.status, 200);
}

#[tokio::test]
async fn a_read_lag_hides_an_accepted_message_from_the_thread_and_the_list() {
    let scene = with(on("reply"), Fault::ReadLag { seconds: 120.0 }).await;
    let chat = scene.open_chat().await;
    let before = scene.history(&chat).await;
    scene.send(&chat, "Добрый день").await;
    assert_eq!(scene.history(&chat).await, before);
    let rows = scene.chats().await;
    let row = rows.iter().find(|row| row["chat"]["chat_id"] == *chat).unwrap();
    assert_eq!(row["last_message_id"], before[0]["message_id"]);
    scene.advance(120).await;
    assert_eq!(scene.history(&chat).await.len(), before.len() + 1);
}

#[tokio::test]
async fn a_rate_limit_can_be_told_in_any_form() {
    for (form, header, value) in [
        (HeaderForm::Seconds, "retry-after", Some("7")),
        (HeaderForm::Date, "retry-after", Some("Sun, 22 Nov 2026 10:00:07 GMT")),
        (HeaderForm::Absent, "retry-after", None),
        (HeaderForm::Negative, "retry-after", Some("-7")),
        (HeaderForm::Huge, "retry-after", Some("99999999999999999999")),
        (HeaderForm::Garbage, "retry-after", Some("soon")),
        (HeaderForm::Platform, "x-ratelimit-retry", Some("7")),
    ] {
        let scene = with(at("/api/v1/questions"), Fault::RateLimit { header: form, seconds: 7 }).await;
        let refused = scene.wb_get(LIST).await;
        assert_eq!((refused.status, refused.header(header)), (429, value), "{form:?}");
    }
}

async fn broken(how: Damage) -> Reply {
    with(at("/api/v1/questions"), Fault::BrokenBody { how }).await.wb_get(LIST).await
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    for how in [Damage::Html, Damage::NotJson, Damage::Truncated, Damage::Deep] {
        let answer = broken(how).await;
        assert_eq!(answer.status, 200);
        assert!(serde_json::from_str::<Value>(&answer.text).is_err(), "{how:?}");
    }
}

#[tokio::test]
async fn bodies_that_are_json_with_a_twist() {
    let twice = broken(Damage::DuplicateKeys).await.text;
    assert_eq!(twice.matches(r#""errorText""#).count(), 2);
    let null = broken(Damage::NullItem).await.json();
    assert_eq!(null["data"]["questions"].as_array().unwrap().iter().filter(|item| item.is_null()).count(), 1);
    assert!(broken(Damage::StringForNumber).await.json()["data"]["countUnanswered"].is_string());
}

#[tokio::test]
async fn a_byte_order_mark_comes_before_the_json() {
    let scene = with(at("/api/v1/questions"), Fault::BrokenBody { how: Damage::Bom }).await;
    let response = scene.wb_as("token", reqwest::Method::GET, LIST).send().await.unwrap();
    assert!(response.bytes().await.unwrap().starts_with(b"\xef\xbb\xbf{"));
}

#[tokio::test]
async fn a_body_in_the_wrong_charset_is_not_utf_8() {
    let scene = with(at("/api/v1/questions"), Fault::BrokenBody { how: Damage::WrongCharset }).await;
    let response = scene.wb_as("token", reqwest::Method::GET, LIST).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    assert!(String::from_utf8(response.bytes().await.unwrap().to_vec()).is_err());
}

#[tokio::test]
async fn one_bad_item_leaves_the_rest_of_the_page_whole() {
    let scene = with(Match::default(), Fault::BadItem).await;
    let items = scene.wb_get(LIST).await.json()["data"]["questions"].as_array().unwrap().clone();
    assert_eq!(items.iter().filter(|item| item["id"].is_object()).count(), 1);
    let rows = scene.ozon("/v3/chat/list", json!({ "limit": 100 })).await.json();
    let bad = rows["chats"].as_array().unwrap().iter().filter(|row| row["chat"]["chat_id"].is_null()).count();
    assert_eq!(bad, 1);
}

#[tokio::test]
async fn one_bad_item_leaves_the_rest_of_every_support_list_whole() {
    let scene = with(Match::default(), Fault::BadItem).await;
    for (path, list, id) in [
        ("/api/v1/feedbacks?isAnswered=true&take=100&skip=0", "/data/feedbacks", "id"),
        ("/api/v1/seller/chats", "/result", "chatID"),
        ("/api/v1/seller/events", "/result/events", "eventID"),
        ("/api/v1/claims?is_archive=false", "/claims", "id"),
        ("/api/communications/v2/news?from=2026-11-01", "/data", "id"),
    ] {
        let page = scene.wb_get(path).await.json();
        let items = page.pointer(list).unwrap().as_array().unwrap();
        assert_eq!(items.iter().filter(|item| item[id].is_object()).count(), 1, "{path}");
        assert!(items.len() > 1, "{path}");
    }
}

#[tokio::test]
async fn each_support_host_refuses_in_its_own_words() {
    let refuse = Fault::RefuseThenStatus { status: 400, message: None };
    let scene = with(Match::default(), refuse).await;
    let body = async |path: &str| scene.wb_get(path).await.json();
    assert_eq!(body("/api/v1/feedbacks?isAnswered=true&take=1&skip=0").await["error"], true);
    assert_eq!(body("/api/v1/seller/chats").await["origin"], "proxy-chats");
    assert_eq!(body("/api/v1/claims?is_archive=true").await["title"], "Validation error");
}

#[tokio::test]
async fn slow_bytes_arrive_whole_in_the_end() {
    let scene = with(at("/v1/roles"), Fault::SlowBytes { bytes: 40, pause_ms: 1 }).await;
    assert!(scene.ozon("/v1/roles", json!({})).await.json()["roles"].is_array());
}

#[tokio::test]
async fn a_redirect_names_another_place_and_acts_not() {
    let scene = with(on("reply"), Fault::Redirect { to: "https://example.com/".into() }).await;
    let chat = scene.open_chat().await;
    let moved = scene.send(&chat, "Добрый день").await;
    assert_eq!((moved.status, moved.header("location")), (302, Some("https://example.com/")));
    assert!(scene.running.accepted().is_empty());
}

#[tokio::test]
async fn a_revoked_token_is_met_in_each_platforms_words() {
    let scene = with(Match::default(), Fault::TokenRevoked).await;
    assert_eq!(scene.wb_get("/ping").await.json()["detail"], "token problem; token is withdrawn");
    assert_eq!(scene.ozon("/v1/roles", json!({})).await.json()["code"], 16);
}

#[tokio::test]
async fn a_colleague_answers_first_in_the_web_cabinet() {
    let scene = with(on("reply"), Fault::HumanAnswers { text: "Уже ответил".into() }).await;
    let chat = scene.open_chat().await;
    scene.send(&chat, "Добрый день").await;
    let texts: Vec<Value> = scene.history(&chat).await.iter().map(|message| message["data"].clone()).collect();
    assert!(texts[1].to_string().contains("Уже ответил") && texts[0].to_string().contains("Добрый день"));
    assert_eq!(scene.running.accepted().len(), 1);
    let id = scene.wb_open_question().await;
    scene.wb_patch(json!({ "id": id, "answer": { "text": "Добрый день" }, "state": "wbRu" })).await;
    assert_eq!(scene.running.accepted()[1].action, "edit");
    assert_eq!(scene.wb_question(&id).await["answer"]["text"], "Уже ответил");
    let list = scene.wb_get("/api/v1/feedbacks?isAnswered=false&take=1&skip=0").await.json();
    let id = list["data"]["feedbacks"][0]["id"].clone();
    scene.wb_post("/api/v1/feedbacks/answer", json!({ "id": id, "text": "Добрый день" })).await;
    assert_eq!(scene.running.accepted()[2].action, "edit");
}

#[tokio::test]
async fn a_rule_hits_only_the_text_it_names() {
    let when = Match { text_contains: Some("второй".into()), ..Match::default() };
    let scene = with(when, Fault::RefuseThenStatus { status: 503, message: None }).await;
    let chat = scene.open_chat().await;
    assert_eq!(scene.send(&chat, "первый").await.status, 200);
    assert_eq!(scene.send(&chat, "второй").await.status, 503);
}

#[tokio::test]
async fn a_rule_can_be_bound_to_a_shop_and_a_span_of_virtual_time() {
    let rules = vec![Rule {
        when: Match {
            shop: Some("Тёплый дом".into()),
            from: Some(dragoman_simulator::Moment::After(60.0)),
            until: Some(dragoman_simulator::Moment::After(120.0)),
            ..Match::default()
        },
        fault: Fault::RefuseThenStatus { status: 503, message: None },
    }];
    let scene = Scene::start(Options { plan: FaultPlan { seed: None, rules }, ..options() }).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(scene.ozon("/v1/roles", json!({})).await.status);
        assert_eq!(scene.wb_get("/ping").await.status, 200);
        scene.advance(60).await;
    }
    assert_eq!(statuses, [200, 503, 200]);
}
