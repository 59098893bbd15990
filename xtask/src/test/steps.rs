//! Named steps with their times, and a closing list that repeats what a step wants remembered.

use std::time::{Duration, Instant};

use anyhow::Context as _;

/// A run in progress.
pub(crate) struct Steps {
    began: Instant,
    done: Vec<(&'static str, Duration)>,
    notes: Vec<(&'static str, String)>,
}

impl Steps {
    pub(crate) fn begin() -> Self {
        Self { began: Instant::now(), done: Vec::new(), notes: Vec::new() }
    }

    /// Runs one step; its failure carries its name.
    pub(crate) fn step(&mut self, name: &'static str, run: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.step_with_note(name, || run().map(|()| None))
    }

    /// As `step`, for one whose answer is to be shown again at the end.
    pub(crate) fn step_with_note(
        &mut self,
        name: &'static str,
        run: impl FnOnce() -> anyhow::Result<Option<String>>,
    ) -> anyhow::Result<()> {
        println!("\n== {name}");
        let began = Instant::now();
        let note = run().with_context(|| format!("{name} failed after {:.1} s", began.elapsed().as_secs_f64()))?;
        let took = began.elapsed();
        println!("== {name}: {:.1} s", took.as_secs_f64());
        self.done.push((name, took));
        if let Some(note) = note {
            self.note(name, note);
        }
        Ok(())
    }

    /// Has something said at the end.
    pub(crate) fn note(&mut self, name: &'static str, note: String) {
        self.notes.push((name, note));
    }

    /// Prints the closing list, the notes last so that they stay in sight.
    pub(crate) fn end(self) {
        println!();
        for (name, took) in &self.done {
            println!("{:>8.1} s  {name}", took.as_secs_f64());
        }
        println!("{:>8.1} s  in all, every step passed", self.began.elapsed().as_secs_f64());
        for (name, note) in &self.notes {
            println!("{name}: {note}");
        }
    }
}
