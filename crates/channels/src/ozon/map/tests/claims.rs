use dragoman_domain::claim::{ClaimSort, Decision};
use dragoman_domain::offer::{Act, Effect, Takes};
use serde_json::{Value, json};

use super::super::claim::{self, Claim};
use super::*;

// Shapes as documented for /v1/returns/list, /v2/returns/rfbs/* and /v2/conditional-cancellation/list, Ozon 2026-09; contents are
// made up.

fn returned(state: &str) -> Value {
    json!({
        "id": "1000015552", "type": "ClientReturn", "schema": "Fbs", "return_reason_name": "Не подошёл размер", "order_id": 24_540_784_250_i64,
        "order_number": "58544282-0057", "posting_number": "58544282-0057-1", "place": null, "storage": null,
        "product": {"sku": "646399170", "offer_id": "CH-01", "name": "Чехол", "price": {"currency_code": "RUB", "price": 1299.5}, "quantity": "2"},
        "visual": {"status": {"id": 3, "display_name": "Ждёт вашего решения", "sys_name": state}, "change_moment": "2026-11-20T10:00:00Z"},
        "logistic": {"return_date": "2026-11-19T10:00:00Z", "final_moment": null, "barcode": "ii1"},
    })
}

#[test]
fn a_return_that_needs_the_seller_is_ours() {
    let claimed = claim::returned(&returned("OnSellerApproval").to_string()).unwrap();
    let thread = &claimed.conversation;
    assert_eq!((thread.kind, thread.remote_id.as_str()), (Kind::Claim, "return:1000015552/58544282-0057-1"));
    assert_eq!(Claim::of(&thread.remote_id), Some(Claim::Return { id: "1000015552", posting: "58544282-0057-1" }));
    let facts = &thread.facts;
    let told = facts.claim.as_ref().unwrap();
    assert_eq!((facts.settled, told.decision, told.sort), (Some(false), Decision::Open, ClaimSort::Return));
    let amount = told.amount.as_ref().unwrap();
    assert_eq!((amount.amount.as_str(), amount.currency.as_str(), told.quantity), ("1299.5", "RUB", Some(2)));
    assert_eq!((facts.order_no.as_deref(), facts.subject.as_deref()), (Some("58544282-0057"), Some("Чехол")));
    assert_eq!(facts.offers, Some(vec![]), "it can be decided in the cabinet only");
    let directions: Vec<_> = thread.messages.iter().map(|message| message.direction).collect();
    assert_eq!(directions, [Direction::In, Direction::System]);
    assert_eq!(thread.messages[0].text, "Не подошёл размер");
}

#[test]
fn a_return_on_its_way_asks_nothing_of_us() {
    for state in ["ReturningToSellerByCourier", "ReceivedBySeller", "CompensationRejectedBySla", ""] {
        let claimed = claim::returned(&returned(state).to_string()).unwrap();
        assert_eq!(claimed.conversation.facts.settled, Some(true), "{state}");
    }
    let dispute = claim::returned(&returned("DisputeOpened").to_string()).unwrap().conversation.facts;
    assert_eq!((dispute.settled, dispute.claim.unwrap().sort), (Some(false), ClaimSort::Dispute));
    assert!(claim::returned(r#"{"id":1,"visual":null,"logistic":null}"#).is_err(), "without any date it has no place");
}

fn request() -> Value {
    json!({
        "available_actions": [{"id": -10, "name": "Отклонить"}, {"action": {"id": "1020", "name": "Компенсировать часть"}}, {"id": 1000, "name": "Одобрить"}, {"name": "odd"}],
        "client_name": "Иван Канарейкин", "client_photo": ["https://cdn1.ozone.ru/s3/p.jpg", "x"], "comment": "Сломан замок",
        "created_at": "2026-11-18T13:49:20.340Z", "order_number": "58544282-0057", "posting_number": "58544282-0057-1",
        "product": {"name": "Чемодан", "offer_id": "SU-1", "currency_code": "RUB", "price": 4200, "sku": 646_399_171},
        "rejection_reason": [{"id": 5, "name": "Следы носки", "hint": "", "is_comment_required": true}, {"id": 6, "name": "Иное"}],
        "return_number": "58544282-0057-R1", "return_reason": {"id": 1, "name": "Брак", "is_defect": true},
        "state": {"state": "ApprovalRequired", "state_name": "Новая заявка"},
    })
}

#[test]
fn a_return_request_offers_what_the_platform_lists() {
    let mut raw = request();
    raw["available_actions"].as_array_mut().unwrap().pop();
    let claimed = claim::rfbs(&raw.to_string(), Some("77")).unwrap();
    let thread = &claimed.conversation;
    assert_eq!((thread.remote_id.as_str(), thread.facts.settled), ("rfbs:77", Some(false)));
    assert_eq!(thread.messages[0].text, "Брак\nСломан замок");
    assert_eq!(thread.messages[0].attachments.len(), 1);
    assert!(!thread.messages[0].raw.contains("Канарейкин"), "the buyer's name is not kept");
    let [refuse, part, other] = thread.facts.offers.as_ref().unwrap().as_slice() else { panic!("{thread:?}") };
    assert_eq!((refuse.name.as_str(), refuse.effect), ("-10", Effect::Refuse));
    assert_eq!((part.name.as_str(), part.effect), ("1020", Effect::RefundPart));
    assert_eq!(
        (other.effect, other.label.as_str()),
        (Effect::Other, "Одобрить"),
        "only the platform's words say what it does"
    );
    let act = |name: &str, fields: &[(&str, &str)]| Act {
        name: name.to_owned(),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    assert!(refuse.check(&act("-10", &[("rejection_reason_id", "6")])).is_ok());
    assert!(refuse.check(&act("-10", &[("rejection_reason_id", "5")])).is_err(), "this reason wants words");
    assert!(part.check(&act("1020", &[("compensation_amount", "4200")])).is_ok());
    assert!(part.check(&act("1020", &[("compensation_amount", "4201")])).is_err());
    assert!(matches!(&part.fields[0].takes, Takes::Amount { currency, .. } if currency == "RUB"));
}

#[test]
fn a_request_without_actions_is_settled_and_the_list_alone_says_nothing_of_it() {
    let mut raw = request();
    raw["available_actions"] = json!([]);
    raw["state"] = json!({"state": "Rejected", "state_name": "Отклонена"});
    let facts = claim::rfbs(&raw.to_string(), Some("77")).unwrap().conversation.facts;
    assert_eq!((facts.settled, facts.claim.unwrap().decision), (Some(true), Decision::Refused));
    let listed = r#"{"return_id":77,"created_at":"2026-11-18T13:49:20Z","state":{"group_state":"New","state":"ApprovalRequired"},"product":{"sku":1,"price":{"price":"7"}}}"#;
    let listed = claim::rfbs(listed, None).unwrap();
    let thread = listed.conversation;
    assert_eq!((thread.facts.settled, thread.facts.offers, thread.messages.len()), (None, None, 0));
    assert_eq!((listed.number.as_str(), listed.mark.as_str()), ("77", "New:ApprovalRequired"));
    assert!(claim::rfbs(&request().to_string(), None).is_err(), "a list has to say which one it is");
}

fn cancellation(state: &str) -> Value {
    json!({
        "cancellation_id": 90_066_344, "posting_number": "34009011-0094-1", "state": {"id": 1, "name": "На рассмотрении", "state": state},
        "cancellation_reason": {"id": 508, "name": "Передумал"}, "cancellation_reason_message": "Нашёл дешевле", "cancellation_initiator": "CLIENT",
        "cancelled_at": "2026-11-21T10:00:00Z", "auto_approve_date": "2026-11-23T10:00:00Z", "approve_date": null, "approve_comment": "",
        "order_date": "2026-11-20T10:00:00Z", "tpl_integration_type": "non_integrated",
    })
}

#[test]
fn a_cancellation_request_carries_the_platforms_own_deadline() {
    let claimed = claim::cancellation(&cancellation("ON_APPROVAL").to_string()).unwrap();
    let thread = &claimed.conversation;
    assert_eq!(thread.remote_id.as_str(), "cancel:90066344/34009011-0094-1");
    assert_eq!(thread.messages[0].text, "Передумал\nНашёл дешевле");
    let facts = &thread.facts;
    let told = facts.claim.as_ref().unwrap();
    let limit = told.limit.as_ref().unwrap();
    assert_eq!(
        (limit.at.to_string().as_str(), limit.rule.as_str()),
        ("2026-11-23T10:00:00Z", "ozon_cancellation_auto_approve")
    );
    assert_eq!(
        (facts.settled, told.decision, facts.order_no.as_deref()),
        (Some(false), Decision::Open, Some("34009011-0094"))
    );
    let offers: Vec<_> = facts.offers.iter().flatten().map(|offer| (offer.name.as_str(), offer.effect)).collect();
    assert_eq!(offers, [("approve", Effect::CancelOrder), ("reject", Effect::KeepOrder)]);
}

#[test]
fn a_decided_cancellation_has_no_deadline_and_offers_nothing() {
    for (state, decision) in [("APPROVED", Decision::Approved), ("REJECTED", Decision::Refused)] {
        let mut raw = cancellation(state);
        raw["approve_date"] = json!("2026-11-22T09:00:00Z");
        raw["approve_comment"] = json!("Уже едет");
        let thread = claim::cancellation(&raw.to_string()).unwrap().conversation;
        let told = thread.facts.claim.unwrap();
        assert_eq!((told.decision, told.limit, told.comment.as_str()), (decision, None, "Уже едет"), "{state}");
        assert_eq!((thread.facts.settled, thread.facts.offers), (Some(true), Some(vec![])));
        assert_eq!(thread.messages[1].direction, Direction::System);
    }
}

#[test]
fn claims_of_different_lists_never_share_an_id() {
    assert_eq!(Claim::of(&"rfbs:77".into()), Some(Claim::Rfbs { id: "77" }));
    assert_eq!(Claim::of(&"return:77".into()), Some(Claim::Return { id: "77", posting: "" }));
    for odd in ["77", "", "refund:77", "rfbs77"] {
        assert_eq!(Claim::of(&odd.into()), None, "{odd}");
    }
}
