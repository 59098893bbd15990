//! What was asked to be sent against what the platforms accepted.

use std::collections::BTreeMap;

use dragoman_simulator::Accepted;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::snapshot::Snapshot;

/// An action in the outbox.
#[derive(Clone, Debug)]
pub struct Row {
    /// Key of the client that asked for it.
    pub uid: Uuid,
    /// The platform it goes to.
    pub channel: String,
    /// What the other side is to see of it.
    pub at: Target,
    /// The text as the outbox has it.
    pub text: String,
    /// Where it stands, in the outbox's own word.
    pub state: String,
    /// Why.
    pub reason: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it came to rest.
    pub settled_at: Option<Timestamp>,
}

/// What a platform can tell apart of what it accepts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Name of the shop.
    pub shop: String,
    /// The platform's id of the conversation, or of the answer that is taken back.
    pub conversation: String,
    /// What is done there.
    pub deed: Deed,
}

/// What is done in a conversation. Marks of having read count as nothing: told twice, a platform has still only seen us once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Words: an answer, or what an answer is changed to.
    Words(String),
    /// A file without words, by its name.
    File(String),
    /// A decision, or another of the platform's offers.
    Act,
    /// An answer taken back.
    Deletion,
    /// A question refused, with the words to it.
    Rejection(String),
}

impl Deed {
    /// What an outbox item does, if it leaves a trace.
    fn of_item(action: &str, text: &str, files: &[String]) -> Option<Self> {
        match (action, files) {
            ("reply", [file, ..]) if text.is_empty() => Some(Self::File(file.clone())),
            ("reply" | "edit", _) => Some(Self::Words(text.to_owned())),
            ("act", _) => Some(Self::Act),
            ("delete", _) => Some(Self::Deletion),
            ("reject", _) => Some(Self::Rejection(text.to_owned())),
            _ => None,
        }
    }

    /// What a platform accepted, if it is more than a mark of having read.
    ///
    /// A second answer to a question counts as an edit on the platform's side, so replies and edits are counted together.
    fn of_write(write: &Accepted) -> Option<Self> {
        let text = write.text.clone().unwrap_or_default();
        let name = || {
            let fields = write.fields.as_ref()?;
            let named = fields.get("name").or_else(|| fields.pointer("/files/0/name"))?;
            named.as_str().map(str::to_owned)
        };
        match write.action.as_str() {
            "reply" | "edit" => Some(Self::Words(text)),
            "file" => Some(Self::File(name().unwrap_or_default())),
            // Setting a question or a review to processed is one of Ozon's offers, and so is opening a chat.
            "act" | "status" | "start" => Some(Self::Act),
            "delete" => Some(Self::Deletion),
            "reject" => Some(Self::Rejection(text)),
            _ => None,
        }
    }
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

/// Reads what an outbox was asked to do, marks of having read left out.
///
/// # Errors
/// If a record cannot be read.
pub fn rows(snapshot: &Snapshot) -> anyhow::Result<Vec<Row>> {
    let mut statement = snapshot.inbox.prepare(
        "SELECT o.uid, s.name, c.remote_id, o.text, o.state, o.reason, o.record, o.action, s.channel, c.kind, c.order_no FROM outbox o
         JOIN conversation c ON c.id = o.conversation JOIN shop s ON s.id = o.shop ORDER BY o.id",
    )?;
    let mut rows = Vec::new();
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let record: Value = serde_json::from_str(&row.get::<_, String>(6)?)?;
        let word = |field: &str| record.get(field).and_then(Value::as_str);
        let time = |field: &str| word(field).and_then(|text| text.parse().ok());
        let files: Vec<String> = record.get("files").and_then(Value::as_array).map_or_else(Vec::new, |files| {
            files.iter().filter_map(|file| Some(file.get("name")?.as_str()?.to_owned())).collect()
        });
        let (action, text): (String, String) = (row.get(7)?, row.get(3)?);
        let Some(deed) = Deed::of_item(&action, &text, &files) else { continue };
        let (channel, kind): (String, String) = (row.get(8)?, row.get(9)?);
        let thread: String = row.get(2)?;
        let conversation = match (&deed, word("target")) {
            // Ozon's own id of the answer; ours says what it is of in front.
            (Deed::Deletion, Some(target)) => target.split_once(':').map_or(target, |(_, id)| id).to_owned(),
            // A chat is begun about an order, whatever conversation it was asked for in.
            _ if record.pointer("/act/name").and_then(Value::as_str) == Some("open_chat") => row.get(10)?,
            _ if channel == "ozon" && kind == "claim" => claim_number(&thread).to_owned(),
            _ => thread,
        };
        rows.push(Row {
            uid: row.get::<_, String>(0)?.parse()?,
            channel,
            at: Target { shop: row.get(1)?, conversation, deed },
            text,
            state: row.get(4)?,
            reason: row.get(5)?,
            created_at: time("created_at").unwrap_or(Timestamp::UNIX_EPOCH),
            settled_at: time("settled_at"),
        });
    }
    Ok(rows)
}

/// Ozon's number of a claim in our id of it: `rfbs:17`, `cancel:17/0001-2-3`.
fn claim_number(thread: &str) -> &str {
    let number = thread.split_once(':').map_or(thread, |(_, number)| number);
    number.split_once('/').map_or(number, |(number, _)| number)
}

/// Compares what was promised, what the outbox says, and what the platforms accepted.
pub fn compare(promises: &[Promise], rows: &[Row], accepted: &[Accepted]) -> Verdict {
    let mut verdict = Verdict::default();
    let texts: BTreeMap<Uuid, &str> = rows.iter().map(|row| (row.uid, row.text.as_str())).collect();
    for promise in promises {
        if texts.get(&promise.uid) != Some(&promise.text.as_str()) {
            verdict.lost.push(format!("promised and not there: {promise:?}"));
        }
    }
    let mut writes: BTreeMap<Target, usize> = BTreeMap::new();
    for write in accepted {
        let Some(deed) = Deed::of_write(write) else { continue };
        let target = Target { shop: write.shop.clone(), conversation: write.target.clone(), deed };
        *writes.entry(target).or_default() += 1;
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
            channel: "ozon".into(),
            at: Target { shop: "a".into(), conversation: "1".into(), deed: Deed::Words("да".into()) },
            text: "да".into(),
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
    fn decisions_files_and_deletions_are_counted_like_words() {
        let at = |deed| Target { shop: "a".into(), conversation: "1".into(), deed };
        let asked = |deed| Row { at: at(deed), text: String::new(), ..row("sent") };
        let wrote = |action: &str, fields| Accepted { action: action.into(), fields, text: None, ..accepted("") };
        let name = || Some(serde_json::json!({ "name": "photo.png" }));
        let found = |rows: &[Row], writes: &[Accepted]| {
            let verdict = compare(&[], rows, writes);
            (verdict.sent, verdict.lost.len(), verdict.duplicated.len(), verdict.foreign.len())
        };
        for (deed, write) in [
            (Deed::Act, wrote("act", None)),
            (Deed::Act, wrote("status", None)),
            (Deed::Deletion, wrote("delete", None)),
            (Deed::File("photo.png".into()), wrote("file", name())),
        ] {
            assert_eq!(found(&[asked(deed.clone())], std::slice::from_ref(&write)), (1, 0, 0, 0), "{deed:?}");
            assert_eq!(found(&[asked(deed.clone())], &[]), (0, 1, 0, 0), "{deed:?}");
            assert_eq!(found(&[asked(deed.clone())], &[write.clone(), write.clone()]), (1, 0, 1, 0), "{deed:?}");
            assert_eq!(found(&[], &[write]), (0, 0, 0, 1), "{deed:?}");
        }
        assert_eq!(found(&[], &[wrote("viewed", None), wrote("read", None)]), (0, 0, 0, 0), "read marks are nothing");
        assert_eq!(claim_number("cancel:17/0001-2-3"), "17");
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
