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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Channel;

    fn at(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_deadline_counts_from_the_other_sides_last_message_and_says_how() {
        let pack = RulePack::shipped(Channel::Ozon).unwrap();
        let due = due(&pack, Kind::Chat, Turn::Ours, at("2026-11-20T10:00:00Z")).unwrap();
        assert_eq!(due.at, "2026-11-20T22:00:00Z".parse().unwrap());
        assert_eq!((due.rule.as_str(), due.hard), ("ozon_chat_12h", false));
        assert_eq!(due.steps.len(), 3);
        assert!(due.source.contains("2026-09-22"), "{}", due.source);
    }

    #[test]
    fn nothing_is_due_when_it_is_not_our_turn_or_no_rule_covers_the_kind() {
        let pack = RulePack::shipped(Channel::Ozon).unwrap();
        let now = at("2026-11-20T10:00:00Z");
        assert_eq!(due(&pack, Kind::Chat, Turn::Buyer, now), None);
        assert_eq!(due(&pack, Kind::Notice, Turn::Ours, now), None);
        assert_eq!(due(&pack, Kind::Chat, Turn::Ours, None), None);
    }

    #[test]
    fn the_platforms_own_window_is_told_apart_from_our_target() {
        let pack = RulePack::shipped(Channel::Ozon).unwrap();
        let window = window(&pack, Kind::Chat, at("2026-11-20T10:00:00Z")).unwrap();
        assert_eq!(window.at, "2026-11-22T10:00:00Z".parse().unwrap());
        assert!(window.hard);
        let wildberries = RulePack::shipped(Channel::Wildberries).unwrap();
        assert_eq!(super::window(&wildberries, Kind::Question, at("2026-11-20T10:00:00Z")), None);
    }
}
