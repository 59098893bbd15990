//! The figures of a campaign, as they are printed.

use std::fmt::Display;

/// Multiplies the ordinary size of a campaign: 10 with `DRAGOMAN_LONG=1`, else 1.
pub fn scale() -> usize {
    if std::env::var_os("DRAGOMAN_LONG").is_some_and(|flag| flag == "1") { 10 } else { 1 }
}

/// What a campaign found, line by line.
#[derive(Debug)]
pub struct Figures {
    lines: Vec<String>,
}

impl Figures {
    /// Begins with what anybody needs to repeat the run.
    pub fn new(campaign: &str, seed: u64) -> Self {
        let engine = rusqlite::version();
        Self {
            lines: vec![format!("{campaign}: seed {seed}, dragoman {}, SQLite {engine}", env!("CARGO_PKG_VERSION"))],
        }
    }

    /// Adds a figure.
    pub fn add(&mut self, name: &str, figure: impl Display) {
        self.lines.push(format!("  {name}: {figure}"));
    }

    /// Adds a count of failures out of `n`, with the 95 % upper bound of their rate where there were none.
    pub fn failures(&mut self, name: &str, failures: usize, n: usize) {
        let bound = if failures == 0 && n > 0 {
            format!(", 95 % upper bound {:.2} %", 300.0 / n as f64)
        } else {
            String::new()
        };
        self.add(name, format!("{failures} of {n}{bound}"));
    }

    /// Adds median, 95th percentile and largest of some seconds.
    pub fn seconds(&mut self, name: &str, mut seconds: Vec<f64>) {
        seconds.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * seconds.len().saturating_sub(1) as f64).round() as usize;
            seconds.get(place).copied().unwrap_or(f64::NAN)
        };
        self.add(
            name,
            format!("median {:.1} s, p95 {:.1} s, largest {:.1} s (n {})", at(0.5), at(0.95), at(1.0), seconds.len()),
        );
    }

    /// Prints everything.
    pub fn print(&self) {
        println!("{}", self.lines.join("\n"));
    }
}
