//! When an answer is due, and how that instant came about.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::claim::Limit;
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

/// What the deadline of a conversation depends on.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// Kind of the thread.
    pub kind: Kind,
    /// Whose move it is.
    pub turn: Turn,
    /// The other side's newest message.
    pub last_in: Option<Timestamp>,
    /// Stars of a review.
    pub stars: Option<u8>,
    /// The platform's own deadline.
    pub limit: Option<&'a Limit>,
}

/// The deadline of a conversation while it is our turn: what our rules say or the platform named, whichever comes first.
pub fn due(pack: &RulePack, waiting: Waiting<'_>) -> Option<Deadline> {
    if waiting.turn != Turn::Ours {
        return None;
    }
    let ruled = pack.deadline(waiting.kind, waiting.stars).zip(waiting.last_in).map(|(rule, at)| explain(rule, at));
    let named = waiting.limit.map(|limit| named(pack, limit));
    [named, ruled].into_iter().flatten().min_by_key(|due| due.at)
}

fn named(pack: &RulePack, limit: &Limit) -> Deadline {
    let rule = pack.limit(&limit.rule);
    let then = rule.map_or("the platform decides by itself", |rule| rule.then.as_str());
    Deadline {
        at: limit.at,
        rule: limit.rule.clone(),
        hard: true,
        source: rule.map(|rule| rule.source.to_string()).unwrap_or_default(),
        steps: vec![format!("the platform names {}", limit.at), format!("after that {then}")],
    }
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

    fn waiting(kind: Kind, turn: Turn, last_in: Option<Timestamp>) -> Waiting<'static> {
        Waiting { kind, turn, last_in, stars: None, limit: None }
    }

    #[test]
    fn a_deadline_counts_from_the_other_sides_last_message_and_says_how() {
        let pack = RulePack::shipped(Channel::Ozon).unwrap();
        let due = due(&pack, waiting(Kind::Chat, Turn::Ours, at("2026-11-20T10:00:00Z"))).unwrap();
        assert_eq!(due.at, "2026-11-20T22:00:00Z".parse().unwrap());
        assert_eq!((due.rule.as_str(), due.hard), ("ozon_chat_12h", false));
        assert_eq!(due.steps.len(), 3);
        assert!(due.source.contains("2026-09-22"), "{}", due.source);
    }

    #[test]
    fn nothing_is_due_when_it_is_not_our_turn_or_no_rule_covers_the_kind() {
        let pack = RulePack::shipped(Channel::Ozon).unwrap();
        let now = at("2026-11-20T10:00:00Z");
        assert_eq!(due(&pack, waiting(Kind::Chat, Turn::Buyer, now)), None);
        assert_eq!(due(&pack, waiting(Kind::Notice, Turn::Ours, now)), None);
        assert_eq!(due(&pack, waiting(Kind::Chat, Turn::Ours, None)), None);
    }

    #[test]
    fn an_instant_the_platform_names_counts_when_it_comes_before_our_own_target() {
        let pack = RulePack::shipped(Channel::Ozon).unwrap();
        let limit = |text: &str| Limit { at: text.parse().unwrap(), rule: "ozon_cancellation_auto_approve".to_owned() };
        let claim = waiting(Kind::Claim, Turn::Ours, at("2026-11-20T10:00:00Z"));
        let (soon, late) = (limit("2026-11-20T11:00:00Z"), limit("2027-11-20T11:00:00Z"));
        let named = due(&pack, Waiting { limit: Some(&soon), ..claim }).unwrap();
        assert_eq!((named.at, named.hard), (soon.at, true));
        assert_ne!(due(&pack, Waiting { limit: Some(&late), ..claim }).unwrap().at, late.at);
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
