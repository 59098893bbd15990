//! The portal's news.

use dragoman_domain::Kind;
use dragoman_domain::incoming::Cursor;
use serde_json::{Value, json};

use crate::mock::Reply;
use crate::shop::{ALL_RIGHTS, Shop, rights};

#[tokio::test]
async fn news_are_read_from_a_day_on_and_then_from_the_newest_number() {
    let shop = Shop::start(rights(ALL_RIGHTS), |seen| {
        assert_eq!(seen.path, "/api/communications/v2/news");
        let from: u64 = seen.query.strip_prefix("fromID=").map_or(1, |number| number.parse().unwrap());
        let item = |number| json!({"id": number, "date": "2026-11-01T10:00:00+03:00", "header": "Новость", "content": "…", "types": []});
        let rows: Vec<Value> = (from..=150).take(100).map(item).collect();
        Reply::json(200, &json!({"data": rows}))
    })
    .await;
    let (pages, cursor, seen) = shop.run("news", Cursor::default(), false).await;
    let queries: Vec<_> = seen.iter().map(|seen| seen.query.as_str()).collect();
    assert_eq!(queries, ["from=2026-08-24", "fromID=100"]);
    let ids: Vec<_> =
        pages.iter().flat_map(|page| &page.conversations).map(|notice| notice.remote_id.to_string()).collect();
    assert_eq!(ids, (1..=150).map(|number: u64| number.to_string()).collect::<Vec<_>>(), "each once");
    assert!(pages.iter().flat_map(|page| &page.conversations).all(|notice| notice.kind == Kind::Notice));
    let (pages, _, seen) = shop.run("news", cursor, false).await;
    assert!(pages[0].conversations.is_empty() && seen.len() == 1);
}
