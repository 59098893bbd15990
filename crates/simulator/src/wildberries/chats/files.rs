//! Files in chats: what they are, how moderation holds them back, and their content.

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Chats;
use crate::{
    picture,
    platform::{Answer, Call},
    wildberries::{errors, shop::Shop},
};

/// A document of one empty page.
pub(super) const SAMPLE_PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
      3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// The kinds of file that a chat takes (specification, 2026-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Jpeg,
    Png,
    Pdf,
}

impl FileKind {
    /// The kind by the first bytes, whatever the name says.
    pub(crate) fn of(content: &[u8]) -> Option<Self> {
        match content {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            _ => None,
        }
    }

    pub(crate) fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }
}

/// A file as the feed tells of it.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub kind: FileKind,
    pub download: Uuid,
    pub name: String,
    pub size: usize,
}

/// The content of a file that came since the world began.
#[derive(Debug)]
pub(crate) struct Held {
    pub content: Bytes,
    pub kind: FileKind,
    /// When moderation has looked at it.
    pub ready: Timestamp,
    pub refused: bool,
}

pub(crate) fn usual_name(kind: FileKind) -> String {
    match kind {
        FileKind::Pdf => "Чек.pdf".to_owned(),
        kind => format!("photo.{}", kind.extension()),
    }
}

/// A small real file.
pub(crate) fn sample(kind: FileKind, seed: u64) -> Bytes {
    match kind {
        FileKind::Jpeg => picture::jpeg(seed, 120, 90).into(),
        FileKind::Png => picture::png(seed, 120, 90).into(),
        FileKind::Pdf => Bytes::from_static(SAMPLE_PDF),
    }
}

impl File {
    /// One of `attachments.images`; a file of another kind is one of `attachments.files`.
    pub(crate) fn json(&self, at: Timestamp) -> Value {
        let path = format!("vol0/part{}/{}", self.download.as_u128() % 10_000, self.kind.extension());
        let url = format!("https://chat-basket-01.wbbasket.ru/{path}/{}.{}", self.download, self.kind.extension());
        // The address may be empty (third-party notes, 2026); the method that downloads always works.
        let url = if self.download.as_u128().is_multiple_of(3) { String::new() } else { url };
        let date = format!("{at:.3}");
        match self.kind {
            FileKind::Pdf => json!({
                "contentType": self.kind.mime(),
                "date": date,
                "downloadID": self.download,
                "name": self.name,
                "url": url,
                "size": self.size,
            }),
            FileKind::Jpeg | FileKind::Png => json!({ "date": date, "downloadID": self.download, "url": url }),
        }
    }
}

/// What stands behind a download id.
pub(crate) enum Behind {
    Nothing,
    Pending { seconds: i64 },
    Refused,
    File { kind: FileKind, content: Bytes },
}

impl Chats {
    /// What a download id leads to now.
    pub(crate) fn behind(&self, id: &str, now: Timestamp) -> Behind {
        let Some(number) = self.downloads.of_uuid(id) else { return Behind::Nothing };
        if number >> 63 == 1 {
            let held = usize::try_from(number & !(1 << 63)).ok().and_then(|place| self.files.get(place));
            return match held {
                None => Behind::Nothing,
                Some(held) if now < held.ready => {
                    Behind::Pending { seconds: held.ready.duration_since(now).as_secs().max(1) }
                }
                Some(held) if held.refused => Behind::Refused,
                Some(held) => Behind::File { kind: held.kind, content: held.content.clone() },
            };
        }
        let (chat, line) = (number >> 8, number & 0xff);
        if chat >= self.ages.count() {
            return Behind::Nothing;
        }
        let lines = self.grown_lines(chat);
        let Some((_, line)) = usize::try_from(line).ok().and_then(|line| lines.get(line)) else {
            return Behind::Nothing;
        };
        let super::Said::Message { files, .. } = &line.said else { return Behind::Nothing };
        match files.first() {
            None => Behind::Nothing,
            Some(_) if self.draw(chat).chance("refused", 0.1) => Behind::Refused,
            Some(file) => Behind::File { kind: file.kind, content: sample(file.kind, number) },
        }
    }
}

/// `GET /api/v1/seller/download/{id}`.
pub(crate) fn download(shop: &Shop, call: &Call) -> Answer {
    let id = call.path.rsplit('/').next().unwrap_or_default();
    match shop.chats.behind(id, call.at) {
        Behind::Nothing => errors::chat(call, StatusCode::BAD_REQUEST, "invalid fileID"),
        Behind::Pending { seconds } => {
            Answer::json(StatusCode::ACCEPTED, json!({ "moderationState": "pending", "retrySeconds": seconds }))
        }
        Behind::Refused => errors::chat(call, StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, "moderation error"),
        Behind::File { kind, content } => Answer::bytes(StatusCode::OK, kind.mime(), content),
    }
}
