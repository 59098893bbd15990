//! One deed on many conversations, and the way back.

use dragoman_domain::TagId;
use dragoman_domain::tag::TagColour;
use uuid::Uuid;

use super::*;
use crate::bulk::{Deed, Undone};
use crate::inbox::{Filter, Folder};
use crate::tag::Named;

const TOKEN: Uuid = Uuid::from_u128(7);

/// Ids of twelve chats that are ours to answer.
fn chats(home: &Home, shop: &Shop) -> Vec<ConversationId> {
    let threads = (0..12).map(|n| thread(Kind::Chat, &format!("c{n}"), vec![bought(&format!("{n}"), hour(n), "a")]));
    home.ingest(shop, threads.collect());
    (0..12).map(|n| home.id(shop, Kind::Chat, &format!("c{n}"))).collect()
}

/// Carries a deed out on everything in a list.
fn carry_out(home: &Home, filter: Filter, deed: Deed) -> u64 {
    let targets = home.read(|reader| reader.targets_in(&filter));
    home.write(move |writer| {
        let begun = writer.begin_bulk(TOKEN, deed, hour(99))?;
        writer.bulk_step(begun, &targets)?;
        writer.bulk_count(begun)
    })
}

fn undo(home: &Home) -> Undone {
    home.write(|writer| writer.undo_step(TOKEN, hour(100)))
}

fn rows(home: &Home, ids: &[ConversationId]) -> Vec<crate::inbox::ConversationRow> {
    ids.iter().map(|id| home.read(|reader| reader.conversation_row(*id))).collect()
}

#[test]
fn every_deed_can_be_taken_back_to_exactly_what_was() {
    let home = Home::new();
    let shop = home.shop();
    let ids = chats(&home, &shop);
    let (first, second) = (ids[0], ids[1]);
    let tag = home.write(move |writer| {
        writer.set_done(first, Some(hour(20)))?;
        writer.snooze(second, Some(hour(500)))?;
        writer.set_star(first, true)?;
        writer.mark_read(second, Timestamp::MAX)?;
        let Named::Kept(tag) = writer.add_tag("Брак", TagColour::Red)? else { panic!("the tag was not made") };
        writer.set_tag(second, tag.id, true)?;
        Ok(tag.id)
    });
    let before = rows(&home, &ids);
    for (deed, changes) in [
        (Deed::Done { at: Some(hour(60)) }, 12),
        (Deed::Done { at: None }, 1),
        (Deed::Snooze { until: Some(hour(700)) }, 12),
        (Deed::Snooze { until: None }, 1),
        (Deed::Star { on: true }, 11),
        (Deed::Star { on: false }, 1),
        (Deed::Tag { tag, on: true }, 11),
        (Deed::Tag { tag, on: false }, 1),
        (Deed::Read, 11),
    ] {
        assert_eq!(carry_out(&home, Filter::default(), deed), changes, "{deed:?}");
        assert_ne!(rows(&home, &ids), before, "{deed:?}");
        let undone = undo(&home);
        assert_eq!((undone.restored.len() as u64, undone.changed, undone.more), (changes, vec![], false), "{deed:?}");
        assert_eq!(rows(&home, &ids), before, "{deed:?}");
        let again = home.try_write(|writer| writer.undo_step(TOKEN, hour(100))).unwrap_err();
        assert!(matches!(again, Error::Missing { what: "deed", .. }), "{again}");
    }
    home.check();
}

#[test]
fn what_changed_since_is_left_as_it_is_and_named() {
    let home = Home::new();
    let shop = home.shop();
    let ids = chats(&home, &shop);
    carry_out(&home, Filter::default(), Deed::Done { at: Some(hour(60)) });
    home.ingest(&shop, vec![thread(Kind::Chat, "c3", vec![bought("3b", hour(70), "b")])]);
    let (snoozed, starred) = (ids[5], ids[6]);
    home.write(move |writer| {
        writer.snooze(snoozed, Some(hour(500)))?;
        writer.set_star(starred, true)
    });
    let undone = undo(&home);
    assert_eq!(undone.changed, [ids[3], ids[5]], "a star says nothing about being put aside");
    assert_eq!(undone.restored.len(), 10);
    let rows = rows(&home, &ids);
    assert!(rows.iter().all(|row| row.done_at.is_none()));
    assert_eq!(rows[5].snoozed_until, Some(hour(500)));
}

#[test]
fn a_conversation_the_other_side_wrote_in_meanwhile_is_not_put_aside() {
    let home = Home::new();
    let shop = home.shop();
    let ids = chats(&home, &shop);
    let targets = home.read(|reader| reader.targets_in(&Filter { folder: Folder::Needs, ..Filter::default() }));
    home.ingest(&shop, vec![thread(Kind::Chat, "c3", vec![bought("3b", hour(70), "b")])]);
    let changed = home.write(move |writer| {
        let begun = writer.begin_bulk(TOKEN, Deed::Done { at: Some(hour(60)) }, hour(99))?;
        writer.bulk_step(begun, &targets)
    });
    assert_eq!(changed.len(), 11);
    assert!(changed.iter().all(|(id, _)| *id != ids[3]));
}

#[test]
fn a_deed_that_was_cut_short_can_be_taken_back_or_gone_on_with_after_a_restart() {
    let home = Home::new();
    let shop = home.shop();
    let ids = chats(&home, &shop);
    let deed = Deed::Done { at: Some(hour(60)) };
    let some = ids[..4].to_vec();
    let targets = home.read(move |reader| reader.targets(&some));
    home.write(move |writer| {
        let begun = writer.begin_bulk(TOKEN, deed, hour(99))?;
        writer.bulk_step(begun, &targets)
    });
    let home = home.reopen();
    let other = home.try_write(|writer| writer.begin_bulk(TOKEN, Deed::Read, hour(99))).unwrap_err();
    assert!(matches!(other, Error::KeyReused { .. }), "{other}");
    assert_eq!(carry_out(&home, Filter::default(), Deed::Done { at: Some(hour(98)) }), 12, "the same request goes on");
    assert!(rows(&home, &ids).iter().all(|row| row.done_at.is_some()));
    assert_eq!(undo(&home).restored.len(), 12);
    assert!(rows(&home, &ids).iter().all(|row| row.done_at.is_none()));
}

#[test]
fn a_tag_that_is_gone_is_neither_put_on_nor_brought_back() {
    let home = Home::new();
    let shop = home.shop();
    chats(&home, &shop);
    let missing = home.try_write(|writer| writer.begin_bulk(TOKEN, Deed::Tag { tag: TagId(9), on: true }, hour(99)));
    assert!(matches!(missing.unwrap_err(), Error::Missing { what: "tag", .. }));
    let tag = home.write(|writer| {
        let Named::Kept(tag) = writer.add_tag("Брак", TagColour::Red)? else { panic!("the tag was not made") };
        Ok(tag.id)
    });
    carry_out(&home, Filter::default(), Deed::Tag { tag, on: true });
    home.write(move |writer| writer.remove_tag(tag));
    assert_eq!(undo(&home).changed.len(), 12);
}

#[test]
fn a_deed_can_be_taken_back_for_a_day_and_is_forgotten_then() {
    let home = Home::new();
    let shop = home.shop();
    chats(&home, &shop);
    carry_out(&home, Filter::default(), Deed::Star { on: true });
    assert!(!home.write(|writer| writer.forget_bulks(hour(99 + 24))));
    let late = home.try_write(|writer| writer.undo_step(TOKEN, hour(99 + 25))).unwrap_err();
    assert!(matches!(late, Error::Missing { .. }), "{late}");
    assert!(home.write(|writer| writer.forget_bulks(hour(99 + 25))));
    assert!(!home.write(|writer| writer.forget_bulks(hour(99 + 25))));
    let left: i64 = home.read(|reader| Ok(reader.conn.query_row("SELECT count(*) FROM bulk", [], |row| row.get(0))?));
    assert_eq!(left, 0);
}
