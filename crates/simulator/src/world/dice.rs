//! Seeded dice with the few throws a world needs.

use jiff::{SignedDuration, Timestamp};
use rand::{Rng as _, RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::time::after;

#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// `stream` keeps shops apart: more conversations in one do not change another.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream(stream);
        Self(dice)
    }

    /// A number below `end`; 0 when there is none.
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        if end <= 1 { 0 } else { self.0.random_range(0..end) }
    }

    pub(crate) fn chance(&mut self, chance: f64) -> bool {
        self.0.random::<f64>() < chance
    }

    /// One of `from`; nothing only if there is nothing.
    pub(crate) fn one<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(self.below(from.len() as i64)).ok()?)
    }

    /// A seed for something that needs its own.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.0.random()).into_uuid()
    }

    /// A moment between `from` and `to` seconds before `at`, to the nanosecond.
    pub(crate) fn before(&mut self, at: Timestamp, from: i64, to: i64) -> Timestamp {
        let seconds = from + self.below(to - from);
        let nanoseconds = i32::try_from(self.0.next_u32() % 1_000_000_000).unwrap_or_default();
        after(at, -SignedDuration::new(seconds, nanoseconds))
    }

    /// So many characters of the alphabet platforms use for ids.
    pub(crate) fn id(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
        (0..length).filter_map(|_| self.one(LETTERS).map(|&letter| char::from(letter))).collect()
    }
}
