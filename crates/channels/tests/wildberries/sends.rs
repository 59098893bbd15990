//! Bodies of sending calls to the letter, and what each outcome proves.

use dragoman_channels::Failure;
use dragoman_domain::Timestamp;
use dragoman_domain::outgoing::{ActionKind, Doubt, Refusal, Sent};
use serde_json::{Value, json};

use crate::mock::Reply;
use crate::shop::{ALL_RIGHTS, NOW, READ_ONLY, Shop, complaint, envelope, outgoing, problem, rights};

async fn send(reply: Reply) -> Sent {
    Shop::saying(reply).await.connector.send(&outgoing(ActionKind::Reply, "Здравствуйте!")).await
}

#[tokio::test]
async fn each_action_has_the_documented_body() {
    let shop = Shop::saying(Reply::json(200, &envelope(json!(null)))).await;
    let text = "Да, \"подойдёт\" 🙂";
    for action in [ActionKind::Reply, ActionKind::Edit, ActionKind::Reject, ActionKind::Read] {
        assert!(matches!(shop.connector.send(&outgoing(action, text)).await, Sent::Yes { .. }), "{action}");
    }
    let seen = shop.mock.seen();
    assert!(
        seen.iter().all(|seen| seen.method == "PATCH" && seen.path == "/api/v1/questions" && seen.query.is_empty())
    );
    assert!(seen.iter().all(|seen| seen.content_type.as_deref() == Some("application/json")));
    assert!(
        seen.iter().all(|seen| seen.authorization.as_ref().is_some_and(|token| !token.contains(' '))),
        "the bare token"
    );
    let bodies: Vec<Value> = seen.iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect();
    let answer = json!({"id": "n5um6IUBQOOSTxXoo0gV", "answer": {"text": text}, "state": "wbRu"});
    let reject = json!({"id": "n5um6IUBQOOSTxXoo0gV", "answer": {"text": text}, "state": "none"});
    assert_eq!(bodies, [answer.clone(), answer, reject, json!({"id": "n5um6IUBQOOSTxXoo0gV", "wasViewed": true})]);
}

#[tokio::test]
async fn a_success_names_the_message_the_answer_will_be() {
    let Sent::Yes { remote, at } = send(Reply::json(200, &envelope(json!(null)))).await else { panic!("a success") };
    assert_eq!(remote.unwrap().as_str(), "a:n5um6IUBQOOSTxXoo0gV");
    assert_eq!(at, NOW.parse::<Timestamp>().unwrap());
}

#[tokio::test]
async fn documented_refusals_are_final_and_keep_the_platforms_words() {
    for (reply, code, words) in [
        (Reply::json(200, &complaint("Ответ уже редактировался")), "refused", "Ответ уже редактировался"),
        (Reply::json(400, &complaint("Empty state in request")), "refused", "Empty state in request"),
        (Reply::json(404, &complaint("Не найден отзыв")), "not_found", "Не найден отзыв"),
        (problem(401, "token scope not allowed"), "right_missing", "category"),
    ] {
        let sent = send(reply).await;
        assert!(
            matches!(&sent, Sent::No(Refusal::Final { code: found, why }) if found == code && why.contains(words)),
            "{sent:?}"
        );
    }
}

#[tokio::test]
async fn a_refused_key_stops_the_account_and_not_the_message() {
    for reply in
        [problem(401, "token is revoked"), Reply::new(401, ""), Reply::json(403, &complaint("Ошибка авторизации"))]
    {
        let sent = send(reply).await;
        assert!(matches!(&sent, Sent::No(Refusal::Key { code, .. }) if code == "token_refused"), "{sent:?}");
    }
}

#[tokio::test]
async fn everything_else_leaves_doubt() {
    for (reply, doubt) in [
        (Reply::new(200, ""), Doubt::Unreadable),
        (Reply::new(200, "<html>"), Doubt::Unreadable),
        (Reply::new(200, "{}"), Doubt::Unreadable),
        (Reply::new(200, "{\"data\":null,\"error\":fal"), Doubt::Unreadable),
        (Reply::new(204, ""), Doubt::Unconfirmed),
        (Reply::json(202, &envelope(json!(null))), Doubt::Unconfirmed),
        (Reply::new(403, "<html>"), Doubt::Unreadable),
        (Reply::new(404, "<html>"), Doubt::Unreadable),
        (Reply::json(408, &json!({"title": "timeout"})), Doubt::Unreadable),
        (Reply::json(500, &complaint("Внутренняя ошибка")), Doubt::ServerFault),
        (Reply::new(504, ""), Doubt::ServerFault),
        (Reply::new(302, "").header("location", "https://seller.wildberries.ru/"), Doubt::Redirected),
    ] {
        let sent = send(reply.clone()).await;
        assert!(matches!(&sent, Sent::Unknown { why, .. } if *why == doubt), "{reply:?}: {sent:?}");
    }
}

#[tokio::test]
async fn too_many_requests_is_a_pause_and_the_next_send_waits_without_a_call() {
    let shop = Shop::saying(problem(429, "limited by").header("x-ratelimit-retry", "5")).await;
    let until: Timestamp = "2026-11-22T12:00:05Z".parse().unwrap();
    let throttled = Sent::No(Refusal::Throttled { retry_at: Some(until) });
    for _ in 0..2 {
        assert_eq!(shop.connector.send(&outgoing(ActionKind::Reply, "Да")).await, throttled);
    }
    assert_eq!(shop.mock.seen().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_without_a_call() {
    let yes = || Reply::json(200, &envelope(json!(null)));
    let code = |sent| match sent {
        Sent::No(Refusal::Final { code, .. } | Refusal::Key { code, .. }) => code,
        other => format!("{other:?}"),
    };
    let mut basic = rights(ALL_RIGHTS);
    basic["acc"] = json!(1);
    for (claims, action, expected) in [
        (rights(ALL_RIGHTS | READ_ONLY), ActionKind::Reply, "read_only"),
        (rights(1 << 1), ActionKind::Reply, "right_missing"),
        (basic, ActionKind::Reply, "token_basic"),
        (rights(ALL_RIGHTS), ActionKind::Delete, "not_offered"),
    ] {
        let shop = Shop::start(claims, move |_| yes()).await;
        assert_eq!(code(shop.connector.send(&outgoing(action, "Да")).await), expected);
        assert!(shop.mock.seen().is_empty(), "{expected}");
    }
}

#[tokio::test]
async fn sends_go_on_when_reads_have_spent_their_share() {
    let shop = Shop::saying(Reply::json(200, &envelope(json!({"questions": []})))).await;
    let ask = dragoman_channels::Ask { known: &crate::shop::Nothing, deep: false };
    let mut reads = 0;
    while shop.connector.step("questions_recent", &Default::default(), &ask).await.is_ok() {
        reads += 1;
    }
    assert_eq!(reads, 5);
    let wait = shop.connector.step("questions_recent", &Default::default(), &ask).await;
    assert!(matches!(wait, Err(Failure::Wait { told: false, .. })));
    assert!(matches!(shop.connector.send(&outgoing(ActionKind::Read, "")).await, Sent::Yes { .. }));
}
