//! Wildberries questions: lists, counters, answers and their publication.

use dragoman_simulator::{Fault, FaultPlan, Match, Options, Size};
use serde_json::{Value, json};

use crate::scene::{Scene, options, without_quotas};

fn answer(id: &str, text: &str) -> Value {
    json!({ "id": id, "answer": { "text": text }, "state": "wbRu" })
}

#[tokio::test]
async fn the_two_halves_of_the_list_hold_every_question_once() {
    let scene = Scene::start(without_quotas()).await;
    let (open, answered) = (scene.wb_questions(false).await, scene.wb_questions(true).await);
    assert_eq!(open.len() + answered.len(), Size::default().questions);
    assert!(open.iter().all(|question| question["answer"].is_null() && question["state"] == "suppliersPortalSynch"));
    assert!(answered.iter().all(|question| question["answer"]["text"].is_string()));
    let counters = scene.wb_get("/api/v1/questions/count-unanswered").await.json();
    assert_eq!(counters["data"]["countUnanswered"], open.len());
    let count = scene.wb_get("/api/v1/questions/count?isAnswered=true").await.json();
    assert_eq!(count["data"], answered.len());
}

#[tokio::test]
async fn dates_have_nine_fractional_digits() {
    let scene = Scene::start(options()).await;
    let created = scene.wb_questions(true).await[0]["createdDate"].as_str().unwrap().to_owned();
    assert_eq!(created.split('.').nth(1).unwrap().len(), "123456789Z".len());
}

#[tokio::test]
async fn lists_are_newest_first_unless_asked_otherwise() {
    let scene = Scene::start(options()).await;
    let dates = |questions: &[Value]| -> Vec<String> {
        questions.iter().map(|question| question["createdDate"].as_str().unwrap().to_owned()).collect()
    };
    let newest_first = dates(&scene.wb_questions(true).await);
    assert!(newest_first.is_sorted_by(|a, b| a >= b));
    let path = "/api/v1/questions?isAnswered=true&take=10000&skip=0&order=dateAsc";
    let oldest_first = dates(scene.wb_get(path).await.json()["data"]["questions"].as_array().unwrap());
    assert!(oldest_first.is_sorted());
}

#[tokio::test]
async fn pages_join_without_gap_and_windows_reach_beyond_ten_thousand() {
    let size = Size { questions: 12_000, answered: 1.0, ..Size::default() };
    let scene = Scene::start(Options { size, ..without_quotas() }).await;
    let mut seen = std::collections::HashSet::new();
    let mut until = String::new();
    loop {
        let path = format!("/api/v1/questions?isAnswered=true&take=10000&skip=0&dateTo={until}");
        let page = scene.wb_get(&path).await.json()["data"]["questions"].as_array().unwrap().clone();
        let before = seen.len();
        seen.extend(page.iter().map(|question| question["id"].as_str().unwrap().to_owned()));
        if seen.len() == before {
            break;
        }
        let oldest: jiff::Timestamp = page.last().unwrap()["createdDate"].as_str().unwrap().parse().unwrap();
        until = oldest.as_second().to_string();
    }
    // The two hand-made questions that await an answer are in the other half.
    assert_eq!(seen.len(), 11_998);
}

#[tokio::test]
async fn take_and_skip_together_reach_ten_thousand_and_no_further() {
    let scene = Scene::start(without_quotas()).await;
    let list = async |query: &str| scene.wb_get(&format!("/api/v1/questions?{query}")).await;
    assert_eq!(list("isAnswered=true&take=5000&skip=5000").await.status, 200);
    for query in [
        "isAnswered=true&take=5001&skip=5000",
        "isAnswered=true&take=10001&skip=0",
        "isAnswered=yes&take=1&skip=0",
        "isAnswered=true&skip=0",
        "isAnswered=true&take=1&skip=0&dateFrom=monday",
        "isAnswered=true&take=1&skip=0&nmId=x",
    ] {
        let refused = list(query).await;
        assert_eq!((refused.status, refused.json()["error"].as_bool()), (400, Some(true)), "{query}");
    }
}

#[tokio::test]
async fn a_product_filter_keeps_only_that_product() {
    let scene = Scene::start(options()).await;
    let product = scene.wb_questions(true).await[0]["productDetails"]["nmId"].clone();
    let path = format!("/api/v1/questions?isAnswered=true&take=100&skip=0&nmId={product}");
    let found = scene.wb_get(&path).await.json()["data"]["questions"].as_array().unwrap().clone();
    assert!(!found.is_empty() && found.iter().all(|question| question["productDetails"]["nmId"] == product));
}

#[tokio::test]
async fn new_means_not_viewed_and_viewing_all_ends_it() {
    let scene = Scene::start(without_quotas()).await;
    let news = async || scene.wb_get("/api/v1/new-feedbacks-questions").await.json()["data"]["hasNewQuestions"].clone();
    assert_eq!(news().await, true);
    for question in scene.wb_questions(false).await {
        scene.wb_patch(json!({ "id": question["id"], "wasViewed": true })).await;
    }
    assert_eq!(news().await, false);
    assert!(scene.running.accepted().iter().all(|entry| entry.action == "viewed" && entry.text.is_none()));
}

#[tokio::test]
async fn an_accepted_answer_shows_up_only_after_moderation() {
    let scene = Scene::start(options()).await;
    let id = scene.wb_open_question().await;
    let accepted = scene.wb_patch(answer(&id, "Да, подойдёт.")).await.json();
    assert_eq!((&accepted["error"], &accepted["data"]), (&json!(false), &Value::Null));
    assert!(scene.wb_question(&id).await["answer"].is_null());
    scene.advance(1).await;
    let question = scene.wb_question(&id).await;
    assert_eq!(question["answer"]["text"], "Да, подойдёт.");
    assert_eq!((&question["state"], &question["answer"]["editable"]), (&json!("wbRu"), &json!(true)));
}

#[tokio::test]
async fn a_refused_publication_leaves_the_question_open() {
    let fault = Fault::Moderation { seconds: 60.0, refused: true };
    let plan = FaultPlan::one(Match { action: Some("reply".into()), ..Match::default() }, fault);
    let scene = Scene::start(Options { plan, ..options() }).await;
    let id = scene.wb_open_question().await;
    assert_eq!(scene.wb_patch(answer(&id, "Пишите на почту")).await.status, 200);
    scene.advance(3_600).await;
    assert!(scene.wb_question(&id).await["answer"].is_null());
    assert_eq!(scene.running.accepted().len(), 1);
}

#[tokio::test]
async fn an_answer_can_be_edited_once() {
    let scene = Scene::start(without_quotas()).await;
    let id = scene.wb_open_question().await;
    for text in ["Первый ответ", "Второй ответ"] {
        assert_eq!(scene.wb_patch(answer(&id, text)).await.status, 200);
        scene.advance(5).await;
    }
    let question = scene.wb_question(&id).await;
    assert_eq!((&question["answer"]["text"], &question["answer"]["editable"]), (&json!("Второй ответ"), &json!(false)));
    assert_eq!(scene.wb_patch(answer(&id, "Третий ответ")).await.status, 400);
    let actions: Vec<String> = scene.running.accepted().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["reply", "edit"]);
}

#[tokio::test]
async fn an_answer_cannot_be_edited_after_sixty_days() {
    let scene = Scene::start(options()).await;
    let id = scene.wb_open_question().await;
    scene.wb_patch(answer(&id, "Первый ответ")).await;
    scene.advance(61 * 86_400).await;
    assert_eq!(scene.wb_patch(answer(&id, "Второй ответ")).await.status, 400);
}

#[tokio::test]
async fn a_rejected_question_moves_to_the_answered_half_and_is_hidden() {
    let scene = Scene::start(options()).await;
    let id = scene.wb_open_question().await;
    scene.wb_patch(json!({ "id": id, "answer": { "text": "Не о товаре" }, "state": "none" })).await;
    scene.advance(5).await;
    let found = scene.wb_questions(true).await.into_iter().find(|question| question["id"] == *id).unwrap();
    assert_eq!(found["state"], "none");
    assert_eq!(scene.running.accepted()[0].action, "reject");
}

#[tokio::test]
async fn malformed_writes_are_refused_and_change_nothing() {
    let scene = Scene::start(without_quotas()).await;
    let id = scene.wb_open_question().await;
    for (body, status) in [
        (json!({ "id": 5, "wasViewed": true }), 400),
        (json!({ "id": id, "answer": { "text": "Ответ" } }), 400),
        (json!({ "id": id, "answer": { "text": "Ответ" }, "state": "public" }), 400),
        (json!({ "id": id, "answer": { "text": "Ответ" }, "state": "wbRu", "wasViewed": true }), 400),
        (json!({ "id": id, "answer": { "text": "я" }, "state": "wbRu" }), 400),
        (json!({ "id": id, "answer": { "text": "я".repeat(5_001) }, "state": "wbRu" }), 400),
        (json!({ "id": "unknown", "answer": { "text": "Ответ" }, "state": "wbRu" }), 404),
    ] {
        let refused = scene.wb_patch(body.clone()).await;
        assert_eq!((refused.status, &refused.json()["error"]), (status, &json!(true)), "{body}");
    }
    assert!(scene.running.accepted().is_empty());
}

#[tokio::test]
async fn a_write_without_content_type_gets_a_short_problem() {
    let scene = Scene::start(options()).await;
    let id = scene.wb_open_question().await;
    let request =
        scene.wb_as("token", reqwest::Method::PATCH, "/api/v1/questions").body(answer(&id, "Ответ").to_string());
    let refused = crate::scene::reply(request).await;
    assert_eq!((refused.status, &refused.json()["title"]), (400, &json!("bad request")));
}

#[tokio::test]
async fn an_unknown_id_cannot_be_processed() {
    let scene = Scene::start(options()).await;
    let refused = scene.wb_get("/api/v1/question?id=nobody").await;
    assert_eq!((refused.status, refused.json()["errorText"].as_str()), (422, Some("Невозможно получить вопрос по id")));
}

#[tokio::test]
async fn a_buyer_asks_again_some_time_after_the_reply() {
    let scene = Scene::start(Options { answer_back: true, ..without_quotas() }).await;
    let before = scene.wb_questions(false).await.len();
    let id = scene.wb_open_question().await;
    scene.wb_patch(answer(&id, "Да, подойдёт.")).await;
    scene.advance(200).await;
    assert_eq!(scene.wb_questions(false).await.len(), before);
}
