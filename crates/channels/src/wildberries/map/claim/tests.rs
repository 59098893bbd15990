#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::tests::terms;
use super::*;

/// Documented shape of a claim, wildberries 2026-10; the words are our own.
fn documented() -> Value {
    json!({
        "id": "fe3e9337-e9f9-423c-8930-946a8ebef80", "claim_type": 1, "status": 0, "status_ex": 0, "nm_id": 196320101,
        "user_comment": "Провод короче, чем в описании", "wb_comment": null, "dt": "2026-11-20T17:06:12.245611",
        "imt_name": "Кабель 0.5 м", "order_dt": "2026-10-27T05:18:56", "dt_update": "2026-11-20T17:06:12.245611",
        "photos": ["//photos.wbstatic.net/claim/fe3e9337/1.webp", "//photos.wbstatic.net/claim/fe3e9337/2.webp"],
        "video_paths": ["//video.wbstatic.net/claim/fe3e9337/1.mp4"], "actions": ["autorefund1", "approve1"],
        "price": 157, "currency_code": "643", "srid": "v5o_7143225816503318733.0.0", "origin_id_info": null,
        "delivery_dt": "2026-11-09T14:36:07"
    })
}

fn with(changes: Value) -> String {
    let mut claim = documented();
    for (field, value) in changes.as_object().unwrap() {
        claim[field] = value.clone();
    }
    claim.to_string()
}

fn read(changes: Value) -> Incoming {
    claim(&with(changes), &terms()).unwrap()
}

#[test]
fn an_open_claim_is_the_buyers_message_with_everything_a_decision_needs() {
    let thread = read(json!({}));
    let message = &thread.messages[0];
    assert_eq!((thread.messages.len(), message.remote_id.as_str()), (1, "c:fe3e9337-e9f9-423c-8930-946a8ebef80"));
    assert_eq!(message.sent_at.to_string(), "2026-11-20T14:06:12.245611Z", "Moscow's time");
    let sources: Vec<_> = message.attachments.iter().map(|file| file.source.as_str()).collect();
    assert_eq!(sources.len(), 3);
    assert_eq!(sources[0], "https://photos.wbstatic.net/claim/fe3e9337/1.webp");
    assert_eq!(
        (sources[2], message.attachments[2].mime.as_str()),
        ("https://video.wbstatic.net/claim/fe3e9337/1.mp4", "video/mp4")
    );
    let facts = thread.facts;
    assert_eq!(
        (facts.order_no.as_deref(), facts.status.as_deref()),
        (Some("v5o_7143225816503318733.0.0"), Some("0.0"))
    );
    assert_eq!((facts.closed, facts.settled), (Some(false), Some(false)));
    let product = facts.product.unwrap();
    assert_eq!((product.key.as_str(), product.name.as_str()), ("196320101", "Кабель 0.5 м"));
    let claim = facts.claim.unwrap();
    assert_eq!((claim.decision, claim.decided_at, claim.comment.as_str()), (Decision::Open, None, ""));
    assert_eq!(claim.amount.unwrap(), Money { amount: "157".to_owned(), currency: "RUB".to_owned() });
    let offers = facts.offers.unwrap();
    let named: Vec<_> = offers.iter().map(|offer| (offer.name.as_str(), offer.effect)).collect();
    assert_eq!(named, [("autorefund1", Effect::RefundKeep), ("approve1", Effect::ApproveCheck)]);
}

#[test]
fn offers_are_exactly_what_is_listed_whatever_it_is() {
    let effects = |actions: Value| {
        let offers = read(json!({"actions": actions})).facts.offers.unwrap();
        offers.iter().map(|offer| (offer.name.clone(), offer.effect, offer.fields.clone())).collect::<Vec<_>>()
    };
    let comment =
        |required| vec![Field { name: "comment".to_owned(), required, takes: Takes::Text { min: 10, max: 1000 } }];
    for (action, effect, fields) in [
        ("approve2", Effect::ApproveReturn, Vec::new()),
        ("reject1", Effect::Refuse, Vec::new()),
        ("reject2", Effect::Refuse, Vec::new()),
        ("reject3", Effect::Refuse, Vec::new()),
        ("rejectcustom", Effect::Refuse, comment(true)),
        ("approvecc1", Effect::ApproveReturn, comment(false)),
        ("confirmreturngoodcc1", Effect::ConfirmReceived, Vec::new()),
        ("somethingnew", Effect::Other, Vec::new()),
    ] {
        assert_eq!(effects(json!([action])), [(action.to_owned(), effect, fields)]);
    }
    assert!(effects(json!([])).is_empty());
    assert_eq!(read(json!({"actions": null})).facts.offers, None, "nothing is known of them");
}

#[test]
fn a_decision_is_an_event_of_the_thread_and_nobody_waits_any_more() {
    let decided = read(json!({
        "status": 1, "status_ex": 1, "wb_comment": "Брак не обнаружен", "dt_update": "2026-11-21T18:01:06.999613", "actions": []
    }));
    let event = &decided.messages[1];
    assert_eq!((event.direction, event.text.as_str()), (Direction::System, "Брак не обнаружен"));
    assert_eq!(event.sent_at.to_string(), "2026-11-21T15:01:06.999613Z");
    assert_eq!((decided.facts.closed, decided.facts.settled), (Some(true), Some(true)));
    let claim = decided.facts.claim.unwrap();
    assert_eq!((claim.decision, claim.comment.as_str()), (Decision::Refused, "Брак не обнаружен"));
    assert_eq!(claim.stage, "товар остаётся у покупателя, заявка отклонена");
    let reconsidered = read(json!({"status": 1, "status_ex": 1, "actions": ["approve2"]}));
    assert_eq!((reconsidered.facts.closed, reconsidered.facts.settled), (Some(false), Some(true)));
    let approved = read(json!({"status": 2, "status_ex": 8}));
    assert_eq!(approved.facts.claim.unwrap().decision, Decision::Approved);
    assert_ne!(approved.messages[1].remote_id, event.remote_id, "another decision is another event");
}

#[test]
fn a_claim_that_offers_nothing_is_settled_without_being_closed() {
    let facts = read(json!({"actions": []})).facts;
    assert_eq!((facts.closed, facts.settled), (Some(false), Some(true)));
}

#[test]
fn numbers_that_are_new_to_us_stay_as_they_are() {
    let claim = read(json!({"status": 7, "status_ex": 77, "currency_code": "999", "price": 12.5})).facts.claim.unwrap();
    assert_eq!((claim.decision, claim.stage.as_str()), (Decision::Open, "7.77"));
    assert_eq!(claim.amount.unwrap(), Money { amount: "12.5".to_owned(), currency: "999".to_owned() });
    let armenian = read(json!({"currency_code": "051"})).facts.claim.unwrap();
    assert_eq!(armenian.amount.unwrap().currency, "AMD");
}

#[test]
fn decorations_of_odd_shape_do_not_hide_a_claim() {
    for odd in [
        json!({"photos": null, "video_paths": {}}),
        json!({"imt_name": null, "nm_id": null}),
        json!({"price": "157", "currency_code": null}),
        json!({"dt_update": "", "delivery_dt": 7, "order_dt": null}),
        json!({"actions": "approve1"}),
    ] {
        assert!(claim(&with(odd.clone()), &terms()).is_ok(), "{odd}");
    }
}

#[test]
fn what_a_claim_cannot_do_without_is_named() {
    for (broken, field) in [
        (json!({"id": ""}), "id"),
        (json!({"dt": "вчера"}), "no date"),
        (json!({"status": "new"}), "count"),
        (json!({"user_comment": 7}), "string"),
    ] {
        let cause = claim(&with(broken.clone()), &terms()).unwrap_err();
        assert!(cause.contains(field), "{broken}: {cause}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_reading_fail_hard(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = claim(&String::from_utf8_lossy(&bytes), &terms());
    }

    #[test]
    fn no_damage_to_a_claim_makes_reading_fail_hard(at in 0_usize..900, byte in any::<u8>()) {
        let mut bytes = documented().to_string().into_bytes();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let _ = claim(&String::from_utf8_lossy(&bytes), &terms());
    }
}
