//! `list`, `show` and `read`: the inbox and one conversation.

use std::fmt::Write as _;

use dragoman_domain::Turn;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::facts::Standing;
use crate::args::{List, Read, Show};
use crate::clock::{left, local};
use crate::failure::Outcome;
use crate::home::Home;
use crate::output::{Out, one_line, plain, read};
use crate::pages::{Pages, with_query};

/// Rows for people who did not say how many.
const ROWS: u64 = 50;
/// Most messages of one answer, as the API has it.
const MESSAGES: u64 = 200;

#[derive(Deserialize)]
struct Row {
    id: i64,
    channel: String,
    kind: String,
    turn: String,
    subject: String,
    buyer: String,
    unread: u32,
    due_at: Option<Timestamp>,
    last_message_at: Timestamp,
    backlog: bool,
    preview: String,
    stars: Option<u8>,
}

impl Row {
    /// Its kind, a review with its stars.
    fn sort(&self) -> String {
        self.stars.map_or(self.kind.clone(), |stars| format!("{} {stars}★", self.kind))
    }
}

#[derive(Deserialize)]
struct Conversation {
    #[serde(flatten)]
    row: Row,
    status: String,
    order_no: String,
    #[serde(flatten)]
    standing: Standing,
    messages: Vec<Message>,
    outbox: Vec<Under>,
}

/// A page of a conversation.
#[derive(Deserialize)]
struct Part {
    messages: Vec<Value>,
    /// Where the messages before these end.
    earlier: Option<String>,
    #[serde(flatten)]
    about: Map<String, Value>,
}

#[derive(Deserialize)]
struct Message {
    author: String,
    sent_at: Timestamp,
    text: String,
    attachments: Vec<Attachment>,
}

#[derive(Deserialize)]
struct Attachment {
    name: String,
    mime: String,
    state: String,
    cause: String,
    danger: bool,
}

/// An item of the outbox under its conversation.
#[derive(Deserialize)]
struct Under {
    id: i64,
    state: String,
    reason: String,
    text: String,
    settled_at: Option<Timestamp>,
}

pub(crate) async fn list(home: &mut Home, out: Out, args: List) -> Outcome {
    let now = home.now().await?;
    let mut left_over = args.limit.or((!out.is_json()).then_some(ROWS));
    let mut listing = out.listing(
        &["ID", "PLATFORM", "KIND", "TURN", "LEFT", "LAST", "NEW", "BUYER", "SUBJECT", "TEXT"],
        |row: Row| {
            let due = row.due_at.map(|due| left(due, now));
            let due = if row.backlog { "backlog".to_owned() } else { due.unwrap_or_default() };
            let unread = if row.unread == 0 { String::new() } else { row.unread.to_string() };
            let kind = row.sort();
            let Row { id, channel, turn, subject, buyer, last_message_at, preview, .. } = row;
            vec![id.to_string(), channel, kind, turn, due, local(last_message_at), unread, buyer, subject, preview]
        },
    );
    // What we owe is read by the time left, and the backlog, which has none, behind it; everything else newest first.
    let folders = if args.turn == Some(Turn::Ours) { &["needs", "backlog"][..] } else { &["all"] };
    for folder in folders {
        if left_over == Some(0) {
            break;
        }
        let query = [
            ("folder", Some((*folder).to_owned())),
            ("turn", args.turn.map(|turn| turn.to_string())),
            ("kind", args.kind.map(|kind| kind.to_string())),
            ("channel", args.channel.map(|channel| channel.to_string())),
            ("shop", args.shop.map(|shop| shop.to_string())),
        ];
        let mut pages = Pages::new("/api/conversations", query, left_over);
        while let Some(page) = pages.next(home).await? {
            page.rows.iter().try_for_each(|row| listing.add(row))?;
        }
        left_over = left_over.map(|_| pages.left());
    }
    listing.end("Nothing is here.")?;
    if left_over == Some(0) && args.limit.is_none() {
        out.remark(&format!("The first {ROWS}; more with --limit."));
    }
    Ok(())
}

pub(crate) async fn show(home: &mut Home, out: Out, args: Show) -> Outcome {
    let conversation = whole(home, args.id, args.limit.unwrap_or(u64::MAX)).await?;
    out.document(&conversation, |conversation| Ok(words(&read(conversation)?)))
}

/// A conversation with so many of its newest messages, however many pages they fill.
async fn whole(home: &mut Home, id: i64, limit: u64) -> Outcome<Value> {
    let Part { mut messages, mut earlier, mut about } = part(home, id, limit, None).await?;
    while (messages.len() as u64) < limit
        && let Some(before) = earlier
    {
        let mut page = part(home, id, limit - messages.len() as u64, Some(before)).await?;
        page.messages.append(&mut messages);
        (messages, earlier) = (page.messages, page.earlier);
    }
    about.insert("messages".to_owned(), messages.into());
    about.insert("earlier".to_owned(), earlier.into());
    Ok(Value::Object(about))
}

async fn part(home: &mut Home, id: i64, limit: u64, before: Option<String>) -> Outcome<Part> {
    let query = [("limit", limit.min(MESSAGES).to_string())].into_iter().chain(before.map(|before| ("before", before)));
    read(&home.get(&with_query(&format!("/api/conversations/{id}"), query)).await?)
}

fn words(conversation: &Conversation) -> String {
    let Conversation { row, status, order_no, standing: facts, messages, outbox } = conversation;
    let mut text = format!("{} {} · {} · {}", row.channel, row.sort(), one_line(&row.subject), one_line(&row.buyer));
    let mut add = |line: &str| {
        text.push('\n');
        text.push_str(line);
    };
    let mut standing = format!("turn: {}", row.turn);
    for (name, value) in [
        ("status", one_line(status)),
        ("order", one_line(order_no)),
        ("due", row.due_at.map(local).unwrap_or_default()),
    ] {
        if !value.is_empty() {
            // Writing into a string cannot fail.
            let _ = write!(standing, " · {name}: {value}");
        }
    }
    add(&standing);
    facts.lines().iter().for_each(|line| add(line));
    for Message { author, sent_at, text, attachments } in messages {
        add(&format!("\n{} · {author}", local(*sent_at)));
        plain(text).lines().for_each(|line| add(&format!("  {line}")));
        for Attachment { name, mime, state, cause, danger } in attachments {
            let why = if cause == "none" { String::new() } else { format!(", {cause}") };
            let warning = if *danger { ", may run something when opened" } else { "" };
            add(&format!("  [{} {} · {state}{why}{warning}]", one_line(name), one_line(mime)));
        }
    }
    for item in outbox.iter().filter(|item| item.settled_at.is_none()) {
        add(&format!("\noutbox {} · {} · {}", item.id, item.state, item.reason));
        plain(&item.text).lines().for_each(|line| add(&format!("  {line}")));
    }
    text
}

/// Marks a conversation read here, and queues telling the platform where it offers that.
pub(crate) async fn read_mark(home: &mut Home, out: Out, args: Read) -> Outcome {
    let id = args.id;
    let Part { about, .. } = part(home, id, 1, None).await?;
    home.call(Method::POST, &format!("/api/conversations/{id}/read"), None).await?;
    let actions = about.get("actions").and_then(Value::as_array);
    let offered =
        actions.is_some_and(|actions| actions.iter().any(|offered| offered.get("action") == Some(&json!("read"))));
    let item = if offered {
        let request = json!({ "action": "read", "undo_s": 0 });
        home.call(Method::POST, &format!("/api/conversations/{id}/actions"), Some(request)).await?
    } else {
        Value::Null
    };
    let told = if offered {
        "read here; the platform is told with the next sync"
    } else {
        "read here; the platform takes no read marks"
    };
    out.document(&json!({ "id": id, "unread": 0, "outbox": item }), |_| Ok(format!("Conversation {id} is {told}.")))
}
