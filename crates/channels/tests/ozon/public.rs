//! Questions and reviews: what is asked for to the letter, and what is made of the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use dragoman_channels::Failure;
use dragoman_domain::incoming::Page;
use dragoman_domain::offer::Act;
use dragoman_domain::outbox::{Publication, Watermark};
use dragoman_domain::outgoing::{ActionKind, Outgoing, Refusal, Sent};
use dragoman_domain::{Author, Kind, RemoteId};
use serde_json::{Value, json};

use crate::error;
use crate::mock::{Reply, Shop};

fn question(id: &str, status: &str, answers: u64) -> Value {
    json!({
        "id": id, "sku": 646_399_170, "text": "Можно выбрать цвет?", "author_name": "Пользователь OZON", "status": status,
        "answers_count": answers, "published_at": "2026-11-20T10:09:29.099284Z",
    })
}

fn review(id: &str, status: &str, comments: u64, photos: u64) -> Value {
    json!({
        "id": id, "sku": 646_399_170, "text": "Пришло без крышки", "rating": 2, "status": status, "order_status": "DELIVERED",
        "published_at": "2026-11-20T14:15:22Z", "comments_amount": comments, "photos_amount": photos, "videos_amount": 0,
        "is_rating_participant": true,
    })
}

fn answers(author: &str) -> Reply {
    Reply::json(&json!({
        "answers": [{"id": "a1", "question_id": "q", "sku": 646_399_170, "text": "Да", "author_name": author, "published_at": "2026-11-21T10:00:00Z"}],
        "last_id": "",
    }))
}

fn info() -> Reply {
    Reply::json(&json!({"company": {"name": "Чай", "legal_name": "ООО Чай"}}))
}

fn asked(shop: &Shop) -> Vec<String> {
    shop.mock.seen().iter().map(|seen| format!("{} {}", seen.path, seen.body)).collect()
}

fn messages(pages: &[Page]) -> Vec<(&str, Author)> {
    let conversations = pages.iter().flat_map(|page| &page.conversations);
    conversations.flat_map(|told| &told.messages).map(|message| (message.remote_id.as_str(), message.author)).collect()
}

const ZERO: &str = "00000000-0000-0000-0000-000000000000";

#[tokio::test]
async fn questions_are_walked_to_the_zero_id_and_answers_read_once() {
    let shop = Shop::new(|path, body| match path {
        "/v1/question/list" if body["last_id"] == "" => {
            Reply::json(&json!({"questions": [question("q1", "NEW", 0), question("q2", "VIEWED", 1)], "last_id": "q2"}))
        }
        "/v1/question/list" => {
            Reply::json(&json!({"questions": [question("q3", "NEW", 0), {"id": "odd"}], "last_id": ZERO}))
        }
        "/v1/seller/info" => info(),
        _ => answers("чай"),
    })
    .await;
    let pages = shop.pass("questions_unanswered", false).await.unwrap();
    assert_eq!(
        asked(&shop),
        [
            r#"/v1/question/list {"filter":{"status":"UNPROCESSED"},"last_id":""}"#,
            "/v1/seller/info {}",
            r#"/v1/question/answer/list {"question_id":"q2","sku":646399170,"last_id":""}"#,
            r#"/v1/question/list {"filter":{"status":"UNPROCESSED"},"last_id":"q2"}"#,
        ]
    );
    assert_eq!(
        messages(&pages),
        [("q:q1", Author::Buyer), ("q:q2", Author::Buyer), ("a:a1", Author::Seller), ("q:q3", Author::Buyer)]
    );
    let last = pages.last().unwrap();
    assert_eq!(
        (last.sweep, last.unreadable[0].remote_id.as_str()),
        (Some("2026-11-22T10:00:01Z".parse().unwrap()), "odd")
    );
    let before = shop.mock.seen().len();
    let again = shop.pass("questions_unanswered", false).await.unwrap();
    assert_eq!((shop.mock.seen().len() - before, messages(&again).len()), (2, 0), "two pages, nothing is read twice");
    assert_eq!(again[0].conversations.len(), 2, "they are seen all the same");
}

#[tokio::test]
async fn other_passes_ask_for_as_many_days_as_they_should() {
    for (stream, deep, from) in [
        ("questions_recent", false, Some("2026-11-08T10:00:01Z")),
        ("questions_history", false, Some("2026-08-24T10:00:01Z")),
        ("questions_history", true, None),
    ] {
        let shop = Shop::new(|_, _| Reply::new(200, r#"{"questions":[],"last_id":"","all":0}"#)).await;
        let pages = shop.pass(stream, deep).await.unwrap();
        assert!(pages.iter().all(|page| page.sweep.is_none()), "only the unanswered ones tell what has gone");
        let seen = shop.mock.seen();
        assert_eq!(seen.len(), if from.is_none() { 2 } else { 1 }, "all of it is counted first");
        let body: Value = serde_json::from_str(&seen.last().unwrap().body).unwrap();
        assert_eq!(body["filter"].get("date_from").and_then(Value::as_str), from, "{stream}");
        assert_eq!(body["filter"]["status"], "ALL");
    }
}

#[tokio::test]
async fn a_question_list_that_gives_the_same_place_again_ends_with_a_word() {
    let shop = Shop::new(|_, _| {
        Reply::json(&json!({"questions": [question("q", "NEW", 0)], "last_id": "x", "has_next": "true"}))
    })
    .await;
    let failure = shop.pass("questions_unanswered", false).await.unwrap_err();
    assert!(matches!(&failure, Failure::Endless { why } if why.contains("a page again")), "{failure}");
}

#[tokio::test]
async fn a_question_is_read_again_with_its_answers_whatever_the_pace() {
    let shop = Shop::new(|path, _| match path {
        "/v1/question/info" => Reply::json(&question("q", "NEW", 0)),
        "/v1/seller/info" => info(),
        _ => answers("Анна"),
    })
    .await;
    let mut waits = 0;
    for _ in 0..5 {
        let thread = loop {
            match shop.connector.thread(Kind::Question, &"q".into(), &Watermark::default()).await {
                Ok(thread) => break thread,
                Err(Failure::Wait { until, .. }) => {
                    waits += 1;
                    shop.clock.advance_to(until);
                }
                Err(failure) => panic!("{failure}"),
            }
        };
        assert!(thread.complete);
        let authors: Vec<_> = thread.conversation.messages.iter().map(|message| message.author).collect();
        assert_eq!(authors, [Author::Buyer, Author::OtherBuyer], "a buyer's answer is not ours");
    }
    assert!(waits > 0, "the pace was met");
    assert_eq!(shop.mock.seen().len(), 11, "what was read before the wait is not asked for again");
}

#[tokio::test]
async fn what_a_question_cannot_say_without_its_product_is_not_claimed() {
    let shop =
        Shop::new(|_, _| Reply::json(&json!({"id": "q", "text": "?", "published_at": "2026-11-20T10:09:29Z"}))).await;
    let thread = shop.connector.thread(Kind::Question, &"q".into(), &Watermark::default()).await.unwrap();
    assert!(!thread.complete);
}

fn outgoing(kind: Kind, action: ActionKind) -> Outgoing {
    Outgoing {
        product: "646399170".to_owned(), ..Outgoing::new(action, kind, "id-1".into(), "Спасибо!".to_owned())
    }
}

fn settle(kind: Kind) -> Outgoing {
    let act = Act { name: "processed".to_owned(), fields: BTreeMap::new() };
    Outgoing { act: Some(act), ..outgoing(kind, ActionKind::Act) }
}

fn delete(kind: Kind, target: &str) -> Outgoing {
    Outgoing { target: Some(target.into()), ..outgoing(kind, ActionKind::Delete) }
}

#[tokio::test]
async fn writes_follow_the_contract_to_the_letter() {
    let shop = Shop::new(|path, _| match path {
        "/v1/question/answer/create" => Reply::new(200, r#"{"answer_id":"0192e7ce"}"#),
        "/v1/review/comment/create" => Reply::new(200, r#"{"comment_id":"0192e7cf"}"#),
        "/v2/review/count" => Reply::new(200, r#"{"total":5,"new":1,"viewed":0,"processed":4}"#),
        "/v1/question/change-status" => Reply::new(200, ""),
        _ => Reply::new(200, "{}"),
    })
    .await;
    let mut remotes = Vec::new();
    for outgoing in [
        outgoing(Kind::Question, ActionKind::Reply),
        settle(Kind::Question),
        delete(Kind::Question, "a:0192e7ce"),
        outgoing(Kind::Review, ActionKind::Reply),
        Outgoing { last_in: Some("c:buyer".into()), ..outgoing(Kind::Review, ActionKind::Reply) },
        settle(Kind::Review),
        delete(Kind::Review, "c:0192e7cf"),
    ] {
        shop.clock.advance(Duration::from_secs(2));
        match shop.connector.send(&outgoing).await {
            Sent::Yes { remote, .. } => remotes.extend(remote),
            sent => panic!("{outgoing:?}: {sent:?}"),
        }
    }
    assert_eq!(
        asked(&shop),
        [
            r#"/v1/question/answer/create {"question_id":"id-1","sku":646399170,"text":"Спасибо!"}"#,
            r#"/v1/question/change-status {"question_ids":["id-1"],"status":"PROCESSED"}"#,
            r#"/v1/question/answer/delete {"answer_id":"0192e7ce","sku":646399170}"#,
            r#"/v1/review/comment/create {"review_id":"id-1","text":"Спасибо!","mark_review_as_processed":true}"#,
            r#"/v1/review/comment/create {"review_id":"id-1","text":"Спасибо!","parent_comment_id":"buyer","mark_review_as_processed":true}"#,
            "/v2/review/count {}",
            r#"/v2/review/change-status {"review_ids":["id-1"],"status":"PROCESSED"}"#,
            r#"/v2/review/comment/delete {"comment_id":"0192e7cf","sku":646399170}"#,
        ]
    );
    assert_eq!(remotes, ["a:0192e7ce", "c:0192e7cf", "c:0192e7cf"].map(RemoteId::from));
}

#[tokio::test]
async fn what_cannot_be_addressed_is_refused_without_a_call() {
    let shop = Shop::new(|_, _| Reply::new(200, "{}")).await;
    for outgoing in [
        Outgoing { product: String::new(), ..outgoing(Kind::Question, ActionKind::Reply) },
        Outgoing { product: "x".to_owned(), ..delete(Kind::Question, "a:1") },
        outgoing(Kind::Question, ActionKind::Delete),
        delete(Kind::Question, "q:1"),
        delete(Kind::Review, "r:1"),
        outgoing(Kind::Question, ActionKind::Act),
        outgoing(Kind::Question, ActionKind::Edit),
        outgoing(Kind::Question, ActionKind::Read),
        outgoing(Kind::Review, ActionKind::Read),
    ] {
        assert!(matches!(shop.connector.send(&outgoing).await, Sent::No(Refusal::Final { .. })), "{outgoing:?}");
    }
    assert!(shop.mock.seen().is_empty());
}

#[tokio::test]
async fn answers_to_a_write_are_proof_refusal_or_doubt() {
    for (reply, code) in [
        (error(400, 3, "comment cannot be created for this review"), Some("refused")),
        (error(403, 7, "you cannot answer this question"), Some("refused")),
        (error(403, 7, "available with premium plus"), Some("subscription_missing")),
        (error(404, 5, "not found"), Some("not_found")),
        (Reply::new(200, "{}"), None),
        (Reply::new(200, "<html>"), None),
        (error(500, 13, "Internal error"), None),
    ] {
        for kind in [Kind::Question, Kind::Review] {
            let reply = reply.clone();
            let label = format!("{kind} {reply:?}");
            let shop = Shop::new(move |_, _| reply.clone()).await;
            match (shop.connector.send(&outgoing(kind, ActionKind::Reply)).await, code) {
                (Sent::No(Refusal::Final { code, .. }), Some(expected)) => assert_eq!(code, expected, "{label}"),
                (Sent::Unknown { .. }, None) => {}
                (sent, _) => panic!("{label}: {sent:?}"),
            }
        }
    }
    let shop = Shop::new(|_, _| Reply::new(200, r#"{"code":5,"message":"no"}"#)).await;
    assert!(
        matches!(shop.connector.send(&settle(Kind::Question)).await, Sent::Unknown { .. }),
        "a success that holds an error"
    );
}

#[tokio::test]
async fn an_answer_of_ours_is_known_by_its_id() {
    let shop = Shop::new(|path, _| match path {
        "/v1/question/answer/create" => Reply::new(200, r#"{"answer_id":"a1"}"#),
        "/v1/question/info" => Reply::json(&question("id-1", "NEW", 1)),
        "/v1/seller/info" => info(),
        _ => answers("Название, которого никто не знает"),
    })
    .await;
    shop.connector.send(&outgoing(Kind::Question, ActionKind::Reply)).await;
    shop.clock.advance(Duration::from_secs(5));
    let thread = shop.connector.thread(Kind::Question, &"id-1".into(), &Watermark::default()).await.unwrap();
    assert_eq!(thread.conversation.messages[1].author, Author::Seller);
}

fn comments(list: Value) -> Reply {
    Reply::json(&json!({"comments": list, "offset": 0}))
}

fn own(published: bool, rejected: bool) -> Value {
    json!([{"id": "c1", "text": "Спасибо", "published_at": "2026-11-21T10:00:00Z", "is_owner": true, "is_official": true,
            "is_published": published, "is_rejected": rejected, "deviation_reason": "контакты"}])
}

#[tokio::test]
async fn new_and_viewed_reviews_come_with_pictures_and_comments() {
    let shop = Shop::new(|path, body| match path {
        "/v2/review/count" => Reply::new(200, r#"{"total":"2"}"#),
        "/v2/review/list" if body["filters"]["status"] == "NEW" => {
            Reply::json(&json!({"has_next": false, "last_id": "r1", "reviews": [review("r1", "NEW", 0, 1)]}))
        }
        "/v2/review/list" => {
            Reply::json(&json!({"has_next": "false", "last_id": "", "reviews": [review("r2", "VIEWED", 1, 0)]}))
        }
        "/v2/review/info" => {
            let mut full = review("r1", "NEW", 0, 1);
            full["photos"] = json!([{"url": "https://cdn1.ozone.ru/s3/rp/a.jpg"}]);
            Reply::json(&full)
        }
        _ if body["review_id"] == "r1" => comments(json!([])),
        _ => comments(own(false, true)),
    })
    .await;
    let pages = shop.pass("reviews_unanswered", false).await.unwrap();
    assert_eq!(
        asked(&shop),
        [
            "/v2/review/count {}",
            r#"/v2/review/list {"limit":100,"last_id":"","sort_dir":"DESC","filters":{"status":"NEW"}}"#,
            r#"/v2/review/info {"review_id":"r1"}"#,
            r#"/v1/review/comment/list {"review_id":"r1","limit":100,"offset":0,"sort_dir":"DESC"}"#,
            r#"/v2/review/list {"limit":100,"last_id":"","sort_dir":"DESC","filters":{"status":"VIEWED"}}"#,
            r#"/v1/review/comment/list {"review_id":"r2","limit":100,"offset":0,"sort_dir":"DESC"}"#,
        ]
    );
    let told: Vec<_> = pages.iter().flat_map(|page| &page.conversations).collect();
    assert_eq!(
        told.iter().flat_map(|told| &told.messages).filter(|message| !message.attachments.is_empty()).count(),
        1
    );
    let answer = told.iter().find_map(|told| told.facts.answer.clone()).unwrap();
    assert_eq!((answer.publication, answer.reason.as_str()), (Publication::Refused, "контакты"));
    assert!(pages.last().unwrap().sweep.is_some());
    let before = shop.mock.seen().len();
    shop.pass("reviews_unanswered", false).await.unwrap();
    assert_eq!(shop.mock.seen().len() - before, 2, "what has not changed costs nothing");
}

#[tokio::test]
async fn a_comment_that_waits_for_moderation_is_looked_at_again() {
    let shop = Shop::new(|path, _| match path {
        "/v2/review/count" => Reply::new(200, r#"{"total":1}"#),
        "/v2/review/list" => Reply::json(&json!({"has_next": false, "reviews": [review("r1", "PROCESSED", 1, 0)]})),
        _ => comments(own(false, false)),
    })
    .await;
    for _ in 0..2 {
        let pages = shop.pass("reviews_recent", false).await.unwrap();
        let told = &pages.last().unwrap().conversations[0];
        assert_eq!(told.facts.answer.as_ref().unwrap().publication, Publication::Pending);
        assert_eq!((told.mark.as_deref(), told.facts.settled), (None, Some(false)));
    }
}

#[tokio::test]
async fn an_old_server_is_asked_in_its_own_words() {
    let shop = Shop::new(|path, _| match path {
        "/v1/review/list" => Reply::json(&json!({"has_next": true, "last_id": "x", "reviews": [
            {"id": "r1", "sku": 5, "text": "", "rating": 5, "status": "UNPROCESSED", "published_at": "2026-01-01T00:00:00Z"}]})),
        path if path.starts_with("/v2/") => Reply::new(404, "404 page not found"),
        _ => Reply::new(200, "{}"),
    })
    .await;
    shop.pass("reviews_recent", false).await.unwrap();
    shop.clock.advance(Duration::from_secs(1));
    shop.connector.send(&delete(Kind::Review, "c:7")).await;
    shop.clock.advance(Duration::from_secs(1));
    shop.connector.send(&settle(Kind::Review)).await;
    assert_eq!(
        asked(&shop),
        [
            "/v2/review/count {}",
            r#"/v1/review/list {"limit":100,"last_id":"","sort_dir":"DESC","status":"ALL"}"#,
            r#"/v1/review/comment/delete {"comment_id":"7"}"#,
            r#"/v1/review/change-status {"review_ids":["id-1"],"status":"PROCESSED"}"#,
        ],
        "the generation is asked for once, and a page of old reviews ends a pass"
    );
}

#[tokio::test]
async fn a_missing_subscription_closes_its_own_feature() {
    for (stream, feature) in [("questions_unanswered", "questions"), ("reviews_unanswered", "reviews")] {
        let shop = Shop::new(|_, _| error(403, 7, "available with premium plus subscription")).await;
        let failure = shop.pass(stream, false).await.unwrap_err();
        assert!(
            matches!(&failure, Failure::Closed { feature: named, code, .. } if named == feature && code == "subscription_missing"),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn an_item_of_its_own_trouble_does_not_hide_the_others() {
    for (trouble, tries, set_aside) in
        [(error(404, 5, "not found"), 1, 0), (error(400, 3, "invalid"), 1, 1), (error(500, 13, "Internal error"), 3, 1)]
    {
        let label = format!("{trouble:?}");
        let shop = Shop::new(move |path, body| match path {
            "/v1/question/list" => Reply::json(
                &json!({"questions": [question("bad", "NEW", 1), question("good", "NEW", 1)], "last_id": ZERO}),
            ),
            "/v1/seller/info" => info(),
            _ if body["question_id"] == "bad" => trouble.clone(),
            _ => answers("чай"),
        })
        .await;
        let mut failures = 0;
        let pages = loop {
            match shop.pass("questions_unanswered", false).await {
                Ok(pages) => break pages,
                Err(_) => failures += 1,
            }
        };
        assert_eq!(failures, tries - 1, "{label}");
        assert_eq!(pages.iter().map(|page| page.unreadable.len()).sum::<usize>(), set_aside, "{label}");
        assert!(shop.marked("good") && !shop.marked("bad"), "{label}");
    }
}
