//! CPU time, percentiles, and the lines a benchmark prints.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// CPU time of this thread: what a query costs, whoever else is on the machine.
pub fn thread_cpu() -> Duration {
    since_epoch(ClockId::ThreadCPUTime)
}

/// CPU time of the whole process, its writer thread included.
pub fn process_cpu() -> Duration {
    since_epoch(ClockId::ProcessCPUTime)
}

fn since_epoch(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Measured times, in milliseconds.
#[derive(Default)]
pub struct Times(Vec<f64>);

impl Times {
    /// Adds one.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1e3);
    }

    /// The share-th smallest, in milliseconds; 0 when empty.
    pub fn percentile(&mut self, share: f64) -> f64 {
        self.0.sort_by(f64::total_cmp);
        let index = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len().max(1)) - 1;
        self.0.get(index).copied().unwrap_or(0.0)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One figure.
#[derive(Serialize)]
pub struct Line {
    metric: String,
    value: f64,
    unit: &'static str,
    twin: Option<f64>,
    ratio: Option<f64>,
    goal: Option<f64>,
    n: usize,
}

/// Prints figures as they come, and keeps them as JSON lines.
pub struct Report {
    json: Option<File>,
    missed: Vec<String>,
}

/// What a figure is held against.
#[derive(Clone, Copy)]
pub enum Goal {
    /// Nothing; it is printed.
    None,
    /// The value itself, at most.
    Value(f64),
    /// The ratio to the twin, at most.
    Ratio(f64),
    /// The value, at least.
    AtLeast(f64),
    /// The value at most this, or the ratio at most that.
    Either(f64, f64),
}

impl Report {
    /// Writes JSON lines to `json` beside what it prints.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn new(json: Option<&Path>) -> std::io::Result<Self> {
        let mut report = Self { json: json.map(File::create).transpose()?, missed: Vec::new() };
        report.print(&format!("{:<44} {:>12} {:>12} {:>8}  goal", "metric", "value", "twin", "ratio"));
        Ok(report)
    }

    /// One figure with its twin and its goal.
    pub fn line(
        &mut self,
        metric: impl Into<String>,
        value: f64,
        unit: &'static str,
        twin: Option<f64>,
        goal: Goal,
        n: usize,
    ) {
        let metric = metric.into();
        let ratio = twin.filter(|twin| *twin > 0.0).map(|twin| value / twin);
        let (met, said, goal) = match goal {
            Goal::None => (true, String::new(), None),
            Goal::Value(most) => (value <= most, format!("<= {most} {unit}"), Some(most)),
            Goal::Ratio(most) => (ratio.is_some_and(|ratio| ratio <= most), format!("<= {most} x"), Some(most)),
            Goal::AtLeast(least) => (value >= least, format!(">= {least}"), Some(least)),
            Goal::Either(most, times) => (
                value <= most || ratio.is_some_and(|ratio| ratio <= times),
                format!("<= {most} {unit} or {times} x"),
                Some(most),
            ),
        };
        let shown = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), |number| format!("{number:.3}"));
        let verdict = if met { "" } else { "  MISSED" };
        self.print(&format!(
            "{metric:<44} {:>9.3} {unit:<3} {:>12} {:>8}  {said}{verdict}",
            value,
            shown(twin),
            shown(ratio)
        ));
        if !met {
            self.missed.push(metric.clone());
        }
        if let (Some(file), Ok(line)) =
            (&mut self.json, serde_json::to_string(&Line { metric, value, unit, twin, ratio, goal, n }))
        {
            // A full disk must not take the printed figures with it.
            let _ = writeln!(file, "{line}");
        }
    }

    /// A remark between figures.
    pub fn print(&mut self, text: &str) {
        println!("{text}");
    }

    /// The metrics whose goal was missed.
    pub fn missed(&self) -> &[String] {
        &self.missed
    }
}

/// A figure of `/proc/self/status`, in MB; 0 where there is none.
pub fn memory_mb(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok()).map_or(0.0, |kb| kb / 1024.0)
}
