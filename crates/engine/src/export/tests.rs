//! What is exported is everything that was asked for and nothing else, and reads back as it was.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::{BTreeMap, BTreeSet};

use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage, Page};
use dragoman_domain::shop::Standing;
use dragoman_domain::{Author, Kind, SignedDuration};
use dragoman_store::ingest::Ingest;
use dragoman_store::shop::NewShop;
use dragoman_store::{Durability, Priority};
use tempfile::TempDir;

use super::*;
use crate::import::Records;

const FORMULA: &str = "=HYPERLINK(\"http://evil\";\"Счёт\")";
const MARKUP: &str = "</p><script>alert(1)</script> & \u{202e}назад";

fn hour(hours: i64) -> Timestamp {
    "2026-11-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

/// Two shops with conversations of one message per hour; a buyer with three in the first shop, and of the same id in the other.
fn home() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), None, hour(0)).unwrap();
    for channel in [Channel::Ozon, Channel::Wildberries] {
        let new = NewShop {
            channel,
            name: format!("{channel}, \"моя\""),
            seller: channel.to_string(),
            fields: BTreeMap::new(),
            base_url: None,
            proxy: None,
            standing: Standing::default(),
        };
        let shop =
            store.write(Priority::User, Durability::Full, move |writer| writer.add_shop(&new, hour(0))).wait().unwrap();
        let conversations = (0..40)
            .map(|n| {
                let buyers = if n < 3 { "b-7".to_owned() } else { format!("b-x{n}") };
                let facts = Facts {
                    buyer: Some(format!("Анна {n}")),
                    buyer_id: Some(buyers),
                    subject: Some("Шарф".into()),
                    ..Facts::default()
                };
                let message = |at: i64, author, text: &str| {
                    IncomingMessage::new(format!("{n}-{at}").into(), author, hour(n + at), text.into(), String::new())
                };
                let messages = vec![
                    message(0, Author::Buyer, &format!("Вопрос {n}\nво второй строке")),
                    message(1, Author::Seller, FORMULA),
                    message(2, Author::Buyer, MARKUP),
                ];
                Incoming { kind: Kind::Chat, remote_id: format!("c{n}").into(), facts, messages, mark: None }
            })
            .collect();
        let page = Page { conversations, ..Page::default() };
        store
            .ingest(Ingest {
                shop: shop.id,
                channel,
                stream: None,
                page,
                rules: None,
                now: hour(90),
                priority: Priority::Sync,
            })
            .unwrap();
    }
    (dir, store)
}

fn export(store: &Store, what: &What, format: Format) -> (Exported, String) {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("out");
    let done = write(store, what, format, &to, false, |_| {}).unwrap();
    (done, std::fs::read_to_string(to).unwrap())
}

#[test]
fn p03_an_export_is_complete_and_holds_nothing_foreign() {
    let (_dir, store) = home();
    let lines = |text: &str| -> Vec<serde_json::Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (done, text) = export(&store, &What::History(Part::default()), Format::Jsonl);
    assert_eq!((done.conversations, done.messages, lines(&text).len()), (80, 240, 320));
    let (done, text) = export(&store, &What::BuyerOf(ConversationId(2)), Format::Jsonl);
    let ids: BTreeSet<i64> =
        lines(&text).iter().filter(|line| line["t"] == "c").map(|line| line["id"].as_i64().unwrap()).collect();
    assert_eq!((done.conversations, done.messages, ids), (3, 9, BTreeSet::from([1, 2, 3])));
    let part = Part { shop: Some(ShopId(2)), from: Some(hour(10)), to: Some(hour(12)) };
    let (done, text) = export(&store, &What::History(part), Format::Jsonl);
    let inside = |line: &serde_json::Value| {
        let at = line["sent_at"].as_i64().unwrap();
        at >= hour(10).as_millisecond() && at < hour(12).as_millisecond()
    };
    let messages: Vec<_> = lines(&text).into_iter().filter(|line| line["t"] == "m").collect();
    // Hours 10 and 11 in each of the conversations that began at 8 to 11: 1 + 2 + 2 + 1.
    assert_eq!((done.conversations, done.messages), (4, 6));
    assert!(messages.iter().all(inside));
    println!("P03: 3 exports, complete, 0 foreign");
}

#[test]
fn json_lines_are_read_back_by_an_import_as_they_were() {
    let (_dir, store) = home();
    let (_, text) = export(&store, &What::Conversation(ConversationId(5)), Format::Jsonl);
    let records: Vec<_> = Records::new(text.as_bytes()).collect::<Result<_>>().unwrap();
    assert_eq!(records.len(), 1);
    let back = &records[0].conversation;
    let texts: Vec<&str> = back.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["Вопрос 4\nво второй строке", FORMULA, MARKUP]);
    assert_eq!(back.facts.buyer.as_deref(), Some("Анна 4"));
    assert_eq!((records[0].channel, back.messages[1].direction), (Channel::Ozon, Direction::Out));
}

#[test]
fn a_table_has_its_mark_its_line_ends_and_no_formula() {
    let (_dir, store) = home();
    let (_, text) = export(&store, &What::Conversation(ConversationId(5)), Format::Csv);
    let rest = text.strip_prefix('\u{feff}').unwrap();
    assert!(rest.ends_with("\r\n"));
    let mut reader = ::csv::Reader::from_reader(rest.as_bytes());
    let rows: Vec<::csv::StringRecord> = reader.records().collect::<std::result::Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(&rows[0][13], "Вопрос 4\nво второй строке");
    assert_eq!(&rows[1][13], format!("'{FORMULA}"));
    assert_eq!(&rows[0][1], "ozon, \"моя\"");
}

#[test]
fn a_page_shows_everything_and_runs_nothing() {
    let (_dir, store) = home();
    let (_, text) = export(&store, &What::Conversation(ConversationId(5)), Format::Html);
    assert!(!text.contains("<script") && text.contains("&lt;script&gt;alert(1)"), "{text}");
    assert!(text.contains("default-src 'none'") && text.contains("Вопрос 4"));
    assert_eq!(text.matches("<article").count(), 3);
    assert_eq!(text.matches("<p class=\"words\" dir=\"auto\">").count(), 3);
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_told() {
    let (_dir, store) = home();
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("letter.txt");
    std::fs::write(&to, "dear").unwrap();
    let what = What::Conversation(ConversationId(1));
    let error = write(&store, &what, Format::Csv, &to, false, |_| {}).unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "dear");
    write(&store, &What::Conversation(ConversationId(999)), Format::Csv, &to, true, |_| {}).unwrap_err();
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "dear", "what fails leaves the old file");
    write(&store, &what, Format::Csv, &to, true, |_| {}).unwrap();
    assert_ne!(std::fs::read_to_string(&to).unwrap(), "dear");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left behind");
}
