//! The fault plan as it is written in JSON or TOML.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An ordered list of rules; see the crate's README for every field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// Seeds the dice of `probability`; without it the simulator's own seed serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Looked at in order for each platform request.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// Why a plan could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file could not be read.
    #[error("the fault plan could not be read")]
    Read(#[from] std::io::Error),
    /// The text is neither a plan in JSON nor one in TOML.
    #[error("the fault plan is not valid: {0}")]
    Invalid(String),
}

impl FaultPlan {
    /// A plan of one rule.
    pub fn one(when: Match, fault: Fault) -> Self {
        Self { seed: None, rules: vec![Rule { when, fault }] }
    }

    /// Reads JSON if the text begins with a brace, else TOML.
    ///
    /// # Errors
    /// [`PlanError::Invalid`] with the place and the reason.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| PlanError::Invalid(error.to_string()))
        } else {
            toml::from_str(text).map_err(|error| PlanError::Invalid(error.to_string()))
        }
    }

    /// Reads a plan from a file.
    ///
    /// # Errors
    /// As [`FaultPlan::parse`], and [`PlanError::Read`].
    pub fn read(path: &Path) -> Result<Self, PlanError> {
        Self::parse(&std::fs::read_to_string(path)?)
    }
}

/// One fault and the requests it hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which requests; an empty match hits all.
    #[serde(default, rename = "match")]
    pub when: Match,
    /// What happens to them.
    pub fault: Fault,
}

/// Conditions that must all hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// `wildberries` or `ozon`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// HTTP method in capitals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Path, whole, or its beginning when it ends in `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Name of the shop whose credentials came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
    /// What the request would do: `reply`, `edit`, `reject`, `viewed`, `read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Part of the text to be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_contains: Option<String>,
    /// Not before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
    /// Before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// Each n-th request that fulfils the conditions above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// Only the n-th such request, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// Chance between 0 and 1, from seeded dice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// A moment of virtual time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Moment {
    /// Seconds after the plan came into force.
    After(f64),
    /// RFC 3339.
    At(Timestamp),
}

/// What happens to a request. Delays and lags add up over all rules that match; of the others the first one counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The platform acts and never answers.
    AcceptThenSilence,
    /// The platform acts, then resets the connection.
    AcceptThenReset {
        /// Bytes of the response, head included, that leave before the reset.
        #[serde(default)]
        after_bytes: u64,
    },
    /// The platform acts, a gateway answers with a page of its own.
    AcceptThenStatus {
        /// HTTP status.
        status: u16,
    },
    /// The platform acts, the connection ends in the middle of the body.
    AcceptThenCutBody,
    /// The platform does nothing and answers with an error in its own form.
    RefuseThenStatus {
        /// HTTP status.
        status: u16,
        /// Text of the error; the platform's usual one by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Virtual time passes before the platform acts.
    DelayBeforeAccept {
        /// Virtual seconds.
        seconds: f64,
    },
    /// Virtual time passes between the act and the answer.
    DelayAfterAccept {
        /// Virtual seconds.
        seconds: f64,
    },
    /// What this request writes shows up late in lists and threads.
    ReadLag {
        /// Virtual seconds.
        seconds: f64,
    },
    /// The answer to a question or review that this request writes is moderated (Wildberries; chats and claims are not).
    Moderation {
        /// Virtual seconds until the decision.
        #[serde(default)]
        seconds: f64,
        /// Whether publication is refused.
        #[serde(default)]
        refused: bool,
    },
    /// 429 without a look at the quota.
    RateLimit {
        /// How the waiting time is told.
        header: HeaderForm,
        /// The waiting time in seconds.
        #[serde(default = "five")]
        seconds: i64,
    },
    /// The platform acts and answers something unreadable.
    BrokenBody {
        /// In which way.
        how: Damage,
    },
    /// The answer leaves slowly, in real time.
    SlowBytes {
        /// Bytes at a time.
        bytes: usize,
        /// Real milliseconds between them.
        pause_ms: u64,
    },
    /// 302 without acting.
    Redirect {
        /// Value of `Location`.
        to: String,
    },
    /// The platform says that the token is not valid any more.
    TokenRevoked,
    /// A colleague answers in the web cabinet just before the request is looked at; not in the acceptance log.
    HumanAnswers {
        /// The colleague's text.
        text: String,
    },
    /// Success is answered, nothing changes; not in the acceptance log.
    AcceptWithoutEffect,
    /// A message is taken, the files that came with it are not; the answer says so under a status of success.
    AcceptWithoutFiles,
    /// One item of a page cannot be read.
    BadItem,
}

fn five() -> i64 {
    5
}

/// How a 429 tells when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderForm {
    /// `Retry-After` in seconds.
    Seconds,
    /// `Retry-After` as an HTTP date.
    Date,
    /// Not at all.
    Absent,
    /// Minus the seconds.
    Negative,
    /// More seconds than fit into 64 bits.
    Huge,
    /// Words.
    Garbage,
    /// In the platform's own header.
    Platform,
}

/// How a body is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// A page in HTML under status 200.
    Html,
    /// Half of the JSON, correctly framed.
    Truncated,
    /// Text that is not JSON.
    NotJson,
    /// Cyrillic in windows-1251 under a promise of UTF-8.
    WrongCharset,
    /// A byte order mark before the JSON.
    Bom,
    /// Every key of the outer object twice.
    DuplicateKeys,
    /// `null` in place of the first item of a page.
    NullItem,
    /// Every number as a string.
    StringForNumber,
    /// Ten thousand nested arrays.
    Deep,
}
