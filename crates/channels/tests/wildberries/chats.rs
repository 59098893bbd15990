//! Chats: the feed, the list, answers with files, and the signature that must never be seen.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dragoman_channels::{Ask, Failure};
use dragoman_domain::incoming::{Cursor, Incoming, Page};
use dragoman_domain::outbox::Watermark;
use dragoman_domain::outgoing::{ActionKind, Doubt, Outgoing, Refusal, Sent, Upload};
use dragoman_domain::{Direction, Kind, RemoteId, Timestamp};
use serde_json::{Value, json};

use crate::mock::{Reply, Seen};
use crate::shop::{ALL_RIGHTS, NOW, Nothing, Shop, problem, rights};

const CHAT: &str = "1:1e265a58-a120-b178-008c-60af2460207c";
const SECRET: &str = "1:1e265a58:canary-signature";

/// Milliseconds of the tests' present.
fn now() -> u64 {
    NOW.parse::<Timestamp>().unwrap().as_millisecond().try_into().unwrap()
}

/// A feed as the platform keeps it: so many events to a page, `next` is the instant of the last.
#[derive(Clone, Default)]
struct Desk {
    events: Arc<Mutex<Vec<Value>>>,
    chats: Arc<Mutex<Vec<Value>>>,
    answer: Arc<Mutex<Option<Reply>>>,
}

const PAGE: usize = 3;

impl Desk {
    fn say(&self, chat: &str, id: &str, at: u64, sender: &str, text: &str) {
        self.add(json!({
            "chatID": chat, "eventID": id, "eventType": "message", "message": {"text": text}, "source": "ios",
            "addTimestamp": at, "addTime": Timestamp::from_millisecond(at.try_into().unwrap()).unwrap().to_string(),
            "sender": sender, "clientName": if sender == "client" { "Алёна" } else { "" }
        }));
    }

    fn add(&self, event: Value) {
        self.events.lock().unwrap().push(event);
    }

    fn list(&self, chat: &str) {
        self.chats.lock().unwrap().push(json!({
            "chatID": chat, "replySign": SECRET, "clientName": "Алёна", "lastMessage": {"text": "…", "addTimestamp": now()},
            "goodCard": {"nmID": 12345678, "price": 500, "priceCurrency": "RUB", "rid": "2fb52cd9", "size": "0"}
        }));
    }

    fn reply(&self, seen: &Seen) -> Reply {
        match seen.path.as_str() {
            "/api/v1/seller/chats" => Reply::json(200, &json!({"result": *self.chats.lock().unwrap(), "errors": null})),
            "/api/v1/seller/events" => {
                let next: u64 = seen.query.strip_prefix("next=").map_or(0, |next| next.parse().unwrap());
                let events = self.events.lock().unwrap();
                let page: Vec<_> =
                    events.iter().filter(|event| event["addTimestamp"].as_u64().unwrap() > next).take(PAGE).collect();
                let last = page.last().map_or(next, |event| event["addTimestamp"].as_u64().unwrap());
                let result = json!({"next": last, "totalEvents": page.len(), "events": page,
                                    "newestEventTime": null, "oldestEventTime": null});
                Reply::json(200, &json!({"result": result, "errors": null}))
            }
            _ => self.answer.lock().unwrap().clone().unwrap(),
        }
    }

    fn answers(&self, reply: Reply) {
        *self.answer.lock().unwrap() = Some(reply);
    }

    async fn open(&self) -> Shop {
        let desk = self.clone();
        Shop::start(rights(ALL_RIGHTS), move |seen| desk.reply(seen)).await
    }
}

fn said(pages: &[Page]) -> Vec<(&str, &str)> {
    let threads = pages.iter().flat_map(|page| &page.conversations);
    threads
        .flat_map(|thread| thread.messages.iter().map(|message| (thread.remote_id.as_str(), message.text.as_str())))
        .collect()
}

fn calls(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.path.trim_start_matches("/api/v1/seller/")).collect()
}

async fn thread(shop: &Shop, chat: &str, since: &Watermark) -> Result<dragoman_domain::incoming::Thread, Failure> {
    loop {
        match shop.connector.thread(Kind::Chat, &RemoteId::from(chat), since).await {
            Err(Failure::Wait { until, told: false }) => shop.clock.advance_to(until),
            other => return other,
        }
    }
}

fn mark(last_in: &str) -> Watermark {
    Watermark { last_in: Some(RemoteId::from(last_in)), ..Watermark::default() }
}

fn outgoing(text: &str, files: Vec<Upload>) -> Outgoing {
    Outgoing { files, ..Outgoing::new(ActionKind::Reply, Kind::Chat, RemoteId::from(CHAT), text.to_owned()) }
}

fn file(name: &str, mime: &str) -> Upload {
    Upload { name: name.to_owned(), mime: mime.to_owned(), bytes: b"%PDF-1.7".as_slice().into() }
}

fn accepted(errors: &Value) -> Reply {
    Reply::json(200, &json!({"result": {"addTime": now(), "chatID": CHAT}, "errors": errors}))
}

#[tokio::test]
async fn the_feed_is_followed_from_some_days_back_to_its_end_and_goes_on_there() {
    let desk = Desk::default();
    desk.say(CHAT, "ancient", now() - 40 * 86_400_000, "client", "Давно");
    for number in 0..7 {
        desk.say(CHAT, &format!("e{number}"), now() - 10_000 + number, "client", &format!("{number}"));
    }
    desk.say("1:unlisted", "other", now(), "client", "Есть кто?");
    desk.list(CHAT);
    let shop = desk.open().await;
    let (pages, cursor, seen) = shop.run("chats", Cursor::default(), false).await;
    assert_eq!(calls(&seen), ["chats", "events", "events", "events", "events"]);
    let words: Vec<_> = said(&pages).iter().map(|(_, text)| *text).collect();
    assert_eq!(words, ["0", "1", "2", "3", "4", "5", "6", "Есть кто?"], "the list alone hides no chat");
    let listed = &pages[0].conversations[0];
    assert_eq!((listed.facts.buyer.as_deref(), listed.facts.order_no.as_deref()), (Some("Алёна"), Some("2fb52cd9")));
    desk.say(CHAT, "new", now() + 5, "seller", "Сейчас посмотрим");
    let (pages, cursor, seen) = shop.run("chats", cursor, false).await;
    assert_eq!((calls(&seen), said(&pages)), (vec!["events", "events"], vec![(CHAT, "Сейчас посмотрим")]));
    assert_eq!(pages[0].conversations[0].messages[0].direction, Direction::Out);
    let (pages, _, seen) = shop.run("chats", cursor, false).await;
    assert!(said(&pages).is_empty() && seen.len() == 1, "an empty page with the same cursor is the end");
}

#[tokio::test]
async fn a_chat_the_list_did_not_have_leads_to_another_list_and_what_is_known_is_not_told_twice() {
    let desk = Desk::default();
    desk.list(CHAT);
    let shop = desk.open().await;
    let (_, cursor, _) = shop.run("chats", Cursor::default(), false).await;
    desk.say("1:new", "e1", now(), "client", "Добрый день");
    desk.list("1:new");
    let (_, cursor, _) = shop.run("chats", cursor, false).await;
    shop.clock.advance(Duration::from_secs(61));
    let (pages, cursor, seen) = shop.run("chats", cursor, false).await;
    assert_eq!(calls(&seen), ["chats", "events"]);
    let told: Vec<_> = pages[0].conversations.iter().map(|thread| thread.remote_id.as_str()).collect();
    assert_eq!(told, ["1:new"]);
    shop.clock.advance(Duration::from_secs(901));
    let (pages, _, seen) = shop.run("chats", cursor, false).await;
    assert_eq!(calls(&seen), ["chats", "events"], "every quarter of an hour in any case");
    assert!(pages.iter().all(|page| page.conversations.is_empty()));
}

#[tokio::test]
async fn older_events_are_read_once_and_meet_those_of_the_main_stream() {
    let desk = Desk::default();
    for days in [400_u64, 80, 50, 20, 1] {
        desk.say(CHAT, &format!("d{days}"), now() - days * 86_400_000, "client", &format!("{days}"));
    }
    let shop = desk.open().await;
    let words = |pages: &[Page]| said(pages).iter().map(|(_, text)| (*text).to_owned()).collect::<Vec<_>>();
    let (pages, cursor, _) = shop.run("chats_history", Cursor::default(), false).await;
    assert_eq!(words(&pages)[..3], ["80", "50", "20"]);
    let (pages, cursor, seen) = shop.run("chats_history", cursor, false).await;
    assert!(seen.is_empty() && words(&pages).is_empty());
    let (pages, cursor, _) = shop.run("chats_history", cursor, true).await;
    assert_eq!(words(&pages)[0], "400");
    let (_, _, seen) = shop.run("chats_history", cursor, true).await;
    assert!(seen.is_empty());
    let (pages, _, _) = shop.run("chats", Cursor::default(), false).await;
    assert_eq!(words(&pages), ["1"]);
}

#[tokio::test]
async fn a_platform_that_takes_only_its_own_cursors_is_read_from_the_beginning() {
    let desk = Desk::default();
    desk.say(CHAT, "e1", now(), "client", "Добрый день");
    desk.list(CHAT);
    let inner = desk.clone();
    let shop = Shop::start(rights(ALL_RIGHTS), move |seen| {
        let invented = seen.query.strip_prefix("next=").is_some_and(|next| next.parse::<u64>().unwrap() < now());
        let words = json!({"title": "bad request", "error": "Invalid value for \"next\""});
        if invented { Reply::json(400, &words) } else { inner.reply(seen) }
    })
    .await;
    for stream in ["chats", "chats_history"] {
        let (pages, _, _) = shop.run(stream, Cursor::default(), false).await;
        assert_eq!(said(&pages), [(CHAT, "Добрый день")], "{stream}");
    }
    let read = thread(&shop, CHAT, &mark(&format!("e:{}:a", now() - 10))).await.unwrap();
    assert_eq!((read.conversation.messages.len(), read.complete), (1, true));
}

#[tokio::test]
async fn odd_events_are_set_aside_or_passed_over_and_the_feed_goes_on() {
    let desk = Desk::default();
    desk.add(json!({"chatID": CHAT, "eventID": "bad", "message": {"text": 7}, "addTimestamp": now() - 9, "replySign": SECRET}));
    desk.add(
        json!({"chatID": CHAT, "eventID": "refund", "eventType": "refund", "refund": {}, "addTimestamp": now() - 8}),
    );
    desk.say(CHAT, "wb", now() - 7, "wb", "Чат создан");
    desk.say(CHAT, "good", now() - 6, "client", "Добрый день");
    let shop = desk.open().await;
    let (pages, _, _) = shop.run("chats", Cursor::default(), false).await;
    assert_eq!(said(&pages), [(CHAT, "Чат создан"), (CHAT, "Добрый день")]);
    let bad: Vec<_> = pages.iter().flat_map(|page| &page.unreadable).collect();
    assert_eq!((bad.len(), bad[0].remote_id.as_str()), (1, "bad"));
    assert!(!bad[0].raw.contains("canary"), "{}", bad[0].raw);
}

#[tokio::test]
async fn the_signature_is_nowhere_to_be_seen() {
    let desk = Desk::default();
    desk.list(CHAT);
    desk.add(json!({"chatID": CHAT, "eventID": "e1", "isNewChat": true, "message": {"text": "Добрый день"}, "sender": "client",
                    "addTimestamp": now(), "replySign": SECRET}));
    let shop = desk.open().await;
    let (pages, cursor, _) = shop.run("chats", Cursor::default(), false).await;
    let read = thread(&shop, CHAT, &Watermark::default()).await.unwrap();
    assert_eq!(read.conversation.messages.len(), 1);
    let shown = format!("{pages:?} {cursor:?} {read:?} {:?}", shop.connector.capabilities());
    assert!(!shown.contains("canary"), "{shown}");
    for broken in [
        format!("{{\"result\":[{{\"replySign\":\"{SECRET}\""),
        format!("{{\"result\":{{\"replySign\":\"{SECRET}\"}}}}"),
    ] {
        let shop = Shop::saying(Reply::new(200, broken)).await;
        let failure = shop.step("chats", &Cursor::default(), false).await.unwrap_err();
        assert!(
            matches!(&failure, Failure::Unreadable { .. }) && !format!("{failure:?}").contains("canary"),
            "{failure:?}"
        );
    }
    let echoed = json!({"title": "bad request", "error": format!("message for {SECRET} is too long")});
    desk.answers(Reply::json(400, &echoed));
    let sent = shop.connector.send(&outgoing("Здравствуйте!", Vec::new())).await;
    assert!(
        matches!(&sent, Sent::No(Refusal::Final { why, .. }) if why.contains("too long") && !why.contains("canary")),
        "{sent:?}"
    );
}

#[tokio::test]
async fn an_answer_carries_the_signature_the_text_and_the_files() {
    let desk = Desk::default();
    desk.list(CHAT);
    desk.answers(accepted(&json!([])));
    let shop = desk.open().await;
    let files = vec![file("Чек \"1\"\r\n.pdf", "application/pdf"), file("b.png", "image/png")];
    let sent = shop.connector.send(&outgoing("Здравствуйте! 🙂", files)).await;
    assert_eq!(sent, Sent::Yes { remote: None, at: NOW.parse().unwrap() });
    let seen = shop.mock.seen();
    assert_eq!(calls(&seen), ["chats", "message"], "the signature is learnt first");
    let message = &seen[1];
    assert_eq!(message.method, "POST");
    assert!(message.content_type.as_ref().unwrap().starts_with("multipart/form-data; boundary="));
    for part in [
        format!("name=\"replySign\"\r\n\r\n{SECRET}\r\n"),
        "name=\"message\"\r\n\r\nЗдравствуйте! 🙂\r\n".to_owned(),
        "name=\"file\"; filename=\"Чек \\\"1\\\".pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7".to_owned(),
        "name=\"file\"; filename=\"b.png\"\r\nContent-Type: image/png\r\n\r\n%PDF-1.7".to_owned(),
    ] {
        assert!(message.body.contains(&part), "{part:?} in {:?}", message.body);
    }
    shop.connector.send(&outgoing("", vec![file("b.png", "image/png")])).await;
    let seen = shop.mock.seen();
    assert_eq!(seen.len(), 3, "and remembered");
    assert!(!seen[2].body.contains("name=\"message\""));
}

#[tokio::test]
async fn a_text_whose_files_were_refused_is_sent_and_the_refusal_becomes_part_of_the_thread() {
    let desk = Desk::default();
    desk.list(CHAT);
    desk.say(CHAT, "e1", now() - 5_000, "client", "Пришлите чек");
    let shop = desk.open().await;
    let (_, cursor, _) = shop.run("chats", Cursor::default(), false).await;
    desk.answers(accepted(&json!(["7: attachment too big. Max size: 5MiB"])));
    let sent = shop.connector.send(&outgoing("Вот чек", vec![file("b.png", "image/png")])).await;
    assert!(matches!(sent, Sent::Yes { .. }), "sent again it would arrive twice: {sent:?}");
    let last = format!("e:{}:e1", now() - 5_000);
    let read = thread(&shop, CHAT, &mark(&last)).await.unwrap();
    let note = |thread: &Incoming| {
        let note = thread.messages.iter().find(|message| message.direction == Direction::System).unwrap();
        (note.remote_id.clone(), note.text.clone())
    };
    let (pages, cursor, _) = shop.run("chats", cursor, false).await;
    let brought = pages.iter().flat_map(|page| &page.conversations).next().unwrap();
    assert_eq!(note(&read.conversation), note(brought));
    assert_eq!(note(brought).1, "7: attachment too big. Max size: 5MiB");
    let (pages, _, _) = shop.run("chats", cursor, false).await;
    assert!(said(&pages).is_empty(), "told once");
    let sent = shop.connector.send(&outgoing("", vec![file("b.png", "image/png")])).await;
    assert!(
        matches!(&sent, Sent::Unknown { why: Doubt::Unconfirmed, .. }),
        "nothing is known to have arrived: {sent:?}"
    );
}

#[tokio::test]
async fn what_is_no_success_is_told_apart() {
    for (reply, doubt) in [
        (Reply::new(200, ""), Doubt::Unreadable),
        (Reply::new(200, "{\"result\":null,\"errors\":[\"x\"]}"), Doubt::Unreadable),
        (Reply::json(200, &json!({"result": {"addTime": 1, "chatID": "1:other"}})), Doubt::Unconfirmed),
        (Reply::new(503, ""), Doubt::ServerFault),
    ] {
        let desk = Desk::default();
        desk.list(CHAT);
        desk.answers(reply);
        let sent = desk.open().await.connector.send(&outgoing("Да", Vec::new())).await;
        assert!(matches!(&sent, Sent::Unknown { why, .. } if *why == doubt), "{sent:?}");
    }
}

#[tokio::test]
async fn an_outdated_signature_is_learnt_anew_and_refused_only_when_there_is_no_other() {
    let desk = Desk::default();
    desk.list(CHAT);
    desk.answers(Reply::json(400, &json!({"title": "bad request", "error": "Invalid signature"})));
    let shop = desk.open().await;
    let send = async || {
        shop.clock.advance(Duration::from_secs(2));
        shop.connector.send(&outgoing("Да", Vec::new())).await
    };
    let first = send().await;
    assert!(matches!(&first, Sent::No(Refusal::NotReached { .. })), "it was surely not taken: {first:?}");
    assert!(matches!(send().await, Sent::No(Refusal::Final { .. })), "the list has no other");
    assert_eq!(calls(&shop.mock.take()), ["chats", "message", "chats", "message"]);
    desk.chats.lock().unwrap()[0]["replySign"] = json!("fresh");
    desk.answers(accepted(&json!(null)));
    assert!(matches!(send().await, Sent::Yes { .. }));
}

#[tokio::test]
async fn what_cannot_be_written_to_is_refused_before_anything_leaves() {
    let desk = Desk::default();
    let shop = desk.open().await;
    let sent = shop.connector.send(&outgoing("Да", Vec::new())).await;
    assert!(matches!(&sent, Sent::No(Refusal::Final { code, .. }) if code == "not_found"), "{sent:?}");
    assert_eq!(calls(&shop.mock.seen()), ["chats"]);
    let blind = Shop::start(rights(ALL_RIGHTS & !(1 << 9)), |_| Reply::new(500, "")).await;
    let sent = blind.connector.send(&outgoing("Да", Vec::new())).await;
    assert!(matches!(&sent, Sent::No(Refusal::Final { code, .. }) if code == "right_missing"), "{sent:?}");
    for stream in ["chats", "chats_history"] {
        let failure = blind.step(stream, &Cursor::default(), false).await.unwrap_err();
        assert!(matches!(&failure, Failure::Closed { feature, .. } if feature == "chats"), "{failure:?}");
    }
    assert!(blind.mock.seen().is_empty());
    let silent = Shop::saying(Reply::new(502, "")).await;
    let sent = silent.connector.send(&outgoing("Да", Vec::new())).await;
    assert!(matches!(&sent, Sent::No(Refusal::NotReached { .. })), "the list failed, nothing was sent: {sent:?}");
    let busy = Shop::saying(problem(429, "limited by").header("x-ratelimit-retry", "5")).await;
    let sent = busy.connector.send(&outgoing("Да", Vec::new())).await;
    assert!(matches!(&sent, Sent::No(Refusal::Throttled { retry_at: Some(_) })), "{sent:?}");
}

#[tokio::test]
async fn a_thread_is_read_from_its_watermark_to_the_end_of_the_feed() {
    let desk = Desk::default();
    desk.list(CHAT);
    for number in 0..20 {
        desk.say("1:other", &format!("o{number}"), now() - 50_000 + number, "client", "Другое");
    }
    desk.say(CHAT, "asked", now() - 30_000, "client", "Где заказ?");
    for number in 0..20 {
        desk.say("1:other", &format!("p{number}"), now() - 20_000 + number, "client", "Другое");
    }
    desk.say(CHAT, "again", now() - 10, "client", "Алло?");
    let shop = desk.open().await;
    let last = format!("e:{}:asked", now() - 30_000);
    let read = thread(&shop, CHAT, &mark(&last)).await.unwrap();
    assert!(read.complete);
    let words: Vec<_> = read.conversation.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(words, ["Где заказ?", "Алло?"]);
    let seen = shop.mock.take();
    assert_eq!(seen[1].query, format!("next={}", now() - 31_000), "a second before the watermark");
    assert!(seen.len() < 15, "nothing before it is read: {}", seen.len());
    desk.say(CHAT, "ours", now() + 1, "seller", "Он в пути");
    let read = thread(&shop, CHAT, &mark(&last)).await.unwrap();
    assert_eq!(read.conversation.messages.last().unwrap().direction, Direction::Out);
    assert_eq!(calls(&shop.mock.take()), ["events", "events"], "a later look goes on where this one ended");
}

#[tokio::test]
async fn the_signature_of_a_chat_that_is_not_listed_is_found_where_the_chat_began() {
    let desk = Desk::default();
    desk.add(json!({"chatID": CHAT, "eventID": "begin", "isNewChat": true, "message": {"text": "Добрый день"}, "sender": "client",
                    "addTimestamp": now() - 90_000_000, "replySign": SECRET}));
    desk.say(CHAT, "asked", now() - 5_000, "client", "Где заказ?");
    desk.answers(accepted(&json!([])));
    let shop = desk.open().await;
    let read = thread(&shop, CHAT, &mark(&format!("e:{}:asked", now() - 5_000))).await.unwrap();
    assert_eq!(read.conversation.messages.len(), 2);
    let sent = shop.connector.send(&outgoing("В пути", Vec::new())).await;
    assert!(matches!(sent, Sent::Yes { .. }), "{sent:?}");
}

#[tokio::test]
async fn a_look_that_the_pace_cut_short_goes_on_where_it_was() {
    let desk = Desk::default();
    desk.list(CHAT);
    for number in 0..120 {
        desk.say("1:other", &format!("o{number}"), now() - 50_000 + number, "client", "Другое");
    }
    desk.say(CHAT, "asked", now(), "client", "Где заказ?");
    let shop = desk.open().await;
    let last = format!("e:{}:before", now() - 50_000);
    let read = thread(&shop, CHAT, &mark(&last)).await.unwrap();
    assert_eq!(read.conversation.messages.len(), 1);
    let seen = shop.mock.take();
    assert!(seen.len() <= 44, "each page once: {}", seen.len());
}

#[tokio::test]
async fn a_thread_with_an_unreadable_message_is_not_called_complete_and_an_unknown_one_is_not_found() {
    let desk = Desk::default();
    desk.list(CHAT);
    desk.add(json!({"chatID": CHAT, "eventID": "bad", "message": {"text": 7}, "addTimestamp": now()}));
    let shop = desk.open().await;
    assert!(!thread(&shop, CHAT, &mark(&format!("e:{}:a", now() - 10))).await.unwrap().complete);
    assert_eq!(thread(&shop, "55adee45", &Watermark::default()).await, Err(Failure::NotFound));
}

#[tokio::test]
async fn files_are_fetched_with_the_token_and_public_ones_without() {
    let shop = Shop::start(rights(ALL_RIGHTS), |seen| match seen.path.rsplit('/').next().unwrap() {
        "checked" => Reply::new(200, &b"%PDF"[..]).header("content-type", "application/pdf; charset=binary"),
        "checking" => Reply::json(202, &json!({"moderationState": "pending", "retrySeconds": 45})),
        "silent" => Reply::new(202, ""),
        "refused" => Reply::json(451, &json!({"title": "moderation failed"})),
        "unknown" => Reply::json(400, &json!({"title": "bad request", "error": "invalid fileID"})),
        "long" => Reply::new(200, vec![0; 2_000]),
        _ => Reply::new(200, &b"RIFF"[..]).header("content-type", "image/webp"),
    })
    .await;
    let fetch = async |source: &str| {
        shop.clock.advance(Duration::from_secs(5));
        shop.connector.attachment(source, 1_000).await
    };
    let file = fetch("download:checked").await.unwrap();
    assert_eq!((file.mime.as_str(), file.bytes.as_slice()), ("application/pdf", &b"%PDF"[..]));
    let seen = shop.mock.take();
    assert_eq!(seen[0].path, "/api/v1/seller/download/checked");
    assert!(seen[0].authorization.is_some());
    for (source, seconds) in [("download:checking", 45), ("download:silent", 30)] {
        let Err(Failure::Wait { until, told: true }) = fetch(source).await else { panic!("it is being checked") };
        assert_eq!(
            until.duration_since(dragoman_channels::clock::Clock::now(&*shop.clock)).as_secs(),
            seconds,
            "{source}"
        );
    }
    assert!(matches!(fetch("download:refused").await, Err(Failure::Refused { .. })));
    assert_eq!(fetch("download:unknown").await, Err(Failure::NotFound));
    assert_eq!(fetch("download:long").await, Err(Failure::TooLarge { limit: 1_000 }));
    shop.mock.take();
    let photo = fetch("https://feedback04.wbbasket.ru/vol1/part1/1/photos/fs.webp").await.unwrap();
    assert_eq!(photo.mime, "image/webp");
    assert!(fetch("https://photos.wbstatic.net/claim/1/1.webp").await.is_ok());
    assert!(shop.mock.take().iter().all(|seen| seen.authorization.is_none()));
    assert!(matches!(fetch("https://evil.example/1.webp").await, Err(Failure::Refused { .. })));
    assert!(shop.mock.seen().is_empty());
}

#[tokio::test]
async fn reads_of_chats_leave_a_token_for_an_answer() {
    let desk = Desk::default();
    desk.list(CHAT);
    desk.answers(accepted(&json!([])));
    let shop = desk.open().await;
    let ask = Ask { known: &Nothing, deep: false };
    let mut cursor = Cursor::default();
    let mut reads = 0;
    while let Ok(page) = shop.connector.step("chats", &cursor, &ask).await {
        cursor = page.next;
        reads += 1;
    }
    assert_eq!(reads, 9, "a burst of ten leaves one");
    assert!(matches!(shop.connector.send(&outgoing("Да", Vec::new())).await, Sent::Yes { .. }));
}

#[tokio::test]
async fn what_a_chat_takes_is_declared() {
    let shop = Desk::default().open().await;
    let rules = shop.connector.capabilities().action(Kind::Chat, ActionKind::Reply).unwrap();
    assert_eq!(rules.text, Some((1, 1000)));
    let files = rules.files.as_ref().unwrap();
    assert_eq!((files.max_bytes, files.max_total, files.with_text), (5 * 1024 * 1024, 30_000_000, true));
    assert!(rules.send.success_proves && rules.send.read_back && rules.send.horizon_s >= 180);
    assert!(shop.connector.capabilities().action(Kind::Chat, ActionKind::Edit).is_none());
}
