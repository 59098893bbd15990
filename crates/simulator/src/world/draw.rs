//! Attributes of things nobody keeps: each follows from the seed, the number of the thing and the attribute's name.
//!
//! A shop with a million reviews is ready at once and takes no memory, because a review is made when it is looked at.

/// One thing of such a world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        Self(mix(seed ^ mix(number)))
    }

    pub(crate) fn bits(self, attribute: &str) -> u64 {
        mix(self.0 ^ named(attribute))
    }

    /// A number below `end`; 0 when there is none.
    pub(crate) fn below(self, attribute: &str, end: u64) -> u64 {
        self.bits(attribute).checked_rem(end).unwrap_or_default()
    }

    pub(crate) fn chance(self, attribute: &str, chance: f64) -> bool {
        self.fraction(attribute) < chance
    }

    /// From 0 up to, but not, 1.
    pub(crate) fn fraction(self, attribute: &str) -> f64 {
        (self.bits(attribute) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of `from`; nothing only if there is nothing.
    pub(crate) fn one<'a, T>(self, attribute: &str, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(self.below(attribute, from.len() as u64)).ok()?)
    }
}

/// SplitMix64: every bit of the result depends on every bit of the number.
pub(crate) fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// FNV-1a of a name.
pub(crate) fn named(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_a_thing_are_independent_and_repeatable() {
        let (one, other) = (Draw::new(1, 1), Draw::new(1, 2));
        assert_eq!(one.bits("stars"), Draw::new(1, 1).bits("stars"));
        assert_ne!(one.bits("stars"), one.bits("photos"));
        assert_ne!(one.bits("stars"), other.bits("stars"));
        let hits = (0..10_000).filter(|&number| Draw::new(7, number).chance("answered", 0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
    }
}
