//! Erasing a buyer and ageing: what is asked for is gone from every file, everything else stays, and nothing comes back by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use dragoman_domain::lookup::Product;
use dragoman_domain::outbox::{Item, State};
use dragoman_domain::{Kind, SignedDuration};

use super::outbox::item;
use super::*;
use crate::erase::Ground;
use crate::inbox::Filter;
use crate::request::Answered;
use crate::search::{PageRequest, Query};

const WORDS: &str = "Канарейка-91734 просит вернуть деньги за шарф";
const NAME: &str = "Имярек Канарейкин-55127";
const DRAFT: &str = "Черновик-Канарейке-66221 не отправлен";
const ANSWER: &str = "Ответ-Канарейке-77335 уже отправлен";
const EARLIER: &str = "Прежде-Канарейка-44118 писала иначе";

/// Ordinary size, or a million messages.
fn size() -> i64 {
    if std::env::var_os("DRAGOMAN_LONG").is_some_and(|flag| flag == "1") { 1_000_000 } else { 20_000 }
}

fn fill(home: &Home, shop: &Shop, messages: i64) {
    const EACH: i64 = 5;
    let mut threads = Vec::new();
    for n in 0..messages / EACH {
        let messages = (0..EACH)
            .map(|at| {
                let text = format!("Где мой заказ {n}? Пришёл шарф номер {at}, а я просила серый.");
                bought(&format!("{n}-{at}"), hour(0) + SignedDuration::from_mins(n % 40_000 + at), &text)
            })
            .collect();
        threads.push(thread(Kind::Chat, &format!("c{n}"), messages));
        if threads.len() == 1_000 {
            home.ingest(shop, std::mem::take(&mut threads));
        }
    }
    home.ingest(shop, threads);
}

/// A buyer with everything a buyer can have: a chat that was reworded, with files, a draft, an answer; a review of the same
/// order; a question under the same id.
fn canary(home: &Home, shop: &Shop) -> ConversationId {
    let mut chat =
        thread(Kind::Chat, "canary-chat", vec![bought("k1", hour(1), EARLIER), bought("k2", hour(2), WORDS)]);
    chat.facts.buyer = Some(NAME.into());
    chat.facts.buyer_id = Some("b-Канарейка-31".into());
    chat.facts.order_no = Some("order-canary-5".into());
    chat.facts.product = Some(Product { key: "scarf".into(), name: "Шарф".into(), ..Product::default() });
    let mut review = thread(Kind::Review, "canary-review", vec![bought("k3", hour(3), WORDS)]);
    review.facts.order_no = Some("order-canary-5".into());
    let mut question = thread(Kind::Question, "canary-question", vec![bought("k4", hour(4), WORDS)]);
    question.facts.buyer_id = Some("b-Канарейка-31".into());
    home.ingest(shop, vec![chat, review, question]);
    home.ingest(shop, vec![thread(Kind::Chat, "canary-chat", vec![bought("k1", hour(1), WORDS)])]);
    let id = home.id(shop, Kind::Chat, "canary-chat");
    home.write(move |writer| {
        writer.set_draft(id, DRAFT)?;
        let answered = Answered { status: 200, body: format!(r#"{{"text":"{ANSWER}"}}"#) };
        writer.keep_answer("key", "POST /api/x", "digest", &answered, hour(5))
    });
    let answer = item(shop, id, ANSWER);
    home.write(move |writer| writer.queue(&answer).map(drop));
    let folder = home.dir.path().join("files");
    fs::create_dir_all(folder.join("small")).unwrap();
    for name in ["f00d", "small/f00d-200", "beef"] {
        fs::write(folder.join(name), if name == "beef" { "another's" } else { WORDS }).unwrap();
    }
    home.write(|writer| {
        writer.conn.execute(
            "INSERT INTO file (message, place, state, name) SELECT id, 0, 'stored', iif(remote_id = 'k1', 'f00d', 'beef') FROM message
             WHERE remote_id IN ('k1', '7-1')",
            [],
        )?;
        Ok(())
    });
    id
}

/// Every spelling a text might be left in.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = text.as_bytes();
    let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let mut all = vec![
        bytes.to_vec(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        hex::encode(bytes).into_bytes(),
        hex::encode_upper(bytes).into_bytes(),
    ];
    // What a text becomes in base64 depends on how many bytes stand before it.
    for skipped in 0..3 {
        let whole = bytes[skipped..].chunks_exact(3).flat_map(|three| {
            let word = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
            [18, 12, 6, 0].map(|shift| LETTERS[(word >> shift & 63) as usize])
        });
        all.push(whole.collect());
    }
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

/// Where any of the canaries is still to be found, and how many spellings were looked for in how many files.
fn hits(home: &Path, words: &[&str]) -> (Vec<String>, usize, usize) {
    let sought: Vec<Vec<u8>> = words.iter().flat_map(|word| spellings(word)).collect();
    let mut found = Vec::new();
    let files: Vec<PathBuf> = files(home).into_iter().filter(|path| !path.starts_with(home.join("backups"))).collect();
    // The engine's own search is compiled with optimisation, which this test is not.
    let engine = rusqlite::Connection::open_in_memory().unwrap();
    let mut holds = engine.prepare("SELECT instr(?1, ?2) > 0").unwrap();
    for path in &files {
        let content = fs::read(path).unwrap();
        for part in content.chunks(64 << 20) {
            let hit = sought.iter().find(|spelling| holds.query_row((part, spelling), |row| row.get(0)).unwrap());
            found.extend(hit.map(|spelling| format!("{}: {}", path.display(), String::from_utf8_lossy(spelling))));
        }
    }
    (found, files.len(), sought.len())
}

#[test]
fn p02_an_erased_buyer_is_in_no_file_any_more() {
    let home = Home::new();
    let shop = home.shop();
    fill(&home, &shop, size() / 2);
    let id = canary(&home, &shop);
    let more = home.shop_on(dragoman_domain::Channel::Ozon);
    fill(&home, &more, size() / 2);
    home.store.daily_backup(hour(50)).unwrap();
    // The words of single tokens are in the index, too: folded, and as parts.
    let canaries = [
        WORDS,
        NAME,
        DRAFT,
        ANSWER,
        EARLIER,
        "канарейка-91734",
        "91734",
        "55127",
        "66221",
        "77335",
        "44118",
        "Канарейка-31",
    ];
    assert!(!hits(home.dir.path(), &[WORDS]).0.is_empty(), "the search finds what is there");

    let ids = home.read(|reader| reader.same_buyer(id));
    assert_eq!(ids.len(), 3, "chat, review and question are one buyer's");
    let tally = home.read(|reader| reader.tally(&ids));
    assert_eq!((tally.conversations, tally.messages, tally.versions, tally.raw), (3, 4, 1, 4));
    assert_eq!((tally.drafts, tally.outbox, tally.files), (1, 1, 1));
    let before = home.read(|reader| reader.page(&Filter::default(), None, 1)).len();
    assert_eq!(before, 1);
    let begun = Instant::now();
    let kept = home.store.erase(&ids, "owner", hour(60)).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!((kept.receipt.erased, kept.receipt.purged_at), (tally, Some(hour(60))));

    let (found, looked, sought) = hits(home.dir.path(), &canaries);
    println!(
        "P02: {} messages, {looked} files x {sought} spellings, {} hits, erased in {seconds:.1} s",
        size(),
        found.len()
    );
    assert_eq!(found, Vec::<String>::new());
    assert!(seconds <= 60.0);
    assert!(home.dir.path().join("files/beef").exists(), "another buyer's file stays");
    assert_eq!(home.store.backups_until(hour(60)).len(), 1);
    assert_eq!(home.store.backups_until(hour(60))[0].expires_at, Some(hour(48 + 7 * 24)));
    let now = hour(61).to_zoned(jiff::tz::TimeZone::UTC);
    let find = |words: &str| {
        let (query, now) = (Query::parse(words), now.clone());
        home.read(move |reader| reader.search(&query, PageRequest { after: None, limit: 5 }, &now)).hits.len()
    };
    assert_eq!((find("канарейка"), find("шарф")), (0, 5), "only the erased buyer is not found any more");
    home.check();
}

#[test]
fn what_was_erased_does_not_come_back_but_a_new_message_arrives() {
    let home = Home::new();
    let shop = home.shop();
    let id = canary(&home, &shop);
    home.write(move |writer| {
        let entry = writer.outbox_of(id)?.remove(0);
        writer.update_outbox(entry.id, |item| {
            item.state = State::Cancelled;
            Ok(())
        })?;
        Ok(())
    });
    home.store.erase(&[id], "owner", hour(60)).unwrap();
    let home = home.reopen();
    let again = || thread(Kind::Chat, "canary-chat", vec![bought("k1", hour(1), WORDS), bought("k2", hour(2), WORDS)]);
    assert_eq!(home.ingest(&shop, vec![again()]).new, 0);
    assert_eq!(home.read(|reader| reader.conversation_named(shop.id, Kind::Chat, &"canary-chat".into())), None);
    let mut later = again();
    later.messages.push(bought("k9", hour(61), "Здравствуйте ещё раз"));
    assert_eq!(home.ingest(&shop, vec![later]).new, 1);
    let back = home.id(&shop, Kind::Chat, "canary-chat");
    assert_eq!(home.messages(back).len(), 1);
    home.check();
}

#[test]
fn a_buyer_is_not_erased_while_an_answer_is_in_doubt() {
    let home = Home::new();
    let shop = home.shop();
    let id = canary(&home, &shop);
    home.write(move |writer| {
        let entry = writer.outbox_of(id)?.remove(0);
        writer.update_outbox(entry.id, |item| {
            item.state = State::Unknown;
            Ok(())
        })?;
        Ok(())
    });
    let error = home.store.erase(&[id], "owner", hour(60)).unwrap_err();
    assert!(matches!(error, Error::Illegal(_)), "{error}");
    assert_eq!(home.messages(id).len(), 2);
    assert!(home.read(|reader| reader.receipts(None, 10)).is_empty());
}

#[test]
fn p03_what_is_older_than_its_shop_keeps_goes_and_nothing_else() {
    let home = Home::new();
    let shop = home.shop();
    let other = home.shop_on(dragoman_domain::Channel::Ozon);
    let answered = |n: i64, at: Timestamp| {
        thread(
            Kind::Chat,
            &format!("c{n}"),
            vec![
                bought(&format!("{n}a"), at, "вопрос"),
                sold(&format!("{n}b"), at + SignedDuration::from_mins(5), "ответ"),
            ],
        )
    };
    let mut threads: Vec<_> = (0..700).map(|n| answered(n, hour(n))).collect();
    threads.push(thread(Kind::Chat, "ours", vec![bought("ours", hour(1), "ещё не отвечен")]));
    home.ingest(&shop, threads);
    home.ingest(&other, (0..10).map(|n| answered(n, hour(n))).collect());
    let waiting = home.id(&shop, Kind::Chat, "c3");
    let held = Item { state: State::Held, ..item(&shop, waiting, "ждёт") };
    home.write(move |writer| writer.queue(&held).map(drop));
    let count = |home: &Home, shop: ShopId| {
        home.read(move |reader| reader.page(&Filter { shop: Some(shop), ..Filter::default() }, None, 2_000)).len()
    };
    // Off: nothing goes, however late it is.
    assert_eq!(home.store.age_off(shop.id, hour(90_000)).unwrap(), None);
    assert_eq!(count(&home, shop.id), 701);
    home.write(move |writer| writer.change_shop(shop.id, |shop| shop.keep_days = Some(10)).map(drop));
    // 10 days before hour 640: everything up to hour 399 is over, but one thread is ours and one has an open item.
    let tally = home.store.age_off(shop.id, hour(640)).unwrap().unwrap();
    home.store.purge(hour(640)).unwrap();
    assert_eq!((tally.conversations, tally.messages), (399, 798));
    assert_eq!((count(&home, shop.id), count(&home, other.id)), (302, 10));
    assert_eq!(home.store.age_off(shop.id, hour(640)).unwrap(), None);
    // The same history again brings back nothing that would have to go again; new old conversations of ours to answer stay.
    let page = (0..700).map(|n| answered(n, hour(n))).collect();
    home.store
        .ingest(Ingest {
            shop: shop.id,
            channel: shop.channel,
            stream: None,
            page: Page { conversations: page, ..Page::default() },
            rules: None,
            now: hour(640),
            priority: Priority::Sync,
        })
        .unwrap();
    assert_eq!(count(&home, shop.id), 302);
    let receipts = home.read(|reader| reader.receipts(None, 10));
    assert_eq!(receipts.len(), 1, "one round, one receipt");
    assert_eq!((receipts[0].receipt.ground, receipts[0].receipt.erased.conversations), (Ground::Age, 399));
    println!("P03: retention removed {} of 701 conversations, 0 foreign, 0 of those that wait", tally.conversations);
    home.check();
}
