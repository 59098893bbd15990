//! When an answer is due, and how that instant came about.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::outbox::later;
use crate::rules::{DeadlineRule, RulePack};
use crate::{Kind, Turn};

/// An instant together with everything a person needs to trust it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// When the answer is due.
    pub at: Timestamp,
    /// Name of the rule, unique within its pack.
    pub rule: String,
    /// The platform enforces it: later answers fail. Others are targets of ours.
    pub hard: bool,
    /// Where the figure comes from, with its date.
    pub source: String,
    /// How the instant was reached, one sentence each, in order.
    pub steps: Vec<String>,
}

/// The deadline of a conversation, while it is our turn and a rule covers its kind.
pub fn due(pack: &RulePack, kind: Kind, turn: Turn, last_in: Option<Timestamp>) -> Option<Deadline> {
    if turn != Turn::Ours {
        return None;
    }
    let (rule, last_in) = (pack.deadline(kind)?, last_in?);
    Some(explain(rule, last_in))
}

/// The last instant at which the platform still takes an answer; `None` where it sets no window we know.
pub fn window(pack: &RulePack, kind: Kind, last_in: Option<Timestamp>) -> Option<Deadline> {
    let rule = pack.window(kind)?;
    Some(explain(rule, last_in?))
}

fn explain(rule: &DeadlineRule, last_in: Timestamp) -> Deadline {
    let at = later(last_in, SignedDuration::from_hours(i64::from(rule.hours)));
    Deadline {
        at,
        rule: rule.name.clone(),
        hard: rule.hard,
        source: rule.source.to_string(),
        steps: vec![
            format!("the other side wrote at {last_in}"),
            format!("rule {} gives {} hours, nights and holidays included", rule.name, rule.hours),
            format!("due at {at}"),
        ],
    }
}
