//! Ozon chats: list, history, send and read.

use std::collections::HashSet;

use dragoman_simulator::{IdForm, Options, OzonRules, Size};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::scene::{Scene, digits, options, refused as message, reply, with_ozon, without_quotas};

#[tokio::test]
async fn pages_of_the_list_join_without_gap_in_a_shop_of_twenty_thousand_chats() {
    let size = Size { chats: 20_000, questions: 4, ..Size::default() };
    let scene = Scene::start(Options { size, ..without_quotas() }).await;
    let ids: HashSet<String> =
        scene.chats().await.iter().map(|row| row["chat"]["chat_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 20_010);
}

#[tokio::test]
async fn notices_support_and_unknown_types_come_before_the_first_buyer() {
    let scene = Scene::start(options()).await;
    let types: Vec<String> =
        scene.chats().await.iter().map(|row| row["chat"]["chat_type"].as_str().unwrap().to_owned()).collect();
    let first_buyer = types.iter().position(|kind| kind.starts_with("BUYER_SELLER")).unwrap();
    assert_eq!(first_buyer, 10);
    for kind in ["SELLER_SUPPORT", "UNSPECIFIED", "SELLER_PARTNER_CLUB", "BUYER_SELLER_SELECT"] {
        assert!(types.iter().any(|found| found == kind), "{kind}");
    }
}

#[tokio::test]
async fn unread_only_and_the_status_filter_narrow_the_list() {
    let scene = Scene::start(options()).await;
    let list = async |filter: Value| {
        scene.ozon("/v3/chat/list", json!({ "filter": filter, "limit": 100 })).await.json()["chats"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert!(list(json!({ "unread_only": true })).await.iter().all(|row| row["unread_count"].as_i64().unwrap() > 0));
    for spelled in ["CLOSED", "Closed"] {
        let closed = list(json!({ "chat_status": spelled })).await;
        assert!(!closed.is_empty() && closed.iter().all(|row| row["chat"]["chat_status"] == "CLOSED"));
    }
}

#[tokio::test]
async fn a_list_without_limit_or_over_a_hundred_is_refused() {
    let scene = Scene::start(options()).await;
    for body in [json!({}), json!({ "limit": 101 }), json!({ "limit": 5, "filter": { "chat_status": "NEW" } })] {
        let (status, code, _) = message(&scene.ozon("/v3/chat/list", body).await);
        assert_eq!((status, code), (400, 3));
    }
}

#[tokio::test]
async fn ids_are_numbers_or_strings_of_nineteen_digits_and_one_has_twenty() {
    for (form, is_text) in [(IdForm::Number, false), (IdForm::Text, true)] {
        let scene = Scene::start(with_ozon(OzonRules { ids: form, ..OzonRules::default() })).await;
        let lengths: Vec<(usize, bool)> = scene
            .chats()
            .await
            .iter()
            .map(|row| (digits(&row["last_message_id"]).to_string().len(), row["last_message_id"].is_string()))
            .collect();
        assert_eq!(lengths.iter().filter(|(length, _)| *length == 20).count(), 1);
        assert!(lengths.iter().all(|&(length, text)| text == is_text || length == 20));
    }
}

#[tokio::test]
async fn a_finished_list_ends_in_an_empty_cursor_or_in_none() {
    for (form, end) in [(IdForm::Number, json!("")), (IdForm::Text, Value::Null)] {
        let scene = Scene::start(with_ozon(OzonRules { ids: form, ..OzonRules::default() })).await;
        let page = scene.ozon("/v3/chat/list", json!({ "limit": 100 })).await.json();
        assert_eq!((&page["has_next"], &page["cursor"]), (&json!(false), &end));
    }
}

#[tokio::test]
async fn unread_totals_count_notices_too_and_follow_reading() {
    let scene = Scene::start(without_quotas()).await;
    let total = async || {
        let page = scene.ozon("/v3/chat/list", json!({ "limit": 100 })).await.json();
        let rows: i64 = page["chats"].as_array().unwrap().iter().map(|row| row["unread_count"].as_i64().unwrap()).sum();
        (page["total_unread_count"].as_i64().unwrap(), rows)
    };
    let (before, rows) = total().await;
    assert_eq!(before, rows);
    let chat = scene.open_chat().await;
    assert_eq!(total().await, (before + 1, before + 1));
    scene.ozon("/v2/chat/read", json!({ "chat_id": chat })).await;
    assert_eq!(total().await, (before, before));
}

#[tokio::test]
async fn history_runs_backward_by_default_and_forward_from_a_message() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    for text in ["Добрый день!", "Чем помочь?"] {
        scene.send(&chat, text).await;
    }
    let backward = scene.history(&chat).await;
    let ids: Vec<u128> = backward.iter().map(|message| digits(&message["message_id"])).collect();
    assert!(ids.len() == 3 && ids.is_sorted_by(|a, b| a > b));
    let body = json!({ "chat_id": chat, "direction": "Forward", "from_message_id": ids[1] as u64, "limit": 1 });
    let forward = scene.ozon("/v3/chat/history", body).await.json();
    assert_eq!((digits(&forward["messages"][0]["message_id"]), &forward["has_next"]), (ids[1], &json!(true)));
}

#[tokio::test]
async fn direction_is_case_sensitive_and_forward_needs_a_start() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    for body in [
        json!({ "chat_id": chat, "direction": "backward" }),
        json!({ "chat_id": chat, "direction": "Forward" }),
        json!({ "chat_id": chat, "limit": 1001 }),
        json!({}),
    ] {
        assert_eq!(message(&scene.ozon("/v3/chat/history", body).await).1, 3);
    }
    let unknown = scene.ozon("/v3/chat/history", json!({ "chat_id": "nobody" })).await;
    assert_eq!((unknown.status, message(&unknown).1), (404, 5));
}

#[tokio::test]
async fn a_twenty_digit_id_can_be_sent_back_as_a_number() {
    let scene = Scene::start(options()).await;
    let rows = scene.chats().await;
    let row = rows.iter().find(|row| digits(&row["last_message_id"]).to_string().len() == 20).unwrap();
    let body = format!(
        r#"{{"chat_id":{},"direction":"Forward","from_message_id":{}}}"#,
        row["chat"]["chat_id"],
        digits(&row["last_message_id"])
    );
    let page =
        reply(scene.ozon_as("api_key", "/v3/chat/history").header("Content-Type", "application/json").body(body)).await;
    assert_eq!(page.json()["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn messages_come_in_every_odd_form_the_contract_knows() {
    let scene = Scene::start(Options { size: Size { chats: 200, ..Size::default() }, ..without_quotas() }).await;
    let mut messages = Vec::new();
    for row in scene.chats().await {
        messages.extend(scene.history(row["chat"]["chat_id"].as_str().unwrap()).await);
    }
    let has = |what: &str, test: &dyn Fn(&Value) -> bool| assert!(messages.iter().any(test), "{what}");
    let data = |message: &Value| -> Vec<String> {
        message["data"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    has("a Cyrillic first letter", &|message| message["user"]["type"] == "Сustomer");
    has("a plain author", &|message| message["user"]["type"] == "Customer");
    has("the internal label", &|message| data(message).first().is_some_and(|text| text == "errorText"));
    has("a picture alone", &|message| data(message).len() == 1 && data(message)[0].starts_with("![]("));
    has("a picture after words", &|message| data(message).len() == 2 && data(message)[1].starts_with("![]("));
    has("a picture within words", &|message| data(message).iter().any(|text| text.contains(" ![](")));
    has("a picture in moderation", &|message| message["moderate_image_status"] == "MODERATION");
    has("no content", &|message| data(message).is_empty());
    has("a link", &|message| data(message).iter().any(|text| text.contains("](https://www.ozon.ru/")));
    has("null context", &|message| message.get("context").is_some_and(Value::is_null));
    has("no context", &|message| message.get("context").is_none());
    has("an order", &|message| message["context"]["order_number"].as_str().is_some_and(|text| text.contains('-')));
}

#[tokio::test]
async fn a_sent_message_returns_no_id_and_is_found_in_the_thread() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    assert_eq!(scene.send(&chat, "Добрый день!").await.json(), json!({ "result": "success" }));
    let last = scene.history(&chat).await[0].clone();
    assert_eq!(
        (&last["user"]["type"], last["data"].as_array().unwrap().last().unwrap()),
        (&json!("Seller"), &json!("Добрый день!"))
    );
    let entry = scene.running.accepted()[0].clone();
    assert_eq!((entry.action.as_str(), entry.target, entry.text.as_deref()), ("reply", chat, Some("Добрый день!")));
}

#[tokio::test]
async fn a_thread_may_lag_behind_an_accepted_message() {
    let read_lag = jiff::SignedDuration::from_secs(30);
    let scene = Scene::start(with_ozon(OzonRules { read_lag, ..OzonRules::default() })).await;
    let chat = scene.open_chat().await;
    scene.send(&chat, "Добрый день!").await;
    assert_eq!(scene.history(&chat).await.len(), 1);
    scene.advance(30).await;
    assert_eq!(scene.history(&chat).await.len(), 2);
}

#[tokio::test]
async fn texts_have_one_to_a_thousand_characters() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    for (text, status) in [(String::new(), 400), ("ж".repeat(1_001), 400), ("ж".repeat(1_000), 200)] {
        assert_eq!(scene.send(&chat, &text).await.status, status);
    }
}

#[tokio::test]
async fn the_window_closes_forty_eight_hours_after_the_buyers_last_word() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    scene.advance(48 * 3_600).await;
    assert_eq!(scene.send(&chat, "Ещё можно").await.status, 200);
    scene.advance(1).await;
    let (status, code, text) = message(&scene.send(&chat, "Поздно").await);
    assert!((status, code) == (403, 7) && text.contains("not permitted"));
    scene
        .control("/control/buyer", json!({ "shop": scene.shop("ozon").name, "conversation": chat, "text": "Алло?" }))
        .await;
    assert_eq!(scene.send(&chat, "Снова можно").await.status, 200);
}

#[tokio::test]
async fn a_second_message_before_the_buyers_answer_is_refused_where_that_rule_holds() {
    let scene = Scene::start(with_ozon(OzonRules { one_message_until_answer: true, ..OzonRules::default() })).await;
    let chat = scene.open_chat().await;
    assert_eq!(scene.send(&chat, "Первое").await.status, 200);
    assert!(message(&scene.send(&chat, "Второе").await).2.contains("not permitted"));
}

#[tokio::test]
async fn some_chats_are_switched_off_by_the_platform() {
    let scene = Scene::start(Options { size: Size { chats: 200, ..Size::default() }, ..without_quotas() }).await;
    let mut disabled = 0;
    for row in scene.chats().await {
        let refused = scene.send(row["chat"]["chat_id"].as_str().unwrap(), "Добрый день").await;
        disabled += usize::from(refused.status == 403 && message(&refused).2.contains("disabled"));
    }
    assert!(disabled > 0);
}

#[tokio::test]
async fn notices_take_no_replies() {
    let scene = Scene::start(options()).await;
    let rows = scene.chats().await;
    let notice = rows.iter().find(|row| row["chat"]["chat_type"] == "UNSPECIFIED").unwrap();
    assert_eq!(message(&scene.send(notice["chat"]["chat_id"].as_str().unwrap(), "Спасибо").await).1, 7);
}

#[tokio::test]
async fn reading_marks_up_to_a_message_and_returns_what_is_left() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    let write = json!({ "shop": scene.shop("ozon").name, "conversation": chat, "text": "И ещё" });
    scene.control("/control/buyer", write).await;
    let first = scene.history(&chat).await[1]["message_id"].clone();
    let read = scene.ozon("/v2/chat/read", json!({ "chat_id": chat, "from_message_id": first })).await.json();
    assert_eq!(read, json!({ "unread_count": 1 }));
    let read = scene.ozon("/v2/chat/read", json!({ "chat_id": chat })).await.json();
    assert_eq!(read, json!({ "unread_count": 0 }));
    assert_eq!(scene.running.accepted().iter().filter(|entry| entry.action == "read").count(), 2);
}

#[tokio::test]
async fn without_premium_plus_buyer_chats_are_listed_but_closed() {
    let subscription = "PREMIUM".to_owned();
    let scene = Scene::start(with_ozon(OzonRules { subscription, ..OzonRules::default() })).await;
    let info = scene.ozon("/v1/seller/info", json!({})).await.json();
    assert_eq!(info["subscription"], json!({ "is_premium": true, "type": "PREMIUM" }));
    let rows = scene.chats().await;
    let of = |kind: &str| rows.iter().find(|row| row["chat"]["chat_type"] == kind).unwrap()["chat"]["chat_id"].clone();
    let buyer = of("BUYER_SELLER");
    for (path, body) in [
        ("/v3/chat/history", json!({ "chat_id": buyer })),
        ("/v1/chat/send/message", json!({ "chat_id": buyer, "text": "Добрый день" })),
        ("/v2/chat/read", json!({ "chat_id": buyer })),
    ] {
        let (status, code, text) = message(&scene.ozon(path, body).await);
        assert!((status, code) == (403, 7) && text.to_lowercase().contains("premium plus"), "{path}");
    }
    assert_eq!(scene.ozon("/v3/chat/history", json!({ "chat_id": of("SELLER_SUPPORT") })).await.status, 200);
}

#[tokio::test]
async fn strangers_and_dead_keys_get_code_sixteen() {
    let scene = Scene::start(options()).await;
    let bare = scene.client.post(format!("{}/v1/roles", scene.shop("ozon").base_url)).json(&json!({}));
    assert_eq!(message(&reply(bare).await), (401, 16, "Client-Id and Api-Key headers are required".into()));
    let (_, code, text) = message(&reply(scene.ozon_as("deactivated", "/v1/roles").json(&json!({}))).await);
    assert!(code == 16 && text.contains("deactivated"));
    let wrong = scene.ozon_as("api_key", "/v1/roles").header("Api-Key", "x").json(&json!({}));
    assert!(reply(wrong).await.status < 500);
}

#[tokio::test]
async fn roles_name_the_methods_of_a_key_and_others_are_refused() {
    let scene = Scene::start(options()).await;
    let roles = scene.ozon("/v1/roles", json!({})).await.json();
    let methods: Vec<&str> =
        roles["roles"][0]["methods"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    assert!(methods.contains(&"/v1/chat/send/message") && roles["expires_at"].as_str().unwrap().starts_with("2027-"));
    let refused = reply(scene.ozon_as("without_chats", "/v3/chat/list").json(&json!({ "limit": 1 }))).await;
    assert_eq!(message(&refused), (403, 7, "Api-Key is missing a required role for a method".into()));
}

#[tokio::test]
async fn the_fifty_first_request_of_a_second_is_refused_with_code_eight() {
    let scene = Scene::start(options()).await;
    for _ in 0..50 {
        assert_eq!(scene.ozon("/v1/roles", json!({})).await.status, 200);
    }
    let refused = scene.ozon("/v1/roles", json!({})).await;
    assert_eq!((refused.status, message(&refused).1, refused.header("retry-after")), (429, 8, Some("1")));
    scene.advance(1).await;
    assert_eq!(scene.ozon("/v1/roles", json!({})).await.status, 200);
}

#[tokio::test]
async fn retired_methods_answer_not_found() {
    let scene = Scene::start(options()).await;
    for path in ["/v2/chat/list", "/v2/chat/history", "/v1/chat/updates"] {
        assert_eq!(message(&scene.ozon(path, json!({})).await).1, 5);
    }
}

#[tokio::test]
async fn a_chats_file_needs_the_key_and_is_a_picture() {
    let scene = Scene::start(without_quotas()).await;
    let mut link = None;
    for row in scene.chats().await {
        let text = serde_json::to_string(&scene.history(row["chat"]["chat_id"].as_str().unwrap()).await).unwrap();
        link = link.or_else(|| {
            text.split("](https://api-seller.ozon.ru").nth(1).map(|rest| rest.split(')').next().unwrap().to_owned())
        });
    }
    let shop = scene.shop("ozon");
    let url = format!("{}{}", shop.base_url, link.unwrap());
    assert_eq!(scene.client.get(&url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let request = scene
        .client
        .get(&url)
        .header("Client-Id", &shop.fields["client_id"])
        .header("Api-Key", &shop.secrets["api_key"]);
    let picture = request.send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/png");
}

#[tokio::test]
async fn a_buyer_answers_back_some_time_after_the_reply() {
    let scene = Scene::start(Options { answer_back: true, ..options() }).await;
    let chat = scene.open_chat().await;
    scene.send(&chat, "Добрый день, уже отправили.").await;
    assert_eq!(scene.history(&chat).await.len(), 2);
    scene.advance(181).await;
    let history = scene.history(&chat).await;
    assert_eq!(history.len(), 3);
    assert!(history[0]["user"]["type"].as_str().unwrap().ends_with("ustomer"));
}

#[tokio::test]
async fn a_429_tells_how_long_to_wait_in_some_shops_only() {
    let size = Size { ozon_shops: 2, ..Size::default() };
    let scene = Scene::start(Options { size, ..options() }).await;
    for (shop, told) in scene.running.shops().iter().filter(|shop| shop.channel == "ozon").zip([true, false]) {
        let ask = || {
            let request = scene.client.post(format!("{}/v1/roles", shop.base_url)).json(&json!({}));
            let request = request.header("Client-Id", &shop.fields["client_id"]);
            reply(request.header("Api-Key", &shop.secrets["api_key"]))
        };
        for _ in 0..50 {
            assert_eq!(ask().await.status, 200);
        }
        let refused = ask().await;
        assert_eq!((message(&refused).1, refused.header("retry-after").is_some()), (8, told));
    }
}

#[tokio::test]
async fn a_list_may_take_no_notice_of_its_status_filter() {
    let scene = Scene::start(with_ozon(OzonRules { ignores_chat_status: true, ..OzonRules::default() })).await;
    let list = async |status: &str| {
        scene.ozon("/v3/chat/list", json!({ "limit": 100, "filter": { "chat_status": status } })).await.json()
    };
    assert_eq!(list("CLOSED").await, list("ALL").await);
}
