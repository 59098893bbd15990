//! The acceptance log: what the platforms took, in the order they took it.
//!
//! It is the ground truth of every campaign, so a line is written with one system call before the answer leaves:
//! it outlives the death of the client, of the simulator, and of the answer.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One write a platform accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Virtual time of acceptance.
    pub at: Timestamp,
    /// `wildberries` or `ozon`.
    pub channel: String,
    /// Name of the shop.
    pub shop: String,
    /// `reply`, `edit`, `reject`, `viewed` or `read`; on Ozon `delete`, `status`, `act`, `start` and `file` too.
    pub action: String,
    /// Id of the question, chat, review or claim; of the posting for `start`.
    pub target: String,
    /// What was written; nothing for `viewed` and `read`.
    pub text: Option<String>,
    /// What else the request said, where a text does not say it all: the fields of an act, the name of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Value>,
    /// Counts from 1 and goes on where an existing file ended.
    pub seq: u64,
}

/// A write as a platform understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write {
    pub action: &'static str,
    pub target: String,
    pub text: Option<String>,
    pub fields: Option<Value>,
}

impl Write {
    /// A write that its text tells whole.
    pub(crate) fn new(action: &'static str, target: impl Into<String>, text: Option<String>) -> Self {
        Self { action, target: target.into(), text, fields: None }
    }

    pub(crate) fn with(self, fields: Value) -> Self {
        Self { fields: Some(fields), ..self }
    }
}

#[derive(Debug)]
pub(crate) struct AcceptanceLog {
    file: Option<(PathBuf, File)>,
    seq: u64,
    entries: Vec<Accepted>,
}

impl AcceptanceLog {
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path else {
            return Ok(Self { file: None, seq: 0, entries: Vec::new() });
        };
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut lines = 0;
        for line in BufReader::new(&file).split(b'\n') {
            line?;
            lines += 1;
        }
        Ok(Self { file: Some((path.to_owned(), file)), seq: lines, entries: Vec::new() })
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|(path, _)| path.as_path())
    }

    /// Everything accepted since the start of this process.
    pub(crate) fn entries(&self) -> &[Accepted] {
        &self.entries
    }

    pub(crate) fn append(&mut self, at: Timestamp, channel: &str, shop: &str, write: Write) {
        self.seq += 1;
        let entry = Accepted {
            at,
            channel: channel.to_owned(),
            shop: shop.to_owned(),
            action: write.action.to_owned(),
            target: write.target,
            text: write.text,
            fields: write.fields,
            seq: self.seq,
        };
        if let Some((path, file)) = &mut self.file {
            let written = serde_json::to_vec(&entry).map_err(io::Error::from).and_then(|mut line| {
                line.push(b'\n');
                file.write_all(&line)
            });
            // The write has happened on the platform all the same; memory still holds the entry.
            if let Err(error) = written {
                tracing::error!(path = %path.display(), %error, "the acceptance log could not be written");
            }
        }
        self.entries.push(entry);
    }
}
