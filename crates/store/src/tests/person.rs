//! What a person does with a conversation, and settings that last.

use dragoman_domain::outbox::{FileRef, Item, Watermark};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::settings::SettingName;
use dragoman_domain::tag::TagColour;
use dragoman_domain::{Direction, TagId};
use jiff::Zoned;
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::file::Upload;
use crate::inbox::{Filter, Folder};
use crate::migrate::{self, MIGRATIONS};
use crate::open::FILE;
use crate::search::{PageRequest, Query};
use crate::tag::{Named, Tag};

/// A chat that is ours to answer.
fn chat(home: &Home, shop: &Shop) -> ConversationId {
    home.ingest(shop, vec![thread(Kind::Chat, "c", vec![bought("1", hour(1), "где заказ")])]);
    home.id(shop, Kind::Chat, "c")
}

fn listed(home: &Home, folder: Folder) -> usize {
    home.read(|reader| reader.page(&Filter { folder, ..Filter::default() }, None, 100)).len()
}

fn tag(home: &Home, name: &'static str) -> Tag {
    match home.write(move |writer| writer.add_tag(name, TagColour::Grey)) {
        Named::Kept(tag) => tag,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_snoozed_conversation_is_out_of_the_working_list_until_its_instant() {
    let home = Home::new();
    let shop = home.shop();
    let id = chat(&home, &shop);
    home.write(move |writer| writer.set_done(id, Some(hour(3))));
    let snoozed = home.write(move |writer| writer.snooze(id, Some(hour(5))));
    assert!(snoozed.changed && !snoozed.past_due);
    assert_eq!((listed(&home, Folder::Needs), listed(&home, Folder::Snoozed)), (0, 1));
    assert_eq!(home.read(|reader| reader.next_awake()), Some(hour(5)));
    assert_eq!(home.write(|writer| writer.wake_some(hour(4), 10)), []);
    let shop = shop.id;
    assert_eq!(home.write(|writer| writer.wake_some(hour(5), 10)), [(id, shop)]);
    assert_eq!((listed(&home, Folder::Needs), listed(&home, Folder::Snoozed)), (1, 0), "nor is it done any more");
    assert_eq!(home.read(|reader| reader.next_awake()), None);
}

#[test]
fn a_snooze_beyond_the_deadline_is_allowed_and_told() {
    let home = Home::new();
    let shop = home.shop();
    let id = chat(&home, &shop);
    let due = home.read(|reader| reader.conversation_row(id)).due_at.unwrap();
    assert!(!home.write(move |writer| writer.snooze(id, Some(due))).past_due);
    let late = due + SignedDuration::from_secs(1);
    assert!(home.write(move |writer| writer.snooze(id, Some(late))).past_due);
    assert!(!home.write(move |writer| writer.snooze(id, None)).past_due);
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![sold("2", hour(2), "в пути")])]);
    assert!(!home.write(move |writer| writer.snooze(id, Some(late))).past_due, "nothing is due");
}

#[test]
fn a_new_message_of_the_other_side_ends_a_snooze_and_older_history_does_not() {
    let home = Home::new();
    let shop = home.shop();
    let id = chat(&home, &shop);
    let snoozed = |home: &Home| home.read(|reader| reader.conversation_row(id)).snoozed_until.is_some();
    home.write(move |writer| writer.snooze(id, Some(hour(50))));
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("0", hour(0), "раньше")])]);
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![sold("2", hour(2), "в пути")])]);
    assert!(snoozed(&home));
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("3", hour(3), "где?")])]);
    assert!(!snoozed(&home));
    assert_eq!(listed(&home, Folder::Needs), 1);
    home.write(move |writer| writer.snooze(id, Some(hour(50))));
    home.write(move |writer| writer.set_done(id, Some(hour(4))));
    assert!(!snoozed(&home), "what is put aside is not snoozed any more");
}

#[test]
fn a_name_belongs_to_one_tag_whatever_its_letters() {
    let home = Home::new();
    let shop = home.shop();
    let id = chat(&home, &shop);
    let (one, two) = (tag(&home, "Брак"), tag(&home, "Фото"));
    for name in ["БРАК", "брак"] {
        assert_eq!(home.write(move |writer| writer.add_tag(name, TagColour::Red)), Named::Taken);
        assert_eq!(home.write(move |writer| writer.change_tag(two.id, name, TagColour::Red)), Named::Taken);
    }
    let renamed = home.write(move |writer| writer.change_tag(one.id, "БРАК", TagColour::Red));
    assert!(matches!(renamed, Named::Kept(Tag { colour: TagColour::Red, .. })));
    home.write(move |writer| writer.set_tags(id, &[one.id, two.id]));
    assert_eq!(home.read(|reader| reader.conversation_row(id)).tags, [one.id, two.id]);
    home.write(move |writer| writer.set_tags(id, &[two.id]));
    assert_eq!(home.read(|reader| reader.tags()).iter().map(|tag| tag.conversations).collect::<Vec<_>>(), [0, 1]);
    let missing = home.try_write(move |writer| writer.set_tags(id, &[one.id, TagId(99)])).unwrap_err();
    assert!(matches!(missing, Error::Missing { what: "tag", .. }));
    assert_eq!(home.read(|reader| reader.conversation_row(id)).tags, [two.id], "nothing of it happened");
    home.write(move |writer| writer.remove_tag(two.id));
    assert_eq!(home.read(|reader| reader.conversation_row(id)).tags, []);
}

#[test]
fn a_note_is_found_changed_and_removed_and_moves_nothing_else() {
    let home = Home::new();
    let shop = home.shop();
    let id = chat(&home, &shop);
    let before = home.read(|reader| reader.conversation_row(id));
    let watermark = home.read(|reader| reader.watermark(id));
    let key = Uuid::from_u128(1);
    let note = home.write(move |writer| writer.add_note(id, key, "спросить склад", hour(9)));
    assert_eq!((note.direction, note.author), (Direction::Note, Author::Agent));
    assert_eq!(home.write(move |writer| writer.add_note(id, key, "ещё раз", hour(9))), note, "the same key");
    assert_eq!(home.read(|reader| reader.conversation_row(id)), before, "a note is not what somebody said last");
    assert_eq!(home.read(|reader| reader.watermark(id)), watermark);
    assert_eq!(home.messages(id).len(), 2);
    assert!(
        home.read(|reader| reader.own_message(id, Some(note.id))).is_none(),
        "there is nothing to edit on the platform"
    );
    let found = |home: &Home, line: &str| {
        let page = PageRequest { after: None, limit: 10 };
        home.read(|reader| reader.search(&Query::parse(line), page, &Zoned::default())).hits.len()
    };
    assert_eq!((found(&home, "склад"), found(&home, "from:agent склад")), (1, 1));
    home.write(move |writer| writer.change_note(note.id, "спросить доставку"));
    assert_eq!((found(&home, "склад"), found(&home, "доставка")), (0, 1));
    home.check();
    assert_eq!(home.write(move |writer| writer.remove_note(note.id)), id);
    assert_eq!((found(&home, "доставка"), home.messages(id).len()), (0, 1));
    let theirs = home.messages(id)[0].id;
    for id in [note.id, theirs] {
        let error = home.try_write(move |writer| writer.remove_note(id)).unwrap_err();
        assert!(matches!(error, Error::Missing { what: "note", .. }), "{error}");
    }
    let home = home.reopen();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("2", hour(10), "b")])]);
    assert!(home.messages(id)[1].id > note.id, "no number is given twice");
    home.check();
}

fn upload(home: &Home, number: u128) -> Upload {
    let saved = home.store.save_file(format!("bytes {number}").as_bytes()).unwrap();
    let (size, sha256) = (saved.size, saved.sha256.clone());
    let file = FileRef { id: saved.name.clone(), name: "a.txt".into(), mime: "text/plain".into(), size, sha256 };
    let upload = Upload { id: Uuid::from_u128(number), file };
    let row = upload.clone();
    home.write(move |writer| writer.add_upload(&row, hour(0)));
    saved.claimed();
    upload
}

#[test]
fn files_of_a_draft_stay_as_long_as_it_names_them() {
    let home = Home::new();
    let shop = home.shop();
    let id = chat(&home, &shop);
    let (one, two) = (upload(&home, 1), upload(&home, 2));
    let (first, second) = (one.id, two.id);
    let missing = home.try_write(move |writer| writer.set_draft_files(id, &[first, Uuid::from_u128(9)])).unwrap_err();
    assert!(matches!(missing, Error::Missing { what: "upload", .. }));
    home.write(move |writer| writer.set_draft_files(id, &[second, first]));
    let home = home.reopen();
    assert_eq!(home.write(|writer| writer.drop_unused_uploads(hour(24 * 30))), 0);
    assert_eq!(home.read(|reader| reader.conversation(id)).draft_files, [two.clone(), one]);
    let mut item = Item::new(
        Uuid::from_u128(5),
        shop.id,
        id,
        ActionKind::Reply,
        "вот".into(),
        Watermark::default(),
        SignedDuration::ZERO,
        hour(2),
    );
    item.files = vec![two.file.clone()];
    let sent = item.clone();
    home.write(move |writer| writer.queue(&sent));
    assert_eq!(home.read(|reader| reader.draft_files(id)).len(), 1, "what is on its way is no draft any more");
    home.write(move |writer| writer.set_draft_files(id, &[]));
    assert_eq!(home.write(|writer| writer.drop_unused_uploads(hour(24 * 30))), 1);
    assert_eq!(home.store.sweep_files().unwrap().files, 1);
    home.write(move |writer| writer.restore_draft(id, &item.text, &item.files));
    let restored = home.read(|reader| reader.conversation(id));
    assert_eq!((restored.draft.as_str(), restored.draft_files), ("вот", vec![two]));
}

#[test]
fn an_erased_conversation_takes_the_files_of_its_draft_along() {
    let home = Home::new();
    let shop = home.shop();
    let id = chat(&home, &shop);
    let file = upload(&home, 1);
    let key = file.id;
    home.write(move |writer| writer.set_draft_files(id, &[key]));
    let kept = home.store.erase(&[id], "owner", hour(50)).unwrap();
    assert_eq!(kept.receipt.erased.drafts, 1);
    assert_eq!(home.read(|reader| reader.upload(key)), None);
    assert!(home.store.open_file(&file.file.id).is_err(), "the bytes are gone from the disk");
}

#[test]
fn a_setting_lasts_and_what_cannot_be_used_has_its_default() {
    let home = Home::new();
    home.write(|writer| writer.put_setting(SettingName::Theme, Some(&json!("dark")), hour(1)));
    home.write(|writer| writer.put_setting(SettingName::ListWidth, Some(&json!(400)), hour(1)));
    home.write(|writer| writer.put_setting(SettingName::ListWidth, None, hour(2)));
    home.write(|writer| writer.put_setting(SettingName::Undo, Some(&json!(4_000)), hour(2)));
    home.write(|writer| {
        writer
            .conn
            .execute("INSERT INTO setting (name, value, changed_at) VALUES ('sound', '1', 0), ('keys', '{', 0)", [])?;
        Ok(())
    });
    let settings = home.reopen().read(|reader| reader.settings());
    assert_eq!((settings.theme.word(), settings.list_width, settings.undo_s), ("dark", 384, None));
    assert!(settings.keys.is_empty());
}

#[test]
fn a_filled_inbox_of_the_schema_before_keeps_what_a_person_had_done() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE);
    let mut conn = Connection::open(&path).unwrap();
    conn.pragma_update(None, "journal_mode", "WAL").unwrap();
    migrate::run(&mut conn, &MIGRATIONS[..3]).unwrap();
    conn.execute_batch(
        "INSERT INTO home (one, id, created_at) VALUES (1, '00000000-0000-0000-0000-000000000001', 0);
         INSERT INTO shop (id, channel, name, added_at) VALUES (1, 'ozon', 'A shop', 0);
         INSERT INTO conversation (id, shop, kind, remote_id, turn, last_at, due_at, unread, draft, done_at) VALUES
           (1, 1, 'chat', 'a', 'ours', 5, 9, 1, 'Почти', NULL), (2, 1, 'chat', 'b', 'ours', 6, 8, 0, '', NULL),
           (3, 1, 'chat', 'c', 'ours', 7, 7, 0, '', 4), (4, 1, 'review', 'd', 'none', 8, 9, 2, '', NULL);
         INSERT INTO message (id, shop, conversation, remote_id, direction, author, sent_at, text)
           VALUES (1, 1, 1, 'm', 'in', 'buyer', 5, 'где');",
    )
    .unwrap();
    drop(conn);
    let store = Store::open(dir.path(), None, hour(1)).unwrap();
    let home = Home { store, dir };
    let needs = home.read(|reader| reader.page(&Filter { folder: Folder::Needs, ..Filter::default() }, None, 10));
    assert_eq!(needs.iter().map(|row| row.id.0).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(home.read(|reader| reader.conversation(ConversationId(1))).draft, "Почти");
    let counts = home.read(|reader| reader.counts());
    assert_eq!(counts.iter().map(|count| (count.owed, count.unread)).collect::<Vec<_>>(), [(2, 1), (0, 2)]);
    home.write(|writer| writer.snooze(ConversationId(2), Some(hour(9))));
    let counts = home.read(|reader| reader.counts());
    assert_eq!(counts.iter().map(|count| (count.owed, count.snoozed)).collect::<Vec<_>>(), [(1, 1), (0, 0)]);
    assert!(home.dir.path().join("backups/schema-3-2026-11-01T010000Z.db").exists());
}

#[test]
fn messages_are_found_by_the_marks_of_their_conversation() {
    let home = Home::new();
    let shop = home.shop();
    let threads =
        (0..4).map(|n| thread(Kind::Chat, &format!("c{n}"), vec![bought(&format!("{n}"), hour(n), "где заказ")]));
    home.ingest(&shop, threads.collect());
    let [one, two, three] = [1, 2, 3].map(|n| home.id(&shop, Kind::Chat, &format!("c{n}")));
    let (scrap, photo) = (tag(&home, "Брак товара").id, tag(&home, "Фото").id);
    home.write(move |writer| {
        writer.set_star(one, true)?;
        writer.set_star(two, true)?;
        writer.snooze(two, Some(hour(500)))?;
        writer.set_tags(three, &[scrap])?;
        writer.set_tags(one, &[photo])
    });
    let found = |line: &str| {
        let page = PageRequest { after: None, limit: 10 };
        let hits = home.read(|reader| reader.search(&Query::parse(line), page, &Zoned::default()));
        let notices: Vec<_> = hits.notices.into_iter().map(|notice| notice.word).collect();
        (hits.hits.into_iter().map(|hit| hit.conversation).collect::<Vec<_>>(), notices)
    };
    for (line, expected) in [
        ("is:starred", vec![two, one]),
        ("заказ is:star is:snoozed", vec![two]),
        ("возврат is:starred", vec![]),
        ("tag:брак заказ", vec![three]),
        ("tag:ФОТО tag:брак", vec![three, one]),
        ("is:starred tag:фото", vec![one]),
    ] {
        assert_eq!(found(line), (expected, vec![]), "{line}");
    }
    assert_eq!(found("is:blue tag:нет заказ").1, ["is:blue", "tag:нет"]);
}
