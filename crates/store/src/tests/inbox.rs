//! The lists.

use dragoman_domain::tag::TagColour;
use dragoman_domain::{TagId, Turn};

use super::*;
use crate::inbox::{ConversationRow, Filter, Folder};
use crate::tag::Named;

/// Forty threads of two shops and two kinds, every fourth answered, every fifth late when its shop was connected.
fn filled() -> (Home, Shop, Shop) {
    let home = Home::new();
    let (one, two) = (home.shop(), home.shop_on(Channel::Ozon));
    for n in 0..40_i64 {
        let shop = if n % 2 == 0 { &one } else { &two };
        let kind = if n % 3 == 0 { Kind::Question } else { Kind::Chat };
        // Three threads share each instant, so that pages have to break ties.
        let at = if n % 5 == 0 { hour(-100 - n / 3) } else { hour(n / 3) };
        let mut messages = vec![bought(&format!("{n}"), at, "a")];
        if n % 4 == 0 {
            messages.push(sold(&format!("{n}a"), at, "b"));
            messages[1].sent_at = at + SignedDuration::from_mins(1);
        }
        home.ingest(shop, vec![thread(kind, &format!("t{n}"), messages)]);
    }
    (home, one, two)
}

/// Snoozes, stars and tags some threads; returns the tag.
fn sorted(home: &Home) -> TagId {
    home.write(|writer| {
        let Named::Kept(tag) = writer.add_tag("Брак", TagColour::Red)? else { panic!("the tag was not made") };
        for n in 1..=40_i64 {
            let id = ConversationId(n);
            if n % 6 == 0 {
                writer.snooze(id, Some(hour(200 + n % 4)))?;
            }
            if n % 7 < 3 {
                writer.set_star(id, true)?;
            }
            if n % 5 < 2 {
                writer.set_tag(id, tag.id, true)?;
            }
        }
        Ok(tag.id)
    })
}

fn all_pages(home: &Home, filter: &Filter, limit: u32) -> Vec<ConversationRow> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = home.read(|reader| reader.page(filter, after, limit));
        let Some(last) = page.last() else { return rows };
        after = Some(last.cursor());
        rows.extend(page);
    }
}

#[test]
fn pages_of_every_folder_and_filter_hold_each_row_once_and_in_order() {
    let (home, one, two) = filled();
    let tag = sorted(&home);
    let everything = all_pages(&home, &Filter::default(), 1_000);
    assert_eq!(everything.len(), 40);
    for folder in [Folder::Needs, Folder::Backlog, Folder::Unread, Folder::Snoozed, Folder::All] {
        for shop in [None, Some(one.id), Some(two.id)] {
            for channel in [None, Some(Channel::Ozon)] {
                for kind in [None, Some(Kind::Chat)] {
                    for (turn, starred, tagged) in [
                        (None, None, false),
                        (Some(Turn::Ours), None, true),
                        (Some(Turn::Buyer), Some(true), false),
                        (None, Some(true), true),
                        (None, Some(false), false),
                    ] {
                        let filter = Filter { folder, shop, channel, kind, turn, starred, tag: tagged.then_some(tag) };
                        let mut expected: Vec<_> = everything
                            .iter()
                            .filter(|row| match folder {
                                Folder::Needs | Folder::Backlog if row.snoozed_until.is_some() => false,
                                Folder::Needs => row.turn == Turn::Ours && !row.backlog,
                                Folder::Backlog => row.turn == Turn::Ours && row.backlog,
                                Folder::Unread => row.unread > 0,
                                Folder::Snoozed => row.snoozed_until.is_some(),
                                Folder::All => true,
                            })
                            .filter(|row| shop.is_none_or(|shop| row.shop == shop))
                            .filter(|row| channel.is_none_or(|channel| row.channel == channel))
                            .filter(|row| kind.is_none_or(|kind| row.kind == kind))
                            .filter(|row| turn.is_none_or(|turn| row.turn == turn))
                            .filter(|row| starred.is_none_or(|starred| row.starred == starred))
                            .filter(|row| !tagged || row.tags == [tag])
                            .map(|row| row.id)
                            .collect();
                        let rows = all_pages(&home, &filter, 3);
                        if folder == Folder::Needs || folder == Folder::Snoozed {
                            let place = |row: &ConversationRow| match folder {
                                Folder::Needs => (row.due_at, row.id),
                                _ => (row.snoozed_until, row.id),
                            };
                            assert!(rows.is_sorted_by_key(place), "{filter:?}");
                            expected.sort_unstable_by_key(|id| rows.iter().position(|row| row.id == *id));
                        }
                        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{filter:?}");
                        let mut all = home.read(|reader| reader.everything_in(&filter));
                        assert_eq!(all.drain(..).map(|(id, _)| id).collect::<Vec<_>>(), expected, "{filter:?}");
                    }
                }
            }
        }
    }
    assert!(everything.is_sorted_by_key(|row| std::cmp::Reverse((row.last_message_at, row.id))));
}

#[test]
fn what_is_put_aside_leaves_the_working_list_and_its_count() {
    let (home, ..) = filled();
    let needs = Filter { folder: Folder::Needs, ..Filter::default() };
    let before = all_pages(&home, &needs, 100);
    let id = before[0].id;
    let owed = |home: &Home| home.read(|reader| reader.counts()).iter().map(|count| count.owed).sum::<u64>();
    assert_eq!(owed(&home), before.len() as u64);
    assert!(home.write(move |writer| writer.set_done(id, Some(hour(99)))));
    assert_eq!(all_pages(&home, &needs, 100).len(), before.len() - 1);
    assert_eq!(owed(&home), before.len() as u64 - 1);
    home.write(move |writer| writer.set_done(id, None));
    assert_eq!(owed(&home), before.len() as u64);
}

#[test]
fn threads_without_a_rule_come_last() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(
        &shop,
        vec![
            thread(Kind::Claim, "claim", vec![bought("1", hour(-500), "a")]),
            thread(Kind::Chat, "chat", vec![bought("2", hour(5), "b")]),
        ],
    );
    let mut pack = RulePack::shipped(shop.channel).unwrap();
    pack.deadlines.retain(|rule| rule.kind != Kind::Claim);
    let id = shop.id;
    home.write(move |writer| writer.renew_deadlines(id, &pack));
    let rows = all_pages(&home, &Filter { folder: Folder::Needs, ..Filter::default() }, 1);
    assert_eq!(rows.iter().map(|row| row.kind).collect::<Vec<_>>(), [Kind::Chat, Kind::Claim]);
    assert_eq!((rows[1].due_at, rows[1].due_rule.as_str()), (None, ""));
}

#[test]
fn a_changed_rule_moves_the_deadlines_of_its_shop() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("1", hour(5), "a")])]);
    let mut pack = RulePack::shipped(Channel::Wildberries).unwrap();
    for rule in &mut pack.deadlines {
        rule.hours = 2;
    }
    let row = |home: &Home| home.read(|reader| reader.conversation_row(home.id(&shop, Kind::Chat, "c")));
    let changed = pack.clone();
    assert_eq!(home.write(move |writer| writer.renew_deadlines(shop.id, &changed)), 1);
    assert_eq!(row(&home).due_at, Some(hour(7)));
    pack.deadlines.clear();
    let emptied = pack.clone();
    assert_eq!(home.write(move |writer| writer.renew_deadlines(shop.id, &emptied)), 1);
    assert_eq!(row(&home).due_at, None);
    assert_eq!(home.write(move |writer| writer.renew_deadlines(shop.id, &pack)), 0);
}

#[test]
fn a_long_thread_comes_page_by_page_from_its_end() {
    let home = Home::new();
    let shop = home.shop();
    let messages = (0..25).map(|n| bought(&format!("{n}"), hour(n / 2), &format!("{n}"))).collect();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", messages)]);
    let id = home.id(&shop, Kind::Chat, "c");
    let (mut texts, mut before) = (Vec::new(), None);
    loop {
        let page = home.read(|reader| reader.messages(id, before, 4));
        let Some(first) = page.first() else { break };
        before = Some(first.cursor());
        texts.splice(0..0, page.iter().map(|message| message.text.clone()));
    }
    assert_eq!(texts, (0..25).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn reading_goes_as_far_as_the_person_has_seen() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", (1..=3).map(|n| bought(&format!("{n}"), hour(n), "a")).collect())]);
    let id = home.id(&shop, Kind::Chat, "c");
    let unread = |home: &Home| home.read(|reader| reader.conversation_row(id)).unread;
    assert!(home.write(move |writer| writer.mark_read(id, hour(2))));
    assert_eq!(unread(&home), 1);
    assert!(!home.write(move |writer| writer.mark_read(id, hour(1))), "reading is not taken back");
    home.write(move |writer| writer.mark_read(id, hour(1_000)));
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("4", hour(4), "a")])]);
    assert_eq!(unread(&home), 1, "what came after the reading is unread");
}

#[test]
fn a_thread_that_is_not_there_is_missing() {
    let home = Home::new();
    let nowhere = ConversationId(5);
    let missing = |error: Error| matches!(error, Error::Missing { what: "conversation", .. });
    assert!(missing(home.store.read(|reader| reader.conversation(nowhere)).unwrap_err()));
    assert!(missing(home.try_write(move |writer| writer.mark_read(nowhere, hour(1))).unwrap_err()));
    assert!(missing(home.try_write(move |writer| writer.set_draft(nowhere, "a")).unwrap_err()));
}
