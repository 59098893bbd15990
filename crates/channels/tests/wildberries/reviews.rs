//! Reviews: their streams, threads and answers.

use dragoman_channels::Failure;
use dragoman_domain::incoming::{Cursor, Page};
use dragoman_domain::offer::Act;
use dragoman_domain::outbox::{Publication, Watermark};
use dragoman_domain::outgoing::{ActionKind, Doubt, Outgoing, Refusal, Sent};
use dragoman_domain::{Kind, RemoteId, Timestamp};
use serde_json::{Value, json};

use crate::mock::{Reply, Seen};
use crate::shop::{ALL_RIGHTS, NOW, Shop, complaint, envelope, problem, rights};

const ID: &str = "YX52RZEBhH9mrcYdEJuD";

fn review(id: &str, hours_ago: i64, answer: Value) -> Value {
    let created = Timestamp::from_second(NOW.parse::<Timestamp>().unwrap().as_second() - hours_ago * 3_600).unwrap();
    json!({
        "id": id, "text": "Пришёл с царапиной", "pros": "", "cons": "", "productValuation": 2, "createdDate": created.to_string(),
        "answer": answer, "state": if answer.is_null() { "none" } else { "wbRu" },
        "productDetails": {"nmId": 987654321, "productName": "Термос 1 л", "size": "0"}, "photoLinks": null, "video": null,
        "wasViewed": false, "userName": "Ольга", "isAbleReturnProductOrders": true
    })
}

fn list(rows: &[Value], unanswered: u64) -> Reply {
    Reply::json(200, &envelope(json!({"countUnanswered": unanswered, "countArchive": 1000, "feedbacks": rows})))
}

fn paths(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.path.trim_start_matches("/api/v1/")).collect()
}

fn ids(pages: &[Page]) -> Vec<&str> {
    pages.iter().flat_map(|page| &page.conversations).map(|thread| thread.remote_id.as_str()).collect()
}

fn outgoing(action: ActionKind) -> Outgoing {
    Outgoing::new(action, Kind::Review, RemoteId::from(ID), "Ольга, здравствуйте!".to_owned())
}

#[tokio::test]
async fn a_pass_over_unanswered_reviews_ends_with_a_sweep() {
    let shop =
        Shop::saying(list(&[review("one", 1, Value::Null), json!({"id": "bad"}), review("two", 2, Value::Null)], 3))
            .await;
    let page = shop.step("reviews_unanswered", &Cursor::default(), false).await.unwrap();
    assert_eq!(ids(std::slice::from_ref(&page)), ["one", "two"]);
    assert!(page.conversations.iter().all(|thread| thread.kind == Kind::Review));
    assert_eq!(
        (page.unreadable[0].remote_id.as_str(), page.unreadable[0].stream.as_str()),
        ("bad", "reviews_unanswered")
    );
    assert!(page.sweep.is_some() && !page.more);
    let seen = shop.mock.seen();
    assert_eq!(paths(&seen), ["feedbacks"]);
    assert!(seen[0].query.contains("isAnswered=false&take=500&skip=0&order=dateDesc"), "{}", seen[0].query);
}

#[tokio::test]
async fn one_flag_serves_questions_and_reviews() {
    let shop = Shop::start(rights(ALL_RIGHTS), |seen| match seen.path.trim_start_matches("/api/v1/") {
        "new-feedbacks-questions" => {
            Reply::json(200, &envelope(json!({"hasNewQuestions": false, "hasNewFeedbacks": true})))
        }
        "questions/count-unanswered" => Reply::json(200, &envelope(json!({"countUnanswered": 0}))),
        "questions" => Reply::json(200, &envelope(json!({"countUnanswered": 0, "questions": []}))),
        "feedbacks" => list(&[review("one", 1, Value::Null)], 1),
        other => panic!("an unexpected call to {other}"),
    })
    .await;
    let (_, questions, _) = shop.run("questions_unanswered", Cursor::default(), false).await;
    let (_, reviews, _) = shop.run("reviews_unanswered", Cursor::default(), false).await;
    let (_, _, seen) = shop.run("questions_unanswered", questions, false).await;
    assert_eq!(paths(&seen), ["new-feedbacks-questions", "questions/count-unanswered"]);
    let (_, reviews, seen) = shop.run("reviews_unanswered", reviews, false).await;
    assert_eq!(paths(&seen), ["feedbacks"], "the flag is known already");
    let (_, _, seen) = shop.run("reviews_unanswered", reviews, false).await;
    assert_eq!(paths(&seen), ["new-feedbacks-questions", "feedbacks"], "and counts once");
}

#[tokio::test]
async fn processed_reviews_are_walked_by_date() {
    let answer = json!({"text": "Нам жаль", "state": "reviewRequired", "editable": false});
    let shop = Shop::saying(list(&[review("one", 1, answer)], 0)).await;
    let (pages, _, seen) = shop.run("reviews_recent", Cursor::default(), false).await;
    let thread = &pages[0].conversations[0];
    assert_eq!(thread.messages.len(), 2);
    assert_eq!(thread.facts.answer.as_ref().unwrap().publication, Publication::Pending);
    assert!(seen[0].query.contains("isAnswered=true") && seen[0].query.contains("dateFrom="), "{}", seen[0].query);
}

#[tokio::test]
async fn the_archive_is_read_once_as_far_as_it_is_wanted() {
    let rows: Vec<Value> = (0..1_200).map(|number| review(&format!("r{number:04}"), number * 4, Value::Null)).collect();
    let shop = Shop::start(rights(ALL_RIGHTS), move |seen| {
        assert_eq!(seen.path, "/api/v1/feedbacks/archive");
        let number = |name: &str| {
            let pair = seen.query.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap();
            pair.parse::<usize>().unwrap()
        };
        list(&rows.iter().skip(number("skip=")).take(number("take=")).cloned().collect::<Vec<_>>(), 0)
    })
    .await;
    let (pages, cursor, seen) = shop.run("reviews_archive", Cursor::default(), false).await;
    assert_eq!((seen.len(), ids(&pages).len()), (2, 1_000), "the second page reaches below 90 days");
    let old = pages[1].conversations.last().unwrap();
    assert_eq!(old.facts.settled, Some(true));
    let (pages, cursor, seen) = shop.run("reviews_archive", cursor, false).await;
    assert!(seen.is_empty() && ids(&pages).is_empty(), "nothing is left to read");
    let (pages, cursor, _) = shop.run("reviews_archive", cursor, true).await;
    assert_eq!(ids(&pages).last(), Some(&"r1199"), "all of it when asked for");
    let (_, _, seen) = shop.run("reviews_archive", cursor, true).await;
    assert!(seen.is_empty());
}

#[tokio::test]
async fn a_review_is_read_by_its_id_and_an_unknown_one_is_not_found() {
    let shop = Shop::saying(Reply::json(200, &envelope(review(ID, 1, Value::Null)))).await;
    let read = shop.connector.thread(Kind::Review, &ID.into(), &Watermark::default()).await.unwrap();
    assert!(read.complete && read.conversation.remote_id.as_str() == ID);
    let seen = shop.mock.seen();
    assert_eq!((seen[0].path.as_str(), seen[0].query.as_str()), ("/api/v1/feedback", "id=YX52RZEBhH9mrcYdEJuD"));
    let shop = Shop::saying(Reply::json(422, &complaint("Не удалось получить отзыв"))).await;
    let read = shop.connector.thread(Kind::Review, &ID.into(), &Watermark::default()).await;
    assert_eq!(read, Err(Failure::NotFound));
}

#[tokio::test]
async fn each_action_has_the_documented_call() {
    let shop = Shop::start(rights(ALL_RIGHTS), |seen| match seen.path.as_str() {
        "/api/v1/feedbacks/answer" => Reply::new(204, ""),
        _ => Reply::json(200, &envelope(json!({}))),
    })
    .await;
    for action in [ActionKind::Reply, ActionKind::Edit] {
        let Sent::Yes { remote, .. } = shop.connector.send(&outgoing(action)).await else { panic!("a success") };
        assert_eq!(remote.unwrap().as_str(), "ra:YX52RZEBhH9mrcYdEJuD");
    }
    let act = Act { name: "return".to_owned(), fields: Default::default() };
    let offer = Outgoing { act: Some(act), ..outgoing(ActionKind::Act) };
    assert!(matches!(shop.connector.send(&offer).await, Sent::Yes { .. }));
    let seen = shop.mock.seen();
    let calls: Vec<_> = seen.iter().map(|seen| (seen.method.as_str(), seen.path.as_str())).collect();
    assert_eq!(
        calls,
        [
            ("POST", "/api/v1/feedbacks/answer"),
            ("PATCH", "/api/v1/feedbacks/answer"),
            ("POST", "/api/v1/feedbacks/order/return")
        ]
    );
    let bodies: Vec<Value> = seen.iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect();
    let answer = json!({"id": ID, "text": "Ольга, здравствуйте!"});
    assert_eq!(bodies, [answer.clone(), answer, json!({"feedbackId": ID})]);
    assert!(seen.iter().all(|seen| seen.content_type.as_deref() == Some("application/json")));
}

#[tokio::test]
async fn success_is_declared_to_prove_nothing() {
    let shop = Shop::saying(Reply::new(204, "")).await;
    for action in [ActionKind::Reply, ActionKind::Edit, ActionKind::Act] {
        let send = shop.connector.capabilities().action(Kind::Review, action).unwrap().send;
        assert!(!send.success_proves && send.read_back && send.horizon_s == 10_800, "{action}");
    }
}

#[tokio::test]
async fn refusals_keep_the_platforms_words_and_the_rest_leaves_doubt() {
    let short = json!({"title": "bad request", "origin": "fbapi", "detail": "content-type header not specified"});
    for (reply, expected) in [
        (Reply::json(400, &short), "refused"),
        (Reply::json(422, &complaint("Запрос на возврат покупок недоступен")), "refused"),
        (problem(401, "token scope not allowed"), "right_missing"),
    ] {
        let sent = Shop::saying(reply).await.connector.send(&outgoing(ActionKind::Reply)).await;
        assert!(matches!(&sent, Sent::No(Refusal::Final { code, .. }) if code == expected), "{sent:?}");
    }
    for (reply, doubt) in [
        (Reply::new(202, ""), Doubt::Unconfirmed),
        (Reply::new(200, "<html>"), Doubt::Unreadable),
        (Reply::new(502, ""), Doubt::ServerFault),
    ] {
        let sent = Shop::saying(reply).await.connector.send(&outgoing(ActionKind::Reply)).await;
        assert!(matches!(&sent, Sent::Unknown { why, .. } if *why == doubt), "{sent:?}");
    }
}
