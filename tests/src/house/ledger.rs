//! What was asked to be sent against what the platforms accepted.

use std::collections::BTreeMap;

use dragoman_simulator::Accepted;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::snapshot::Snapshot;

/// An answer in the outbox.
#[derive(Clone, Debug)]
pub struct Row {
    /// Key of the client that asked for it.
    pub uid: Uuid,
    /// Its conversation.
    pub at: Target,
    /// Where it stands, in the outbox's own word.
    pub state: String,
    /// Why.
    pub reason: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it came to rest.
    pub settled_at: Option<Timestamp>,
}

/// A text in a conversation of a shop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Name of the shop.
    pub shop: String,
    /// The platform's id of the conversation.
    pub conversation: String,
    /// What was written.
    pub text: String,
}

/// An answer that a client was told is in the outbox.
#[derive(Clone, Debug)]
pub struct Promise {
    /// The client's key.
    pub uid: Uuid,
    /// The text.
    pub text: String,
}

/// What the comparison found. Everything but `sent` and `with_a_person` is a failure.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Answers that were accepted exactly as often as the outbox says.
    pub sent: usize,
    /// Answers that are shown as held, rejected, failed or withdrawn, with their text.
    pub with_a_person: usize,
    /// Promised and not there, shown as sent and never accepted, or never come to rest.
    pub lost: Vec<String>,
    /// Accepted more often than asked for.
    pub duplicated: Vec<String>,
    /// Accepted without anybody having asked.
    pub foreign: Vec<String>,
    /// Accepted and shown as surely not sent.
    pub misreported: Vec<String>,
}

impl Verdict {
    /// Every failure in words.
    pub fn failures(&self) -> Vec<&String> {
        [&self.lost, &self.duplicated, &self.foreign, &self.misreported].into_iter().flatten().collect()
    }
}

/// Reads the answers of an outbox.
///
/// # Errors
/// If a record cannot be read.
pub fn rows(snapshot: &Snapshot) -> anyhow::Result<Vec<Row>> {
    let mut statement = snapshot.inbox.prepare(
        "SELECT o.uid, s.name, c.remote_id, o.text, o.state, o.reason, o.record FROM outbox o
         JOIN conversation c ON c.id = o.conversation JOIN shop s ON s.id = o.shop WHERE o.action = 'reply' ORDER BY o.id",
    )?;
    let mut rows = Vec::new();
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let record: Value = serde_json::from_str(&row.get::<_, String>(6)?)?;
        let time = |field: &str| record.get(field).and_then(Value::as_str).and_then(|text| text.parse().ok());
        rows.push(Row {
            uid: row.get::<_, String>(0)?.parse()?,
            at: Target { shop: row.get(1)?, conversation: row.get(2)?, text: row.get(3)? },
            state: row.get(4)?,
            reason: row.get(5)?,
            created_at: time("created_at").unwrap_or(Timestamp::UNIX_EPOCH),
            settled_at: time("settled_at"),
        });
    }
    Ok(rows)
}

/// Compares what was promised, what the outbox says, and what the platforms accepted.
///
/// A second answer to a question counts as an edit on the platform's side, so replies and edits are counted together.
pub fn compare(promises: &[Promise], rows: &[Row], accepted: &[Accepted]) -> Verdict {
    let mut verdict = Verdict::default();
    for promise in promises {
        if !rows.iter().any(|row| row.uid == promise.uid && row.at.text == promise.text) {
            verdict.lost.push(format!("promised and not there: {promise:?}"));
        }
    }
    let mut writes: BTreeMap<Target, usize> = BTreeMap::new();
    for write in accepted.iter().filter(|write| ["reply", "edit"].contains(&write.action.as_str())) {
        let text = write.text.clone().unwrap_or_default();
        *writes.entry(Target { shop: write.shop.clone(), conversation: write.target.clone(), text }).or_default() += 1;
    }
    let mut asked: BTreeMap<&Target, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        asked.entry(&row.at).or_default().push(row);
    }
    for (target, rows) in &asked {
        let writes = writes.get(target).copied().unwrap_or(0);
        let in_state = |states: &[&str]| rows.iter().filter(|row| states.contains(&row.state.as_str())).count();
        let (sent, held, not_sent) =
            (in_state(&["sent"]), in_state(&["held"]), in_state(&["rejected", "failed", "cancelled"]));
        verdict.sent += sent.min(writes);
        verdict.with_a_person += held + not_sent;
        let states: Vec<_> = rows.iter().map(|row| format!("{} ({})", row.state, row.reason)).collect();
        let words = || format!("{target:?}: accepted {writes} times, {}", states.join(", "));
        if sent > writes || sent + held + not_sent < rows.len() {
            verdict.lost.push(words());
        }
        if writes > rows.len() {
            verdict.duplicated.push(words());
        } else if writes > sent + held {
            verdict.misreported.push(words());
        }
    }
    for (target, count) in writes.iter().filter(|(target, _)| !asked.contains_key(target)) {
        verdict.foreign.push(format!("{target:?}: accepted {count} times"));
    }
    verdict
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn row(state: &str) -> Row {
        Row {
            uid: Uuid::nil(),
            at: Target { shop: "a".into(), conversation: "1".into(), text: "да".into() },
            state: state.into(),
            reason: "none".into(),
            created_at: Timestamp::UNIX_EPOCH,
            settled_at: None,
        }
    }

    fn accepted(text: &str) -> Accepted {
        let (channel, shop, action, target) = ("ozon".into(), "a".into(), "reply".into(), "1".into());
        Accepted {
            at: Timestamp::UNIX_EPOCH,
            channel,
            shop,
            action,
            target,
            text: Some(text.into()),
            fields: None,
            seq: 1,
        }
    }

    #[test]
    fn every_way_of_losing_or_doubling_an_answer_is_seen() {
        let found = |rows: &[Row], writes: &[Accepted]| {
            let verdict = compare(&[], rows, writes);
            (verdict.lost.len(), verdict.duplicated.len(), verdict.foreign.len(), verdict.misreported.len())
        };
        assert_eq!(found(&[row("sent")], &[accepted("да")]), (0, 0, 0, 0));
        assert_eq!(
            found(&[row("sent"), row("sent")], &[accepted("да"), accepted("да")]),
            (0, 0, 0, 0),
            "two equal answers"
        );
        assert_eq!(found(&[row("sent")], &[]), (1, 0, 0, 0), "sent and never accepted");
        assert_eq!(found(&[row("queued")], &[]), (1, 0, 0, 0), "never came to rest");
        assert_eq!(found(&[row("sent")], &[accepted("да"), accepted("да")]), (0, 1, 0, 0));
        assert_eq!(found(&[], &[accepted("да")]), (0, 0, 1, 0));
        assert_eq!(found(&[row("failed")], &[accepted("да")]), (0, 0, 0, 1));
        assert_eq!(found(&[row("held")], &[accepted("да")]), (0, 0, 0, 0), "a person is asked");
        let promise = Promise { uid: Uuid::from_u128(1), text: "да".into() };
        assert_eq!(compare(&[promise], &[row("sent")], &[accepted("да")]).lost.len(), 1, "promised and not there");
    }
}
