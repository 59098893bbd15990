//! Files of strangers: what they are called on screen, what they are, and why one is not here.
//!
//! A name and a media type that somebody sent are claims. The name is only ever shown, in a form that misleads nobody, and never
//! becomes a path; what a file is follows from its bytes.

mod name;
mod sort;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::channel::FileRules;
use crate::outbox::FileRef;
use crate::text::words;

pub use self::name::{ShownName, shown_name};
pub use self::sort::{is_active, sort_of};

words! {
    /// Why the bytes of a file are not here.
    "file cause" FileCause {
        /// Nothing to explain: nobody has asked for it yet.
        None = "none",
        /// The platform asks to wait, or is still checking it.
        Waiting = "waiting",
        /// The platform could not be reached, or had a fault.
        Unreachable = "unreachable",
        /// The platform's answer made no sense.
        Unreadable = "unreadable",
        /// The platform's moderation took it away, or refuses it.
        Refused = "refused",
        /// The platform has it no more.
        Gone = "gone",
        /// Larger than this program keeps.
        TooLarge = "too_large",
        /// All files together would be larger than this program keeps.
        Budget = "budget",
        /// The disk is full.
        DiskFull = "disk_full",
        /// The shop's key is refused or lacks the right.
        Key = "key",
    }
}

/// What is wrong with the files of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum FileFault {
    /// The platform takes no files here.
    #[error("the platform takes no files here")]
    NotTaken,
    /// A type the platform does not take.
    #[error("{name} is {mime}; the platform takes {taken}")]
    Type {
        /// The file.
        name: String,
        /// Found from its bytes.
        mime: String,
        /// What the platform takes, separated by commas.
        taken: String,
    },
    /// One file is too large.
    #[error("{name} has {size} bytes; the platform takes {limit} at most")]
    Size {
        /// The file.
        name: String,
        /// Its bytes.
        size: u64,
        /// Most the platform takes.
        limit: u64,
    },
    /// All files together are too large.
    #[error("the files have {size} bytes together; the platform takes {limit} at most")]
    Total {
        /// Their bytes.
        size: u64,
        /// Most the platform takes.
        limit: u64,
    },
    /// Too many files.
    #[error("these are {count} files; the platform takes {limit} at most")]
    Count {
        /// How many there are.
        count: usize,
        /// Most the platform takes.
        limit: u32,
    },
    /// A file without a byte.
    #[error("{name} is empty")]
    Empty {
        /// The file.
        name: String,
    },
}

/// Holds files against what a platform takes.
///
/// # Errors
/// The first [`FileFault`] found.
pub fn check_files(files: &[FileRef], rules: Option<&FileRules>) -> Result<(), FileFault> {
    if files.is_empty() {
        return Ok(());
    }
    let rules = rules.ok_or(FileFault::NotTaken)?;
    if files.len() > rules.max_count as usize {
        return Err(FileFault::Count { count: files.len(), limit: rules.max_count });
    }
    for file in files {
        let name = file.name.clone();
        if file.size == 0 {
            return Err(FileFault::Empty { name });
        }
        if !rules.mimes.contains(&file.mime) {
            return Err(FileFault::Type { name, mime: file.mime.clone(), taken: rules.mimes.join(", ") });
        }
        if file.size > rules.max_bytes {
            return Err(FileFault::Size { name, size: file.size, limit: rules.max_bytes });
        }
    }
    let size = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
    if size > rules.max_total { Err(FileFault::Total { size, limit: rules.max_total }) } else { Ok(()) }
}

/// One item of an answer that leaves in several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Key of the item.
    pub key: Uuid,
    /// Key of the item that has to arrive before it.
    pub after: Option<Uuid>,
    /// Its text.
    pub text: String,
    /// Its files.
    pub files: Vec<FileRef>,
}

/// An answer in the items it leaves as: one where text and files may go together, else the text first and then each file.
///
/// The first has the client's key and the others keys that follow from it, so that the same request always makes the same items.
pub fn parts(key: Uuid, text: String, files: Vec<FileRef>, rules: Option<&FileRules>) -> Vec<Part> {
    let together = rules.is_none_or(|rules| rules.with_text);
    if together || files.is_empty() {
        return vec![Part { key, after: None, text, files }];
    }
    let words = (!text.is_empty()).then_some((text, Vec::new()));
    let alone = files.into_iter().map(|file| (String::new(), vec![file]));
    let mut before = None;
    let number = |(text, files): (String, Vec<FileRef>), place: u32| {
        let key = if place == 0 { key } else { Uuid::new_v5(&key, format!("part {place}").as_bytes()) };
        Part { key, after: before.replace(key), text, files }
    };
    words
        .into_iter()
        .chain(alone)
        .zip(0..)
        .map({
            let mut number = number;
            move |(part, place)| number(part, place)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, mime: &str, size: u64) -> FileRef {
        FileRef { id: name.into(), name: name.into(), mime: mime.into(), size, sha256: String::new() }
    }

    fn rules(with_text: bool) -> FileRules {
        let mimes = vec!["image/jpeg".to_owned(), "application/pdf".to_owned()];
        FileRules { mimes, max_bytes: 100, max_total: 150, max_count: 3, with_text }
    }

    #[test]
    fn files_are_held_against_what_the_platform_takes() {
        let rules = rules(true);
        let good = file("a.jpg", "image/jpeg", 100);
        let check = |files: &[FileRef]| check_files(files, Some(&rules));
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&[good.clone(), file("b.pdf", "application/pdf", 50)]), Ok(()));
        assert_eq!(check_files(std::slice::from_ref(&good), None), Err(FileFault::NotTaken));
        assert!(matches!(check(&[file("a.png", "image/png", 1)]), Err(FileFault::Type { .. })));
        assert!(matches!(check(&[file("a.jpg", "image/jpeg", 101)]), Err(FileFault::Size { limit: 100, .. })));
        assert!(matches!(check(&[good.clone(), good.clone()]), Err(FileFault::Total { size: 200, limit: 150 })));
        assert!(matches!(check(&[file("a.jpg", "image/jpeg", 0)]), Err(FileFault::Empty { .. })));
        assert!(matches!(check(&vec![good; 4]), Err(FileFault::Count { count: 4, limit: 3 })));
    }

    #[test]
    fn text_and_files_leave_together_or_one_after_the_other() {
        let key = Uuid::from_u128(7);
        let files = || vec![file("a.jpg", "image/jpeg", 1), file("b.jpg", "image/jpeg", 1)];
        let split = |text: &str, with_text| parts(key, text.into(), files(), Some(&rules(with_text)));
        let together = split("look", true);
        assert_eq!((together.len(), together[0].key, together[0].files.len()), (1, key, 2));
        let apart = split("look", false);
        assert_eq!(apart.iter().map(|part| part.files.len()).collect::<Vec<_>>(), [0, 1, 1]);
        assert_eq!((apart[0].key, apart[0].after, apart[0].text.as_str()), (key, None, "look"));
        assert_eq!((apart[1].after, apart[2].after), (Some(apart[0].key), Some(apart[1].key)));
        assert_eq!(apart, split("look", false), "the same request makes the same items");
        let wordless = split("", false);
        assert_eq!((wordless.len(), wordless[0].key, wordless[0].files[0].name.as_str()), (2, key, "a.jpg"));
    }
}
