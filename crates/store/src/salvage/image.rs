//! The pages of a file that the engine would refuse: from the file, and from its log as far as that is whole.
//!
//! Offsets and sums: <https://www.sqlite.org/fileformat.html> and <https://www.sqlite.org/walformat.html> (read 2026-11).

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::Error;

/// Page size of our files; what the header says counts only where the header is whole.
const PAGE: usize = 4_096;
/// Bytes of the log's own header, and of the one before each of its pages.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The pages of one file.
pub(super) struct Image {
    file: File,
    log: Option<File>,
    page: usize,
    /// Bytes of a page that hold content.
    usable: usize,
    pages: u32,
    /// Where the newest committed copy of a page lies in the log.
    logged: HashMap<u32, u64>,
}

impl Image {
    /// Opens a file, and its log if it is to count.
    pub(super) fn open(path: &Path, log: Option<&Path>) -> Result<Self, Error> {
        let what = "reading the damaged inbox";
        let mut file = File::open(path).map_err(Error::file(what))?;
        let length = file.metadata().map_err(Error::file(what))?.len();
        let mut header = [0_u8; 100];
        let whole = file.read_exact(&mut header).is_ok() && header.starts_with(b"SQLite format 3\0");
        let page = match u32_at(&header, 16).map_or(0, |word| word >> 16) {
            1 if whole => 65_536,
            size if whole && size.is_power_of_two() && size >= 512 => size as usize,
            _ => PAGE,
        };
        let reserved = header.get(20).copied().filter(|reserved| whole && *reserved <= 32).unwrap_or(0);
        let pages = u32::try_from(length.div_ceil(page as u64)).unwrap_or(u32::MAX);
        let mut image =
            Self { file, log: None, page, usable: page - usize::from(reserved), pages, logged: HashMap::new() };
        if let Some(log) = log.and_then(|path| File::open(path).ok()) {
            image.read_log(log);
        }
        Ok(image)
    }

    /// Number of the last page.
    pub(super) fn pages(&self) -> u32 {
        self.pages
    }

    /// Bytes of a page that hold content.
    pub(super) fn usable(&self) -> usize {
        self.usable
    }

    /// One page from 1 on; `None` if it cannot be read.
    pub(super) fn page(&mut self, number: u32) -> Option<Vec<u8>> {
        if number == 0 || number > self.pages {
            return None;
        }
        let mut bytes = vec![0; self.page];
        let (file, at) = match (self.logged.get(&number), &mut self.log) {
            (Some(at), Some(log)) => (log, *at),
            _ => (&mut self.file, u64::from(number - 1) * self.page as u64),
        };
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(&mut bytes).ok()?;
        bytes.truncate(self.usable);
        Some(bytes)
    }

    /// Notes where the committed pages of a log lie; stops where it is not whole, as the engine does.
    fn read_log(&mut self, mut log: File) {
        let mut header = [0_u8; LOG_HEADER];
        if log.read_exact(&mut header).is_err() {
            return;
        }
        let big_endian = match u32_at(&header, 0) {
            Some(0x377f_0682) => false,
            Some(0x377f_0683) => true,
            _ => return,
        };
        let salts = header.get(16..24).unwrap_or_default().to_vec();
        let mut sum = add(big_endian, (0, 0), header.get(..24).unwrap_or_default());
        let expected = (u32_at(&header, 24), u32_at(&header, 28));
        if (Some(sum.0), Some(sum.1)) != expected || u32_at(&header, 8) != u32::try_from(self.page).ok() {
            return;
        }
        let (mut frame, mut body) = ([0_u8; FRAME_HEADER], vec![0_u8; self.page]);
        let (mut at, mut pending) = (LOG_HEADER as u64, HashMap::new());
        while log.read_exact(&mut frame).is_ok() && log.read_exact(&mut body).is_ok() {
            sum = add(big_endian, add(big_endian, sum, frame.get(..8).unwrap_or_default()), &body);
            let right = (Some(sum.0), Some(sum.1)) == (u32_at(&frame, 16), u32_at(&frame, 20));
            if !right || frame.get(8..16) != Some(salts.as_slice()) {
                break;
            }
            pending.insert(u32_at(&frame, 0).unwrap_or(0), at + FRAME_HEADER as u64);
            at += (FRAME_HEADER + self.page) as u64;
            let pages = u32_at(&frame, 4).unwrap_or(0);
            if pages > 0 {
                self.pages = pages;
                self.logged.extend(pending.drain());
            }
        }
        self.log = Some(log);
    }
}

/// The log's running sum over pairs of words.
fn add(big_endian: bool, (mut a, mut b): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let word = |bytes: &[u8]| {
        let bytes = bytes.try_into().unwrap_or_default();
        if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    for pair in bytes.chunks_exact(8) {
        let (first, second) = pair.split_at(4);
        a = a.wrapping_add(word(first)).wrapping_add(b);
        b = b.wrapping_add(word(second)).wrapping_add(a);
    }
    (a, b)
}

/// A number of four bytes as the format writes it.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
