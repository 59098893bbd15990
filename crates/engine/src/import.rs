//! Import of an inbox from JSON lines: each conversation (`"t":"c"`) directly followed by its messages (`"t":"m"`).
//!
//! A conversation line has `id, account, marketplace, kind, buyer, created_at` and may have `order_no, sku, product, status,
//! needs_reply`; a message line has `id, dir (in, out), sent_at, text` and may have `read`. Times are Unix milliseconds.

use std::io::BufRead;

use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage};
use dragoman_domain::lookup::Product;
use dragoman_domain::{Author, Channel, Direction, Kind, RemoteId, Timestamp};
use serde::Deserialize;

use crate::error::{Error, Result};

/// Longest line, in bytes.
const LINE_CAP: usize = 32 << 20;

/// One conversation of an import with its messages.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The platform it came from.
    pub channel: Channel,
    /// The account's number in the file.
    pub account: u64,
    /// The conversation.
    pub conversation: Incoming,
}

/// Reads conversations one by one, so that a file of any size needs the memory of one.
pub struct Records<R> {
    reader: R,
    line: String,
    number: u64,
    bytes: u64,
    open: Option<Imported>,
    /// A bad line, handed out after what was read before it.
    failed: Option<Error>,
    ended: bool,
}

#[derive(Deserialize)]
#[serde(tag = "t")]
enum Line {
    #[serde(rename = "c")]
    Conversation(Box<ConversationLine>),
    #[serde(rename = "m")]
    Message(MessageLine),
}

#[derive(Deserialize)]
struct ConversationLine {
    id: u64,
    account: u64,
    marketplace: String,
    kind: String,
    buyer: String,
    #[serde(default)]
    order_no: String,
    #[serde(default)]
    sku: String,
    #[serde(default)]
    product: String,
    created_at: i64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    needs_reply: u8,
}

#[derive(Deserialize)]
struct MessageLine {
    id: u64,
    dir: Direction,
    sent_at: i64,
    #[serde(default)]
    read: u8,
    text: String,
}

impl<R: BufRead> Records<R> {
    /// Reads from the beginning of a file.
    pub fn new(reader: R) -> Self {
        Self { reader, line: String::new(), number: 0, bytes: 0, open: None, failed: None, ended: false }
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads lines until a conversation is complete.
    fn read(&mut self) -> Result<Option<Imported>> {
        loop {
            self.line.clear();
            self.number += 1;
            let read = self.reader.read_line(&mut self.line).map_err(|error| self.bad(error.to_string()))?;
            self.bytes += read as u64;
            if read == 0 {
                return Ok(self.open.take());
            }
            if read > LINE_CAP {
                return Err(self.bad("longer than 32 MiB"));
            }
            let text = self.line.trim();
            if text.is_empty() {
                continue;
            }
            match serde_json::from_str(text).map_err(|error| self.bad(error.to_string()))? {
                Line::Conversation(line) => {
                    let begun = line.begin().map_err(|why| self.bad(why))?;
                    if let Some(complete) = self.open.replace(begun) {
                        return Ok(Some(complete));
                    }
                }
                Line::Message(line) => {
                    let message = line.message(text).map_err(|why| self.bad(why))?;
                    let Some(open) = &mut self.open else { return Err(self.bad("a message before any conversation")) };
                    open.conversation.facts.seen = Some(message.1);
                    open.conversation.messages.push(message.0);
                }
            }
        }
    }

    fn bad(&self, why: impl Into<String>) -> Error {
        Error::ImportLine { line: self.number, why: why.into() }
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Imported>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = match self.failed.take() {
            Some(error) => Err(error),
            None => self.read(),
        };
        match read {
            Ok(Some(record)) => return Some(Ok(record)),
            Ok(None) => self.ended = true,
            Err(error) => {
                if let Some(complete) = self.open.take() {
                    self.failed = Some(error);
                    return Some(Ok(complete));
                }
                self.ended = true;
                return Some(Err(error));
            }
        }
        None
    }
}

impl ConversationLine {
    fn begin(self) -> std::result::Result<Imported, String> {
        let channel: Channel = self.marketplace.parse().map_err(|error| format!("{error}"))?;
        let kind = match self.kind.as_str() {
            "platform_ticket" => Kind::Ticket,
            other => other.parse().map_err(|error| format!("{error}"))?,
        };
        let product = Product { key: self.sku, name: self.product.clone(), ..Product::default() };
        let facts = Facts {
            subject: Some(self.product),
            buyer: Some(self.buyer),
            status: Some(self.status),
            closed: Some(self.needs_reply == 0),
            order_no: Some(self.order_no),
            product: Some(product).filter(|product| !product.key.is_empty()),
            started_at: Timestamp::from_millisecond(self.created_at).ok(),
            ..Facts::default()
        };
        let remote_id = RemoteId(format!("import:{}", self.id));
        let conversation = Incoming { kind, remote_id, facts, messages: Vec::new(), mark: None };
        Ok(Imported { channel, account: self.account, conversation })
    }
}

impl MessageLine {
    fn message(self, raw: &str) -> std::result::Result<(IncomingMessage, bool), String> {
        let author = match self.dir {
            Direction::In => Author::Buyer,
            Direction::Out => Author::Seller,
            Direction::Note => Author::Agent,
            Direction::System => Author::Platform,
        };
        let message = IncomingMessage {
            remote_id: RemoteId(format!("import:{}", self.id)),
            direction: self.dir,
            author,
            sent_at: Timestamp::from_millisecond(self.sent_at).map_err(|error| error.to_string())?,
            text: self.text,
            attachments: Vec::new(),
            raw: raw.to_owned(),
        };
        Ok((message, self.read != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVERSATION: &str = r#"{"t":"c","id":7,"account":1,"marketplace":"ozon","kind":"platform_ticket","lang":"zh","buyer":"王伟","created_at":1767225600000,"needs_reply":1,"tags":[]}"#;
    const MESSAGE: &str =
        r#"{"t":"m","id":9,"conv":7,"dir":"in","author":"王伟","sent_at":1767225600000,"read":0,"text":"退货"}"#;

    fn read(text: &str) -> Vec<Result<Imported>> {
        Records::new(text.as_bytes()).collect()
    }

    #[test]
    fn a_platform_ticket_becomes_a_ticket_with_its_messages() {
        let records = read(&format!("{CONVERSATION}\n{MESSAGE}\n"));
        let [Ok(imported)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(imported.conversation.kind, Kind::Ticket);
        assert_eq!(imported.conversation.messages[0].text, "退货");
        assert_eq!(imported.conversation.facts.seen, Some(false));
    }

    #[test]
    fn what_was_complete_before_a_bad_line_is_handed_out() {
        let records = read(&format!("{CONVERSATION}\n{MESSAGE}\nnot json\n"));
        let [Ok(imported), Err(error)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(imported.conversation.messages.len(), 1);
        assert!(error.to_string().starts_with("line 3: "), "{error}");
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        let message_first = read(MESSAGE);
        let text = message_first[0].as_ref().unwrap_err().to_string();
        assert_eq!(text, "line 1: a message before any conversation");
        let unknown = read(&CONVERSATION.replace("ozon", "bazaar"));
        assert!(unknown[0].as_ref().unwrap_err().to_string().starts_with("line 1: `bazaar` is not a channel"));
    }
}
