//! Search against a real database: any line runs, and every answer is held against looking at each message.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::{Kind, MessageId, ShopId, Timestamp};
use jiff::Zoned;
use proptest::prelude::*;
use rusqlite::{Connection, params};

use super::analyse::{Analyser, VERSION};
use super::index::{self, Facets};
use super::merge::Merge;
use super::*;

fn now() -> Zoned {
    "2026-11-22T12:00:00Z[UTC]".parse().unwrap()
}

/// What the tests say about one message; the rest of the schema is filled in.
#[derive(Clone)]
struct Message {
    id: i64,
    shop: i64,
    kind: Kind,
    turn: &'static str,
    order: String,
    product: String,
    buyer: String,
    conversation: i64,
    author: &'static str,
    sent_at: i64,
    picture: bool,
    text: String,
}

struct Inbox {
    conn: Connection,
    analyser: Analyser,
}

impl Inbox {
    fn new() -> Self {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("../../migrations/0001_inbox.sql")).unwrap();
        conn.execute("INSERT INTO home (one, id, created_at, analyser) VALUES (1, 'h', 0, ?1)", [VERSION]).unwrap();
        for (name, channel) in [("Дом и сад", "wildberries"), ("Ёлка", "ozon"), ("Lamps", "ozon")] {
            conn.execute("INSERT INTO shop (channel, name, added_at) VALUES (?1, ?2, 0)", params![channel, name])
                .unwrap();
        }
        index::configure(&conn).unwrap();
        Self { conn, analyser: Analyser::new() }
    }

    fn add(&mut self, message: &Message) {
        let m = message;
        self.conn
            .execute(
                "INSERT INTO conversation (id, shop, kind, remote_id, buyer, turn, last_at, order_no, product)
                 VALUES (?1, ?2, ?3, 'c' || ?1, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET last_at = max(last_at, excluded.last_at)",
                params![m.conversation, m.shop, m.kind.word(), m.buyer, m.turn, m.sent_at, m.order, m.product],
            )
            .unwrap();
        let direction = if m.author == "seller" { "out" } else { "in" };
        let stubs = attachments(m.picture);
        self.conn
            .execute(
                "INSERT INTO message (id, shop, conversation, remote_id, direction, author, sent_at, text, attachments)
                 VALUES (?1, ?2, ?3, 'm' || ?1, ?4, ?5, ?6, ?7, ?8)",
                params![
                    m.id,
                    m.shop,
                    m.conversation,
                    direction,
                    m.author,
                    m.sent_at,
                    m.text,
                    serde_json::to_string(&stubs).unwrap()
                ],
            )
            .unwrap();
        let mut tokens = String::new();
        self.analyser.tokens(&m.text, &mut tokens);
        let facets = Facets::new(ShopId(m.shop), m.kind, Timestamp::from_millisecond(m.sent_at).unwrap(), &stubs);
        index::insert(&self.conn, MessageId(m.id), &tokens, &facets).unwrap();
    }

    fn say(&mut self, text: &str) {
        let id: i64 = self.conn.query_row("SELECT ifnull(max(id), 0) + 1 FROM message", [], |row| row.get(0)).unwrap();
        let message = Message { id, conversation: id, sent_at: 1_790_000_000_000 + id, text: text.to_owned(), ..one() };
        self.add(&message);
    }

    fn find(&self, line: &str) -> Hits {
        self.page(line, None, 50)
    }

    fn page(&self, line: &str, after: Option<Cursor>, limit: u32) -> Hits {
        find(&self.conn, &Query::parse(line), PageRequest { after, limit }, &now()).unwrap()
    }

    fn texts(&self, line: &str) -> Vec<String> {
        let hits = self.find(line).hits;
        hits.iter().map(|hit| hit.fragment.iter().map(|span| span.text.as_str()).collect()).collect()
    }
}

fn attachments(picture: bool) -> Vec<AttachmentStub> {
    let stub = AttachmentStub {
        name: "a.jpg".to_owned(),
        mime: "image/jpeg".to_owned(),
        size: None,
        source: String::new(),
        state: AttachmentState::Remote,
    };
    if picture { vec![stub] } else { Vec::new() }
}

fn one() -> Message {
    Message {
        id: 1,
        shop: 1,
        kind: Kind::Question,
        turn: "ours",
        order: String::new(),
        product: String::new(),
        buyer: "Анна".to_owned(),
        conversation: 1,
        author: "buyer",
        sent_at: 1_790_000_000_000,
        picture: false,
        text: String::new(),
    }
}

#[test]
fn buyers_words_are_found_in_every_language() {
    let mut inbox = Inbox::new();
    for text in [
        "Как оформить возврат?",
        "Жду ещё одну ЁЛКУ",
        "买家要求退貨，请处理",
        "好",
        "¿Dónde está mi pedido?",
        "Größe M ist zu klein",
        "Тауарды қайтарғым келеді",
        "Where is order 12345678-0001-1?",
        "Код ＡＢ１２３",
        "ガラスが割れた",
    ] {
        inbox.say(text);
    }
    for (line, expected) in [
        ("возврату", "Как оформить возврат?"),
        ("еще елка", "Жду ещё одну ЁЛКУ"),
        ("退货", "买家要求退貨，请处理"),
        ("要", "买家要求退貨，请处理"),
        ("理", "买家要求退貨，请处理"),
        ("請", "买家要求退貨，请处理"),
        ("好", "好"),
        ("donde", "¿Dónde está mi pedido?"),
        ("grosse", "Größe M ist zu klein"),
        ("қайтарғым", "Тауарды қайтарғым келеді"),
        ("12345678-0001-1", "Where is order 12345678-0001-1?"),
        ("123456", "Where is order 12345678-0001-1?"),
        ("\"заказ\" OR", ""),
        ("ab123", "Код ＡＢ１２３"),
        ("ガラス", "ガラスが割れた"),
    ] {
        let found = inbox.texts(line);
        let expected: Vec<&str> = if expected.is_empty() { vec![] } else { vec![expected] };
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn words_of_the_index_are_not_mistaken_for_its_facets() {
    let mut inbox = Inbox::new();
    inbox.say("m682 hf s1question");
    inbox.say("d20718");
    assert_eq!(inbox.texts("hf"), ["m682 hf s1question"]);
    assert_eq!(inbox.texts("has:file"), Vec::<String>::new());
    assert_eq!(inbox.texts("s1question"), ["m682 hf s1question"]);
    assert_eq!(inbox.texts("kind:question").len(), 2);
}

#[test]
fn nothing_asked_is_nothing_found() {
    let mut inbox = Inbox::new();
    inbox.say("слово");
    for line in ["", "   ", "!!!", "shop:нет", "kind:"] {
        let hits = inbox.find(line);
        assert_eq!((hits.hits.len(), hits.total), (0, Total::Exact(0)), "{line}");
    }
    assert_eq!(inbox.find("shop:нет").notices.len(), 1);
}

#[test]
fn rows_of_another_analyser_are_searched_and_rebuilt_in_steps() {
    let mut inbox = Inbox::new();
    for number in 0..25 {
        inbox.say(&format!("слово {number}"));
    }
    inbox.conn.execute("UPDATE home SET analyser = ?1", [VERSION + 1]).unwrap();
    // As if another version had made other tokens.
    let facets = Facets::new(ShopId(1), Kind::Question, Timestamp::UNIX_EPOCH, &[]);
    index::replace(&inbox.conn, MessageId(3), "иначе", &facets).unwrap();
    let before = inbox.find("слово");
    assert_eq!((before.hits.len(), before.rebuilding), (24, true));
    let mut steps = 0;
    while index::reindex_step(&inbox.conn, &mut inbox.analyser, 10).unwrap() {
        steps += 1;
        assert!(inbox.find("слово").rebuilding);
    }
    let after = inbox.find("слово");
    assert_eq!((steps, after.hits.len(), after.rebuilding), (3, 25, false));
    soundness::check(&inbox.conn).unwrap();
}

#[test]
fn erased_words_leave_the_index_when_it_is_merged() {
    let mut inbox = Inbox::new();
    for number in 0..3_000 {
        inbox.say(&format!("слово {number} zeugnis{}", number % 7));
    }
    let secret = |inbox: &Inbox| -> i64 {
        inbox
            .conn
            .query_row("SELECT count(*) FROM search_data WHERE instr(block, CAST('zeugnis' AS BLOB)) > 0", [], |r| {
                r.get(0)
            })
            .unwrap()
    };
    for id in 1..=3_000 {
        index::delete(&inbox.conn, MessageId(id)).unwrap();
    }
    inbox.conn.execute("DELETE FROM message", []).unwrap();
    inbox.say("осталось");
    assert!(secret(&inbox) > 0);
    let mut merge = Merge::default();
    while merge.step(&inbox.conn).unwrap() {}
    assert_eq!(secret(&inbox), 0);
    assert_eq!(inbox.texts("осталось"), ["осталось"]);
    soundness::check(&inbox.conn).unwrap();
}

#[test]
fn words_deleted_while_a_merge_was_half_done_leave_the_index_with_the_next() {
    const ROWS: i64 = 5_000;
    let conn = Inbox::new().conn;
    let secret = || -> i64 {
        let sql = "SELECT count(*) FROM search_data WHERE instr(block, CAST('azeugnis' AS BLOB)) > 0";
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let facets = Facets::new(ShopId(1), Kind::Question, Timestamp::UNIX_EPOCH, &[]);
    // Words that sort behind the secret, too many for one step of merging.
    for number in 1..=ROWS {
        let scattered = number * 7_919 % 10_007;
        let words: Vec<String> = (0..6).map(|at| format!("z{:x<60}{number}", scattered * 10 + at)).collect();
        index::insert(&conn, MessageId(number), &words.join(" "), &facets).unwrap();
    }
    index::replace(&conn, MessageId(ROWS / 2), "azeugnis", &facets).unwrap();
    let mut half = Merge::default();
    assert!(half.step(&conn).unwrap());
    index::delete(&conn, MessageId(ROWS / 2)).unwrap();
    assert!(secret() > 0);
    let mut merge = Merge::default();
    let mut steps = 0;
    while merge.step(&conn).unwrap() {
        steps += 1;
    }
    assert!(steps > 1, "all of it fits into one step");
    assert_eq!(secret(), 0);
    conn.execute("INSERT INTO search (search) VALUES ('integrity-check')", []).unwrap();
}

#[test]
fn the_index_stays_readable_however_often_it_is_merged() {
    // FTS5 reads up to 2,000 levels.
    const MERGES: i64 = 2_100;
    let mut inbox = Inbox::new();
    for number in 0..MERGES + 10 {
        inbox.say(&format!("слово {number}"));
    }
    for id in 1..=MERGES {
        index::delete(&inbox.conn, MessageId(id)).unwrap();
        inbox.conn.execute("DELETE FROM message WHERE id = ?1", [id]).unwrap();
        let mut merge = Merge::default();
        while merge.step(&inbox.conn).unwrap() {}
    }
    soundness::check(&inbox.conn).unwrap();
    assert_eq!(inbox.find("слово").total, Total::Exact(10));
}

#[test]
fn a_row_without_its_message_is_damage() {
    let mut inbox = Inbox::new();
    inbox.say("слово");
    soundness::check(&inbox.conn).unwrap();
    inbox.conn.execute("DELETE FROM message", []).unwrap();
    assert!(matches!(soundness::check(&inbox.conn), Err(Error::Damaged(_))));
    assert_eq!(inbox.find("слово").hits, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_line_makes_a_search_fail(line in any_line()) {
        let mut inbox = Inbox::new();
        inbox.say("Возврат AND OR NOT near(слово) 退货 \"quote\" 24521886267");
        inbox.find(&line);
    }

    #[test]
    fn a_text_is_found_by_each_of_its_words(text in "[а-яёa-z退貨货要求é0-9 -]{1,40}") {
        let mut inbox = Inbox::new();
        inbox.say(&text);
        for word in text.split(' ').filter(|word| word.chars().any(char::is_alphanumeric) && !word.starts_with('-')) {
            prop_assert_eq!(inbox.find(word).hits.len(), 1, "{}", word);
            prop_assert_eq!(inbox.find(&format!("\"{word}\"")).hits.len(), 1, "exactly {}", word);
            prop_assert_eq!(inbox.find(&format!("{word}*")).hits.len(), 1, "{}*", word);
            prop_assert_eq!(inbox.find(&format!("-{word}")).hits.len(), 0, "-{}", word);
        }
    }
}

/// Lines of anything, and lines of what means something to a parser or to the index.
fn any_line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\""),
        Just("«"),
        Just("*"),
        Just("-"),
        Just(":"),
        Just("："),
        Just(" "),
        Just("("),
        Just(")"),
        Just("^"),
        Just("+"),
        Just("{"),
        Just("}"),
        Just("AND"),
        Just(" OR "),
        Just("NOT "),
        Just("NEAR("),
        Just("tokens"),
        Just("facets:"),
        Just("\0"),
        Just("shop:"),
        Just("kind:"),
        Just("order:"),
        Just("before:"),
        Just("after:9"),
        Just("from:"),
        Just("has:"),
        Just("7d"),
        Just("2026-11"),
        Just("退"),
        Just("货"),
        Just("слов"),
        Just("ами"),
        Just("ing"),
        Just("е\u{308}"),
        Just("\u{301}"),
        Just("123"),
        Just("'"),
        Just(";"),
        Just("%"),
        Just("\\"),
        Just("😀"),
        Just("\u{10ffff}"),
        Just("ß"),
        Just("ﷺ"),
    ];
    prop_oneof![any::<String>(), prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())]
}

mod complete {
    //! A random inbox whose history arrived newest first, compared with looking at every message.

    use super::*;

    /// Forms of one word each; other words stand alone.
    const WORDS: [&[&str]; 8] = [
        &["возврат", "возврата", "Возвраты", "ВОЗВРАТОМ"],
        &["размер", "размеров", "размером"],
        &["ёлка", "елки", "ЁЛКУ"],
        &["return", "returned", "returns", "RETURNING"],
        &["退货", "退貨"],
        &["dónde", "donde"],
        &["переходник", "переходника"],
        &["брак"],
    ];

    struct Random(u64);

    impl Random {
        fn below(&mut self, n: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % n
        }
    }

    const TO: i64 = 1_795_348_800_000; // 2026-11-22T12:00:00Z

    fn inbox(seed: u64, messages: i64) -> (Inbox, Vec<Message>) {
        let mut random = Random(seed);
        let mut all = Vec::new();
        for conversation in 1.. {
            if all.len() as i64 >= messages {
                break;
            }
            let shop = 1 + random.below(3) as i64;
            let about = Message {
                shop,
                kind: [Kind::Question, Kind::Chat, Kind::Review][random.below(3) as usize],
                turn: ["ours", "buyer", "none"][random.below(3) as usize],
                order: if random.below(3) > 0 {
                    format!("{:08}-000{}", random.below(100_000_000), random.below(9))
                } else {
                    String::new()
                },
                product: format!("AB-{:03}", random.below(200)),
                buyer: ["Анна К.", "Пётр", "李娜"][random.below(3) as usize].to_owned(),
                conversation,
                ..one()
            };
            // Most of it recent, and one busy day.
            let back = random.below(1_000_000) as f64 / 1_000_000.0;
            let mut at = TO - (500.0 * 86_400_000.0 * back * back * back) as i64;
            for _ in 0..1 + random.below(5) {
                let mut text = String::new();
                for _ in 0..1 + random.below(6) {
                    // Early words of the list are frequent.
                    let family = WORDS[(random.below(8) * random.below(8) / 8) as usize];
                    text += family[random.below(family.len() as u64) as usize];
                    text += [" ", ", ", "! ", " и "][random.below(4) as usize];
                }
                if random.below(20) == 0 {
                    text += &about.order;
                }
                let author = if random.below(2) == 0 { "buyer" } else { "seller" };
                all.push(Message { author, sent_at: at, picture: random.below(9) == 0, text, ..about.clone() });
                at = (at + random.below(86_400_000) as i64).min(TO);
            }
        }
        all.sort_by_key(|message| std::cmp::Reverse(message.sent_at));
        let mut inbox = Inbox::new();
        inbox.conn.execute_batch("BEGIN").unwrap();
        for (place, message) in all.iter_mut().enumerate() {
            message.id = place as i64 + 1;
            inbox.add(message);
        }
        inbox.conn.execute_batch("COMMIT").unwrap();
        (inbox, all)
    }

    impl Message {
        fn words(&self) -> Vec<String> {
            let split = self.text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            split.map(|word| word.to_lowercase().replace('ё', "е").replace('ó', "o").replace('貨', "货")).collect()
        }

        /// Any form of the word with this number in the list.
        fn has(&self, family: usize) -> bool {
            let forms: Vec<String> = WORDS[family]
                .iter()
                .map(|form| Message { text: (*form).to_owned(), ..one() }.words().remove(0))
                .collect();
            self.words().iter().any(|word| forms.contains(word))
        }

        fn says(&self, phrase: &[&str]) -> bool {
            self.words().windows(phrase.len()).any(|words| words == phrase)
        }

        fn begins(&self, beginning: &str) -> bool {
            self.words().iter().any(|word| word.starts_with(beginning))
        }
    }

    type Wanted = Box<dyn Fn(&Message) -> bool>;

    fn lines(all: &[Message]) -> Vec<(String, Wanted)> {
        let order = all
            .iter()
            .find(|message| message.text.contains(&message.order) && !message.order.is_empty())
            .unwrap()
            .order
            .clone();
        let head = order[..5].to_owned();
        let newest = {
            let mut newest = std::collections::HashMap::new();
            for message in all {
                let last = newest.entry(message.conversation).or_insert((message.sent_at, message.id));
                *last = (*last).max((message.sent_at, message.id));
            }
            move |message: &Message| newest[&message.conversation].1 == message.id
        };
        let november: i64 = "2026-11-01T00:00:00Z".parse::<Timestamp>().unwrap().as_millisecond();
        let week = TO - 7 * 86_400_000;
        let mut lines: Vec<(String, Wanted)> = Vec::new();
        let mut add = |line: &str, wanted: Wanted| lines.push((line.to_owned(), wanted));
        for (family, forms) in WORDS.iter().enumerate() {
            add(forms[0], Box::new(move |m| m.has(family)));
        }
        add("возвратов размера", Box::new(|m| m.has(0) && m.has(1)));
        add("возврат -размер", Box::new(|m| m.has(0) && !m.has(1)));
        add("-возврат", Box::new(|m| !m.has(0)));
        add("-\"возврата\"", Box::new(|m| !m.says(&["возврата"])));
        add("-возврат -размер shop:1", Box::new(|m| !m.has(0) && !m.has(1) && m.shop == 1));
        add("\"возврата\"", Box::new(|m| m.says(&["возврата"])));
        add("\"возврат размеров\"", Box::new(|m| m.says(&["возврат", "размеров"])));
        add("брак -\"возврат\"", Box::new(|m| m.has(7) && !m.says(&["возврат"])));
        add("возвр*", Box::new(|m| m.begins("возвр")));
        add("возврато*", Box::new(|m| m.begins("возврато")));
        add("returne*", Box::new(|m| m.begins("returne")));
        add("returni* размер", Box::new(|m| m.begins("returni") && m.has(1)));
        add("退", Box::new(|m| m.has(4)));
        add("货", Box::new(|m| m.has(4)));
        add("kind:chat", Box::new(|m| m.kind == Kind::Chat));
        add("shop:ёлка возврат", Box::new(|m| m.shop == 2 && m.has(0)));
        add(
            "channel:ozon kind:review kind:chat переходник",
            Box::new(|m| m.shop > 1 && m.kind != Kind::Question && m.has(6)),
        );
        add("turn:ours возврат", Box::new(|m| m.turn == "ours" && m.has(0)));
        add("turn:buyer turn:none", Box::new(|m| m.turn != "ours"));
        add("from:me размер", Box::new(|m| m.author == "seller" && m.has(1)));
        add("from:пётр", Box::new(|m| m.author == "buyer" && m.buyer == "Пётр"));
        add(
            "from:пётр turn:ours возврат",
            Box::new(|m| m.author == "buyer" && m.buyer == "Пётр" && m.turn == "ours" && m.has(0)),
        );
        add("has:picture возврат", Box::new(|m| m.picture && m.has(0)));
        add("after:2026-11 возврат", Box::new(move |m| m.sent_at >= november && m.has(0)));
        add("before:2026-11 возврат", Box::new(move |m| m.sent_at < november && m.has(0)));
        add("before:2026-11", Box::new(move |m| m.sent_at < november));
        add("after:7d", Box::new(move |m| m.sent_at >= week));
        add("after:7d before:2026-11", Box::new(|_| false));
        add("sku:ab-01", Box::new(|m| m.product.starts_with("AB-01")));
        add(
            "sku:ab-0 возврат kind:chat",
            Box::new(|m| m.product.starts_with("AB-0") && m.has(0) && m.kind == Kind::Chat),
        );
        let whole = order.clone();
        add(&format!("order:{order}"), Box::new(move |m| m.order == whole));
        let (whole, last) = (order.clone(), newest.clone());
        add(&order, Box::new(move |m| m.text.contains(&whole) || (m.order == whole && last(m))));
        let (begin, last) = (head.clone(), newest.clone());
        add(&head, Box::new(move |m| m.begins(&begin) || (m.order.starts_with(&begin) && last(m))));
        let whole = order.clone();
        add(&format!("{order} возврат"), Box::new(move |m| m.has(0) && (m.text.contains(&whole) || m.order == whole)));
        let (whole, last) = (order.clone(), newest);
        add(
            &format!("{order} -возврат"),
            Box::new(move |m| !m.has(0) && (m.text.contains(&whole) || (m.order == whole && last(m)))),
        );
        lines
    }

    #[test]
    fn every_line_finds_exactly_its_messages_newest_first_page_by_page() {
        let (mut whole, mut beyond) = (0, 0);
        for (seed, size) in [(1, 400), (2, 2_500), (3, 6_000)] {
            let (inbox, all) = inbox(seed, size);
            for (line, wanted) in lines(&all) {
                let mut expected: Vec<&Message> = all.iter().filter(|message| wanted(message)).collect();
                expected.sort_by_key(|message| std::cmp::Reverse((message.sent_at, message.id)));
                let expected: Vec<i64> = expected.iter().map(|message| message.id).collect();
                let (mut found, mut after) = (Vec::new(), None);
                loop {
                    let page = inbox.page(&line, after, 170);
                    assert_eq!(page.notices, [], "{line}");
                    match page.total {
                        Total::Exact(total) => assert_eq!(total as usize, expected.len(), "{line}"),
                        Total::AtLeast(total) => assert!(total as usize <= expected.len(), "{line}"),
                    }
                    if after.is_none() {
                        *(if expected.len() > 1_000 { &mut beyond } else { &mut whole }) += 1;
                    }
                    found.extend(page.hits.iter().map(|hit| hit.message.0));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                if found != expected {
                    let missing: Vec<_> = expected.iter().filter(|id| !found.contains(id)).collect();
                    let wrong: Vec<_> = found.iter().filter(|id| !expected.contains(id)).collect();
                    panic!("{line}, seed {seed}: missing {missing:?}, wrong {wrong:?}");
                }
            }
        }
        assert!(whole > 60 && beyond > 15, "both ways of walking are to be taken: {whole}, {beyond}");
    }
}
