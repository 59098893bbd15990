//! Files in chats: what the seller sends, and what both sides can fetch with the shop's key.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{
    Turn,
    chat::{Author, Image},
    errors, sending,
    shop::{Said, Shop},
};
use crate::{
    acceptance::Write,
    picture,
    platform::{Answer, Call, Outcome},
    time::after,
};

/// Types and sizes are not documented; these are assumed until a refusal teaches better.
const LARGEST: usize = 10 * 1024 * 1024;
const TYPES: [(&[&str], &str, &[u8]); 5] = [
    (&["jpg", "jpeg"], "image/jpeg", b"\xff\xd8\xff"),
    (&["png"], "image/png", b"\x89PNG"),
    (&["gif"], "image/gif", b"GIF8"),
    (&["webp"], "image/webp", b"RIFF"),
    (&["pdf"], "application/pdf", b"%PDF"),
];
const FOLDER: &str = "/v2/chat/file/messenger/";

#[derive(Debug, Deserialize)]
struct FileRequest {
    chat_id: String,
    base64_content: String,
    name: String,
}

pub(crate) fn intent_to_send(call: &Call) -> Option<Write> {
    let request: FileRequest = serde_json::from_slice(&call.body).ok()?;
    Some(Write::new("file", request.chat_id, None).with(json!({ "name": request.name })))
}

/// `POST /v1/chat/send/file`: pictures are moderated, a PDF becomes a link.
pub(crate) fn send(shop: &mut Shop, turn: &Turn<'_>) -> Result<Outcome, Answer> {
    let FileRequest { chat_id, base64_content, name } = errors::read(turn.call)?;
    let (extension, media, content) = checked(&name, &base64_content).map_err(errors::invalid)?;
    let chat = shop.chats.get(&chat_id).ok_or_else(|| errors::not_found("chat not found"))?;
    // Sending files is restricted for buyer chats only (specification, 2026-04).
    if chat.is_buyers() && !shop.has_premium_plus() {
        return Err(errors::denied("available only with a Premium Plus subscription"));
    }
    let now = turn.call.at;
    sending::admitted(shop, &chat_id, now, turn.rules)?;
    let success = Answer::ok(json!({ "result": "success" }));
    let write = Write::new("file", &chat_id, None).with(json!({ "name": name, "bytes": content.len() }));
    if turn.wish.effect {
        let path = format!("{FOLDER}{chat_id}/{}.{extension}", shop.files.len() + 1);
        let address = format!("https://api-seller.ozon.ru{path}");
        let is_image = media.starts_with("image/");
        let moderated = after(now, turn.rules.moderation);
        let said = Said {
            author: Author::Seller,
            data: vec![match is_image {
                true => format!("![]({address})"),
                false => format!("[{name} ({} KB)]({address})", content.len().div_ceil(1024)),
            }],
            image: is_image.then_some(Image::Moderated { until: moderated, refused: turn.wish.refused }),
        };
        shop.files.insert(path, (media, content));
        shop.post(&chat_id, said, now, after(now, turn.wish.lag.unwrap_or(turn.rules.read_lag)));
    }
    Ok(turn.accepted(success, write))
}

/// Extension, media type and content of a file that the platform takes.
fn checked(name: &str, base64: &str) -> Result<(&'static str, &'static str, Bytes), &'static str> {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    let known = extension.and_then(|extension| {
        TYPES.iter().find_map(|&(names, media, magic)| {
            names.iter().find(|&&name| name == extension).map(|&extension| (extension, media, magic))
        })
    });
    let (extension, media, magic) = known.ok_or("invalid ChatSendFileRequest.Name: file type is not supported")?;
    let content = STANDARD.decode(base64).map_err(|_| "invalid ChatSendFileRequest.Base64Content")?;
    if content.len() > LARGEST {
        return Err("invalid ChatSendFileRequest.Base64Content: file is too large");
    }
    if !content.starts_with(magic) {
        return Err("invalid ChatSendFileRequest.Base64Content: content does not match the file type");
    }
    Ok((extension, media, content.into()))
}

/// `GET /v2/chat/file/…`: what a buyer or the seller has sent.
pub(crate) fn fetch(shop: &Shop, path: &str) -> Answer {
    if let Some((media, content)) = shop.files.get(path) {
        return Answer::bytes(StatusCode::OK, media, content.clone());
    }
    let link = format!("https://api-seller.ozon.ru{path})");
    let has = |chat: &super::chat::Chat| {
        chat.messages.iter().flat_map(|message| &message.data).any(|text| text.contains(&link))
    };
    // A file of an archived chat has the chat's id in its path.
    let chat = path.strip_prefix(FOLDER).and_then(|rest| rest.split_once('/')).map(|(chat, _)| chat);
    let found = match chat {
        Some(chat) => shop.chats.get(chat).is_some_and(|chat| has(&chat)),
        None => shop.chats.find_kept(has).is_some(),
    };
    if found {
        let seed = path.bytes().map(u64::from).sum();
        return Answer::bytes(StatusCode::OK, "image/png", Bytes::from(picture::png(seed, 240, 180)));
    }
    errors::not_found("file not found")
}
