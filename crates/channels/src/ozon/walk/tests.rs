#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ozon::wire::ChatList;

const STREAM: &str = "chats";

fn start() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// Message number `n` was written `n` minutes after the start of 2026.
fn written(n: u64) -> Timestamp {
    let epoch: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    epoch + SignedDuration::from_mins(i64::try_from(n).unwrap())
}

fn id_of(n: u64) -> String {
    format!("300000000{n:010}")
}

/// A platform with small pages: chats, each with the numbers of its messages in order.
#[derive(Clone, Debug, Default)]
struct Platform {
    chats: BTreeMap<String, Vec<u64>>,
    /// The message that was asked for comes again.
    inclusive: bool,
    /// Messages that the list names already and the histories do not show yet.
    late: BTreeSet<u64>,
}

impl Platform {
    fn list(&self, cursor: &str) -> ChatList {
        let mut chats: Vec<_> = self.chats.iter().collect();
        chats.sort_by_key(|(_, messages)| std::cmp::Reverse(messages.last()));
        let from: usize = cursor.parse().unwrap_or(0);
        let page: Vec<Value> =
            chats.iter().skip(from).take(2).map(|(id, messages)| Self::listed(id, messages)).collect();
        let more = chats.len() > from + 2;
        decode(&json!({"chats": page, "cursor": more.then(|| (from + 2).to_string()), "has_next": more}))
    }

    fn listed(id: &str, messages: &[u64]) -> Value {
        json!({
            "chat": {"chat_id": id, "chat_type": "BUYER_SELLER", "chat_status": "OPENED"},
            "last_message_id": messages.last().map(|&n| id_of(n)),
        })
    }

    fn history(&self, chat: &str, from: Option<&str>) -> History {
        let below =
            |n: &&u64| from.is_none_or(|from| id_of(**n).as_str() < from || (self.inclusive && id_of(**n) == from));
        let shown = |n: &&u64| !self.late.contains(n);
        let older: Vec<&u64> = self.chats[chat].iter().rev().filter(shown).filter(below).collect();
        let messages: Vec<Value> = older.iter().take(3).map(|n| Self::message(**n)).collect();
        decode(&json!({"has_next": older.len() > 3, "messages": messages}))
    }

    fn message(n: u64) -> Value {
        json!({"message_id": id_of(n), "user": {"type": "Customer"}, "created_at": written(n).to_string(), "data": ["?"]})
    }
}

fn decode<T: serde::de::DeserializeOwned>(json: &Value) -> T {
    serde_json::from_str(&json.to_string()).unwrap()
}

/// What an inbox keeps.
#[derive(Debug, Default)]
struct Inbox {
    messages: BTreeMap<String, Vec<String>>,
    marks: HashMap<RemoteId, String>,
    cursor: Cursor,
    requests: usize,
}

impl Inbox {
    fn store(&mut self, page: Page) {
        for conversation in page.conversations {
            let known = self.messages.entry(conversation.remote_id.0.clone()).or_default();
            known.extend(conversation.messages.into_iter().map(|message| message.remote_id.0));
            if let Some(mark) = conversation.mark {
                self.marks.insert(conversation.remote_id, mark);
            }
        }
        self.cursor = page.next;
    }

    /// The step a connector makes, with the platform asked directly.
    fn step(&mut self, platform: &Platform, depth: Depth, now: Timestamp) -> Page {
        let mut walk = Walk::resume(&self.cursor, now);
        loop {
            match walk.next() {
                Next::History { chat, from, .. } => {
                    if walk.skip_known(&self.marks, depth) {
                        continue;
                    }
                    self.requests += 1;
                    let history = platform.history(chat.as_str(), from.as_deref());
                    let (conversation, unreadable) = walk.take_history(STREAM, &history, &self.marks, depth).unwrap();
                    return walk.page(vec![conversation], unreadable);
                }
                Next::List(cursor) => {
                    self.requests += 1;
                    let list = platform.list(&cursor);
                    let told =
                        walk.take_list(map::chats(STREAM, &list, |_| true).0, list.following(), &self.marks, depth);
                    return walk.page(told, Vec::new());
                }
                Next::Endless(why) | Next::Closed { why, .. } => panic!("{why}"),
                Next::Over => return walk.page(Vec::new(), Vec::new()),
            }
        }
    }

    fn pass(&mut self, platform: &Platform, depth: Depth) {
        self.pass_at(platform, depth, start());
    }

    fn pass_at(&mut self, platform: &Platform, depth: Depth, now: Timestamp) {
        loop {
            let page = self.step(platform, depth, now);
            let more = page.more;
            self.store(page);
            if !more {
                return;
            }
        }
    }

    fn has(&self, chat: &str) -> BTreeSet<&str> {
        self.messages.get(chat).into_iter().flatten().map(String::as_str).collect()
    }

    /// A mark promises that everything up to it is here.
    fn keeps_its_promises(&self, platform: &Platform) {
        for (chat, mark) in &self.marks {
            let last = serde_json::from_str::<Mark>(mark).unwrap().last;
            let known = self.has(chat.as_str());
            for n in &platform.chats[chat.as_str()] {
                let id = id_of(*n);
                assert!(id > last || known.contains(id.as_str()), "{chat} is marked {mark} but lacks {id}");
            }
        }
    }
}

fn platform(chats: &[(&str, std::ops::Range<u64>)]) -> Platform {
    let chats = chats.iter().map(|(id, messages)| ((*id).to_owned(), messages.clone().collect())).collect();
    Platform { chats, ..Platform::default() }
}

#[test]
fn a_first_pass_brings_every_message_once() {
    let platform = platform(&[("a", 400_000..400_020), ("b", 400_100..400_101), ("c", 400_200..400_206)]);
    let mut inbox = Inbox::default();
    inbox.pass(&platform, Depth::Everything);
    for (chat, messages) in &platform.chats {
        assert_eq!(inbox.messages[chat].len(), messages.len(), "{chat}");
        assert_eq!(inbox.has(chat).len(), messages.len(), "{chat}");
    }
    assert_eq!(inbox.marks.len(), 3);
    assert_eq!(inbox.cursor, Cursor::default());
}

#[test]
fn unchanged_chats_cost_no_request() {
    let mut platform = platform(&[("a", 400_000..400_020), ("b", 400_100..400_101), ("c", 400_200..400_206)]);
    let mut inbox = Inbox::default();
    inbox.pass(&platform, Depth::Everything);
    inbox.requests = 0;
    inbox.pass(&platform, Depth::Everything);
    assert_eq!(inbox.requests, 2, "two pages of the list");
    platform.chats.get_mut("a").unwrap().push(400_300);
    inbox.pass(&platform, Depth::Everything);
    assert_eq!(inbox.requests, 5, "one more for what is new in one chat");
    assert!(inbox.has("a").contains(id_of(400_300).as_str()));
}

#[test]
fn a_last_message_that_is_not_shown_yet_is_waited_for() {
    let mut platform = platform(&[("a", 400_000..400_005)]);
    let mut inbox = Inbox::default();
    platform.late.insert(400_004);
    inbox.pass(&platform, Depth::Everything);
    assert_eq!(inbox.messages["a"].len(), 4);
    platform.late.clear();
    inbox.pass(&platform, Depth::Everything);
    assert_eq!(inbox.has("a").len(), 5);
}

#[test]
fn a_last_message_that_is_never_shown_does_not_cost_a_request_for_ever() {
    let mut platform = platform(&[("a", 400_000..400_005)]);
    let mut inbox = Inbox::default();
    platform.late.insert(400_004);
    for minute in 0..30 {
        inbox.pass_at(&platform, Depth::Everything, start() + SignedDuration::from_mins(minute));
    }
    assert_eq!(
        inbox.requests,
        30 + 2 + 10,
        "a page of the list each time, the whole chat once, then its newest page for a while"
    );
}

#[test]
fn a_message_that_is_sent_twice_by_an_inclusive_page_is_handed_over_once() {
    let platform = Platform { inclusive: true, ..platform(&[("a", 400_000..400_020)]) };
    let mut inbox = Inbox::default();
    inbox.pass(&platform, Depth::Everything);
    assert_eq!(inbox.messages["a"].len(), 20);
}

#[test]
fn a_pass_stops_after_a_page_of_old_chats_and_does_so_again() {
    let days = |days: u64| days * 24 * 60;
    let chat = |id: &'static str, day: u64| (id, days(day)..days(day) + 2);
    let platform = platform(&[
        chat("new", 320),
        chat("also new", 310),
        chat("at the edge", 240),
        chat("old", 200),
        chat("older", 100),
        chat("oldest", 50),
        chat("ancient", 2),
        chat("antique", 1),
    ]);
    let depth = Depth::Since(written(days(235)));
    let mut inbox = Inbox::default();
    inbox.pass(&platform, depth);
    assert_eq!(inbox.marks.len(), 6, "two pages with something young, and the old one that ended the pass");
    inbox.requests = 0;
    inbox.pass(&platform, depth);
    assert_eq!((inbox.marks.len(), inbox.requests), (6, 3), "known chats remember their age");
    inbox.pass(&platform, Depth::Everything);
    assert_eq!(inbox.marks.len(), 8);
}

#[test]
fn a_page_without_buyers_does_not_end_a_pass() {
    let mut walk = Walk::resume(&Cursor::default(), start());
    walk.take_list(Vec::new(), Some("2".to_owned()), &HashMap::new(), Depth::Since(start()));
    assert_eq!(walk.next(), Next::List("2".to_owned()));
}

fn chat(id: &str, status: &str) -> Chat {
    Chat {
        id: id.into(),
        kind: Kind::Chat,
        sort: String::new(),
        last: "7".to_owned(),
        status: status.to_owned(),
        created_at: None,
    }
}

#[test]
fn a_chat_closed_without_a_message_is_told_all_the_same() {
    let mark = r#"{"last":"7","newest":null}"#.to_owned();
    let marks = HashMap::from([("a".into(), mark.clone()), ("b".into(), mark)]);
    let mut walk = Walk::resume(&Cursor::default(), start());
    let told = walk.take_list(vec![chat("a", "CLOSED"), chat("b", "OPENED")], None, &marks, Depth::Everything);
    assert_eq!(
        told.iter().map(|told| (told.remote_id.as_str(), told.facts.closed)).collect::<Vec<_>>(),
        [("a", Some(true))]
    );
    assert_eq!(walk.next(), Next::Over);
}

#[test]
fn pages_that_go_round_in_circles_end_with_a_word() {
    for length in [1_u32, 2, 3, 7] {
        let mut walk = Walk::resume(&Cursor::default(), start());
        let ended = (0..100_u32).find(|page| {
            walk.take_list(Vec::new(), Some((page % length).to_string()), &HashMap::new(), Depth::Everything);
            matches!(walk.next(), Next::Endless(_))
        });
        assert!(ended.is_some_and(|page| page <= 4 * length), "{length}: {ended:?}");
    }
}

#[test]
fn a_list_without_an_end_is_not_counted_for_ever() {
    let mut cursor = Cursor::default();
    let ended = (0..100_u32).find(|_| {
        let mut walk = Walk::resume(&cursor, start());
        walk.count_first();
        if matches!(walk.next(), Next::Endless(_)) {
            return true;
        }
        walk.take_list(Vec::new(), Some("1".to_owned()), &HashMap::new(), Depth::Everything);
        cursor = Cursor(serde_json::to_string(&walk).unwrap());
        false
    });
    assert!(ended.is_some_and(|steps| steps <= 10), "{ended:?}");
}

#[test]
fn a_missing_cursor_is_told_after_the_chats_of_its_page() {
    let mut walk = Walk::resume(&Cursor::default(), start());
    walk.take_list(vec![chat("a", "OPENED")], Some(String::new()), &HashMap::new(), Depth::Everything);
    assert!(matches!(walk.next(), Next::History { .. }));
    walk.take_history(STREAM, &decode(&json!({"messages": [], "has_next": false})), &HashMap::new(), Depth::Everything);
    assert!(matches!(walk.next(), Next::Endless(why) if why.contains("does not say where")));
}

#[test]
fn a_history_that_does_not_get_older_is_set_aside_with_its_messages() {
    let endless: History = decode(&json!({"has_next": "true", "messages": [Platform::message(5)]}));
    let mut walk = Walk::resume(&Cursor::default(), start());
    walk.take_list(vec![chat("a", "OPENED"), chat("b", "OPENED")], None, &HashMap::new(), Depth::Everything);
    let (first, _) = walk.take_history(STREAM, &endless, &HashMap::new(), Depth::Everything).unwrap();
    assert_eq!((first.messages.len(), first.mark), (1, None));
    let (second, unreadable) = walk.take_history(STREAM, &endless, &HashMap::new(), Depth::Everything).unwrap();
    assert_eq!((second.mark, unreadable[0].remote_id.as_str()), (None, "a"));
    assert!(matches!(walk.next(), Next::History { chat, .. } if chat.as_str() == "b"), "the other chats go on");
}

#[test]
fn a_pass_that_rested_for_long_is_begun_anew() {
    let platform = platform(&[("a", 400_000..400_020), ("b", 400_100..400_101), ("c", 400_200..400_206)]);
    let mut inbox = Inbox::default();
    let page = inbox.step(&platform, Depth::Everything, start());
    assert!(matches!(Walk::resume(&page.next, start() + SignedDuration::from_mins(9)).next(), Next::History { .. }));
    for later in [start() + SignedDuration::from_mins(11), start() - SignedDuration::from_mins(11)] {
        assert_eq!(Walk::resume(&page.next, later).next(), Next::List(String::new()));
    }
    for odd in ["", "{}", "{", "null", "17", r#"{"pending":7}"#] {
        assert_eq!(Walk::resume(&Cursor(odd.to_owned()), start()).next(), Next::List(String::new()), "{odd}");
    }
}

#[test]
fn facts_come_with_the_first_page_of_a_chat_and_the_newest_context_stays() {
    let with_context = |n: u64, sku: &str| {
        let mut message = Platform::message(n);
        message["context"] = json!({"sku": sku});
        message
    };
    let page = |messages: Vec<Value>, more: bool| decode::<History>(&json!({"messages": messages, "has_next": more}));
    let mut walk = Walk::resume(&Cursor::default(), start());
    walk.take_list(vec![chat("a", "CLOSED")], None, &HashMap::new(), Depth::Everything);
    let mut facts = |history| walk.take_history(STREAM, &history, &HashMap::new(), Depth::Everything).unwrap().0.facts;
    let first = facts(page(vec![Platform::message(9)], true));
    assert_eq!((first.closed, first.status.as_deref(), first.product), (Some(true), Some("CLOSED"), None));
    let second = facts(page(vec![with_context(8, "222")], true));
    assert_eq!((second.closed, second.product.unwrap().key.as_str()), (None, "222"));
    assert_eq!(facts(page(vec![with_context(7, "111")], false)).product, None);
}

#[derive(Clone, Debug)]
enum Event {
    /// A step whose result is stored.
    Step,
    /// A step whose result is lost: the program ends before it is stored.
    Lost,
    /// A buyer writes; the message may be late to show.
    Message(u8, bool),
    /// What was late shows.
    Show,
    /// The program rests longer than a cursor lasts.
    Rest,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        8 => Just(Event::Step),
        3 => Just(Event::Lost),
        3 => (0_u8..6, any::<bool>()).prop_map(|(chat, late)| Event::Message(chat, late)),
        1 => Just(Event::Show),
        1 => Just(Event::Rest),
    ];
    prop::collection::vec(event, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn wherever_a_pass_is_interrupted_nothing_is_lost_and_marks_are_true(
        sizes in prop::collection::vec(0_usize..12, 1..6), events in events(), inclusive in any::<bool>(),
    ) {
        let mut platform = Platform { inclusive, ..Platform::default() };
        let mut n = 400_000;
        for (at, size) in sizes.iter().enumerate() {
            let messages = (0..*size).map(|_| { n += 1; n }).collect();
            platform.chats.insert(format!("chat {at}"), messages);
        }
        // Two streams read the same chats, each with its own cursor.
        let (mut inbox, mut other, mut now) = (Inbox::default(), Cursor::default(), start());
        for event in events {
            match event {
                Event::Step => {
                    let page = inbox.step(&platform, Depth::Everything, now);
                    inbox.store(page);
                    inbox.keeps_its_promises(&platform);
                    std::mem::swap(&mut inbox.cursor, &mut other);
                }
                Event::Lost => drop(inbox.step(&platform, Depth::Everything, now)),
                Event::Message(chat, late) => {
                    n += 1;
                    let messages = platform.chats.entry(format!("chat {chat}")).or_default();
                    // A history shows messages in their order: behind one that is late all are.
                    if late || messages.last().is_some_and(|last| platform.late.contains(last)) {
                        platform.late.insert(n);
                    }
                    messages.push(n);
                }
                Event::Show => platform.late.clear(),
                Event::Rest => {
                    now += SignedDuration::from_mins(11);
                    platform.late.clear();
                }
            }
        }
        platform.late.clear();
        inbox.cursor = Cursor::default();
        inbox.pass(&platform, Depth::Everything);
        inbox.keeps_its_promises(&platform);
        for (chat, messages) in &platform.chats {
            prop_assert_eq!(inbox.has(chat).len(), messages.len());
        }
    }
}
