//! Ozon questions and their answers.

use std::collections::HashSet;

use dragoman_simulator::{FaultPlan, IdForm, Options, OzonRules, OzonWorld};
use serde_json::{Value, json};

use crate::scene::{Scene, in_text, options, refused, reply, with_ozon, without_quotas};

const END: &str = "00000000-0000-0000-0000-000000000000";

fn many(ids: IdForm) -> Options {
    let world = OzonWorld { questions: 25, ..OzonWorld::default() };
    Options { ozon: OzonRules { ids, world, ..OzonRules::default() }, ..without_quotas() }
}

async fn list(scene: &Scene, filter: Value) -> Vec<Value> {
    let page = scene.ozon("/v1/question/list", json!({ "filter": filter, "limit": 100 })).await.json();
    page["questions"].as_array().unwrap().clone()
}

async fn info(scene: &Scene, id: &str) -> Value {
    scene.ozon("/v1/question/info", json!({ "question_id": id })).await.json()
}

async fn answer(scene: &Scene, question: &Value, text: &str) -> crate::scene::Reply {
    let body = json!({ "question_id": question["id"], "sku": question["sku"], "text": text });
    scene.ozon("/v1/question/answer/create", body).await
}

async fn answers(scene: &Scene, question: &Value) -> Vec<Value> {
    let body = json!({ "question_id": question["id"], "sku": question["sku"], "last_id": "" });
    scene.ozon("/v1/question/answer/list", body).await.json()["answers"].as_array().unwrap().clone()
}

#[tokio::test]
async fn pages_of_ten_join_until_the_zero_id_whether_or_not_has_next_is_told() {
    for (ids, told) in [(IdForm::Number, true), (IdForm::Text, false)] {
        let scene = Scene::start(many(ids)).await;
        let (mut found, mut last_id) = (HashSet::new(), String::new());
        while last_id != END {
            let page = scene.ozon("/v1/question/list", json!({ "last_id": last_id })).await.json();
            let rows = page["questions"].as_array().unwrap();
            assert!(rows.len() <= 10);
            found.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            assert_eq!(page.get("has_next").is_some(), told);
            last_id = page["last_id"].as_str().unwrap().to_owned();
        }
        assert_eq!(found.len(), 25);
    }
}

#[tokio::test]
async fn a_full_last_page_may_be_followed_by_an_empty_one() {
    let scene = Scene::start(many(IdForm::Text)).await;
    let page = scene.ozon("/v1/question/list", json!({ "limit": 25 })).await.json();
    let rest = scene.ozon("/v1/question/list", json!({ "limit": 25, "last_id": page["last_id"] })).await.json();
    assert_eq!(rest, json!({ "questions": [], "last_id": END }));
}

#[tokio::test]
async fn questions_run_from_the_newest_or_the_oldest_within_dates() {
    let scene = Scene::start(without_quotas()).await;
    let moments = async |body: Value| -> Vec<String> {
        let page = scene.ozon("/v1/question/list", body).await.json();
        page["questions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["published_at"].as_str().unwrap().to_owned())
            .collect()
    };
    let newest = moments(json!({ "limit": 100 })).await;
    let oldest = moments(json!({ "limit": 100, "sort_dir": "ASC" })).await;
    assert!(newest.iter().rev().eq(&oldest) && oldest.is_sorted());
    let filter = json!({ "date_from": oldest[2], "date_to": oldest[4] });
    assert_eq!(moments(json!({ "filter": filter, "sort_dir": "ASC" })).await, oldest[2..=4]);
}

#[tokio::test]
async fn unprocessed_holds_what_is_new_or_viewed_and_counts_agree_with_lists() {
    let scene = Scene::start(without_quotas()).await;
    let counts = scene.ozon("/v1/question/count", json!({})).await.json();
    for (status, count) in [
        ("ALL", "all"),
        ("NEW", "new"),
        ("VIEWED", "viewed"),
        ("PROCESSED", "processed"),
        ("UNPROCESSED", "unprocessed"),
    ] {
        let found = list(&scene, json!({ "status": status })).await;
        assert!(!found.is_empty());
        assert_eq!(found.len() as i64, counts[count].as_i64().unwrap(), "{status}");
    }
    assert_eq!(refused(&scene.ozon("/v1/question/list", json!({ "filter": { "status": "OLD" } })).await).1, 3);
}

#[tokio::test]
async fn counters_may_be_text() {
    let scene = Scene::start(in_text()).await;
    assert!(list(&scene, json!({})).await.iter().all(|question| question["answers_count"].is_string()));
    for (options, text) in [(in_text(), true), (options(), false)] {
        let scene = Scene::start(options).await;
        let skus = scene.ozon("/v1/question/top-sku", json!({ "limit": 3 })).await.json();
        assert!(skus["sku"].as_array().unwrap().iter().all(|sku| sku.is_string() == text));
    }
}

#[tokio::test]
async fn an_answer_gets_an_id_and_leaves_the_status_to_a_call_of_its_own() {
    let scene = Scene::start(options()).await;
    let id = scene.ozon_begins("question", "Можно ли выбрать цвет?").await;
    let question = info(&scene, &id).await;
    let created = answer(&scene, &question, "Да, в комментарии к заказу.").await.json();
    let after = info(&scene, &id).await;
    assert_eq!((&after["status"], &after["answers_count"]), (&json!("NEW"), &json!(1)));
    let given = answers(&scene, &question).await;
    assert_eq!(
        (&given[0]["id"], given[0]["author_name"].as_str()),
        (&created["answer_id"], Some(&*scene.shop("ozon").name))
    );
    let body = json!({ "question_ids": [id], "status": "PROCESSED" });
    assert_eq!(scene.ozon("/v1/question/change-status", body).await.status, 200);
    assert_eq!(info(&scene, &id).await["status"], "PROCESSED");
    let logged: Vec<_> =
        scene.running.accepted().into_iter().map(|entry| (entry.action, entry.target, entry.text)).collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        logged,
        [
            ("reply".to_owned(), id.clone(), text("Да, в комментарии к заказу.")),
            ("status".to_owned(), id, text("PROCESSED"))
        ]
    );
}

#[tokio::test]
async fn answers_are_two_to_three_thousand_characters_long_and_need_the_right_sku() {
    let scene = Scene::start(options()).await;
    let id = scene.ozon_begins("question", "Есть размер 43?").await;
    let mut question = info(&scene, &id).await;
    for (text, status) in [("ж".to_owned(), 400), ("ж".repeat(3_001), 400), ("ж".repeat(3_000), 200)] {
        assert_eq!(answer(&scene, &question, &text).await.status, status);
    }
    question["sku"] = json!(1);
    let (status, code, _) = refused(&answer(&scene, &question, "Да, есть").await);
    assert_eq!((status, code), (404, 5));
    assert_eq!(scene.running.accepted().len(), 1);
}

#[tokio::test]
async fn own_answers_are_deleted_and_those_of_other_buyers_are_not() {
    let scene = Scene::start(options()).await;
    let id = scene.ozon_begins("question", "Маломерит?").await;
    let question = info(&scene, &id).await;
    scene
        .control(
            "/control/buyer",
            json!({ "shop": scene.shop("ozon").name, "conversation": id, "text": "Да, на размер" }),
        )
        .await;
    answer(&scene, &question, "Соответствует таблице.").await;
    let given = answers(&scene, &question).await;
    assert_eq!((given.len(), &given[0]["author_name"]), (2, &json!("Пользователь OZON")));
    let delete = async |answer: &Value| {
        let body = json!({ "answer_id": answer["id"], "sku": question["sku"] });
        scene.ozon("/v1/question/answer/delete", body).await.status
    };
    assert_eq!((delete(&given[0]).await, delete(&given[1]).await, delete(&given[1]).await), (404, 200, 404));
    assert_eq!(answers(&scene, &question).await.len(), 1);
    assert_eq!(scene.running.accepted()[1].action, "delete");
}

#[tokio::test]
async fn a_page_of_answers_holds_ten() {
    let scene = Scene::start(without_quotas()).await;
    let id = scene.ozon_begins("question", "Кто пробовал?").await;
    let question = info(&scene, &id).await;
    for _ in 0..12 {
        answer(&scene, &question, "Пробовали").await;
    }
    let page = async |last_id: &Value| {
        let body = json!({ "question_id": id, "sku": question["sku"], "last_id": last_id });
        let page = scene.ozon("/v1/question/answer/list", body).await.json();
        (page["answers"].as_array().unwrap().len(), page["last_id"].clone())
    };
    let (first, last_id) = page(&json!("")).await;
    assert_eq!((first, page(&last_id).await), (10, (2, json!(END))));
}

#[tokio::test]
async fn an_accepted_answer_may_lag_and_may_have_no_effect() {
    let read_lag = jiff::SignedDuration::from_secs(30);
    let scene = Scene::start(with_ozon(OzonRules { read_lag, ..OzonRules::default() })).await;
    let id = scene.ozon_begins("question", "Есть гарантия?").await;
    let question = info(&scene, &id).await;
    answer(&scene, &question, "Год").await;
    assert_eq!(answers(&scene, &question).await.len(), 0);
    scene.advance(30).await;
    assert_eq!(answers(&scene, &question).await.len(), 1);

    let rule = r#"{"rules":[{"match":{"action":"reply"},"fault":{"kind":"accept_without_effect"}}]}"#;
    let scene = Scene::start(Options { plan: FaultPlan::parse(rule).unwrap(), ..options() }).await;
    let id = scene.ozon_begins("question", "Есть гарантия?").await;
    let question = info(&scene, &id).await;
    assert_eq!(answer(&scene, &question, "Год").await.status, 200);
    assert_eq!((answers(&scene, &question).await.len(), scene.running.accepted().len()), (0, 0));
}

#[tokio::test]
async fn an_answer_given_in_the_cabinet_is_seen_and_not_logged() {
    let scene = Scene::start(options()).await;
    let id = scene.ozon_begins("question", "Когда привоз?").await;
    scene.in_cabinet(&id, None, "В пятницу").await;
    let question = info(&scene, &id).await;
    assert_eq!(
        (&question["status"], answers(&scene, &question).await[0]["text"].as_str()),
        (&json!("PROCESSED"), Some("В пятницу"))
    );
    assert_eq!(scene.running.accepted(), []);
}

#[tokio::test]
async fn questions_need_premium_plus_and_the_role() {
    let scene = Scene::start(with_ozon(OzonRules { subscription: "PREMIUM".into(), ..OzonRules::default() })).await;
    for (path, body) in [
        ("/v1/question/list", json!({})),
        ("/v1/question/count", json!({})),
        ("/v1/question/answer/create", json!({ "question_id": "x", "sku": 1, "text": "Да" })),
    ] {
        let (status, code, text) = refused(&scene.ozon(path, body).await);
        assert!((status, code) == (403, 7) && text.contains("checkSellerPremiumPlus"), "{path}");
    }
    let (_, code, text) =
        refused(&reply(scene.ozon_as("without_questions", "/v1/question/list").json(&json!({}))).await);
    assert!(code == 7 && text.contains("missing a required role"));
    assert_eq!(reply(scene.ozon_as("without_questions", "/v1/roles").json(&json!({}))).await.status, 200);
}

#[tokio::test]
async fn the_details_of_an_error_are_text_in_this_section() {
    let scene = Scene::start(options()).await;
    assert_eq!(scene.ozon("/v1/question/info", json!({ "question_id": "x" })).await.json()["details"], "");
    assert_eq!(scene.ozon("/v3/chat/list", json!({})).await.json()["details"], json!([]));
}
