//! The records of one page. Everything is checked before it is believed: what stands here may be anything.

use rusqlite::types::Value;

use super::image::{Image, u32_at};

/// Largest record that is put together, in bytes: more than the largest raw text that is stored.
const LARGEST: usize = 128 << 20;

/// What a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// Of a table with row numbers.
    Rows,
    /// Of an index, or of a table without row numbers.
    Keys,
}

/// One page of a tree.
pub(super) struct Page {
    pub(super) tree: Tree,
    /// Pages below it; empty for a leaf.
    pub(super) children: Vec<u32>,
    /// What it holds itself, in its order; empty for the inner pages of a table.
    pub(super) records: Vec<Record>,
    /// Records that could not be read.
    pub(super) lost: u64,
}

/// One record.
pub(super) struct Record {
    /// Number of the row; 0 in a tree of keys.
    pub(super) row: i64,
    pub(super) values: Vec<Value>,
}

/// Reads a page; `None` if it is no page of a tree. `with_records` leaves out what only costs time while the trees are found.
pub(super) fn page(image: &mut Image, number: u32, with_records: bool) -> Option<Page> {
    let bytes = image.page(number)?;
    let start = if number == 1 { 100 } else { 0 };
    let (tree, leaf) = match *bytes.get(start)? {
        0x02 => (Tree::Keys, false),
        0x05 => (Tree::Rows, false),
        0x0a => (Tree::Keys, true),
        0x0d => (Tree::Rows, true),
        _ => return None,
    };
    let cells = usize::from(u16_at(&bytes, start + 3)?);
    let pointers = start + if leaf { 8 } else { 12 };
    let content = pointers.checked_add(cells * 2).filter(|content| *content <= bytes.len())?;
    let mut page = Page { tree, children: Vec::new(), records: Vec::new(), lost: 0 };
    for cell in 0..cells {
        let at = usize::from(u16_at(&bytes, pointers + cell * 2)?);
        if at < content || at >= bytes.len() {
            page.lost += 1;
            continue;
        }
        if !leaf {
            page.children.extend(u32_at(&bytes, at).filter(|child| *child > 1 && *child <= image.pages()));
        }
        if with_records && (leaf || tree == Tree::Keys) {
            match record(image, &bytes, if leaf { at } else { at + 4 }, tree) {
                Some(record) => page.records.push(record),
                None => page.lost += 1,
            }
        }
    }
    if !leaf {
        page.children.extend(u32_at(&bytes, start + 8).filter(|child| *child > 1 && *child <= image.pages()));
    }
    Some(page)
}

fn record(image: &mut Image, page: &[u8], mut at: usize, tree: Tree) -> Option<Record> {
    let length = usize::try_from(varint(page, &mut at)?).ok().filter(|length| (1..=LARGEST).contains(length))?;
    let row = if tree == Tree::Rows { varint(page, &mut at)?.cast_signed() } else { 0 };
    let usable = image.usable();
    let most = if tree == Tree::Rows { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
    if length <= most {
        return Some(Record { row, values: values(page.get(at..at.checked_add(length)?)?)? });
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let wanted = least + (length - least) % (usable - 4);
    let here = if wanted <= most { wanted } else { least };
    let mut payload = page.get(at..at.checked_add(here)?)?.to_vec();
    let mut next = u32_at(page, at + here)?;
    while payload.len() < length {
        let more = image.page(next)?;
        next = u32_at(&more, 0)?;
        let rest = more.get(4..)?;
        payload.extend_from_slice(rest.get(..rest.len().min(length - payload.len()))?);
    }
    // The last page of a chain names no other: one that was overwritten does not end well.
    if next != 0 {
        return None;
    }
    Some(Record { row, values: values(&payload)? })
}

fn values(payload: &[u8]) -> Option<Vec<Value>> {
    let mut at = 0;
    let header = usize::try_from(varint(payload, &mut at)?).ok().filter(|header| *header <= payload.len())?;
    let (mut values, mut body) = (Vec::new(), header);
    while at < header {
        let kind = varint(payload, &mut at)?;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            12.. => usize::try_from((kind - 12) / 2).ok()?,
            _ => return None,
        };
        let bytes = payload.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            7 => Value::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
            1..=6 => Value::Integer(integer(bytes)),
            kind if kind % 2 == 0 => Value::Blob(bytes.to_vec()),
            _ => Value::Text(str::from_utf8(bytes).ok()?.to_owned()),
        });
    }
    (at == header && body == payload.len()).then_some(values)
}

/// A signed number of one to eight bytes.
fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|first| *first >= 0x80);
    bytes.iter().fold(if negative { -1 } else { 0 }, |number, byte| (number << 8) | i64::from(*byte))
}

/// A number of one to nine bytes; moves behind it.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0_u64;
    for place in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if place == 8 {
            return Some((number << 8) | u64::from(byte));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    Some(number)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_format_writes_them() {
        for (bytes, expected) in [
            (&[0x05][..], 5),
            (&[0x81, 0x00], 128),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], u64::MAX),
        ] {
            assert_eq!(varint(bytes, &mut 0), Some(expected));
        }
        assert_eq!(varint(&[0x81], &mut 0), None);
        assert_eq!([integer(&[0x7f]), integer(&[0xff, 0xfe]), integer(&[0x01, 0x00, 0x00])], [127, -2, 65_536]);
    }

    #[test]
    fn a_payload_of_another_length_than_its_header_says_is_no_record() {
        // Two values: 1, and a text of one letter.
        let good = [3, 9, 15, b'a'];
        assert_eq!(values(&good), Some(vec![Value::Integer(1), Value::Text("a".into())]));
        assert_eq!(values(&good[..3]), None);
        assert_eq!(values(&[3, 9, 15, 0xff]), None, "a text has to be UTF-8");
        assert_eq!(values(&[3, 9, 15, b'a', 0]), None);
    }
}
