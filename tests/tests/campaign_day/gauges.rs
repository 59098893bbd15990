//! What the program uses: memory, descriptors, the log of its database.

use std::fs;

use dragoman_tests::house::House;
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::process::Process;
use dragoman_tests::house::snapshot::Snapshot;

/// How far memory may grow in a life, in hundredths.
const DRIFT: f64 = 10.0;
/// How long the log of the database may be, in MiB.
const LOG: u64 = 64;

#[derive(Default)]
pub(crate) struct Gauges {
    kills: usize,
    /// Items that were in mid-call when their owner was killed.
    pub(crate) caught: i64,
    doubts: i64,
    /// Resident MiB and descriptors at each look, by life.
    lives: Vec<(u32, Vec<(f64, usize)>)>,
    /// Longest log seen, in bytes.
    log: u64,
}

impl Gauges {
    /// Looks at a running owner.
    pub(crate) fn read(&mut self, house: &House, owner: &Process) {
        self.log = self.log.max(fs::metadata(house.home().join("inbox.db-wal")).map_or(0, |log| log.len()));
        let Some(id) = owner.id() else { return };
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let Ok(kib) = resident.trim().trim_end_matches(" kB").parse::<f64>() else { return };
        let descriptors = fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count);
        if self.lives.last().is_none_or(|(life, _)| *life != id) {
            self.lives.push((id, Vec::new()));
        }
        if let Some((_, looks)) = self.lives.last_mut() {
            looks.push((kib / 1024.0, descriptors));
        }
    }

    /// An owner was killed; what it left behind.
    pub(crate) fn counts_a_kill(&mut self, snapshot: &Snapshot) {
        self.kills += 1;
        self.caught += snapshot.number("SELECT count(*) FROM outbox WHERE state = 'sending'").unwrap();
        self.doubts += snapshot.number("SELECT count(*) FROM outbox WHERE state = 'unknown'").unwrap();
    }

    /// How often an owner was killed.
    pub(crate) fn kills_so_far(&self) -> usize {
        self.kills
    }

    /// In words.
    pub(crate) fn kills(&self) -> String {
        format!("{}; items caught in mid-call {}, seen in doubt {}", self.kills, self.caught, self.doubts)
    }

    /// Medians of the second and of the last eighth of the last life; the first is spent on coming to work.
    fn drift(&self) -> ((f64, usize), (f64, usize)) {
        let looks = self.lives.last().map(|(_, looks)| looks.as_slice()).unwrap_or_default();
        let eighth = (looks.len() / 8).max(1);
        let median = |part: &[(f64, usize)]| {
            let mut memory: Vec<f64> = part.iter().map(|(memory, _)| *memory).collect();
            let mut descriptors: Vec<usize> = part.iter().map(|(_, descriptors)| *descriptors).collect();
            memory.sort_by(f64::total_cmp);
            descriptors.sort_unstable();
            (
                memory.get(memory.len() / 2).copied().unwrap_or(0.0),
                descriptors.get(descriptors.len() / 2).copied().unwrap_or(0),
            )
        };
        let second = looks.get(eighth..2 * eighth).unwrap_or(looks);
        (median(second), median(&looks[looks.len() - eighth..]))
    }

    pub(crate) fn tell(&self, figures: &mut Figures) {
        let ((memory, descriptors), (later, descriptors_later)) = self.drift();
        let looks = self.lives.last().map_or(0, |(_, looks)| looks.len());
        let peak = self.lives.iter().flat_map(|(_, looks)| looks).map(|(memory, _)| *memory).fold(0.0, f64::max);
        let drift = 100.0 * (later - memory) / memory;
        figures.add(
            "resident memory of the last life",
            format!("{memory:.1} MiB early, {later:.1} MiB late ({drift:+.1} %), {looks} virtual minutes; peak of all {peak:.1} MiB"),
        );
        figures.add("descriptors of the last life", format!("{descriptors} early, {descriptors_later} late"));
        figures.add("longest log of the database", format!("{:.1} MiB", self.log as f64 / 1_048_576.0));
    }

    /// What has to hold. Memory only in a long life: a short one is still filling its caches.
    pub(crate) fn hold(&self) {
        let ((memory, _), (later, _)) = self.drift();
        assert!(self.log <= LOG << 20, "the log of the database stays short");
        assert!(scale() == 1 || later <= memory * (1.0 + DRIFT / 100.0), "memory stays where it is");
    }
}
