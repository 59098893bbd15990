//! What an old shop holds, made from the seed when somebody looks and forgotten again.
//!
//! Everything of an archived thing follows from its number: 0 is the newest, and each is older than the one before. Its
//! id holds the number, so that a request finds it without an index. Hundreds of thousands cost nothing until a write
//! takes one of them onto its [shelf](super::shelf::Shelf).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    ids::{self, MessageId},
    product::Product,
};
use crate::{time::after, world::dice::Dice};

/// One in so many awaits the seller.
const WAITING: u64 = 200;
/// The part of an id that holds the number.
const NUMBER: u64 = (1 << 62) - 1;
/// Keeps what is archived apart from what is kept whole, should both have happened in one microsecond.
pub(crate) const SALT: usize = 4_095;

#[derive(Debug)]
pub(crate) struct Archive {
    seed: u64,
    /// Random numbers of this archive and of no other.
    stream: u64,
    pub count: usize,
    newest: Timestamp,
    /// Microseconds from one to the next.
    step: u64,
    products: Vec<Arc<Product>>,
}

impl Archive {
    /// `count` things over the `span` before `newest`.
    pub(crate) fn new(
        (seed, stream): (u64, u64),
        count: usize,
        (newest, span): (Timestamp, SignedDuration),
        products: &[Arc<Product>],
    ) -> Self {
        let span = u64::try_from(span.as_micros()).unwrap_or_default();
        let step = (span / (count as u64).max(1)).max(2);
        Self { seed, stream, count, newest: ids::told(newest), step, products: products.to_vec() }
    }

    /// A number that looks random, the same for the same `number` and `purpose`.
    fn hash(&self, number: usize, purpose: u64) -> u64 {
        let mut hash = self.seed ^ self.stream.rotate_left(24) ^ purpose.rotate_left(48);
        hash = hash.wrapping_add((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }

    /// Whether it still awaits the seller.
    pub(crate) fn waits(&self, number: usize) -> bool {
        self.hash(number, 1).is_multiple_of(WAITING)
    }

    /// When it happened, or last moved.
    pub(crate) fn moment(&self, number: usize) -> Timestamp {
        let back = (number as u64).saturating_mul(self.step).saturating_add(self.hash(number, 2) % self.step);
        after(self.newest, SignedDuration::from_micros(-i64::try_from(back).unwrap_or(i64::MAX)))
    }

    pub(crate) fn rank(&self, number: usize) -> MessageId {
        ids::at(self.moment(number), SALT)
    }

    /// How many are at `rank` or newer, which is the number of the first older one.
    pub(crate) fn newer(&self, rank: MessageId) -> usize {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.rank(middle) >= rank {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Dice of its own, so that each thing is the same in whatever order things are made.
    pub(crate) fn dice(&self, number: usize) -> Dice {
        Dice::new(self.hash(number, 3), self.stream)
    }

    /// Nothing only in a shop that sells nothing.
    pub(crate) fn product(&self, number: usize) -> Option<&Arc<Product>> {
        self.products.get(usize::try_from(self.hash(number, 4)).unwrap_or_default() % self.products.len().max(1))
    }

    /// A time-ordered UUID, as Ozon's are, with the number inside.
    pub(crate) fn id(&self, number: usize) -> Uuid {
        self.id_for(number, 5)
    }

    /// Id of the answer that thing `number` has.
    pub(crate) fn answer(&self, number: usize) -> Uuid {
        self.id_for(number, 7)
    }

    fn id_for(&self, number: usize, purpose: u64) -> Uuid {
        let milliseconds = self.moment(number).as_millisecond().unsigned_abs();
        let upper = milliseconds << 16 | 0x7000 | self.hash(number, purpose) & 0x0fff;
        let lower = 1 << 63 | (number as u64 ^ self.mask()) & NUMBER;
        Uuid::from_u64_pair(upper, lower)
    }

    /// The number of an id, if it is one of this archive.
    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        let (id, number) = self.read(id)?;
        (self.id(number) == id).then_some(number)
    }

    /// The number of the thing that an answer belongs to, if it is one of this archive.
    pub(crate) fn answered(&self, answer: &str) -> Option<usize> {
        let (id, number) = self.read(answer)?;
        (self.answer(number) == id).then_some(number)
    }

    fn read(&self, id: &str) -> Option<(Uuid, usize)> {
        let id: Uuid = id.parse().ok()?;
        let (_, lower) = id.as_u64_pair();
        let number = usize::try_from((lower ^ self.mask()) & NUMBER).ok()?;
        (number < self.count).then_some((id, number))
    }

    fn mask(&self) -> u64 {
        self.hash(0, 6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Archive {
        let newest = "2026-11-22T10:00:00Z".parse().unwrap();
        Archive::new((7, 3), 300_000, (newest, SignedDuration::from_hours(90 * 24)), &[])
    }

    #[test]
    fn each_is_older_than_the_one_before() {
        let archive = archive();
        assert!((1..5_000).all(|number| archive.rank(number) < archive.rank(number - 1)));
    }

    #[test]
    fn an_id_leads_back_to_its_number_and_a_strangers_id_nowhere() {
        let archive = archive();
        for number in [0, 1, 4_711, 299_999] {
            assert_eq!(archive.number(&archive.id(number).to_string()), Some(number));
        }
        assert_eq!(archive.number(&archive.id(300_000).to_string()), None);
        let answer = archive.answer(4_711).to_string();
        assert_eq!((archive.number(&answer), archive.answered(&answer)), (None, Some(4_711)));
        assert_eq!(archive.number("019294ff-6888-7009-89d8-26569e4e450d"), None);
    }

    #[test]
    fn the_first_older_one_is_found_from_a_rank() {
        let archive = archive();
        for number in [0, 17, 299_998] {
            assert_eq!(archive.newer(archive.rank(number)), number + 1);
            assert_eq!(archive.newer(archive.rank(number) + 1), number);
        }
    }

    #[test]
    fn few_await_the_seller() {
        let archive = archive();
        let waiting = (0..archive.count).filter(|&number| archive.waits(number)).count();
        assert!((1_000..2_000).contains(&waiting), "{waiting}");
    }
}
