//! Ozon products, pictures and postings.

use dragoman_simulator::{Options, Size};
use serde_json::{Value, json};

use crate::scene::{Scene, options, reply, without_quotas};

const PERIOD: (&str, &str) = ("2026-01-01T00:00:00Z", "2026-11-22T10:00:00Z");

/// The sku and order number of some chat that knows them.
async fn facts(scene: &Scene) -> (Value, String) {
    for row in scene.chats().await {
        for message in scene.history(row["chat"]["chat_id"].as_str().unwrap()).await {
            if let Some(order) = message["context"]["order_number"].as_str().filter(|order| !order.is_empty()) {
                return (message["context"]["sku"].clone(), order.to_owned());
            }
        }
    }
    panic!("no chat knows its order");
}

#[tokio::test]
async fn the_sku_of_a_chat_leads_to_a_product_with_name_and_picture() {
    let scene = Scene::start(without_quotas()).await;
    let (sku, _) = facts(&scene).await;
    // Deleted products are missing here and known to the other method.
    let related = scene.ozon("/v1/product/related-sku/get", json!({ "sku": [sku] })).await.json();
    assert!(related["items"][0]["product_id"].is_i64());
    let listed = scene.ozon("/v3/product/info/list", json!({ "sku": [sku] })).await.json();
    for item in listed["items"].as_array().unwrap() {
        assert!(item["name"].is_string() && item["primary_image"].is_array());
    }
}

#[tokio::test]
async fn one_kind_of_id_per_call_and_a_thousand_at_most() {
    let scene = Scene::start(options()).await;
    for body in [json!({}), json!({ "sku": [1], "offer_id": ["a"] }), json!({ "sku": (0..1_001).collect::<Vec<_>>() })]
    {
        assert_eq!(scene.ozon("/v3/product/info/list", body).await.json()["code"], 3);
    }
    let unknown = scene.ozon("/v3/product/info/list", json!({ "sku": ["1"] })).await.json();
    assert_eq!(unknown["items"], json!([]));
    let unknown = scene.ozon("/v1/product/related-sku/get", json!({ "sku": [1] })).await.json();
    assert_eq!(unknown["errors"][0]["sku"], 1);
}

#[tokio::test]
async fn pictures_are_public_whole_and_with_a_width() {
    let scene = Scene::start(without_quotas()).await;
    let (sku, _) = facts(&scene).await;
    let items = scene.ozon("/v3/product/info/list", json!({ "sku": [sku] })).await.json();
    let link = items["items"][0]["images"][0].as_str().unwrap().to_owned();
    let path = link.strip_prefix("https://cdn1.ozone.ru").unwrap();
    let (folder, file) = path.rsplit_once('/').unwrap();
    for path in [path.to_owned(), format!("{folder}/wc160/{file}")] {
        let picture = scene.client.get(format!("{}{path}", scene.shop("ozon").base_url)).send().await.unwrap();
        assert_eq!(picture.headers()["content-type"], "image/png", "{path}");
    }
}

#[tokio::test]
async fn an_order_number_is_found_in_one_of_the_two_schemes() {
    let scene = Scene::start(without_quotas()).await;
    let (_, order) = facts(&scene).await;
    let filter = json!({ "since": PERIOD.0, "to": PERIOD.1, "order_numbers": [order] });
    let mut found = Vec::new();
    for path in ["/v4/posting/fbs/list", "/v3/posting/fbo/list"] {
        let page = scene.ozon(path, json!({ "filter": filter, "limit": 100, "sort_dir": "DESC" })).await.json();
        found.push(page["postings"].as_array().unwrap().clone());
    }
    assert_eq!(found.iter().filter(|postings| !postings.is_empty()).count(), 1);
    let posting = found.concat()[0].clone();
    assert!(posting["products"][0]["price"]["amount"].is_string() && posting["analytics_data"].is_null());
    // The single look-up writes money as text, and knows only its own scheme.
    let body = json!({ "posting_number": posting["posting_number"], "with": { "analytics_data": true } });
    let (fbs, fbo) =
        (scene.ozon("/v3/posting/fbs/get", body.clone()).await, scene.ozon("/v2/posting/fbo/get", body).await);
    let (hit, miss) = if fbs.status == 200 { (fbs, fbo) } else { (fbo, fbs) };
    assert!(hit.json()["result"]["products"][0]["price"].is_string());
    assert!(hit.json()["result"]["analytics_data"].is_object());
    assert_eq!((miss.status, &miss.json()["code"]), (404, &json!(5)));
}

#[tokio::test]
async fn lists_of_postings_check_period_limit_and_direction() {
    let scene = Scene::start(options()).await;
    let period = json!({ "since": PERIOD.0, "to": PERIOD.1 });
    for (path, body) in [
        ("/v4/posting/fbs/list", json!({ "filter": {}, "limit": 10 })),
        ("/v4/posting/fbs/list", json!({ "filter": period, "limit": 101 })),
        ("/v4/posting/fbs/list", json!({ "filter": period, "limit": 10, "sort_dir": "up" })),
        ("/v3/posting/fbo/list", json!({ "filter": { "since": "2024-01-01T00:00:00Z", "to": PERIOD.1 }, "limit": 10 })),
    ] {
        assert_eq!(scene.ozon(path, body).await.json()["code"], 3);
    }
}

#[tokio::test]
async fn pages_of_postings_follow_the_cursor() {
    let scene = Scene::start(without_quotas()).await;
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let body = json!({ "filter": { "since": PERIOD.0, "to": PERIOD.1 }, "limit": 3, "cursor": cursor });
        let page = scene.ozon("/v4/posting/fbs/list", body).await.json();
        seen += page["postings"].as_array().unwrap().len();
        if page["has_next"] == false {
            break;
        }
        cursor = page["cursor"].as_str().unwrap().to_owned();
    }
    assert!(seen > 3);
}

#[tokio::test]
async fn a_key_without_look_ups_is_refused_there_and_nowhere_else() {
    let scene = Scene::start(options()).await;
    let call = async |path: &str, body: Value| reply(scene.ozon_as("without_look_ups", path).json(&body)).await.status;
    assert_eq!(call("/v3/product/info/list", json!({ "sku": [1] })).await, 403);
    assert_eq!(call("/v3/posting/fbs/get", json!({ "posting_number": "1-1-1" })).await, 403);
    assert_eq!(call("/v3/chat/list", json!({ "limit": 10 })).await, 200);
}

#[tokio::test]
async fn some_products_have_no_main_picture_no_price_or_no_row_at_all() {
    let scene = Scene::start(without_quotas()).await;
    let all = scene.ozon("/v4/product/info/attributes", json!({ "limit": 1000 })).await.json();
    let skus: Vec<&Value> = all["result"].as_array().unwrap().iter().map(|product| &product["sku"]).collect();
    let listed = scene.ozon("/v3/product/info/list", json!({ "sku": skus })).await.json();
    let items = listed["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["primary_image"] == json!([]) && item["images"][0].is_string()));
    assert!(items.iter().any(|item| item["price"] == "") && items.iter().any(|item| item["price"] != ""));
    assert!(items.len() < 24, "deleted products are missing");
}

#[tokio::test]
async fn a_picture_is_a_list_in_the_product_list_and_text_among_the_attributes() {
    let scene = Scene::start(without_quotas()).await;
    let page = scene.ozon("/v4/product/info/attributes", json!({ "limit": 2 })).await.json();
    assert!(page["result"][0]["primary_image"].is_string() && page["result"][0]["sku"].is_string());
    let body = json!({ "limit": 1, "filter": { "sku": [page["result"][1]["sku"]] } });
    assert_eq!(scene.ozon("/v4/product/info/attributes", body).await.json()["result"][0], page["result"][1]);
    let next = json!({ "limit": 2, "last_id": page["last_id"] });
    assert_ne!(scene.ozon("/v4/product/info/attributes", next).await.json()["result"][0], page["result"][0]);
    let listed = scene.ozon("/v3/product/info/list", json!({ "sku": [page["result"][0]["sku"]] })).await.json();
    assert!(listed["items"][0]["primary_image"].is_array());
}

#[tokio::test]
async fn money_is_an_object_in_lists_text_in_get_and_a_number_among_the_finances() {
    let scene = Scene::start(Options { size: Size { chats: 200, ..Size::default() }, ..without_quotas() }).await;
    let filter = json!({ "since": PERIOD.0, "to": PERIOD.1 });
    let list = async |path: &str| {
        let page = scene.ozon(path, json!({ "filter": filter, "limit": 100 })).await.json();
        page["postings"].as_array().unwrap().clone()
    };
    let (fbs, fbo) = (list("/v4/posting/fbs/list").await, list("/v3/posting/fbo/list").await);
    assert!(fbs[0]["products"][0]["price"]["amount"].is_string() && fbs[0]["analytics_data"].is_null());
    // An order of two postings.
    assert!(fbs.iter().chain(&fbo).any(|posting| posting["posting_number"].as_str().unwrap().ends_with("-2")));
    let with = json!({ "financial_data": true });
    let body = json!({ "posting_number": fbo[0]["posting_number"], "with": with });
    assert_eq!(scene.ozon("/v3/posting/fbs/get", body.clone()).await.json()["code"], 5);
    let posting = scene.ozon("/v2/posting/fbo/get", body).await.json()["result"].clone();
    assert!(posting["products"][0]["price"].is_string());
    assert!(posting["financial_data"]["products"][0]["price"].is_i64());
    for retired in ["/v3/posting/fbs/list", "/v2/posting/fbo/list", "/v2/product/info"] {
        assert_eq!(scene.ozon(retired, json!({ "limit": 1 })).await.status, 404, "{retired}");
    }
}
