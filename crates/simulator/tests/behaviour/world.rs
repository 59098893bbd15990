//! What grows from a seed.

use dragoman_simulator::Options;

use crate::scene::{Scene, options, without_quotas};

async fn everything(options: Options) -> String {
    let scene = Scene::start(options).await;
    let mut all = scene.wb_questions(false).await;
    all.extend(scene.wb_questions(true).await);
    for row in scene.chats().await {
        all.extend(scene.history(row["chat"]["chat_id"].as_str().unwrap()).await);
        all.push(row);
    }
    serde_json::to_string(&all).unwrap()
}

#[tokio::test]
async fn the_same_seed_grows_the_same_world_and_another_seed_another_one() {
    let first = everything(without_quotas()).await;
    assert_eq!(first, everything(without_quotas()).await);
    assert_ne!(first, everything(Options { seed: 2, ..without_quotas() }).await);
}

#[tokio::test]
async fn every_default_world_has_returns_in_russian_and_chinese_some_awaiting_an_answer() {
    for seed in [1, 2, 3] {
        let scene = Scene::start(Options { seed, ..without_quotas() }).await;
        let mut chats = Vec::new();
        for row in scene.chats().await {
            chats.push(scene.history(row["chat"]["chat_id"].as_str().unwrap()).await);
        }
        for word in ["возврат", "退货"] {
            for answered in [false, true] {
                let questions = scene.wb_questions(answered).await;
                let found = questions.iter().any(|question| question["text"].as_str().unwrap().contains(word));
                assert!(found, "{word}, answered {answered}, seed {seed}");
                let found = chats.iter().any(|messages| {
                    let last_is_ours = messages[0]["user"]["type"] == "Seller";
                    last_is_ours == answered && serde_json::to_string(messages).unwrap().contains(word)
                });
                assert!(found, "{word} in a chat, answered {answered}, seed {seed}");
            }
        }
    }
}

#[tokio::test]
async fn buyers_write_four_languages_on_both_platforms() {
    let all = everything(without_quotas()).await;
    for (language, letters) in [("Kazakh", "әғқңұүһ"), ("Russian", "щэъ")] {
        assert!(letters.chars().any(|letter| all.contains(letter)), "{language}");
    }
    assert!(all.contains("您好") && all.contains("Hello"));
}

#[tokio::test]
async fn the_freshest_question_is_never_from_the_future() {
    let scene = Scene::start(options()).await;
    let now = scene.running.now();
    for question in scene.wb_questions(false).await {
        assert!(question["createdDate"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap() <= now);
    }
}

#[tokio::test]
async fn every_default_world_has_reviews_and_chats_about_returns_in_russian_and_chinese() {
    for seed in [1, 2, 3] {
        let scene = Scene::start(Options { seed, ..without_quotas() }).await;
        let events = scene.wb_get("/api/v1/seller/events").await.text;
        for word in ["возврат", "退货"] {
            for answered in [false, true] {
                let path = format!("/api/v1/feedbacks?isAnswered={answered}&take=5000&skip=0");
                assert!(scene.wb_get(&path).await.text.contains(word), "{word}, answered {answered}, seed {seed}");
            }
            assert!(events.contains(word), "{word} in a chat, seed {seed}");
        }
    }
}

#[tokio::test]
async fn reviews_chats_and_claims_follow_from_the_seed() {
    let read = async |seed| {
        let scene = Scene::start(Options { seed, ..without_quotas() }).await;
        let mut all = String::new();
        for path in [
            "/api/v1/feedbacks?isAnswered=true&take=5000&skip=0",
            "/api/v1/seller/chats",
            "/api/v1/seller/events",
            "/api/v1/claims?is_archive=false",
        ] {
            all.push_str(&scene.wb_get(path).await.text);
        }
        all
    };
    let first = read(1).await;
    assert_eq!(first, read(1).await);
    assert_ne!(first, read(2).await);
}
