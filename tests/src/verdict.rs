//! Collects what was asked and answered, and in what it differs from a platform's specification.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use dragoman_simulator::{DEVIATIONS, Deviation};

use crate::proxy::Exchange;
use crate::schema::Issue;
use crate::spec::Contract;

/// The findings about one platform.
#[derive(Debug)]
pub struct Verdict {
    channel: &'static str,
    contract: Contract,
    requests: usize,
    answers: usize,
    /// Statuses by operation.
    covered: BTreeMap<String, BTreeSet<u16>>,
    /// Paths of which the specification says nothing.
    outside: BTreeMap<String, usize>,
    /// By their places in the list.
    used: BTreeSet<usize>,
    findings: BTreeMap<String, usize>,
}

impl Verdict {
    /// Nothing seen yet. `channel` is the platform's name as in the list of deviations.
    pub fn new(channel: &'static str, contract: Contract) -> Self {
        Self {
            channel,
            contract,
            requests: 0,
            answers: 0,
            covered: BTreeMap::new(),
            outside: BTreeMap::new(),
            used: BTreeSet::new(),
            findings: BTreeMap::new(),
        }
    }

    /// What the specification says.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Judges answers whose requests may have been wrong on purpose.
    pub fn answers(&mut self, exchanges: &[Exchange]) {
        exchanges.iter().for_each(|exchange| self.judge(exchange, false, true));
    }

    /// Judges requests whose answers come from somebody else.
    pub fn requests(&mut self, exchanges: &[Exchange]) {
        exchanges.iter().for_each(|exchange| self.judge(exchange, true, false));
    }

    /// Judges requests and answers.
    pub fn both(&mut self, exchanges: &[Exchange]) {
        exchanges.iter().for_each(|exchange| self.judge(exchange, true, true));
    }

    fn judge(&mut self, exchange: &Exchange, request: bool, answer: bool) {
        let Some(operation) = self.contract.operation(&exchange.method, &exchange.path) else {
            *self.outside.entry(family(&exchange.method, &exchange.path)).or_default() += 1;
            return;
        };
        let name = operation.name.clone();
        let asked = if request { operation.request_issues(exchange) } else { Vec::new() };
        let answered = if answer { operation.answer_issues(exchange) } else { Vec::new() };
        self.requests += usize::from(request);
        self.answers += usize::from(answer);
        self.covered.entry(name.clone()).or_default().insert(exchange.status);
        for Issue { place, what } in asked {
            *self.findings.entry(format!("{name}, request, {place}: {what}")).or_default() += 1;
        }
        for Issue { place, what } in answered {
            match self.deviation(&name, &place) {
                Some(number) => {
                    self.used.insert(number);
                }
                None => {
                    let finding = format!("{name}, answer {}, {place}: {what}", exchange.status);
                    *self.findings.entry(finding).or_default() += 1;
                }
            }
        }
    }

    fn deviation(&self, operation: &str, place: &str) -> Option<usize> {
        let fits =
            |known: &Deviation| (known.operation == operation || known.operation == "*") && known.pointer == place;
        self.known().find(|(_, known)| fits(known)).map(|(number, _)| number)
    }

    fn known(&self) -> impl Iterator<Item = (usize, &'static Deviation)> {
        DEVIATIONS.iter().enumerate().filter(|(_, known)| known.channel == self.channel)
    }

    /// How many operations of the specification were seen.
    pub fn covered(&self) -> usize {
        self.covered.len()
    }

    /// Named deviations that nothing made use of: either they are not true any more, or the test misses something.
    pub fn stale(&self) -> Vec<String> {
        let unused = self.known().filter(|(number, _)| !self.used.contains(number));
        unused.map(|(_, known)| format!("{} {} ({})", known.operation, known.pointer, known.what)).collect()
    }

    /// Everything that is neither as specified nor a named deviation, with how often it was seen.
    pub fn findings(&self) -> Vec<String> {
        self.findings.iter().map(|(finding, times)| format!("{finding} ({times} times)")).collect()
    }
}

/// Files and pictures have endless paths; the beginning tells what they are.
fn family(method: &str, path: &str) -> String {
    let beginning: Vec<&str> = path.split('/').take(3).collect();
    format!("{method} {}", beginning.join("/"))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} requests and {} answers checked, {} operations, {} deviations used",
            self.channel,
            self.requests,
            self.answers,
            self.covered.len(),
            self.used.len(),
        )?;
        for (operation, statuses) in &self.covered {
            let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
            writeln!(f, "  {operation}: {}", statuses.join(" "))?;
        }
        for (family, times) in &self.outside {
            writeln!(f, "  outside the specification: {family} ({times})")?;
        }
        Ok(())
    }
}
