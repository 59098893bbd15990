#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
use dragoman_domain::Direction;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::tests::terms;
use super::*;

/// Documented shape of a review, wildberries 2026-10; the words are our own.
fn documented() -> Value {
    json!({
        "id": "YX52RZEBhH9mrcYdEJuD", "text": "Пришёл с царапиной", "pros": "Цвет", "cons": "Царапина на крышке",
        "productValuation": 2, "createdDate": "2026-11-01T10:20:48+03:00", "answer": null, "state": "none",
        "productDetails": {"nmId": 987654321, "imtId": 123456789, "productName": "Термос 1 л", "supplierArticle": "T-1",
                           "supplierName": null, "brandName": null, "size": "42"},
        "photoLinks": [{"fullSize": "https://feedback04.wbbasket.ru/vol1/part1/1/photos/fs.webp",
                        "miniSize": "https://feedback04.wbbasket.ru/vol1/part1/1/photos/ms.webp"}],
        "video": {"previewImage": "https://videofeedback01.wbbasket.ru/8d/preview.webp",
                  "link": "https://videofeedback01.wbbasket.ru/8d/index.m3u8", "durationSec": 12},
        "wasViewed": false, "userName": "Ольга", "orderStatus": "buyout", "matchingSize": "smaller",
        "isAbleReturnProductOrders": true, "returnProductOrdersDate": null, "bables": ["упаковка", " "],
        "lastOrderShkId": 123456789, "lastOrderCreatedAt": "2026-03-20T00:00:00+03:00", "color": "синий",
        "subjectId": 219, "subjectName": "Термосы", "parentFeedbackId": null, "childFeedbackId": "later"
    })
}

fn with(changes: Value) -> String {
    let mut review = documented();
    for (field, value) in changes.as_object().unwrap() {
        review[field] = value.clone();
    }
    review.to_string()
}

fn read(changes: Value) -> Incoming {
    review(&with(changes), false, &terms()).unwrap()
}

#[test]
fn a_review_is_the_buyers_words_with_what_was_liked_and_what_was_not() {
    let raw = documented().to_string();
    let thread = review(&raw, true, &terms()).unwrap();
    let message = &thread.messages[0];
    assert_eq!(message.text, "Пришёл с царапиной\n+ Цвет\n− Царапина на крышке");
    assert_eq!((message.remote_id.as_str(), message.raw.as_str()), ("r:YX52RZEBhH9mrcYdEJuD", raw.as_str()));
    assert_eq!(message.sent_at.to_string(), "2026-11-01T07:20:48Z");
    let files: Vec<_> = message.attachments.iter().map(|file| (file.name.as_str(), file.mime.as_str())).collect();
    assert_eq!(
        files,
        [("fs.webp", "image/webp"), ("preview.webp", "image/webp"), ("index.m3u8", "application/vnd.apple.mpegurl")]
    );
    let facts = thread.facts;
    assert_eq!((facts.buyer.as_deref(), facts.subject.as_deref()), (Some("Ольга"), Some("Термос 1 л")));
    assert_eq!((facts.settled, facts.closed, facts.seen), (Some(false), None, Some(false)));
    assert_eq!(facts.offers.unwrap(), offers(true));
    let review = facts.review.unwrap();
    assert_eq!((review.stars, review.purchase), (Some(2), Some(Purchase::Kept)));
    assert_eq!((review.size_fit, review.size.as_str()), (Some(SizeFit::Smaller), "42"));
    assert_eq!((review.color.as_str(), review.tags.as_slice()), ("синий", &["упаковка".to_owned()][..]));
    assert_eq!((review.adds_to, review.added_by), (None, Some(RemoteId::from("later"))));
    assert_eq!(review.purchased_at.unwrap().to_string(), "2026-03-19T21:00:00Z");
}

#[test]
fn words_that_are_missing_leave_no_empty_lines() {
    let text = |changes| read(changes).messages[0].text.clone();
    assert_eq!(text(json!({"text": "", "pros": " "})), "− Царапина на крышке");
    assert_eq!(text(json!({"text": null, "pros": "", "cons": ""})), "");
}

#[test]
fn what_became_of_an_answer_follows_from_its_state() {
    let answer = |state: &str| {
        let answer = json!({"text": "Нам жаль", "state": state, "editable": true});
        let thread = read(json!({"state": "wbRu", "answer": answer}));
        assert_eq!(
            (thread.messages[1].remote_id.as_str(), thread.messages[1].direction),
            ("ra:YX52RZEBhH9mrcYdEJuD", Direction::Out)
        );
        assert_eq!((thread.facts.settled, thread.facts.editable), (Some(false), Some(true)));
        thread.facts.answer.map(|answer| (answer.publication, answer.reason))
    };
    assert_eq!(answer("wbRu"), Some((Publication::Public, String::new())));
    assert_eq!(answer("reviewRequired"), Some((Publication::Pending, String::new())));
    assert_eq!(answer("none"), Some((Publication::Pending, String::new())));
    assert_eq!(answer("rejected"), Some((Publication::Refused, String::new())));
    assert_eq!(answer("rejectedAntispam"), Some((Publication::Refused, "rejectedAntispam".to_owned())));
    assert_eq!(answer("somethingNew"), None);
}

#[test]
fn an_answer_without_a_date_stands_behind_its_review_and_one_with_a_date_tells_how_long_it_may_be_changed() {
    let undated = read(json!({"answer": {"text": "Да", "editable": true}}));
    assert!(undated.messages[1].sent_at > undated.messages[0].sent_at, "else it would be our turn again");
    assert_eq!(undated.facts.edit_until, None);
    let dated = read(json!({"answer": {"text": "Да", "createDate": "2026-11-02T00:00:00Z"}}));
    assert_eq!(dated.messages[1].sent_at.to_string(), "2026-11-02T00:00:00Z");
    assert_eq!(dated.facts.edit_until.unwrap().to_string(), "2027-01-01T00:00:00Z");
}

#[test]
fn nobody_expects_an_answer_to_what_the_platform_has_put_away() {
    let settled = |changes, awaits| review(&with(changes), awaits, &terms()).unwrap().facts.settled;
    let old = json!({"createdDate": "2026-10-01T00:00:00Z"});
    assert_eq!(settled(json!({}), false), Some(false), "fresh");
    assert_eq!(settled(old.clone(), false), Some(true), "a month without an answer");
    assert_eq!(settled(old, true), Some(false), "but the platform lists it");
    assert_eq!(settled(json!({"state": "wbRu"}), false), Some(true), "marked as processed");
    let stars_alone = json!({"text": "", "pros": "", "cons": "", "photoLinks": null, "video": null});
    assert_eq!(settled(stars_alone, false), Some(true));
}

#[test]
fn the_size_fits_in_latin_and_in_cyrillic_letters() {
    for (word, fit) in [
        ("ok", Some(SizeFit::Fits)),
        ("ок", Some(SizeFit::Fits)),
        ("oк", Some(SizeFit::Fits)),
        ("bigger", Some(SizeFit::Larger)),
        ("", None),
        ("other", None),
    ] {
        assert_eq!(read(json!({"matchingSize": word})).facts.review.unwrap().size_fit, fit, "{word}");
    }
}

#[test]
fn a_return_can_be_offered_only_where_the_platform_says_so() {
    assert_eq!(read(json!({"isAbleReturnProductOrders": false})).facts.offers, Some(Vec::new()));
    let silent = read(json!({"isAbleReturnProductOrders": null, "returnProductOrdersDate": "2026-11-03T00:00:00Z"}));
    assert_eq!(silent.facts.offers, None);
    assert!(silent.facts.review.unwrap().return_offered_at.is_some());
}

#[test]
fn decorations_of_odd_shape_do_not_hide_a_review() {
    for odd in [
        json!({"photoLinks": null}),
        json!({"photoLinks": [null, {"fullSize": 7}, {}]}),
        json!({"photoLinks": "none"}),
        json!({"video": []}),
        json!({"productValuation": 9}),
        json!({"productDetails": null}),
        json!({"bables": {}}),
        json!({"lastOrderCreatedAt": "", "returnProductOrdersDate": ""}),
        json!({"orderStatus": "notSpecified", "userName": ""}),
    ] {
        assert!(review(&with(odd.clone()), true, &terms()).is_ok(), "{odd}");
    }
    assert_eq!(read(json!({"productValuation": 9})).facts.review.unwrap().stars, None);
    assert_eq!(read(json!({"userName": ""})).facts.buyer, None);
}

#[test]
fn what_a_review_cannot_do_without_is_named() {
    for (broken, field) in [
        (json!({"id": null}), "id"),
        (json!({"createdDate": "вчера"}), "no date"),
        (json!({"text": 7}), "string"),
        (json!({"answer": {"state": "wbRu"}}), "answer"),
    ] {
        let cause = review(&with(broken.clone()), true, &terms()).unwrap_err();
        assert!(cause.contains(field), "{broken}: {cause}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_reading_fail_hard(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = review(&String::from_utf8_lossy(&bytes), true, &terms());
    }

    #[test]
    fn no_damage_to_a_review_makes_reading_fail_hard(at in 0_usize..1_600, byte in any::<u8>()) {
        let mut bytes = documented().to_string().into_bytes();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let _ = review(&String::from_utf8_lossy(&bytes), false, &terms());
    }
}
