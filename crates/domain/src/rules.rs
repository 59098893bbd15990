//! Rule packs: dated, sourced, editable data about one platform.
//!
//! The shipped packs lie beside the crate in `rules/<channel>.toml`; a file of the same name in the home's `rules/` folder
//! replaces one. Every figure carries its source, its date and how sure we are of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::words;
use crate::{Channel, Kind};

/// A pack that cannot be used.
#[derive(Debug, Error)]
pub enum RuleError {
    /// Not the shape of a rule pack; the message names line and field.
    #[error("the rule pack cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// The pack names another platform than its file.
    #[error("this rule pack is for {found}, not for {wanted}")]
    WrongChannel {
        /// The platform it was asked for.
        wanted: Channel,
        /// The platform it names.
        found: Channel,
    },
    /// A quota that would allow nothing or divide by nothing.
    #[error("quota `{0}`: period, limit and burst must be above zero")]
    EmptyQuota(String),
    /// No pack ships for this platform.
    #[error("there is no rule pack for {0} yet")]
    Missing(Channel),
}

words! {
    /// How sure we are of a figure.
    "confidence" Confidence {
        /// In the platform's own specification.
        High = "high",
        /// Observed by several third parties.
        Medium = "medium",
        /// Inferred, or from one undated page.
        Low = "low",
    }
}

/// Where a figure comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name of the document.
    pub what: String,
    /// Date of the document or of the reading, `YYYY-MM-DD`.
    pub date: String,
    /// How sure we are.
    pub confidence: Confidence,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, confidence {})", self.what, self.date, self.confidence)
    }
}

/// Data about one platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    /// The platform.
    pub channel: Channel,
    /// Request quotas by name.
    pub quotas: BTreeMap<String, Quota>,
    /// Targets for answers.
    #[serde(default, rename = "deadline")]
    pub deadlines: Vec<DeadlineRule>,
    /// Windows after which the platform takes no answer.
    #[serde(default, rename = "window")]
    pub windows: Vec<DeadlineRule>,
    /// Instants that the platform itself names on a conversation, with what happens then.
    #[serde(default, rename = "limit")]
    pub limits: Vec<LimitRule>,
    /// Single figures by name: text limits, horizons, poll intervals.
    #[serde(default)]
    pub figures: BTreeMap<String, Figure>,
}

/// A platform's quota and the gentler pace we keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Milliseconds in which `limit` requests are allowed.
    pub period_ms: u64,
    /// Requests per period.
    pub limit: u32,
    /// Requests that may come at once.
    pub burst: u32,
    /// Our own pace: the share of the quota we use, in percent; the rest is left to the seller's other programs.
    pub use_percent: u32,
    /// Milliseconds to rest after a refusal that names no time.
    pub rest_ms: u64,
    /// Where the figure comes from.
    pub source: Source,
}

impl Quota {
    /// Milliseconds between two requests at our pace.
    pub fn interval_ms(&self) -> u64 {
        let allowed = u64::from(self.limit).saturating_mul(u64::from(self.use_percent.clamp(1, 100)));
        self.period_ms.saturating_mul(100).div_ceil(allowed.max(1))
    }
}

/// Hours within which an answer is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineRule {
    /// Name, unique within the pack.
    pub name: String,
    /// The kind it covers.
    pub kind: Kind,
    /// Hours from the other side's last message.
    pub hours: u32,
    /// It covers reviews of so many stars and fewer; all when absent. Of several rules that fit the first counts.
    #[serde(default)]
    pub stars_max: Option<u8>,
    /// The platform enforces it.
    #[serde(default)]
    pub hard: bool,
    /// Where the figure comes from.
    pub source: Source,
}

/// What happens at an instant that the platform names itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitRule {
    /// Name, as [`crate::claim::Limit::rule`] gives it.
    pub name: String,
    /// The kind it covers.
    pub kind: Kind,
    /// What the platform does then, in English.
    pub then: String,
    /// Where that comes from.
    pub source: Source,
}

/// One number with its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The number.
    pub value: u64,
    /// Its unit, for people.
    pub unit: String,
    /// Where it comes from.
    pub source: Source,
}

impl RulePack {
    /// The pack that ships with the program.
    ///
    /// # Errors
    /// [`RuleError::Missing`] for platforms without one.
    pub fn shipped(channel: Channel) -> Result<Self, RuleError> {
        match channel {
            Channel::Wildberries => Self::parse(channel, include_str!("../rules/wildberries.toml")),
            Channel::Ozon => Self::parse(channel, include_str!("../rules/ozon.toml")),
            Channel::Aliexpress | Channel::Wish | Channel::Email => Err(RuleError::Missing(channel)),
        }
    }

    /// Reads a pack and checks what the types cannot.
    ///
    /// # Errors
    /// Every variant but [`RuleError::Missing`].
    pub fn parse(channel: Channel, text: &str) -> Result<Self, RuleError> {
        let pack: Self = toml::from_str(text)?;
        if pack.channel != channel {
            return Err(RuleError::WrongChannel { wanted: channel, found: pack.channel });
        }
        for (name, quota) in &pack.quotas {
            if quota.period_ms == 0 || quota.limit == 0 || quota.burst == 0 || quota.use_percent == 0 {
                return Err(RuleError::EmptyQuota(name.clone()));
            }
        }
        Ok(pack)
    }

    /// The target for answers of a kind; `stars` of a review that has them.
    pub fn deadline(&self, kind: Kind, stars: Option<u8>) -> Option<&DeadlineRule> {
        self.deadlines.iter().find(|rule| {
            rule.kind == kind && rule.stars_max.is_none_or(|most| stars.is_some_and(|stars| stars <= most))
        })
    }

    /// What happens at an instant the platform named.
    pub fn limit(&self, name: &str) -> Option<&LimitRule> {
        self.limits.iter().find(|rule| rule.name == name)
    }

    /// The platform's own window for answers of a kind.
    pub fn window(&self, kind: Kind) -> Option<&DeadlineRule> {
        self.windows.iter().find(|rule| rule.kind == kind)
    }

    /// A figure by name.
    pub fn figure(&self, name: &str) -> Option<u64> {
        self.figures.get(name).map(|figure| figure.value)
    }

    /// Puts another value in the place of a figure's, because a person wants it so for one shop.
    pub fn set_figure(&mut self, name: &str, value: u64) {
        if let Some(figure) = self.figures.get_mut(name) {
            figure.value = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_packs_can_be_used_and_every_figure_has_a_source_and_a_date() {
        for channel in [Channel::Wildberries, Channel::Ozon] {
            let pack = RulePack::shipped(channel).unwrap();
            let sources = pack.quotas.values().map(|quota| &quota.source);
            let sources = sources.chain(pack.limits.iter().map(|rule| &rule.source));
            let sources = sources.chain(pack.deadlines.iter().chain(&pack.windows).map(|rule| &rule.source));
            for source in sources.chain(pack.figures.values().map(|figure| &figure.source)) {
                assert!(!source.what.is_empty());
                assert!(source.date.parse::<jiff::civil::Date>().is_ok(), "{channel}: {}", source.date);
            }
        }
    }

    #[test]
    fn a_bad_review_is_due_before_a_good_one() {
        let pack = RulePack::shipped(Channel::Wildberries).unwrap();
        let hours = |stars| pack.deadline(Kind::Review, stars).map(|rule| rule.hours);
        assert_eq!((hours(Some(1)), hours(Some(3))), (Some(24), Some(24)));
        assert_eq!((hours(Some(4)), hours(None)), (Some(72), Some(72)));
    }

    #[test]
    fn our_pace_stays_below_the_quota() {
        let pack = RulePack::shipped(Channel::Wildberries).unwrap();
        let quota = &pack.quotas["feedbacks"];
        assert_eq!(quota.interval_ms(), 417, "three a second, of which we use 80 %");
        let pack = RulePack::shipped(Channel::Ozon).unwrap();
        assert_eq!(pack.quotas["all"].interval_ms(), 200, "fifty a second, of which we use a tenth");
    }

    #[test]
    fn a_pack_that_cannot_be_meant_is_refused_with_its_reason() {
        let other = RulePack::parse(Channel::Ozon, include_str!("../rules/wildberries.toml")).unwrap_err();
        assert_eq!(other.to_string(), "this rule pack is for wildberries, not for ozon");
        let nothing = include_str!("../rules/ozon.toml").replace("limit = 50", "limit = 0");
        assert!(matches!(RulePack::parse(Channel::Ozon, &nothing), Err(RuleError::EmptyQuota(name)) if name == "all"));
        let typo = include_str!("../rules/ozon.toml").replace("use_percent", "use_procent");
        assert!(matches!(RulePack::parse(Channel::Ozon, &typo), Err(RuleError::Unreadable(_))));
    }
}
