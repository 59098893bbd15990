//! How long work goes, on standard error: bars where somebody looks at a terminal, else a line for each longer wait.

use std::collections::HashMap;
use std::io::IsTerminal as _;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use crate::clock::{left, local};
use crate::job::Step;

/// Where the end is known.
const BAR: &str = "{prefix} {wide_bar} {percent:>3} % {eta}";
/// Where it is not.
const WORDS: &str = "{spinner} {prefix}: {msg}";
/// Waits worth a line of their own, in seconds.
const WORTH_A_LINE: i64 = 5;

/// The bars of one piece of work.
pub(crate) struct Progress {
    bars: MultiProgress,
    by_name: HashMap<String, ProgressBar>,
    waits: HashMap<String, Timestamp>,
    seen: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let seen = std::io::stderr().is_terminal();
        let target = if seen { ProgressDrawTarget::term(Term::stderr(), 10) } else { ProgressDrawTarget::hidden() };
        Self { bars: MultiProgress::with_draw_target(target), by_name: HashMap::new(), waits: HashMap::new(), seen }
    }

    /// Shows how far the part of this name is.
    pub(crate) fn step(&mut self, name: &str, step: &Step, now: Timestamp) {
        if let Some(until) = step.waiting_until {
            return self.wait(name, until, now);
        }
        match (step.total, step.left) {
            (Some(total), _) => {
                let bar = self.bar(name, BAR);
                bar.set_length(total);
                bar.set_position(step.done);
            }
            (None, Some(left)) => {
                self.bar(name, WORDS).set_message(format!("{} messages, {left} steps to go", step.done))
            }
            (None, None) => self.bar(name, WORDS).set_message(format!("{} messages", step.done)),
        }
    }

    /// The part of this name is done.
    pub(crate) fn done(&mut self, name: &str) {
        if let Some(bar) = self.by_name.remove(name) {
            bar.finish_and_clear();
        }
    }

    fn wait(&mut self, name: &str, until: Timestamp, now: Timestamp) {
        let words = format!("waits for the platform's quota until {} ({})", local(until), left(until, now));
        if self.seen {
            self.bar(name, WORDS).set_message(words);
        } else if until.duration_since(now).as_secs() >= WORTH_A_LINE
            && self.waits.insert(name.to_owned(), until) != Some(until)
        {
            eprintln!("{name}: {words}");
        }
    }

    fn bar(&mut self, name: &str, look: &str) -> ProgressBar {
        if let Some(bar) = self.by_name.get(name) {
            return bar.clone();
        }
        let bar = self.bars.add(ProgressBar::no_length().with_prefix(name.to_owned()));
        // Without it the bar has indicatif's own look, which says the same.
        if let Ok(style) = ProgressStyle::with_template(look) {
            bar.set_style(style);
        }
        self.by_name.insert(name.to_owned(), bar.clone());
        bar
    }
}
