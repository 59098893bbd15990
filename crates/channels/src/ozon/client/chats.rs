//! Chats: list, histories, writing, files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dragoman_domain::RemoteId;
use dragoman_domain::outgoing::{Sent, Upload};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Client, number};
use crate::Failure;
use crate::http::{Answer, Garbled};
use crate::limits::Priority;
use crate::ozon::feature::Feature;
use crate::ozon::wire;

pub(in crate::ozon) const CHAT_LIST: &str = "/v3/chat/list";
pub(in crate::ozon) const CHAT_HISTORY: &str = "/v3/chat/history";
pub(in crate::ozon) const CHAT_SEND: &str = "/v1/chat/send/message";
const CHAT_FILE: &str = "/v1/chat/send/file";
const CHAT_START: &str = "/v1/chat/start";
const CHAT_READ: &str = "/v2/chat/read";

/// Chats in one page of the list, the most that is allowed.
const CHATS: u32 = 100;

#[derive(Serialize)]
struct ChatListRequest<'a> {
    filter: ChatFilter,
    limit: u32,
    cursor: &'a str,
}

#[derive(Serialize)]
struct ChatFilter {
    chat_status: &'static str,
    unread_only: bool,
}

#[derive(Serialize)]
struct HistoryRequest<'a> {
    chat_id: &'a RemoteId,
    // Spelled exactly so: `backward` gives 400.
    direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_message_id: Option<Box<RawValue>>,
    limit: u32,
}

#[derive(Serialize)]
struct SendRequest<'a> {
    chat_id: &'a RemoteId,
    text: &'a str,
}

#[derive(Serialize)]
struct ReadRequest<'a> {
    chat_id: &'a RemoteId,
    from_message_id: Box<RawValue>,
}

#[derive(Serialize)]
struct FileRequest<'a> {
    chat_id: &'a RemoteId,
    base64_content: String,
    name: &'a str,
}

#[derive(Serialize)]
struct StartRequest<'a> {
    posting_number: &'a str,
}

impl Client {
    pub(in crate::ozon) async fn chat_list(&self, unread_only: bool, cursor: &str) -> Result<wire::ChatList, Failure> {
        let filter = ChatFilter { chat_status: "ALL", unread_only };
        let request = ChatListRequest { filter, limit: CHATS, cursor };
        let answer = self.read(Feature::Chats, Priority::Read, CHAT_LIST, &request).await?;
        Ok(answer.json()?)
    }

    /// A chat's messages from `from` downwards, or from its newest.
    pub(in crate::ozon) async fn chat_history(
        &self,
        chat: &RemoteId,
        from: Option<&str>,
        limit: u32,
    ) -> Result<wire::History, Failure> {
        let from_message_id = match from {
            Some(id) => Some(number(id).ok_or_else(|| Failure::Refused {
                why: format!("message {id} of chat {chat} is no number, so the history cannot be read on from it"),
            })?),
            None => None,
        };
        let request = HistoryRequest { chat_id: chat, direction: "Backward", from_message_id, limit };
        let answer = self.read(Feature::Chats, Priority::Read, CHAT_HISTORY, &request).await?;
        Ok(answer.json()?)
    }

    /// Success says that the message was taken in, and gives no id.
    pub(in crate::ozon) async fn send_message(&self, chat: &RemoteId, text: &str) -> Sent {
        let sent = self.send(CHAT_SEND, &SendRequest { chat_id: chat, text }).await;
        self.outcome(sent, success)
    }

    /// Marks everything up to a message as read; `None` if the id is not one the platform could have given.
    pub(in crate::ozon) async fn mark_read(&self, chat: &RemoteId, message: &RemoteId) -> Option<Sent> {
        let request = ReadRequest { chat_id: chat, from_message_id: number(message.as_str())? };
        let sent = self.send(CHAT_READ, &request).await;
        Some(self.outcome(sent, |answer| answer.json::<wire::Marked>().map(|_| None)))
    }

    /// Sends one file; a text has no place beside it. Success gives no id.
    pub(in crate::ozon) async fn send_file(&self, chat: &RemoteId, file: &Upload) -> Sent {
        let request = FileRequest { chat_id: chat, base64_content: STANDARD.encode(&file.bytes), name: &file.name };
        let sent = self.send(CHAT_FILE, &request).await;
        self.outcome(sent, success)
    }

    /// Opens a chat with the buyer of a posting (FBS and rFBS only), and gives its id.
    pub(in crate::ozon) async fn start_chat(&self, posting: &str) -> Sent {
        let sent = self.send(CHAT_START, &StartRequest { posting_number: posting }).await;
        self.outcome(sent, |answer| Ok(Some(answer.json::<wire::Started>()?.result.chat_id)))
    }
}

fn success(answer: &Answer) -> Result<Option<RemoteId>, Garbled> {
    if answer.json::<wire::Outcome>()?.is_success() {
        Ok(None)
    } else {
        Err(answer.garbled("neither success nor an error".to_owned()))
    }
}
