//! Return claims: their streams, threads and decisions.

use dragoman_channels::Failure;
use dragoman_domain::claim::Decision;
use dragoman_domain::incoming::Cursor;
use dragoman_domain::offer::Act;
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{ActionKind, Doubt, Outgoing, Refusal, Sent};
use dragoman_domain::{Kind, RemoteId};
use serde_json::{Value, json};

use crate::mock::{Reply, Seen};
use crate::shop::{ALL_RIGHTS, READ_ONLY, Shop, problem, rights};

const ID: &str = "fe3e9337-e9f9-423c-8930-946a8ebef801";

fn claim(id: &str, status: u64) -> Value {
    json!({
        "id": id, "claim_type": 1, "status": status, "status_ex": status, "nm_id": 196320101, "user_comment": "Не работает",
        "wb_comment": null, "dt": "2026-11-20T17:06:12.245611", "imt_name": null, "dt_update": "2026-11-20T17:06:12.245611",
        "photos": [], "video_paths": [], "actions": if status == 0 { json!(["approve1", "rejectcustom"]) } else { json!([]) },
        "price": 157, "currency_code": "643", "srid": "v5o_7143225816503318733.0.0"
    })
}

/// A desk with these open and these decided claims.
fn desk(open: Vec<Value>, archive: Vec<Value>) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    move |seen| {
        let value = |name: &str| seen.query.split('&').find_map(|pair| pair.strip_prefix(name));
        let all = match value("is_archive=") {
            Some("true") => &archive,
            Some("false") => &open,
            other => panic!("is_archive is required: {other:?}"),
        };
        let wanted = value("id=");
        let rows: Vec<Value> = all
            .iter()
            .filter(|claim| wanted.is_none_or(|id| claim["id"] == id))
            .skip(value("offset=").map_or(0, |offset| offset.parse().unwrap()))
            .take(value("limit=").map_or(50, |limit| limit.parse().unwrap()))
            .cloned()
            .collect();
        Reply::json(200, &json!({"claims": rows, "total": all.len()}))
    }
}

fn decide(action: &str, comment: Option<&str>) -> Outgoing {
    let fields = comment.map(|comment| ("comment".to_owned(), comment.to_owned())).into_iter().collect();
    let act = Some(Act { name: action.to_owned(), fields });
    Outgoing { act, ..Outgoing::new(ActionKind::Act, Kind::Claim, RemoteId::from(ID), String::new()) }
}

#[tokio::test]
async fn a_pass_over_open_claims_ends_with_a_sweep_and_pages_overlap() {
    let open = (0..450).map(|number| claim(&format!("c{number}"), 0)).collect();
    let shop = Shop::start(rights(ALL_RIGHTS), desk(open, Vec::new())).await;
    let (pages, cursor, seen) = shop.run("claims_open", Cursor::default(), false).await;
    let offsets: Vec<_> = seen.iter().map(|seen| seen.query.as_str()).collect();
    assert_eq!(
        offsets,
        [
            "is_archive=false&limit=200&offset=0",
            "is_archive=false&limit=200&offset=180",
            "is_archive=false&limit=200&offset=360"
        ]
    );
    let met: std::collections::BTreeSet<_> =
        pages.iter().flat_map(|page| &page.conversations).map(|thread| thread.remote_id.to_string()).collect();
    assert_eq!(met.len(), 450);
    assert_eq!(pages.iter().map(|page| page.sweep.is_some()).collect::<Vec<_>>(), [false, false, true]);
    let (_, _, seen) = shop.run("claims_open", cursor, false).await;
    assert!(seen[0].query.ends_with("offset=0"), "the next pass begins anew");
}

#[tokio::test]
async fn decided_claims_come_from_the_archive_without_a_sweep() {
    let shop = Shop::start(rights(ALL_RIGHTS), desk(Vec::new(), vec![claim(ID, 2), json!({"id": "bad"})])).await;
    let page = shop.step("claims_archive", &Cursor::default(), false).await.unwrap();
    assert_eq!(page.conversations[0].facts.claim.as_ref().unwrap().decision, Decision::Approved);
    assert_eq!((page.unreadable[0].remote_id.as_str(), page.sweep), ("bad", None));
}

#[tokio::test]
async fn a_claim_is_found_in_whichever_list_holds_it() {
    let shop = Shop::start(rights(ALL_RIGHTS), desk(vec![claim("open", 0)], vec![claim("done", 1)])).await;
    let read = async |id: &str| shop.connector.thread(Kind::Claim, &id.into(), &Watermark::default()).await;
    assert_eq!(read("open").await.unwrap().conversation.facts.claim.unwrap().decision, Decision::Open);
    assert_eq!(shop.mock.take().len(), 1);
    assert_eq!(read("done").await.unwrap().conversation.facts.claim.unwrap().decision, Decision::Refused);
    assert_eq!(shop.mock.take().len(), 2);
    assert_eq!(read("never").await, Err(Failure::NotFound));
}

#[tokio::test]
async fn a_look_that_the_pace_cut_short_goes_on_in_the_archive() {
    let shop = Shop::start(rights(ALL_RIGHTS), desk(Vec::new(), vec![claim(ID, 1)])).await;
    let mut waits = 0;
    for _ in 0..12 {
        loop {
            match shop.connector.thread(Kind::Claim, &ID.into(), &Watermark::default()).await {
                Ok(_) => break,
                Err(Failure::Wait { until, told: false }) => {
                    waits += 1;
                    assert!(waits < 40, "it begins anew for ever");
                    shop.clock.advance_to(until);
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    assert!(waits > 0, "twelve looks take longer than a burst");
}

#[tokio::test]
async fn a_decision_has_the_documented_body_and_an_empty_answer() {
    let shop = Shop::saying(Reply::new(200, "")).await;
    let words = "На фото другой товар, пришлите фото бирки.";
    for outgoing in [decide("approve1", None), decide("rejectcustom", Some(words)), decide("approvecc1", Some("  "))] {
        assert!(matches!(shop.connector.send(&outgoing).await, Sent::Yes { remote: None, .. }));
    }
    let seen = shop.mock.seen();
    assert!(seen.iter().all(|seen| seen.method == "PATCH" && seen.path == "/api/v1/claim"));
    let bodies: Vec<Value> = seen.iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect();
    assert_eq!(
        bodies,
        [
            json!({"id": ID, "action": "approve1"}),
            json!({"id": ID, "action": "rejectcustom", "comment": words}),
            json!({"id": ID, "action": "approvecc1"})
        ]
    );
}

#[tokio::test]
async fn a_decision_that_was_not_taken_says_why_and_doubt_stays_doubt() {
    let invalid = json!({"title": "Validation error", "detail": "Input model is not valid; Details: comment"});
    let sent = Shop::saying(Reply::json(400, &invalid)).await.connector.send(&decide("approve1", None)).await;
    assert!(matches!(&sent, Sent::No(Refusal::Final { why, .. }) if why.contains("comment")), "{sent:?}");
    for (reply, doubt) in [
        (Reply::new(200, "<html>"), Doubt::Unreadable),
        (Reply::new(202, ""), Doubt::Unconfirmed),
        (Reply::new(500, ""), Doubt::ServerFault),
    ] {
        let sent = Shop::saying(reply).await.connector.send(&decide("approve1", None)).await;
        assert!(matches!(&sent, Sent::Unknown { why, .. } if *why == doubt), "{sent:?}");
    }
    let send = Shop::saying(Reply::new(200, ""))
        .await
        .connector
        .capabilities()
        .action(Kind::Claim, ActionKind::Act)
        .unwrap()
        .send;
    assert!(send.read_back && !send.absence_provable, "a decision is never taken twice by itself");
}

#[tokio::test]
async fn a_missing_category_closes_claims_alone() {
    let shop = Shop::start(rights(ALL_RIGHTS & !(1 << 11)), desk(Vec::new(), Vec::new())).await;
    for stream in ["claims_open", "claims_archive"] {
        let failure = shop.step(stream, &Cursor::default(), false).await.unwrap_err();
        assert!(matches!(&failure, Failure::Closed { feature, .. } if feature == "claims"), "{failure:?}");
    }
    let sent = shop.connector.send(&decide("approve1", None)).await;
    assert!(matches!(&sent, Sent::No(Refusal::Final { code, .. }) if code == "right_missing"), "{sent:?}");
    let shop = Shop::start(rights(ALL_RIGHTS | READ_ONLY), desk(Vec::new(), Vec::new())).await;
    let sent = shop.connector.send(&decide("approve1", None)).await;
    assert!(matches!(&sent, Sent::No(Refusal::Final { code, .. }) if code == "read_only"), "{sent:?}");
    assert!(shop.mock.seen().is_empty());
    let told = Shop::saying(problem(401, "token scope not allowed")).await;
    let failure = told.step("claims_open", &Cursor::default(), false).await.unwrap_err();
    assert!(matches!(&failure, Failure::Closed { feature, .. } if feature == "claims"), "{failure:?}");
}
