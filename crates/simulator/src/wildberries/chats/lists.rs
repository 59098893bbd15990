//! The two ways to read chats: the list of all, and the feed of everything said in any of them.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Chats, Event, Said, files::FileKind};
use crate::{
    platform::{Answer, Call},
    wildberries::{errors, shop::Shop},
};

/// `GET /api/v1/seller/chats`: all at once.
pub(crate) fn list(shop: &Shop) -> Answer {
    let chats = &shop.chats;
    let rows: Vec<Value> =
        (0..chats.len()).rev().filter(|&chat| chats.listed(chat)).map(|chat| chats.row(chat)).collect();
    Answer::ok(json!({ "result": rows, "errors": null }))
}

/// `GET /api/v1/seller/events`: a page from the cursor on, oldest first.
pub(crate) fn events(shop: &Shop, call: &Call, page: usize) -> Answer {
    let next = match call.query("next") {
        None | Some("") => None,
        Some(text) => match text.parse::<i64>() {
            Ok(next @ 0..) => Some(next),
            Ok(_) => return errors::chat(call, StatusCode::BAD_REQUEST, "Invalid value for \"next\""),
            Err(_) => return errors::chat(call, StatusCode::BAD_REQUEST, "Invalid number"),
        },
    };
    let found = shop.chats.page(next, page);
    let time = |event: Option<&Event>| event.map(|event| format!("{:.0}", event.at()));
    let rows: Vec<Value> = found.iter().map(|event| shop.chats.event(event)).collect();
    let mut result = json!({
        "next": found.last().map_or(next.unwrap_or_default(), |event| event.ms),
        "totalEvents": found.len(),
        "events": rows,
    });
    if let (Some(fields), Some(newest), Some(oldest)) =
        (result.as_object_mut(), time(found.last()), time(found.first()))
    {
        fields.insert("newestEventTime".to_owned(), newest.into());
        fields.insert("oldestEventTime".to_owned(), oldest.into());
    }
    Answer::ok(json!({ "result": result, "errors": null }))
}

impl Event {
    fn at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.ms).unwrap_or_default()
    }
}

impl Chats {
    /// What lies behind a cursor. A page that has news begins with the event the cursor stands on, once more;
    /// events of one millisecond are never parted, for the cursor could not tell them apart.
    fn page(&self, next: Option<i64>, size: usize) -> Vec<Event> {
        let start = next.map_or(0, |next| {
            self.history.partition_point(|place| place.ms <= next) + self.said.partition_point(|event| event.ms <= next)
        });
        let mut page: Vec<Event> = Vec::new();
        for event in self.feed(start) {
            if page.len() >= size.max(1) && page.last().is_some_and(|last| last.ms != event.ms) {
                break;
            }
            page.push(event);
        }
        if let (false, Some(before)) = (page.is_empty(), start.checked_sub(1)) {
            page.splice(0..0, self.feed(before).next());
        }
        page
    }

    fn row(&self, chat: u64) -> Value {
        let mut row = Map::from_iter([
            ("chatID".to_owned(), json!(self.id(chat))),
            ("replySign".to_owned(), json!(self.sign(chat, self.renewed(chat)))),
            ("clientName".to_owned(), json!(self.buyer(chat))),
        ]);
        if let Some(card) = self.good_card(chat).filter(|_| chat % 11 != 3) {
            row.insert("goodCard".to_owned(), card);
        }
        if let Some((ms, text)) = self.last_words(chat) {
            row.insert("lastMessage".to_owned(), json!({ "text": text, "addTimestamp": ms }));
        }
        row.into()
    }

    fn good_card(&self, chat: u64) -> Option<Value> {
        let bought = self.bought(chat)?;
        Some(json!({
            "date": bought.at.to_string(),
            "nmID": bought.product.nm_id,
            "price": bought.product.good.price,
            "priceCurrency": "RUB",
            "rid": bought.srid,
            "size": "0",
        }))
    }

    fn event(&self, event: &Event) -> Value {
        let (chat, line) = (event.chat, &event.line);
        let mut row = Map::from_iter([
            ("chatID".to_owned(), json!(self.id(chat))),
            ("eventID".to_owned(), json!(event.id)),
            ("eventType".to_owned(), json!("message")),
            ("source".to_owned(), json!(line.source)),
            ("addTimestamp".to_owned(), json!(event.ms)),
            ("addTime".to_owned(), json!(format!("{:.0}", event.at()))),
            ("sender".to_owned(), json!(line.sender.name())),
        ]);
        if line.sender == super::Sender::Buyer {
            row.insert("clientName".to_owned(), json!(self.buyer(chat)));
        }
        if event.first {
            row.insert("isNewChat".to_owned(), json!(true));
            row.insert("replySign".to_owned(), json!(self.sign(chat, self.renewed(chat))));
        }
        match &line.said {
            Said::Nothing => {}
            Said::Refund => {
                row.insert("eventType".to_owned(), json!("refund"));
            }
            Said::Message { text, files } => {
                let (pdf, images): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.kind == FileKind::Pdf);
                let mut attachments = Map::new();
                if let Some(card) = self.good_card(chat).filter(|_| event.first) {
                    attachments.insert("goodCard".to_owned(), card);
                }
                for (name, files) in [("files", pdf), ("images", images)] {
                    if !files.is_empty() {
                        let files: Vec<Value> = files.into_iter().map(|file| file.json(event.at())).collect();
                        attachments.insert(name.to_owned(), files.into());
                    }
                }
                let mut message = Map::new();
                if let Some(text) = text {
                    message.insert("text".to_owned(), json!(text));
                }
                if !attachments.is_empty() {
                    message.insert("attachments".to_owned(), attachments.into());
                }
                row.insert("message".to_owned(), message.into());
            }
        }
        row.into()
    }
}
