//! Wildberries reviews: lists, answers in moderation, and the return of the item.

use dragoman_simulator::{Fault, FaultPlan, Match, Options, Size, WildberriesRules};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::scene::{Reply, Scene, reply, without_quotas};

const ANSWER: &str = "/api/v1/feedbacks/answer";

async fn reviews(scene: &Scene, answered: bool) -> Vec<Value> {
    let path = format!("/api/v1/feedbacks?isAnswered={answered}&take=5000&skip=0");
    scene.wb_get(&path).await.json()["data"]["feedbacks"].as_array().unwrap().clone()
}

async fn all(scene: &Scene) -> Vec<Value> {
    let mut all = reviews(scene, true).await;
    all.extend(reviews(scene, false).await);
    all
}

async fn review(scene: &Scene, id: &str) -> Value {
    scene.wb_get(&format!("/api/v1/feedback?id={id}")).await.json()["data"].clone()
}

async fn open(scene: &Scene) -> String {
    reviews(scene, false).await[0]["id"].as_str().unwrap().to_owned()
}

async fn answer(scene: &Scene, method: Method, id: &str, text: &str) -> Reply {
    reply(scene.wb_as("token", method, ANSWER).json(&json!({ "id": id, "text": text }))).await
}

fn actions(scene: &Scene) -> Vec<String> {
    scene.running.accepted().into_iter().map(|entry| entry.action).collect()
}

fn slow() -> Options {
    let wildberries = WildberriesRules { publication_lag: SignedDuration::from_secs(60), ..Default::default() };
    Options { wildberries, ..without_quotas() }
}

#[tokio::test]
async fn the_two_halves_hold_every_review_once_newest_first() {
    let scene = Scene::start(without_quotas()).await;
    let (open, answered) = (reviews(&scene, false).await, reviews(&scene, true).await);
    assert_eq!(open.len() + answered.len(), Size::default().reviews);
    assert!(open.iter().all(|review| review["answer"].is_null() && review["state"] == "none"));
    assert!(answered.iter().all(|review| review["state"] == "wbRu"));
    let dates: Vec<&str> = answered.iter().map(|review| review["createdDate"].as_str().unwrap()).collect();
    assert!(dates.is_sorted_by(|a, b| a >= b) && dates[0].ends_with("+03:00"));
    let counters = scene.wb_get("/api/v1/feedbacks/count-unanswered").await.json();
    assert_eq!(counters["data"]["countUnanswered"], open.len());
    assert_eq!(scene.wb_get("/api/v1/feedbacks/count?isAnswered=false").await.json()["data"], open.len());
    let news = scene.wb_get("/api/v1/new-feedbacks-questions").await.json();
    assert_eq!(news["data"]["hasNewFeedbacks"], true);
}

#[tokio::test]
async fn fields_take_every_form_that_production_knows() {
    let scene = Scene::start(Options { size: Size { reviews: 400, ..Size::default() }, ..without_quotas() }).await;
    let all = all(&scene).await;
    let some = |what: &str, test: &dyn Fn(&Value) -> bool| assert!(all.iter().any(test), "{what}");
    some("photos are null", &|review| review["photoLinks"].is_null());
    some("photos are a list", &|review| review["photoLinks"][0]["fullSize"].is_string());
    some("a video", &|review| review["video"]["link"].as_str().is_some_and(|link| link.ends_with(".m3u8")));
    some("no video", &|review| review["video"].is_null());
    some("a Latin fit", &|review| review["matchingSize"] == "ok");
    some("a Cyrillic fit", &|review| review["matchingSize"] == "ок");
    some("no tags", &|review| review["bables"].is_null());
    some("tags", &|review| review["bables"][0].is_string());
    some("no order date", &|review| review["lastOrderCreatedAt"] == "");
    some("no return date", &|review| review["returnProductOrdersDate"] == "");
    some("no name", &|review| review["userName"] == "");
    some("no brand", &|review| review["productDetails"]["brandName"].is_null());
    for status in ["buyout", "rejected", "returned", "notSpecified"] {
        some(status, &|review| review["orderStatus"] == status);
    }
    for field in ["text", "pros", "cons"] {
        assert!(all.iter().all(|review| review[field].is_string()), "{field}");
    }
}

#[tokio::test]
async fn a_supplement_and_what_it_supplements_name_each_other_and_one_product() {
    let scene = Scene::start(without_quotas()).await;
    let all = all(&scene).await;
    let child = all.iter().find(|review| review["parentFeedbackId"].is_string()).unwrap();
    let parent = all.iter().find(|review| review["id"] == child["parentFeedbackId"]).unwrap();
    assert_eq!(parent["childFeedbackId"], child["id"]);
    assert_eq!(parent["productDetails"]["nmId"], child["productDetails"]["nmId"]);
    let shop = scene.shop("wildberries").name.clone();
    let id = open(&scene).await;
    let body = json!({ "shop": shop, "conversation": id, "text": "Дополняю: сломалось" });
    let added = scene.control("/control/buyer", body).await["conversation"].as_str().unwrap().to_owned();
    assert_eq!(review(&scene, &id).await["childFeedbackId"], added);
}

#[tokio::test]
async fn an_accepted_answer_is_seen_in_moderation_and_then_published() {
    let scene = Scene::start(slow()).await;
    let id = open(&scene).await;
    let accepted = answer(&scene, Method::POST, &id, "Спасибо за отзыв!").await;
    assert_eq!((accepted.status, accepted.text.as_str()), (204, ""));
    let waiting = review(&scene, &id).await;
    assert_eq!((&waiting["answer"]["state"], &waiting["state"]), (&json!("reviewRequired"), &json!("none")));
    assert!(reviews(&scene, false).await.iter().any(|review| review["id"] == *id));
    scene.advance(60).await;
    let done = review(&scene, &id).await;
    assert_eq!((&done["answer"]["state"], &done["state"]), (&json!("wbRu"), &json!("wbRu")));
    assert!(reviews(&scene, true).await.iter().any(|review| review["id"] == *id));
    assert_eq!(actions(&scene), ["reply"]);
}

#[tokio::test]
async fn an_answer_that_moderation_rejects_leaves_the_review_open_for_another() {
    let when = Match { nth: Some(1), action: Some("reply".into()), ..Match::default() };
    let plan = FaultPlan::one(when, Fault::Moderation { seconds: 60.0, refused: true });
    let scene = Scene::start(Options { plan, ..without_quotas() }).await;
    let id = open(&scene).await;
    answer(&scene, Method::POST, &id, "Пишите на почту").await;
    scene.advance(60).await;
    let rejected = review(&scene, &id).await;
    assert_eq!((&rejected["answer"]["state"], &rejected["state"]), (&json!("rejected"), &json!("none")));
    answer(&scene, Method::POST, &id, "Спасибо за отзыв!").await;
    scene.advance(1).await;
    assert_eq!(review(&scene, &id).await["answer"]["text"], "Спасибо за отзыв!");
    assert_eq!(actions(&scene), ["reply", "reply"]);
}

#[tokio::test]
async fn a_read_lag_hides_an_answer_from_its_own_sender() {
    let when = Match { action: Some("reply".into()), ..Match::default() };
    let plan = FaultPlan::one(when, Fault::ReadLag { seconds: 30.0 });
    let scene = Scene::start(Options { plan, ..without_quotas() }).await;
    let id = open(&scene).await;
    answer(&scene, Method::POST, &id, "Спасибо за отзыв!").await;
    assert!(review(&scene, &id).await["answer"].is_null());
    scene.advance(30).await;
    assert_eq!(review(&scene, &id).await["answer"]["text"], "Спасибо за отзыв!");
}

#[tokio::test]
async fn an_unknown_review_is_answered_with_success_and_nothing_happens() {
    let scene = Scene::start(without_quotas()).await;
    for method in [Method::POST, Method::PATCH] {
        assert_eq!(answer(&scene, method, "YX52RZEBhH9mrcYdEJuD", "Спасибо!").await.status, 204);
    }
    assert!(scene.running.accepted().is_empty());
    let unknown = scene.wb_get("/api/v1/feedback?id=YX52RZEBhH9mrcYdEJuD").await;
    assert_eq!((unknown.status, &unknown.json()["errorText"]), (422, &json!("Невозможно получить отзыв по id")));
}

#[tokio::test]
async fn an_answer_is_edited_once_and_within_sixty_days() {
    let scene = Scene::start(without_quotas()).await;
    let id = open(&scene).await;
    answer(&scene, Method::POST, &id, "Первый ответ").await;
    scene.advance(5).await;
    assert_eq!(review(&scene, &id).await["answer"]["editable"], true);
    assert_eq!(answer(&scene, Method::PATCH, &id, "Второй ответ").await.status, 204);
    scene.advance(5).await;
    let edited = review(&scene, &id).await["answer"].clone();
    assert_eq!((&edited["text"], &edited["editable"]), (&json!("Второй ответ"), &json!(false)));
    assert_eq!(answer(&scene, Method::PATCH, &id, "Третий ответ").await.status, 400);
    assert_eq!(actions(&scene), ["reply", "edit"]);
    let late = open(&scene).await;
    answer(&scene, Method::POST, &late, "Первый ответ").await;
    scene.advance(61 * 86_400).await;
    assert_eq!(answer(&scene, Method::PATCH, &late, "Второй ответ").await.status, 400);
}

#[tokio::test]
async fn malformed_answers_get_a_short_problem() {
    let scene = Scene::start(without_quotas()).await;
    let id = open(&scene).await;
    for text in ["я".to_owned(), "я".repeat(5_001)] {
        assert_eq!(answer(&scene, Method::POST, &id, &text).await.status, 400);
    }
    let body = json!({ "id": id, "text": "Спасибо!" }).to_string();
    for (kind, detail) in [
        (None, "content-type header not specified"),
        (Some("u"), "content-type is not a valid mime-type: u"),
        (Some("application/javascript"), "not a json content-type: application/javascript"),
    ] {
        let mut request = scene.wb_as("token", Method::POST, ANSWER).body(body.clone());
        if let Some(kind) = kind {
            request = request.header("Content-Type", kind);
        }
        let refused = reply(request).await;
        assert_eq!((refused.status, &refused.json()["detail"]), (400, &json!(detail)));
        assert_eq!(refused.json()["origin"], "fbapi");
    }
    assert!(scene.running.accepted().is_empty());
}

#[tokio::test]
async fn a_review_goes_to_the_archive_when_answered_or_thirty_days_old() {
    let scene = Scene::start(without_quotas()).await;
    let archive = async || {
        let page = scene.wb_get("/api/v1/feedbacks/archive?take=5000&skip=0").await.json();
        page["data"]["feedbacks"].as_array().unwrap().iter().map(|review| review["id"].to_string()).collect::<Vec<_>>()
    };
    let id = json!(open(&scene).await);
    assert!(!archive().await.contains(&id.to_string()));
    answer(&scene, Method::POST, id.as_str().unwrap(), "Спасибо за отзыв!").await;
    scene.advance(1).await;
    assert!(archive().await.contains(&id.to_string()));
    scene.advance(31 * 86_400).await;
    assert_eq!(archive().await.len(), Size::default().reviews);
    assert!(reviews(&scene, false).await.is_empty());
}

#[tokio::test]
async fn a_return_can_be_offered_once_and_only_where_the_review_says_so() {
    let scene = Scene::start(Options { size: Size { reviews: 200, ..Size::default() }, ..without_quotas() }).await;
    let all = all(&scene).await;
    let pick = |able: bool| {
        let found = all.iter().find(|review| review["isAbleReturnProductOrders"] == able).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let offer = async |id: &str| scene.wb_post("/api/v1/feedbacks/order/return", json!({ "feedbackId": id })).await;
    let id = pick(true);
    assert_eq!(offer(&id).await.json()["error"], false);
    let after = review(&scene, &id).await;
    assert_eq!(after["isAbleReturnProductOrders"], false);
    assert!(after["returnProductOrdersDate"].as_str().unwrap().ends_with('Z'));
    assert_eq!(offer(&id).await.status, 422);
    assert_eq!(offer(&pick(false)).await.json()["errorText"], "Запрос на возврат покупок недоступен");
    assert_eq!(offer("nobody").await.json()["errorText"], "Не удалось получить отзыв");
    assert_eq!(offer("").await.json()["errorText"], "Неправильный id в запросе");
    let accepted = scene.running.accepted();
    assert_eq!((accepted.len(), accepted[0].action.as_str(), accepted[0].text.as_deref()), (1, "act", Some("return")));
}

#[tokio::test]
async fn a_buyer_writes_a_review_with_stars_and_a_picture_and_a_colleague_answers() {
    let scene = Scene::start(without_quotas()).await;
    let shop = scene.shop("wildberries").name.clone();
    let body = json!({ "shop": shop, "kind": "review", "text": "Сломалось", "stars": 2, "with": ["picture", "video"] });
    let id = scene.control("/control/buyer", body).await["conversation"].as_str().unwrap().to_owned();
    let written = review(&scene, &id).await;
    assert_eq!((&written["productValuation"], &written["text"]), (&json!(2), &json!("Сломалось")));
    assert!(written["photoLinks"][0]["miniSize"].is_string() && written["video"].is_object());
    assert_eq!(open(&scene).await, id);
    scene.control("/control/cabinet", json!({ "shop": shop, "conversation": id, "text": "Уже разбираемся" })).await;
    assert_eq!(review(&scene, &id).await["answer"]["text"], "Уже разбираемся");
    assert!(scene.running.accepted().is_empty());
}

#[tokio::test]
async fn three_hundred_thousand_reviews_are_there_at_once_and_pages_join() {
    let size = Size { reviews: 300_000, ..Size::default() };
    let scene = Scene::start(Options { size, ..without_quotas() }).await;
    let ids = async |skip: usize| -> Vec<String> {
        let path = format!("/api/v1/feedbacks?isAnswered=true&take=50&skip={skip}");
        let page = scene.wb_get(&path).await.json()["data"]["feedbacks"].as_array().unwrap().clone();
        page.iter().map(|review| review["id"].as_str().unwrap().to_owned()).collect()
    };
    let (first, second) = (ids(0).await, ids(50).await);
    let whole: std::collections::HashSet<&String> = first.iter().chain(&second).collect();
    assert_eq!(whole.len(), 100);
    assert_eq!(scene.wb_get("/api/v1/feedbacks?isAnswered=true&take=5001&skip=0").await.status, 400);
    assert_eq!(scene.wb_get("/api/v1/feedbacks?isAnswered=true&take=1&skip=199991").await.status, 400);
}
