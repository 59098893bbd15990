//! Traditional characters searched as simplified ones, character by character.
//!
//! A buyer in Taipei and a seller in Shenzhen write the same word in two scripts. Phrases are not consulted: both sides of a
//! comparison go through the same table, so what matters is that equal words stay equal, not that the result reads well.

use std::sync::LazyLock;

const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9FFF;

/// Indexed by code point, `0` = the character stands for itself. Flat because every Chinese character of an inbox passes here.
static SIMPLIFIED: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let mut table = vec![0; (LAST - FIRST + 1) as usize].into_boxed_slice();
    for line in include_str!("han.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut forms = line.chars();
        let Some(simplified) = forms.next().and_then(|c| u16::try_from(c as u32).ok()) else { continue };
        for traditional in forms {
            if let Some(slot) = slot(traditional).and_then(|slot| table.get_mut(slot)) {
                *slot = simplified;
            }
        }
    }
    table
});

/// The simplified form of a character, or the character itself.
pub(super) fn simplify(c: char) -> char {
    match slot(c).and_then(|slot| SIMPLIFIED.get(slot)) {
        None | Some(0) => c,
        Some(&simplified) => char::from_u32(u32::from(simplified)).unwrap_or(c),
    }
}

fn slot(c: char) -> Option<usize> {
    let code = c as u32;
    (FIRST..=LAST).contains(&code).then(|| (code - FIRST) as usize)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]
mod tests {
    use super::*;

    #[test]
    fn traditional_characters_become_simplified_and_simplified_ones_stay() {
        let simplified: String = "退貨運費發票頭髮，退货".chars().map(simplify).collect();
        assert_eq!(simplified, "退货运费发票头发，退货");
    }

    #[test]
    fn simplifying_twice_changes_nothing() {
        for c in (FIRST..=LAST).filter_map(char::from_u32) {
            assert_eq!(simplify(simplify(c)), simplify(c), "{c}");
        }
    }
}
