#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

use super::*;
use crate::ozon::map::question;

fn start() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn row(id: &str, answers: u64) -> Row {
    let raw = format!(
        r#"{{"id":"{id}","sku":1,"text":"?","status":"NEW","answers_count":{answers},"published_at":"2026-11-20T10:00:00Z"}}"#
    );
    let asked = question::question(&raw).unwrap();
    Row { detail: Detail::of_question(&asked), more: answers > 0, again: false, conversation: asked.conversation }
}

fn resumed(pass: Pass) -> Pass {
    Pass::resume(&pass.page(Vec::new(), Vec::new(), false).next, start(), None)
}

#[test]
fn only_what_is_new_or_changed_is_read_one_by_one() {
    let marks = HashMap::from([("same".into(), "NEW:2".to_owned()), ("more".into(), "NEW:1".to_owned())]);
    let mut pass = Pass::resume(&Cursor::default(), start(), None);
    let rows = vec![row("bare", 0), row("same", 2), row("more", 2), row("new", 1)];
    let told = pass.take_page(rows, None, &marks, 1);
    assert_eq!(told[1].facts.settled, None, "an unchanged item keeps what its own page said");
    let told: Vec<_> =
        told.iter().map(|told| (told.remote_id.as_str(), told.messages.len(), told.mark.as_deref())).collect();
    assert_eq!(told, [("bare", 1, Some("NEW:0")), ("same", 0, None), ("more", 1, None), ("new", 1, None)]);
    let mut read = Vec::new();
    let mut pass = resumed(pass);
    while pass.next() == Next::Detail {
        read.push(pass.present().unwrap().id.0.clone());
        pass.give_up("s", String::new());
    }
    assert_eq!(read, ["more", "new"]);
    assert_eq!(pass.next(), Next::Over);
}

#[test]
fn the_lists_of_a_stream_come_one_after_the_other() {
    let mut pass = Pass::resume(&Cursor::default(), start(), None);
    let mut met = Vec::new();
    for following in [Some("a"), None, Some("b"), None] {
        let Next::List { part, place } = pass.next() else { panic!("a list expected") };
        met.push((part, place));
        pass.take_page(Vec::new(), following.map(str::to_owned), &HashMap::new(), 2);
        pass = if pass.next() == Next::Over { pass } else { resumed(pass) };
    }
    assert_eq!(met, [(0, String::new()), (0, "a".to_owned()), (1, String::new()), (1, "b".to_owned())]);
    let page = pass.page(Vec::new(), Vec::new(), true);
    assert_eq!((page.more, page.sweep), (false, Some(start())), "a whole pass knows what it did not see");
}

#[test]
fn pages_in_circles_end_with_a_word_after_their_items() {
    let mut pass = Pass::resume(&Cursor::default(), start(), None);
    pass.take_page(vec![row("a", 1)], Some("x".to_owned()), &HashMap::new(), 1);
    pass.give_up("s", String::new());
    pass.take_page(vec![row("b", 1)], Some("x".to_owned()), &HashMap::new(), 1);
    assert_eq!(pass.next(), Next::Detail);
    pass.give_up("s", String::new());
    assert!(matches!(pass.next(), Next::Endless(why) if why.contains("a page again")));
}

#[test]
fn a_pass_that_rested_for_long_is_begun_anew() {
    let mut pass = Pass::resume(&Cursor::default(), start(), None);
    pass.take_page(Vec::new(), Some("x".to_owned()), &HashMap::new(), 1);
    let cursor = pass.page(Vec::new(), Vec::new(), false).next;
    let place = |now| match Pass::resume(&cursor, now, None).next() {
        Next::List { place, .. } => place,
        other => panic!("{other:?}"),
    };
    assert_eq!(place(start() + SignedDuration::from_mins(9)), "x");
    assert_eq!(place(start() + SignedDuration::from_mins(11)), "");
    for odd in ["", "{}", "{", "null", "17", r#"{"pending":7}"#] {
        let next = Pass::resume(&Cursor(odd.to_owned()), start(), None).next();
        assert_eq!(next, Next::List { part: 0, place: String::new() }, "{odd}");
    }
}
