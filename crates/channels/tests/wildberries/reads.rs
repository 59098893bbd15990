//! Checks, threads and what every family of errors means for a read.

use dragoman_channels::{Checked, Failure};
use dragoman_domain::incoming::Cursor;
use dragoman_domain::outbox::Watermark;
use dragoman_domain::{Kind, RemoteId, Timestamp};
use serde_json::json;

use crate::mock::Reply;
use crate::shop::{ALL_RIGHTS, NOW, READ_ONLY, Shop, complaint, envelope, problem, question, rights};

const SELLER: &str = r#"{"name":"ИП Кружинин В. Р.","sid":"e8923014-e233-47a8-898e-3cc86d67ea61","tin":"1234567890","tradeMark":"Flax"}"#;

async fn check(claims: serde_json::Value) -> Result<Checked, Failure> {
    Shop::start(claims, |_| Reply::new(200, SELLER)).await.connector.check().await
}

#[tokio::test]
async fn a_check_tells_seller_rights_and_expiry() {
    let checked = check(rights(ALL_RIGHTS)).await.unwrap();
    assert_eq!(checked.seller, "e8923014-e233-47a8-898e-3cc86d67ea61");
    let standing = checked.standing;
    assert_eq!((standing.seller_name.as_str(), standing.read_only), ("ИП Кружинин В. Р.", false));
    assert_eq!(standing.expires_at, Some(Timestamp::from_second(1_810_000_000).unwrap()));
    assert!(standing.closed("questions").is_none() && standing.closed("products").is_none());
    assert!(!standing.features.contains_key("token"), "half a year is far away");
}

#[tokio::test]
async fn a_check_tells_what_a_token_lacks() {
    let mut claims = rights(0x80 | READ_ONLY);
    claims["exp"] = json!(NOW.parse::<Timestamp>().unwrap().as_second() + 3 * 86_400);
    let standing = check(claims).await.unwrap().standing;
    assert!(standing.read_only);
    assert_eq!(standing.closed("products").unwrap().code, "right_missing");
    let notice = &standing.features["token"];
    assert!(notice.open && notice.code == "token_expiring" && notice.why.contains("3 days"), "{notice:?}");
}

#[tokio::test]
async fn a_basic_token_is_refused_before_a_call_is_spent() {
    let mut claims = rights(ALL_RIGHTS);
    claims["acc"] = json!(1);
    let shop = Shop::start(claims, |_| Reply::new(200, SELLER)).await;
    assert!(matches!(shop.connector.check().await, Err(Failure::Key { code, .. }) if code == "token_basic"));
    let step = shop.step("questions_unanswered", &Cursor::default(), false).await;
    assert!(matches!(step, Err(Failure::Key { code, .. }) if code == "token_basic"));
    assert!(shop.mock.seen().is_empty());
}

#[tokio::test]
async fn a_missing_category_closes_its_feature_without_a_call() {
    let shop = Shop::start(rights(1 << 1), |_| Reply::new(200, SELLER)).await;
    let step = shop.step("questions_recent", &Cursor::default(), false).await;
    assert!(
        matches!(step, Err(Failure::Closed { feature, code, .. }) if feature == "questions" && code == "right_missing")
    );
    assert!(shop.mock.seen().is_empty());
}

async fn list(reply: Reply) -> Failure {
    Shop::saying(reply).await.step("questions_unanswered", &Cursor::default(), false).await.unwrap_err()
}

#[tokio::test]
async fn every_family_of_errors_has_its_meaning() {
    let key = list(problem(401, "token problem; token is malformed")).await;
    assert!(
        matches!(&key, Failure::Key { code, why } if code == "token_refused" && why.contains("malformed")),
        "{key:?}"
    );
    let scope = list(problem(401, "token scope not allowed for this API")).await;
    assert!(matches!(&scope, Failure::Closed { feature, .. } if feature == "questions"), "{scope:?}");
    let forbidden = list(Reply::json(403, &complaint("Ошибка авторизации"))).await;
    assert!(matches!(&forbidden, Failure::Closed { feature, .. } if feature == "questions"), "{forbidden:?}");
    let refused = list(Reply::json(400, &complaint("Плохой формат isAnswered"))).await;
    assert_eq!(refused, Failure::Refused { why: "Плохой формат isAnswered".to_owned() });
    let paid = list(Reply::json(402, &json!({"title": "payment required", "detail": "please top up"}))).await;
    assert_eq!(paid, Failure::Refused { why: "payment required; please top up".to_owned() });
    let short = list(Reply::json(
        400,
        &json!({"title": "bad request", "origin": "fbapi", "detail": "content-type header not specified"}),
    ))
    .await;
    assert!(matches!(short, Failure::Refused { why } if why.contains("content-type")));
    let in_success = list(Reply::json(200, &complaint("Что-то пошло не так"))).await;
    assert_eq!(in_success, Failure::Refused { why: "Что-то пошло не так".to_owned() });
    assert!(matches!(list(Reply::new(401, "")).await, Failure::Key { .. }), "a body is not needed to refuse a key");
    assert!(matches!(list(Reply::new(503, "")).await, Failure::ServerFault { status: 503, .. }));
}

#[tokio::test]
async fn pages_that_are_not_the_platforms_are_unreadable_whatever_their_status() {
    let html = "<!doctype html><title>Just a moment</title>";
    for reply in [
        Reply::new(200, html),
        Reply::new(403, html),
        Reply::new(401, html),
        Reply::new(200, ""),
        Reply::new(200, "{\"data\":{\"quest"),
        Reply::new(200, "[]"),
        Reply::new(200, "null"),
        Reply::json(200, &envelope(json!(null))),
        Reply::json(200, &envelope(json!({}))),
        Reply::new(200, &[0xff, 0xfe, 0x7b, 0x00][..]),
    ] {
        let failure = list(reply.clone()).await;
        assert!(matches!(failure, Failure::Unreadable { .. }), "{reply:?}: {failure:?}");
    }
}

#[tokio::test]
async fn a_429_is_obeyed_in_every_form_of_its_header() {
    let now: Timestamp = NOW.parse().unwrap();
    for (header, seconds) in [
        (Some("7"), 7),
        (None, 60),
        (Some("soon"), 60),
        (Some("-3"), 60),
        (Some("999999999"), 60),
        (Some("18446744073709551616"), 60),
    ] {
        let reply = header
            .into_iter()
            .fold(problem(429, "limited by"), |reply, value| reply.header("x-ratelimit-retry", value));
        let shop = Shop::saying(reply).await;
        let cursor = Cursor::default();
        let until = Timestamp::from_second(now.as_second() + seconds).unwrap();
        assert_eq!(
            shop.step("questions_recent", &cursor, false).await.unwrap_err(),
            Failure::Wait { until, told: true },
            "{header:?}"
        );
        assert_eq!(shop.mock.seen().len(), 1, "nothing is tried again");
    }
}

#[tokio::test]
async fn a_byte_order_mark_and_duplicate_keys_are_no_reason_to_lose_a_page() {
    let body = r#"{"data":{"countUnanswered":"1","questions":[{"id":"a","id":"b","text":"x","createdDate":"2026-11-01T00:00:00Z"},
        {"id":42,"text":"Живой","createdDate":"2026-11-01T00:00:00Z"}]},"error":"false"}"#;
    let page = Shop::saying(Reply::new(200, format!("\u{feff}{body}")))
        .await
        .step("questions_unanswered", &Cursor::default(), false)
        .await
        .unwrap();
    assert_eq!(page.conversations.len(), 1);
    assert_eq!(page.conversations[0].remote_id.as_str(), "42");
    assert!(page.unreadable[0].cause.contains("duplicate field"), "{:?}", page.unreadable);
}

async fn thread(reply: Reply) -> Result<dragoman_domain::incoming::Thread, Failure> {
    let shop = Shop::saying(reply).await;
    let thread = shop.connector.thread(Kind::Question, &RemoteId::from("q1"), &Watermark::default()).await;
    assert_eq!((shop.mock.seen()[0].path.as_str(), shop.mock.seen()[0].query.as_str()), ("/api/v1/question", "id=q1"));
    thread
}

#[tokio::test]
async fn a_thread_is_read_whole_and_never_mistaken_for_another() {
    let at: Timestamp = NOW.parse().unwrap();
    let read = thread(Reply::json(200, &envelope(question("q1", at, Some("Да"))))).await.unwrap();
    assert!(read.complete);
    assert_eq!(read.conversation.messages.len(), 2);
    let other = thread(Reply::json(200, &envelope(question("q2", at, Some("Да"))))).await.unwrap_err();
    assert!(matches!(&other, Failure::Unreadable { why, .. } if why.contains("q2")), "{other:?}");
    let unknown = thread(Reply::json(422, &complaint("Невозможно получить вопрос по id"))).await;
    assert_eq!(unknown, Err(Failure::NotFound));
    assert!(
        matches!(thread(Reply::new(404, "<html>")).await, Err(Failure::Unreadable { .. })),
        "a wrong address proves nothing"
    );
}
