//! Product facts and pictures.

use dragoman_channels::{Failure, Wanted};
use serde_json::{Value, json};

use crate::mock::Reply;
use crate::shop::{ALL_RIGHTS, Shop, complaint, problem, rights};

const PICTURE: &str = "https://basket-02.wbbasket.ru/vol149/part14917/14917842/images/c516x688/1.webp";

fn cards() -> Value {
    let card = |number: u64, title: &str| json!({"nmID": number, "imtID": 1, "vendorCode": "CH-01", "title": title, "photos": [{"c516x688": PICTURE, "big": "https://other/"}]});
    json!({"cards": [card(149_178_420, "Другой"), null, card(14_917_842, "Чехол силиконовый")],
           "cursor": {"updatedAt": "2026-09-12T07:11:42.96577Z", "nmID": 14_917_842, "total": 3}})
}

fn wanted(products: &[&str]) -> Wanted {
    Wanted { products: products.iter().map(|key| (*key).to_owned()).collect(), orders: vec!["srid".to_owned()] }
}

#[tokio::test]
async fn a_product_is_found_by_its_exact_number_only() {
    let shop = Shop::saying(Reply::json(200, &cards())).await;
    let facts = shop.connector.look_up(&wanted(&["14917842", "1491784"])).await.unwrap();
    assert_eq!(facts.products.len(), 1);
    assert_eq!((facts.products[0].name.as_str(), facts.products[0].picture.as_str()), ("Чехол силиконовый", PICTURE));
    assert_eq!(facts.unknown_products, ["1491784"]);
    let body: Value = serde_json::from_str(&shop.mock.seen()[0].body).unwrap();
    assert_eq!(
        body,
        json!({"settings": {"cursor": {"limit": 100}, "filter": {"textSearch": "14917842", "withPhoto": -1}}})
    );
}

#[tokio::test]
async fn a_card_in_the_trash_is_looked_up_there_once() {
    let shop = Shop::start(rights(ALL_RIGHTS), |seen| match seen.path.as_str() {
        "/content/v2/get/cards/trash" => Reply::json(200, &cards()),
        _ => Reply::json(200, &json!({"cards": [], "cursor": {"total": 0}})),
    })
    .await;
    let facts = shop.connector.look_up(&wanted(&["14917842"])).await.unwrap();
    assert_eq!(facts.products[0].name, "Чехол силиконовый");
    let paths: Vec<_> = shop.mock.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/content/v2/get/cards/list", "/content/v2/get/cards/trash"]);
}

#[tokio::test]
async fn unknown_cards_are_all_found_unknown_however_slow_the_pace() {
    let shop = Shop::saying(Reply::json(200, &json!({"cards": [], "cursor": {"total": 0}}))).await;
    let mut left: Vec<String> = (1..=5).map(|number| number.to_string()).collect();
    let mut calls = 0;
    while !left.is_empty() {
        calls += 1;
        assert!(calls < 40, "it begins anew for ever");
        match shop.connector.look_up(&Wanted { products: left.clone(), orders: Vec::new() }).await {
            Ok(facts) => left.retain(|key| !facts.unknown_products.contains(key)),
            Err(Failure::Wait { until, told: false }) => shop.clock.advance_to(until),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(shop.mock.seen().len(), 10);
}

#[tokio::test]
async fn a_refusal_of_cards_closes_product_facts_and_not_the_account() {
    for reply in [
        problem(401, "token scope not allowed"),
        problem(401, "revoked"),
        Reply::json(403, &complaint("Access denied")),
    ] {
        let failure = Shop::saying(reply).await.connector.look_up(&wanted(&["14917842"])).await.unwrap_err();
        assert!(matches!(&failure, Failure::Closed { feature, .. } if feature == "products"), "{failure:?}");
    }
}

#[tokio::test]
async fn a_key_without_the_category_gets_the_probable_picture_and_no_call_is_made() {
    let shop = Shop::start(rights(0x80), |_| Reply::json(200, &cards())).await;
    let facts = shop.connector.look_up(&wanted(&["14917842", "odd"])).await.unwrap();
    assert_eq!(
        (facts.products.len(), facts.products[0].name.as_str(), facts.products[0].picture.as_str()),
        (1, "", PICTURE)
    );
    assert!(shop.mock.seen().is_empty());
}

#[tokio::test]
async fn look_ups_go_as_far_as_the_pace_allows_and_keep_what_they_found() {
    let shop = Shop::saying(Reply::json(200, &cards())).await;
    let wanted = wanted(&["14917842"; 10]);
    let facts = shop.connector.look_up(&wanted).await.unwrap();
    assert_eq!(facts.products.len(), 3, "a burst of five leaves two");
    assert!(matches!(shop.connector.look_up(&wanted).await, Err(Failure::Wait { told: false, .. })));
}

#[tokio::test]
async fn pictures_are_fetched_without_the_token() {
    let shop = Shop::start(rights(ALL_RIGHTS), |_| Reply::new(200, &b"RIFF\x00\x00\x00\x00WEBPVP8 "[..])).await;
    assert_eq!(shop.connector.picture(PICTURE).await.unwrap().mime, "image/webp");
    let seen = shop.mock.seen();
    assert_eq!(
        (seen[0].path.as_str(), seen[0].authorization.as_deref()),
        ("/vol149/part14917/14917842/images/c516x688/1.webp", None)
    );
    assert!(matches!(shop.connector.picture("https://evil.example/1.webp").await, Err(Failure::Refused { .. })));
    assert_eq!(shop.mock.seen().len(), 1);
}
