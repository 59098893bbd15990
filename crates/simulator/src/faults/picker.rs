//! Decides, request by request, which rules of a plan apply.

use jiff::{SignedDuration, Timestamp};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{Fault, FaultPlan, Match, Moment};
use crate::time::{after_seconds, duration};

/// What is known of a request before it is processed.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    pub channel: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub shop: Option<&'a str>,
    pub action: Option<&'a str>,
    pub text: Option<&'a str>,
    pub at: Timestamp,
}

/// What all matching rules together order for one request.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Treatment {
    pub before: SignedDuration,
    pub after: SignedDuration,
    pub read_lag: Option<SignedDuration>,
    pub moderation: Option<Moderation>,
    pub human: Option<String>,
    /// The first fault that is neither a delay nor a lag.
    pub fault: Option<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moderation {
    pub lasts: SignedDuration,
    pub refused: bool,
}

#[derive(Debug)]
pub(crate) struct Picker {
    plan: FaultPlan,
    since: Timestamp,
    /// Requests that fulfilled the conditions of each rule.
    matched: Vec<u64>,
    dice: ChaCha8Rng,
}

impl Picker {
    pub(crate) fn new(plan: FaultPlan, seed: u64, now: Timestamp) -> Self {
        let dice = ChaCha8Rng::seed_from_u64(plan.seed.unwrap_or(seed));
        Self { matched: vec![0; plan.rules.len()], plan, since: now, dice }
    }

    pub(crate) fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    pub(crate) fn pick(&mut self, seen: &Seen<'_>) -> Treatment {
        let mut treatment = Treatment::default();
        for (rule, matched) in self.plan.rules.iter().zip(&mut self.matched) {
            if !fulfils(&rule.when, seen, self.since) {
                continue;
            }
            *matched += 1;
            let counts = rule.when.nth.is_none_or(|nth| nth == *matched)
                && rule.when.every.is_none_or(|every| every > 0 && matched.is_multiple_of(every));
            let lucky = rule.when.probability.is_none_or(|chance| self.dice.random::<f64>() < chance);
            if counts && lucky {
                treatment.add(&rule.fault);
            }
        }
        treatment
    }
}

impl Treatment {
    fn add(&mut self, fault: &Fault) {
        match fault {
            Fault::DelayBeforeAccept { seconds } => self.before = self.before.saturating_add(duration(*seconds)),
            Fault::DelayAfterAccept { seconds } => self.after = self.after.saturating_add(duration(*seconds)),
            Fault::ReadLag { seconds } => {
                self.read_lag = Some(self.read_lag.unwrap_or_default().saturating_add(duration(*seconds)));
            }
            Fault::Moderation { seconds, refused } => {
                self.moderation = Some(Moderation { lasts: duration(*seconds), refused: *refused });
            }
            Fault::HumanAnswers { text } => self.human = Some(text.clone()),
            other if self.fault.is_none() => self.fault = Some(other.clone()),
            _ => {}
        }
    }
}

fn fulfils(when: &Match, seen: &Seen<'_>, since: Timestamp) -> bool {
    let same = |wanted: &Option<String>, is: Option<&str>| wanted.as_deref().is_none_or(|wanted| is == Some(wanted));
    let moment = |moment: Moment| match moment {
        Moment::After(seconds) => after_seconds(since, seconds),
        Moment::At(at) => at,
    };
    same(&when.channel, Some(seen.channel))
        && same(&when.method, Some(seen.method))
        && same(&when.shop, seen.shop)
        && same(&when.action, seen.action)
        && when.path.as_deref().is_none_or(|path| match path.strip_suffix('*') {
            Some(beginning) => seen.path.starts_with(beginning),
            None => seen.path == path,
        })
        && when.text_contains.as_deref().is_none_or(|part| seen.text.is_some_and(|text| text.contains(part)))
        && when.from.is_none_or(|from| seen.at >= moment(from))
        && when.until.is_none_or(|until| seen.at < moment(until))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Seen<'static> {
        Seen {
            channel: "ozon",
            method: "POST",
            path: "/v1/chat/send/message",
            shop: Some("Shop"),
            action: Some("reply"),
            text: Some("Добрый день"),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn faults(when: Match, requests: usize) -> Vec<bool> {
        let mut picker = Picker::new(FaultPlan::one(when, Fault::AcceptThenSilence), 1, Timestamp::UNIX_EPOCH);
        (0..requests).map(|_| picker.pick(&seen()).fault.is_some()).collect()
    }

    #[test]
    fn every_and_nth_count_only_requests_that_fulfil_the_other_conditions() {
        assert_eq!(faults(Match { every: Some(2), ..Match::default() }, 4), [false, true, false, true]);
        assert_eq!(faults(Match { nth: Some(2), ..Match::default() }, 4), [false, true, false, false]);
        assert_eq!(faults(Match { channel: Some("wildberries".into()), ..Match::default() }, 2), [false, false]);
    }

    #[test]
    fn a_path_matches_whole_or_by_its_beginning() {
        let path = |path: &str| Match { path: Some(path.into()), ..Match::default() };
        assert_eq!(faults(path("/v1/chat/*"), 1), [true]);
        assert_eq!(faults(path("/v1/chat"), 1), [false]);
    }

    #[test]
    fn the_same_seed_throws_the_same_dice() {
        let chance = || faults(Match { probability: Some(0.5), ..Match::default() }, 50);
        assert_eq!(chance(), chance());
        assert!(chance().contains(&true) && chance().contains(&false));
    }

    #[test]
    fn moments_are_relative_to_the_plan_or_absolute() {
        let from = |moment| Match { from: Some(moment), ..Match::default() };
        assert_eq!(faults(from(Moment::After(1.0)), 1), [false]);
        assert_eq!(faults(from(Moment::At(Timestamp::UNIX_EPOCH)), 1), [true]);
    }

    #[test]
    fn lags_add_up_and_the_first_other_fault_counts() {
        let rule = |fault| super::super::Rule { when: Match::default(), fault };
        let plan = FaultPlan {
            seed: None,
            rules: vec![
                rule(Fault::ReadLag { seconds: 1.0 }),
                rule(Fault::AcceptThenStatus { status: 502 }),
                rule(Fault::ReadLag { seconds: 2.0 }),
                rule(Fault::AcceptThenSilence),
            ],
        };
        let treatment = Picker::new(plan, 1, Timestamp::UNIX_EPOCH).pick(&seen());
        assert_eq!(treatment.read_lag, Some(SignedDuration::from_secs(3)));
        assert_eq!(treatment.fault, Some(Fault::AcceptThenStatus { status: 502 }));
    }
}
