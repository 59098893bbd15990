//! Returns and cancellation requests: what is asked for to the letter, and what is made of the answers.

use std::time::Duration;

use dragoman_channels::Failure;
use dragoman_domain::offer::Act;
use dragoman_domain::outbox::{Nature, Watermark};
use dragoman_domain::outgoing::{ActionKind, Outgoing, Refusal, Sent};
use dragoman_domain::{Kind, RemoteId};
use serde_json::{Value, json};

use crate::error;
use crate::mock::{Reply, Shop};

fn returned(id: u64, state: &str) -> Value {
    json!({
        "id": id, "type": "ClientReturn", "return_reason_name": "Не подошёл", "order_number": "58544282-0057", "posting_number": "58544282-0057-1",
        "visual": {"status": {"display_name": "Ждёт", "sys_name": state}, "change_moment": "2026-11-20T10:00:00Z"},
    })
}

fn request(id: u64, state: &str) -> Value {
    json!({"return_id": id, "created_at": "2026-11-18T13:49:20.340Z", "state": {"group_state": "New", "state": state}})
}

fn cancellation(id: u64, state: &str) -> Value {
    json!({
        "cancellation_id": id, "posting_number": "34009011-0094-1", "state": {"state": state}, "cancelled_at": "2026-11-21T10:00:00Z",
        "auto_approve_date": "2026-11-23T10:00:00Z",
    })
}

fn asked(shop: &Shop) -> Vec<String> {
    shop.mock.seen().iter().map(|seen| format!("{} {}", seen.path, seen.body)).collect()
}

#[tokio::test]
async fn returns_are_asked_for_by_the_change_of_their_status() {
    let shop = Shop::new(|_, body| match body["last_id"].as_u64() {
        Some(0) => Reply::json(&json!({"has_next": true, "returns": [returned(1, "OnSellerApproval"), {"id": 9}]})),
        _ => Reply::json(&json!({"has_next": false, "returns": [returned(2, "ReceivedBySeller")]})),
    })
    .await;
    let pages = shop.pass("returns", false).await.unwrap();
    let period = r#""visual_status_change_moment":{"time_from":"2026-08-24T10:00:01Z","time_to":"#;
    assert_eq!(
        asked(&shop),
        [
            format!(r#"/v1/returns/list {{"filter":{{{period}"2026-11-22T10:00:01Z"}}}},"limit":500,"last_id":0}}"#),
            format!(r#"/v1/returns/list {{"filter":{{{period}"2026-11-22T10:00:02Z"}}}},"limit":500,"last_id":1}}"#),
        ]
    );
    let settled: Vec<_> = pages.iter().flat_map(|page| &page.conversations).map(|told| told.facts.settled).collect();
    assert_eq!(settled, [Some(false), Some(true)]);
    assert_eq!(pages[0].unreadable[0].remote_id, "return:9");
    assert!(pages.iter().all(|page| page.sweep.is_none()), "claims come by several lists");
}

#[tokio::test]
async fn a_return_request_is_read_in_full_once_for_each_state() {
    let shop = Shop::new(|path, body| match path {
        "/v2/returns/rfbs/list" if body["last_id"] == 0 => {
            Reply::json(&json!({"returns": [request(7, "ApprovalRequired")]}))
        }
        "/v2/returns/rfbs/list" => Reply::json(&json!({"returns": null})),
        _ => {
            let mut full = request(7, "ApprovalRequired");
            full["available_actions"] = json!([{"action": {"id": -10, "name": "Отклонить"}}]);
            Reply::json(&json!({"returns": full}))
        }
    })
    .await;
    let pages = shop.pass("returns_rfbs_open", false).await.unwrap();
    let open = r#"{"filter":{"group_state":["New","Delivering","Checkout","Arbitration"]},"limit":500,"last_id":"#;
    assert_eq!(
        asked(&shop),
        [
            format!("/v2/returns/rfbs/list {open}0}}"),
            r#"/v2/returns/rfbs/get {"return_id":7}"#.to_owned(),
            format!("/v2/returns/rfbs/list {open}7}}"),
        ]
    );
    let full = &pages[1].conversations[0];
    assert_eq!((full.remote_id.as_str(), full.mark.as_deref()), ("rfbs:7", Some("New:ApprovalRequired")));
    assert_eq!(full.facts.offers.as_ref().unwrap()[0].name, "-10");
    shop.pass("returns_rfbs_open", false).await.unwrap();
    assert_eq!(shop.mock.seen().len(), 5, "nothing has changed, so nothing is read in full");
}

#[tokio::test]
async fn cancellations_are_walked_to_an_empty_page() {
    let shop = Shop::new(|_, body| match body["last_id"].as_u64() {
        Some(0) => Reply::json(&json!({"result": [cancellation(3, "ON_APPROVAL")], "last_id": "3", "counter": "1"})),
        _ => Reply::json(&json!({"result": [], "last_id": 0})),
    })
    .await;
    let pages = shop.pass("cancellations_open", false).await.unwrap();
    assert_eq!(
        asked(&shop),
        [
            r#"/v2/conditional-cancellation/list {"filters":{"state":"ON_APPROVAL"},"limit":500,"last_id":0}"#,
            r#"/v2/conditional-cancellation/list {"filters":{"state":"ON_APPROVAL"},"limit":500,"last_id":3}"#,
        ]
    );
    assert_eq!(pages[0].conversations[0].mark.as_deref(), Some("ON_APPROVAL"));
}

#[tokio::test]
async fn a_claim_is_found_again_by_its_posting() {
    let shop = Shop::new(|path, _| match path {
        "/v1/returns/list" => Reply::json(&json!({"returns": [returned(2, "x"), returned(1, "OnSellerApproval")]})),
        "/v2/conditional-cancellation/list" => Reply::json(&json!({"result": [cancellation(3, "APPROVED")]})),
        _ => Reply::json(&json!({"returns": [request(7, "Rejected")]})),
    })
    .await;
    let read = async |id: &str| {
        shop.clock.advance(Duration::from_secs(1));
        shop.connector.thread(Kind::Claim, &id.into(), &Watermark::default()).await
    };
    assert_eq!(read("return:1/58544282-0057-1").await.unwrap().conversation.facts.settled, Some(false));
    let decided = read("cancel:3/34009011-0094-1").await.unwrap();
    assert!(decided.complete && decided.conversation.facts.offers == Some(vec![]));
    assert_eq!(read("rfbs:7").await.unwrap().conversation.remote_id, RemoteId::from("rfbs:7"));
    assert_eq!(read("return:5/58544282-0057-1").await, Err(Failure::NotFound));
    assert!(matches!(read("return:5").await, Err(Failure::Refused { .. })));
    let bodies: Vec<_> = shop.mock.seen().iter().map(|seen| seen.body.clone()).collect();
    assert_eq!(bodies[0], r#"{"filter":{"posting_numbers":["58544282-0057-1"]},"limit":500,"last_id":0}"#);
    assert_eq!(
        bodies[1],
        r#"{"filters":{"posting_number":["34009011-0094-1"],"state":"ALL"},"limit":500,"last_id":0}"#
    );
}

fn act(id: &str, name: &str, fields: &[(&str, &str)]) -> Outgoing {
    Outgoing {
        act: Some(Act {
            name: name.to_owned(),
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }),
        ..Outgoing::new(ActionKind::Act, Kind::Claim, id.into(), String::new())
    }
}

#[tokio::test]
async fn decisions_follow_the_contract_to_the_letter() {
    let shop = Shop::new(|_, _| Reply::new(200, "{}")).await;
    for outgoing in [
        act("cancel:3/34009011-0094-1", "approve", &[]),
        act("cancel:3/34009011-0094-1", "reject", &[("comment", " Уже едет ")]),
        act("rfbs:7", "-10", &[("rejection_reason_id", "5"), ("comment", "Следы носки")]),
        act("rfbs:7", "1020", &[("compensation_amount", "99.90")]),
        act("rfbs:7", "1000", &[]),
    ] {
        shop.clock.advance(Duration::from_secs(1));
        let sent = shop.connector.send(&outgoing).await;
        assert!(matches!(sent, Sent::Yes { remote: None, .. }), "{outgoing:?}: {sent:?}");
    }
    assert_eq!(
        asked(&shop),
        [
            r#"/v2/conditional-cancellation/approve {"cancellation_id":3,"comment":""}"#,
            r#"/v2/conditional-cancellation/reject {"cancellation_id":3,"comment":"Уже едет"}"#,
            r#"/v1/returns/rfbs/action/set {"return_id":7,"id":-10,"comment":"Следы носки","rejection_reason_id":5}"#,
            r#"/v1/returns/rfbs/action/set {"return_id":7,"id":1020,"compensation_amount":99.90}"#,
            r#"/v1/returns/rfbs/action/set {"return_id":7,"id":1000}"#,
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_done_to_a_claim_is_refused_without_a_call() {
    let shop = Shop::new(|_, _| Reply::new(200, "{}")).await;
    for outgoing in [
        act("return:1/58544282-0057-1", "approve", &[]),
        act("cancel:3/34009011-0094-1", "postpone", &[]),
        act("cancel:x", "approve", &[]),
        act("rfbs:7", "approve", &[]),
        act("rfbs:7", "1020", &[("compensation_amount", "1,5")]),
        act("rfbs:7", "-10", &[("rejection_reason_id", "five")]),
        act("nonsense", "approve", &[]),
        Outgoing::new(ActionKind::Act, Kind::Claim, "rfbs:7".into(), String::new()),
        Outgoing::new(ActionKind::Reply, Kind::Claim, "rfbs:7".into(), "Да".to_owned()),
    ] {
        assert!(matches!(shop.connector.send(&outgoing).await, Sent::No(Refusal::Final { .. })), "{outgoing:?}");
    }
    assert!(shop.mock.seen().is_empty());
    let rules = shop.connector.capabilities().action(Kind::Claim, ActionKind::Act).unwrap().send;
    assert!(rules.nature == Nature::Append && !rules.absence_provable, "money is not moved twice without a person");
}

#[tokio::test]
async fn a_role_that_is_missing_closes_its_own_list_only() {
    for (stream, feature) in
        [("returns", "returns"), ("returns_rfbs", "returns_rfbs"), ("cancellations", "cancellations")]
    {
        let shop = Shop::new(|_, _| error(403, 7, "Api-Key is missing a required role for a method")).await;
        let failure = shop.pass(stream, false).await.unwrap_err();
        assert!(
            matches!(&failure, Failure::Closed { feature: named, code, .. } if named == feature && code == "right_missing"),
            "{failure:?}"
        );
    }
}
