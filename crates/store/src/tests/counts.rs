//! The figures beside the folders never drift from what they count.

use dragoman_domain::outbox::{Choice, Event, Item, SendRules, Watermark};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::{Direction, OutboxId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Arrive { thread: u8, message: u8, ours: bool, hour: i8, seen: bool, closed: Option<bool> },
    Read { thread: u8, hour: i8 },
    Done { thread: u8, done: bool },
    Snooze { thread: u8, snoozed: bool },
    Star { thread: u8, starred: bool },
    Wake,
    Answer { thread: u8 },
    Settle { choice: u8 },
    Remove,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let arrive = (
        0..6_u8,
        0..30_u8,
        any::<bool>(),
        -60..60_i8,
        prop::bool::weighted(0.2),
        prop::option::weighted(0.2, any::<bool>()),
    )
        .prop_map(|(thread, message, ours, hour, seen, closed)| Step::Arrive {
            thread,
            message,
            ours,
            hour,
            seen,
            closed,
        });
    let step = prop_oneof![
        8 => arrive,
        2 => (0..6_u8, -60..60_i8).prop_map(|(thread, hour)| Step::Read { thread, hour }),
        2 => (0..6_u8, any::<bool>()).prop_map(|(thread, done)| Step::Done { thread, done }),
        2 => (0..6_u8, any::<bool>()).prop_map(|(thread, snoozed)| Step::Snooze { thread, snoozed }),
        2 => (0..6_u8, any::<bool>()).prop_map(|(thread, starred)| Step::Star { thread, starred }),
        1 => Just(Step::Wake),
        3 => (0..6_u8).prop_map(|thread| Step::Answer { thread }),
        3 => (0..3_u8).prop_map(|choice| Step::Settle { choice }),
        1 => Just(Step::Remove),
    ];
    prop::collection::vec(step, 1..40)
}

const KINDS: [Kind; 3] = [Kind::Question, Kind::Chat, Kind::Notice];

fn kind(thread: u8) -> Kind {
    KINDS[usize::from(thread) % 3]
}

/// Carries out a step; those that find nothing to work on do nothing.
fn carry_out(home: &Home, shop: &mut Shop, step: &Step) {
    let named = |shop: &Shop, thread: u8| {
        home.read(|reader| reader.conversation_named(shop.id, kind(thread), &format!("t{thread}").as_str().into()))
    };
    match *step {
        Step::Arrive { thread: number, message: id, ours, hour: at, seen, closed } => {
            let author = if ours { Author::Seller } else { Author::Buyer };
            let message = message(&format!("{number}-{id}"), author, hour(i64::from(at)), "текст");
            let mut incoming = thread(kind(number), &format!("t{number}"), vec![message]);
            incoming.facts.seen = seen.then_some(true);
            incoming.facts.closed = closed;
            home.ingest(shop, vec![incoming]);
        }
        Step::Read { thread, hour: at } => {
            if let Some(id) = named(shop, thread) {
                home.write(move |writer| writer.mark_read(id, hour(i64::from(at))));
            }
        }
        Step::Done { thread, done } => {
            if let Some(id) = named(shop, thread) {
                home.write(move |writer| writer.set_done(id, done.then(|| hour(1))));
            }
        }
        Step::Snooze { thread, snoozed } => {
            if let Some(id) = named(shop, thread) {
                home.write(move |writer| writer.snooze(id, snoozed.then(|| hour(50))));
            }
        }
        Step::Star { thread, starred } => {
            if let Some(id) = named(shop, thread) {
                home.write(move |writer| writer.set_star(id, starred));
            }
        }
        Step::Wake => {
            home.write(|writer| writer.wake_some(hour(50), 1));
        }
        Step::Answer { thread } => {
            if let Some(id) = named(shop, thread) {
                let item = Item::new(
                    Uuid::new_v4(),
                    shop.id,
                    id,
                    ActionKind::Reply,
                    "текст".into(),
                    Watermark::default(),
                    SignedDuration::ZERO,
                    hour(2),
                );
                home.write(move |writer| writer.queue(&item));
            }
        }
        Step::Settle { choice } => {
            let Some(entry) = home.read(|reader| reader.outbox_due(Timestamp::MAX, 1)).pop() else { return };
            settle(home, entry.id, choice);
        }
        Step::Remove => {
            home.store.remove_shop(shop.id).unwrap();
            *shop = home.shop();
        }
    }
}

fn settle(home: &Home, id: OutboxId, choice: u8) {
    let rules = SendRules { success_proves: true, ..SendRules::UNDECLARED };
    home.write(move |writer| {
        if choice == 0 {
            return writer.update_outbox(id, |item| Ok(item.apply(Event::Person(Choice::Cancel), &rules, hour(3))?));
        }
        let fence = writer.next_fence()?;
        writer.update_outbox(id, |item| {
            item.apply(Event::Lease { fence }, &rules, hour(3))?;
            Ok(item.apply(Event::Accepted { fence, remote: None }, &rules, hour(3))?)
        })
    });
}

/// Shop, kind, owed, backlog, unread, snoozed, starred.
type Count = (i64, String, i64, i64, i64, i64, i64);

/// Counts from the conversations themselves, and how many of those contradict their messages.
fn recount(reader: &Reader<'_>) -> Result<(Vec<Count>, i64), Error> {
    let mut statement = reader.conn.prepare(
        "SELECT shop, kind, sum(turn = 'ours' AND backlog = 0 AND done_at IS NULL AND snoozed_until IS NULL) AS owed,
                sum(turn = 'ours' AND backlog = 1 AND done_at IS NULL AND snoozed_until IS NULL) AS late,
                sum(unread) AS fresh, sum(snoozed_until IS NOT NULL) AS away, sum(starred) AS marked
         FROM conversation GROUP BY shop, kind HAVING owed + late + fresh + away + marked > 0 ORDER BY shop, kind",
    )?;
    let counts = statement
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
        })?
        .collect::<Result<_, _>>()?;
    let wrong = reader.conn.query_row(
        "SELECT count(*) FROM conversation c WHERE c.unread <> iif(c.kind = 'notice', 0,
           (SELECT count(*) FROM message m WHERE m.conversation = c.id AND m.direction = ?1 AND m.sent_at > c.read_to))
         OR ifnull(c.last_in_at, 0) <> ifnull((SELECT max(m.sent_at) FROM message m WHERE m.conversation = c.id AND m.direction = ?1), 0)
         OR ifnull(c.last_out_at, 0) <> ifnull((SELECT max(m.sent_at) FROM message m WHERE m.conversation = c.id AND m.direction = ?2), 0)",
        [Direction::In.word(), Direction::Out.word()],
        |row| row.get(0),
    )?;
    Ok((counts, wrong))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn counts_and_unread_never_drift(steps in steps()) {
        let home = Home::new();
        let mut shop = home.shop();
        for step in &steps {
            carry_out(&home, &mut shop, step);
            let counts: Vec<_> = home
                .read(|reader| reader.counts())
                .iter()
                .filter(|count| count.owed + count.backlog + count.unread + count.snoozed + count.starred > 0)
                .map(|c| (c.shop.0, c.kind.word().to_owned(), c.owed as i64, c.backlog as i64, c.unread as i64, c.snoozed as i64, c.starred as i64))
                .collect();
            let (expected, wrong) = home.read(recount);
            prop_assert_eq!(&counts, &expected, "after {:?}", step);
            prop_assert_eq!(wrong, 0, "after {:?}", step);
        }
        home.check();
    }
}
