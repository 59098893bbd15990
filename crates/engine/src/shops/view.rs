//! A shop as it is shown: its streams, what is known of its keys, and what a person should know.

use std::collections::BTreeMap;

use dragoman_domain::outbox::later;
use dragoman_domain::shop::Shop;
use dragoman_domain::{SignedDuration, Timestamp};
use dragoman_store::stream::StreamState;

use super::IMPORTED;
use crate::breaker::Rest;
use crate::sync::{StreamProblem, never};

/// Days before a key's end at which a person is told.
const EXPIRY_WARNINGS: [i64; 2] = [3, 14];

/// A shop as a person sees it.
#[derive(Clone, Debug)]
pub struct ShopView {
    /// The shop.
    pub shop: Shop,
    /// Its streams.
    pub streams: Vec<StreamView>,
    /// The last four characters of each key that has been read since the program began; of short ones nothing.
    pub keys: BTreeMap<String, String>,
    /// What should be known or done.
    pub notes: Vec<Note>,
}

/// How a stream stands.
#[derive(Clone, Debug)]
pub struct StreamView {
    /// Its name.
    pub name: String,
    /// When its last step succeeded.
    pub last_success_at: Option<Timestamp>,
    /// When its next step is due; `None` = only when asked for.
    pub next_at: Option<Timestamp>,
    /// Messages seen since the shop was connected.
    pub fetched: u64,
    /// Why it rests.
    pub problem: Option<StreamProblem>,
    /// How its pass goes; `None` until the first step.
    pub pass: Option<PassView>,
}

/// How the way of a stream from its beginning to its end goes: the present one, or the last if none is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassView {
    /// When it began.
    pub began_at: Timestamp,
    /// When it came to its end; `None` while it is under way.
    pub ended_at: Option<Timestamp>,
    /// Conversations it brought so far.
    pub brought: u64,
    /// Conversations it still has to bring; `None` = nobody knows.
    pub to_come: Option<u64>,
    /// Conversations an hour, as measured; `None` as long as there is too little to measure.
    pub per_hour: Option<u64>,
    /// When it ends at this pace; `None` if nobody knows.
    pub ends_at: Option<Timestamp>,
}

/// Something a person should know of a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Code for the screen's own words.
    pub code: String,
    /// The same in English.
    pub text: String,
}

/// Puts together what is shown; `rest` is why nothing is asked of the shop at the moment.
pub(super) fn view(
    keys: BTreeMap<String, String>,
    rest: Option<Rest>,
    shop: Shop,
    streams: Vec<StreamState>,
    now: Timestamp,
) -> ShopView {
    let mut streams: Vec<StreamView> = streams
        .into_iter()
        .map(|state| StreamView {
            name: state.name,
            last_success_at: state.last_success_at,
            next_at: Some(state.next_at).filter(|at| !never(*at)),
            fetched: state.fetched,
            problem: serde_json::from_str(&state.problem).ok(),
            pass: state.pass.map(|pass| PassView {
                per_hour: pass.per_hour(),
                ends_at: pass.ends_at(now),
                began_at: pass.began_at,
                ended_at: pass.ended_at,
                brought: pass.brought,
                to_come: pass.to_come,
            }),
        })
        .collect();
    let mut notes = notes(&shop, now);
    if let Some(rest) = rest {
        let (until, problem) = (rest.until, rest.told());
        notes.push(Note { code: problem.code.clone(), text: problem.message.clone() });
        for stream in &mut streams {
            // Whatever a stream met before, this is why it rests now.
            stream.next_at = stream.next_at.map(|at| at.max(until));
            stream.problem = Some(problem.clone());
        }
    }
    ShopView { shop, streams, keys, notes }
}

fn notes(shop: &Shop, now: Timestamp) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |code: &str, text: String| notes.push(Note { code: code.to_owned(), text });
    if !shop.pause.is_empty() && shop.pause != IMPORTED {
        note(&shop.pause, "the platform refuses the key: give the shop a new one".to_owned());
    }
    if shop.standing.read_only {
        note("read_only", "this key can only read: answers need another one".to_owned());
    }
    if let Some(end) = shop.standing.expires_at {
        if end <= now {
            note("token_expired", format!("the key ended at {end}"));
        } else if let Some(days) =
            EXPIRY_WARNINGS.into_iter().find(|days| end <= later(now, SignedDuration::from_hours(24 * days)))
        {
            note("token_expires", format!("the key ends at {end}, in {days} days or less"));
        }
    }
    for (name, feature) in shop.standing.features.iter().filter(|(_, feature)| !feature.open) {
        note(&feature.code, format!("{name}: {}", feature.why));
    }
    notes
}
