//! Pages become conversations and messages, exactly once.

use dragoman_domain::incoming::{Facts, Unreadable};
use dragoman_domain::lookup::Product;
use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::{Direction, Turn};

use super::*;
use crate::search::{PageRequest, Query};

fn found(home: &Home, words: &str) -> usize {
    let now = hour(100).to_zoned(jiff::tz::TimeZone::UTC);
    home.read(|reader| reader.search(&Query::parse(words), PageRequest { after: None, limit: 50 }, &now)).hits.len()
}

#[test]
fn a_question_is_stored_with_everything_the_list_shows() {
    let home = Home::new();
    let shop = home.shop();
    let mut question = thread(Kind::Question, "q1", vec![bought("q:q1", hour(5), "Подойдёт на рост 170?")]);
    question.facts = Facts {
        status: Some("suppliersPortalSynch".into()),
        buyer: Some("Анна".into()),
        order_no: Some("42-1".into()),
        product: Some(Product { key: "777".into(), name: "Платье".into(), ..Product::default() }),
        ..Facts::default()
    };
    let done = home.ingest(&shop, vec![question]);
    let id = home.id(&shop, Kind::Question, "q1");
    assert_eq!((done.new, done.touched), (1, vec![id]));
    let thread = home.read(|reader| reader.conversation(id));
    assert_eq!((thread.row.turn, thread.row.unread, thread.row.backlog), (Turn::Ours, 1, false));
    assert_eq!((thread.row.due_at, thread.row.due_rule.as_str()), (Some(hour(29)), "wb_question_24h"));
    assert_eq!((thread.row.subject.as_str(), thread.row.buyer.as_str()), ("Платье", "Анна"));
    assert_eq!(thread.row.preview, "Подойдёт на рост 170?");
    assert_eq!(thread.product.unwrap().name, "Платье");
    assert_eq!(found(&home, "рост"), 1);
    home.check();
}

#[test]
fn a_page_twice_changes_nothing() {
    let home = Home::new();
    let shop = home.shop();
    let make = || {
        let mut chat = thread(Kind::Chat, "c1", vec![bought("1", hour(5), "где заказ"), sold("2", hour(6), "в пути")]);
        chat.facts.subject = Some("Чат".into());
        chat.facts.seen = Some(true);
        chat.mark = Some("2".into());
        page(vec![chat, thread(Kind::Question, "q1", vec![bought("q:q1", hour(7), "вопрос")])], "a")
    };
    home.ingest_page(&shop, Some("s"), make()).unwrap();
    let state = |home: &Home| {
        let ids = [home.id(&shop, Kind::Chat, "c1"), home.id(&shop, Kind::Question, "q1")];
        let threads = ids.map(|id| home.read(|reader| reader.conversation(id)));
        (threads, ids.map(|id| home.messages(id)), home.read(|reader| reader.counts()))
    };
    let before = state(&home);
    let again = home.ingest_page(&shop, Some("s"), make()).unwrap();
    assert_eq!(again, Ingested::default());
    assert_eq!(state(&home), before);
    home.check();
}

#[test]
fn a_changed_text_keeps_what_it_said_before_and_is_found_by_its_new_words() {
    let home = Home::new();
    let shop = home.shop();
    let with = |text: &str| vec![thread(Kind::Question, "q1", vec![bought("q:q1", hour(5), text)])];
    home.ingest(&shop, with("красное платье"));
    let done = home.ingest(&shop, with("синее платье"));
    assert_eq!((done.new, done.changed), (0, 1));
    let id = home.id(&shop, Kind::Question, "q1");
    let message = home.messages(id).remove(0);
    assert_eq!((message.text.as_str(), message.version), ("синее платье", 2));
    let versions = home.read(|reader| reader.versions(message.id));
    assert_eq!((versions.len(), versions[0].text.as_str(), versions[0].version), (1, "красное платье", 1));
    assert_eq!((found(&home, "красное"), found(&home, "синее")), (0, 1));
    assert!(home.read(|reader| reader.raw(message.id)).unwrap().contains("синее"));
    home.check();
}

#[test]
fn another_state_of_an_attachment_is_no_new_version() {
    let home = Home::new();
    let shop = home.shop();
    let with = |state| {
        let mut message = bought("1", hour(5), "фото");
        let source = "https://example.test/1".into();
        message.attachments =
            vec![AttachmentStub { name: "1.jpg".into(), mime: "image/jpeg".into(), size: None, source, state }];
        vec![thread(Kind::Chat, "c1", vec![message])]
    };
    home.ingest(&shop, with(AttachmentState::Pending));
    assert_eq!(home.ingest(&shop, with(AttachmentState::Remote)).changed, 1);
    let message = home.messages(home.id(&shop, Kind::Chat, "c1")).remove(0);
    assert_eq!((message.version, message.attachments[0].state), (1, AttachmentState::Remote));
    assert_eq!(found(&home, "has:picture"), 1);
}

#[test]
fn facts_that_are_not_said_leave_what_is_stored() {
    let home = Home::new();
    let shop = home.shop();
    let mut first = thread(Kind::Chat, "c1", vec![bought("1", hour(5), "a")]);
    first.facts.buyer = Some("Иван".into());
    home.ingest(&shop, vec![first]);
    let mut second = thread(Kind::Chat, "c1", vec![]);
    second.facts.status = Some("CLOSED".into());
    second.facts.closed = Some(true);
    home.ingest(&shop, vec![second]);
    let thread = home.read(|reader| reader.conversation(home.id(&shop, Kind::Chat, "c1")));
    assert_eq!((thread.row.buyer.as_str(), thread.row.status.as_str()), ("Иван", "CLOSED"));
    assert_eq!((thread.closed, thread.row.turn), (true, Turn::None));
}

#[test]
fn an_answer_given_elsewhere_hands_the_turn_over_and_marks_what_was_before_it_read() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, vec![thread(Kind::Chat, "c1", vec![bought("1", hour(5), "a"), bought("2", hour(6), "b")])]);
    let id = home.id(&shop, Kind::Chat, "c1");
    assert_eq!(home.read(|reader| reader.conversation_row(id)).unread, 2);
    home.ingest(&shop, vec![thread(Kind::Chat, "c1", vec![sold("3", hour(7), "c")])]);
    let row = home.read(|reader| reader.conversation_row(id));
    assert_eq!((row.unread, row.turn, row.due_at), (0, Turn::Buyer, None));
    home.ingest(&shop, vec![thread(Kind::Chat, "c1", vec![bought("4", hour(8), "d")])]);
    let row = home.read(|reader| reader.conversation_row(id));
    assert_eq!((row.unread, row.turn, row.due_at), (1, Turn::Ours, Some(hour(32))));
}

#[test]
fn history_that_arrives_newest_first_ends_in_the_same_state() {
    let (forwards, backwards) = (Home::new(), Home::new());
    let messages = [
        bought("1", hour(1), "a"),
        sold("2", hour(2), "b"),
        bought("3", hour(3), "c"),
        bought("4", hour(4), "d"),
        sold("5", hour(5), "e"),
        bought("6", hour(6), "f"),
    ];
    let shops = (forwards.shop(), backwards.shop());
    for message in &messages {
        forwards.ingest(&shops.0, vec![thread(Kind::Chat, "c", vec![message.clone()])]);
    }
    for message in messages.iter().rev() {
        backwards.ingest(&shops.1, vec![thread(Kind::Chat, "c", vec![message.clone()])]);
    }
    let row = |home: &Home, shop: &Shop| home.read(|reader| reader.conversation_row(home.id(shop, Kind::Chat, "c")));
    assert_eq!(row(&forwards, &shops.0), row(&backwards, &shops.1));
    assert_eq!(row(&forwards, &shops.0).unread, 1);
}

#[test]
fn a_notice_is_nobodys_turn_and_never_unread() {
    let home = Home::new();
    let shop = home.shop();
    let notice = || vec![thread(Kind::Notice, "n1", vec![message("n", Author::Platform, hour(5), "новость")])];
    home.ingest(&shop, notice());
    home.ingest(&shop, vec![thread(Kind::Notice, "n1", vec![message("m", Author::Platform, hour(6), "ещё")])]);
    let row = home.read(|reader| reader.conversation_row(home.id(&shop, Kind::Notice, "n1")));
    assert_eq!((row.turn, row.unread), (Turn::None, 0));
}

#[test]
fn what_was_late_when_the_shop_was_connected_is_backlog_until_the_buyer_writes_again() {
    let home = Home::new();
    let shop = home.shop();
    let late = hour(-48);
    home.ingest(&shop, vec![thread(Kind::Chat, "old", vec![bought("1", late, "a")])]);
    home.ingest(&shop, vec![thread(Kind::Chat, "new", vec![bought("2", hour(-23), "b")])]);
    let row = |name: &str| home.read(|reader| reader.conversation_row(home.id(&shop, Kind::Chat, name)));
    assert_eq!((row("old").backlog, row("new").backlog), (true, false));
    home.ingest(&shop, vec![thread(Kind::Chat, "old", vec![bought("3", hour(1), "c")])]);
    assert!(!row("old").backlog);
    home.ingest(&shop, vec![thread(Kind::Chat, "old", vec![sold("4", hour(2), "d")])]);
    assert_eq!(row("old").turn, Turn::Buyer);
}

#[test]
fn what_a_person_put_aside_comes_back_with_a_new_message_but_not_with_old_history() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("2", hour(5), "b")])]);
    let id = home.id(&shop, Kind::Chat, "c");
    home.write(move |writer| writer.set_done(id, Some(hour(6))));
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("1", hour(4), "a")])]);
    let done = |home: &Home| home.read(|reader| reader.conversation_row(id)).done_at;
    assert_eq!(done(&home), Some(hour(6)));
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("3", hour(7), "c")])]);
    assert_eq!(done(&home), None);
}

#[test]
fn the_cursor_goes_with_the_last_batch_of_a_large_page() {
    let home = Home::new();
    let shop = home.shop();
    let questions: Vec<_> = (0..1_203)
        .map(|n| thread(Kind::Question, &format!("q{n}"), vec![bought(&format!("q:{n}"), hour(n % 90), "вопрос")]))
        .collect();
    let long = (0..1_100).map(|n| bought(&format!("m{n}"), hour(n), "сообщение")).collect();
    let mut chat = thread(Kind::Chat, "long", long);
    chat.mark = Some("m1099".into());
    let mut threads = questions;
    threads.push(chat);
    let done = home.ingest_page(&shop, Some("s"), page(threads, "next")).unwrap();
    assert_eq!(done.new, 2_303);
    let state = home.read(|reader| reader.stream(shop.id, "s")).unwrap();
    assert_eq!((state.cursor, state.fetched), (cursor("next"), 2_303));
    let marks = home.read(|reader| reader.marks(shop.id, Kind::Chat, &["long".into(), "other".into()], hour(6)));
    assert_eq!(marks.get(&"long".into()).map(String::as_str), Some("m1099"));
    assert_eq!(marks.len(), 1);
    assert!(home.store.sync_transaction_times().len() >= 5);
    home.check();
}

#[test]
fn an_empty_page_still_moves_the_cursor() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest_page(&shop, Some("s"), page(vec![], "end")).unwrap();
    assert_eq!(home.read(|reader| reader.stream(shop.id, "s")).unwrap().cursor, cursor("end"));
}

#[test]
fn a_page_of_a_shop_that_is_gone_is_refused_whole() {
    let home = Home::new();
    let mut shop = home.shop();
    shop.id = UNKNOWN_SHOP;
    let error = home.ingest_page(&shop, None, page(vec![thread(Kind::Chat, "c", vec![])], "")).unwrap_err();
    assert!(matches!(error, Error::Missing { what: "shop", .. }), "{error}");
}

#[test]
fn a_message_named_twice_or_under_two_threads_is_stored_once() {
    let home = Home::new();
    let shop = home.shop();
    let twice = vec![bought("1", hour(1), "a"), bought("1", hour(1), "a")];
    let done = home
        .ingest(&shop, vec![thread(Kind::Chat, "x", twice), thread(Kind::Chat, "y", vec![bought("1", hour(1), "a")])]);
    assert_eq!(done.new, 1);
    let row = |name: &str| home.read(|reader| reader.conversation_row(home.id(&shop, Kind::Chat, name)));
    assert_eq!((row("x").unread, row("y").unread, row("y").turn), (1, 0, Turn::None));
    home.check();
}

#[test]
fn two_shops_may_use_the_same_ids() {
    let home = Home::new();
    let (one, two) = (home.shop(), home.shop_on(Channel::Ozon));
    for shop in [&one, &two] {
        assert_eq!(home.ingest(shop, vec![thread(Kind::Chat, "c", vec![bought("1", hour(1), "a")])]).new, 1);
    }
}

#[test]
fn an_unreadable_item_is_kept_until_it_arrives_readable() {
    let home = Home::new();
    let shop = home.shop();
    let broken =
        Unreadable { stream: "s".into(), remote_id: "7".into(), cause: "no date".into(), raw: "{\"id\":7}".into() };
    for _ in 0..2 {
        let page = Page { unreadable: vec![broken.clone()], ..page(vec![], "a") };
        assert_eq!(home.ingest_page(&shop, Some("s"), page).unwrap().quarantined, 1);
    }
    let held = home.read(|reader| reader.quarantine_list(None, 10));
    assert_eq!((held.len(), held[0].times, &held[0].item), (1, 2, &broken));
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("7", hour(1), "a")])]);
    assert_eq!(home.read(|reader| reader.quarantine_list(None, 10)), []);
}

#[test]
fn threads_that_no_page_shows_any_more_are_named_for_a_sweep() {
    let home = Home::new();
    let shop = home.shop();
    let threads = || {
        vec![
            thread(Kind::Question, "a", vec![bought("1", hour(1), "a")]),
            thread(Kind::Question, "b", vec![bought("2", hour(1), "b")]),
        ]
    };
    home.ingest(&shop, threads());
    let at = |now, threads: Vec<Incoming>| {
        home.store
            .ingest(Ingest {
                shop: shop.id,
                channel: shop.channel,
                stream: None,
                page: page(threads, ""),
                rules: None,
                now,
                priority: Priority::User,
            })
            .unwrap()
    };
    at(hour(200), threads().split_off(1));
    let unseen = home.read(|reader| reader.unseen_since(shop.id, Kind::Question, hour(150), 10));
    assert_eq!(unseen, [(home.id(&shop, Kind::Question, "a"), "a".into())]);
}

#[test]
fn raw_texts_are_packed_with_a_dictionary_once_there_are_samples() {
    let home = Home::new();
    let shop = home.shop();
    let questions = |range: std::ops::Range<i64>| -> Vec<Incoming> {
        range
            .map(|n| {
                let mut message = bought(&format!("q:{n}"), hour(n), "вопрос");
                // Documented shape of a question, wildberries 2026-10, shortened.
                message.raw = format!(
                    r#"{{"id":"q{n}","text":"Вопрос {n}?","createdDate":"2026-11-01T10:{:02}:00Z","state":"suppliersPortalSynch","answer":null,"productDetails":{{"nmId":{},"productName":"Платье летнее","supplierArticle":"DR-{n}","brandName":"Brand"}},"wasViewed":false,"isWarned":false}}"#,
                    n % 60,
                    n * 7_919 % 1_000_000
                );
                thread(Kind::Question, &format!("q{n}"), vec![message])
            })
            .collect()
    };
    home.ingest(&shop, questions(0..100));
    home.ingest(&shop, questions(100..900));
    let home = home.reopen();
    home.ingest(&shop, questions(900..1_000));
    let sizes = |low: i64, high: i64| -> i64 {
        home.read(|reader| {
            Ok(reader.conn.query_row(
                "SELECT sum(length(body)) FROM raw WHERE message BETWEEN ? AND ?",
                [low, high],
                |row| row.get(0),
            )?)
        })
    };
    let (without, with, after_reopening) = (sizes(1, 100), sizes(801, 900), sizes(901, 1_000));
    assert!(with * 3 < without, "{with} bytes with, {without} without");
    assert!(after_reopening * 3 < without);
    for n in [0, 99, 100, 500, 899, 999] {
        let id = home.id(&shop, Kind::Question, &format!("q{n}"));
        let raw = home.read(|reader| reader.raw(home.messages(id)[0].id)).unwrap();
        assert!(raw.contains(&format!("\"Вопрос {n}?\"")), "{raw}");
    }
}

#[test]
fn message_ids_are_dense_and_never_given_twice() {
    let home = Home::new();
    let shop = home.shop();
    let chat = |name: &str, ids: std::ops::Range<i64>| {
        thread(Kind::Chat, name, ids.map(|n| bought(&format!("{name}{n}"), hour(n), "a")).collect())
    };
    home.ingest(&shop, vec![chat("a", 0..5)]);
    home.ingest(&shop, vec![chat("a", 0..7)]);
    let ids: Vec<_> = home.messages(home.id(&shop, Kind::Chat, "a")).iter().map(|message| message.id.0).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7]);
    home.store.remove_shop(shop.id).unwrap();
    let home = home.reopen();
    let shop = home.shop();
    home.ingest(&shop, vec![chat("b", 0..1)]);
    assert_eq!(home.messages(home.id(&shop, Kind::Chat, "b"))[0].id.0, 8);
}

#[test]
fn notes_and_system_messages_do_not_move_the_turn() {
    let home = Home::new();
    let shop = home.shop();
    let mut event = message("s", Author::Platform, hour(9), "создан возврат");
    event.direction = Direction::System;
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("1", hour(1), "a"), sold("2", hour(2), "b"), event])]);
    let row = home.read(|reader| reader.conversation_row(home.id(&shop, Kind::Chat, "c")));
    assert_eq!((row.turn, row.unread, row.last_message_at), (Turn::Buyer, 0, hour(2)));
}
