//! Whose turn it is among the streams of a shop.

use std::collections::HashMap;

use dragoman_domain::Timestamp;
use dragoman_domain::channel::{Stream, Urgency};
use dragoman_store::stream::StreamState;

/// Until when streams rest for want of quota. Nothing of it has to be kept: asking too early costs nothing.
#[derive(Default)]
pub(crate) struct Waits(HashMap<String, Timestamp>);

impl Waits {
    /// Lets a stream rest; the others may have quotas of their own.
    pub(crate) fn rest(&mut self, stream: &str, until: Timestamp) {
        self.0.insert(stream.to_owned(), until);
    }
}

/// What a shop does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn<'s> {
    /// Makes a step of this stream.
    Step(&'s Stream),
    /// Nothing is due before this instant.
    Rest(Timestamp),
}

/// The most urgent stream that is due. Among streams of old conversations the one that had to wait longest, so that all of them
/// get older at the same pace; among others the one that is declared first.
pub(crate) fn next<'s>(streams: &'s [Stream], states: &[StreamState], waits: &Waits, now: Timestamp) -> Turn<'s> {
    let mut rest = Timestamp::MAX;
    let mut due = Vec::new();
    for stream in streams {
        let state = states.iter().find(|state| state.name == stream.name);
        let next_at = state.map_or(Timestamp::UNIX_EPOCH, |state| state.next_at);
        let from = waits.0.get(&stream.name).map_or(next_at, |wait| next_at.max(*wait));
        if from > now {
            rest = rest.min(from);
            continue;
        }
        let stepped_at = state.and_then(|state| state.last_success_at).filter(|_| stream.urgency == Urgency::History);
        due.push((stream.urgency, stepped_at, stream));
    }
    let first = due.into_iter().min_by_key(|(urgency, stepped_at, _)| (*urgency, *stepped_at));
    first.map_or(Turn::Rest(rest), |(_, _, stream)| Turn::Step(stream))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use dragoman_domain::Kind;
    use dragoman_domain::incoming::Cursor;

    use super::*;

    fn streams() -> Vec<Stream> {
        let stream = |name: &str, urgency| Stream { name: name.to_owned(), urgency, kind: Kind::Chat, every_s: 45 };
        vec![
            stream("unread", Urgency::Awaiting),
            stream("news", Urgency::Recent),
            stream("old chats", Urgency::History),
            stream("old reviews", Urgency::History),
        ]
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn state(name: &str, stepped: i64, next: i64) -> StreamState {
        StreamState {
            name: name.to_owned(),
            cursor: Cursor::default(),
            last_success_at: Some(at(stepped)),
            next_at: at(next),
            fetched: 0,
            problem: String::new(),
            failures: 0,
            pass: None,
        }
    }

    fn turn(states: &[StreamState], waits: &Waits, now: i64) -> String {
        match next(&streams(), states, waits, at(now)) {
            Turn::Step(stream) => stream.name.clone(),
            Turn::Rest(until) => format!("rest until {}", until.as_second()),
        }
    }

    #[test]
    fn what_awaits_an_answer_comes_before_what_is_recent_and_that_before_what_is_old() {
        let none = Waits::default();
        assert_eq!(turn(&[], &none, 100), "unread");
        assert_eq!(turn(&[state("unread", 100, 145)], &none, 101), "news");
        let calm = [state("unread", 100, 145), state("news", 101, 900)];
        assert_eq!(turn(&calm, &none, 144), "old chats");
        assert_eq!(turn(&calm, &none, 145), "unread");
    }

    #[test]
    fn old_conversations_of_all_sorts_get_older_together() {
        let mut states = vec![state("unread", 0, 900), state("news", 0, 900)];
        let mut steps = Vec::new();
        for now in 100..104 {
            let stepped = turn(&states, &Waits::default(), now);
            states.retain(|state| state.name != stepped);
            states.push(state(&stepped, now, 0));
            steps.push(stepped);
        }
        assert_eq!(steps, ["old chats", "old reviews", "old chats", "old reviews"]);
    }

    #[test]
    fn a_stream_without_quota_holds_up_no_other() {
        let mut waits = Waits::default();
        waits.rest("unread", at(200));
        assert_eq!(turn(&[], &waits, 100), "news");
        let others = ["news", "old chats", "old reviews"].map(|name| state(name, 100, 300));
        assert_eq!(turn(&others, &waits, 150), "rest until 200");
        assert_eq!(turn(&others, &waits, 200), "unread");
    }
}
