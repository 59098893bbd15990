//! The seller's messages: a form of text and files, opened by the chat's signature.

use bytes::Bytes;
use futures::FutureExt as _;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Line, Said, Sender, files::FileKind};
use crate::{
    WildberriesRules,
    acceptance::Write,
    platform::{Answer, Call, Outcome, Wish},
    time::after,
    wildberries::{errors, shop::Shop},
};

const LONGEST_SIGN: usize = 255;
const LONGEST_TEXT: usize = 1_000;
const LARGEST_FILE: usize = 5 << 20;
const LARGEST_TOGETHER: usize = 30_000_000;

/// What the form holds.
#[derive(Debug, Default)]
struct Form {
    sign: String,
    text: String,
    files: Vec<Upload>,
}

#[derive(Debug)]
struct Upload {
    name: String,
    content: Bytes,
}

impl Form {
    fn read(call: &Call) -> Option<Self> {
        let boundary = multer::parse_boundary(call.header("content-type")?).ok()?;
        let body = futures::stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(call.body.clone())));
        let mut parts = multer::Multipart::new(body, boundary);
        let read = async {
            let mut form = Self::default();
            while let Ok(Some(part)) = parts.next_field().await {
                match part.name() {
                    Some("replySign") => form.sign = part.text().await.ok()?,
                    Some("message") => form.text = part.text().await.ok()?,
                    Some("file") => {
                        let name = part.file_name().unwrap_or_default().to_owned();
                        form.files.push(Upload { name, content: part.bytes().await.ok()? });
                    }
                    _ => {}
                }
            }
            Some(form)
        };
        // The body is whole, so nothing in it is waited for.
        read.now_or_never().flatten()
    }

    /// What is wrong with it, in the platform's words.
    fn flaw(&self) -> Option<String> {
        let id = |place: usize| format!("{:011X}", 0xA24_FA09_844E_u64.wrapping_add(place as u64));
        if self.text.chars().count() > LONGEST_TEXT || (self.text.is_empty() && self.files.is_empty()) {
            return Some("Invalid value for \"message\"".to_owned());
        }
        for (place, file) in self.files.iter().enumerate() {
            if file.content.len() > LARGEST_FILE {
                return Some(format!("{}: attachment too big. Max size: 5MiB", id(place)));
            }
            if FileKind::of(&file.content).is_none() {
                return Some(format!("{}: \"{}\" has unsupported mime type", id(place), file.name));
            }
        }
        let together: usize = self.files.iter().map(|file| file.content.len()).sum();
        (together > LARGEST_TOGETHER).then(|| format!("{}: attachment too big. Max size: 30MB", id(0)))
    }

    /// How the acceptance log tells of it.
    fn write(&self, chat: String, with_files: bool) -> Write {
        let text = (!self.text.is_empty()).then(|| self.text.clone());
        let write = Write::new(if text.is_some() { "reply" } else { "file" }, chat, text);
        if !with_files || self.files.is_empty() {
            return write;
        }
        let files: Vec<Value> =
            self.files.iter().map(|file| json!({ "name": file.name, "size": file.content.len() })).collect();
        write.with(json!({ "files": files }))
    }
}

/// The write that a form asks for.
pub(crate) fn intent(shop: &Shop, call: &Call, rules: &WildberriesRules) -> Option<Write> {
    let form = Form::read(call)?;
    let chat = shop.chats.opened_by(&form.sign, rules.signs_expire)?;
    Some(form.write(shop.chats.id(chat), true))
}

/// `POST /api/v1/seller/message`.
pub(crate) fn send(shop: &mut Shop, call: &Call, wish: &Wish, rules: &WildberriesRules) -> Outcome {
    let refuse = |detail: &str| Outcome::from(errors::chat(call, StatusCode::BAD_REQUEST, detail));
    let Some(form) = Form::read(call) else { return refuse("Invalid form") };
    let chats = &mut shop.chats;
    let opened = Some(&form.sign).filter(|sign| sign.len() <= LONGEST_SIGN);
    let Some(chat) = opened.and_then(|sign| chats.opened_by(sign, rules.signs_expire)) else {
        return refuse("Invalid signature");
    };
    if let Some(flaw) = form.flaw() {
        return refuse(&flaw);
    }
    let mut errors = Vec::new();
    if !wish.files {
        errors.extend(form.files.iter().map(|file| format!("\"{}\" was not uploaded", file.name)));
    }
    let write = form.write(chats.id(chat), wish.files);
    let empty = form.text.is_empty() && !wish.files;
    let took = wish.effect && !empty;
    if took {
        // Nobody moderates what is said in a chat.
        let visible = after(call.at, wish.read_lag);
        let ready = after(call.at, rules.file_moderation);
        let mut files = Vec::new();
        for file in form.files.into_iter().filter(|_| wish.files) {
            if let Some(kind) = FileKind::of(&file.content) {
                files.push(chats.keep(kind, file.name, file.content, ready));
            }
        }
        let text = write.text.clone();
        let line = Line { sender: Sender::Seller, source: "seller-public-api", said: Said::Message { text, files } };
        chats.say(chat, false, line, visible);
        *chats.renewals.entry(chat).or_default() += 1;
    }
    let answer = Answer::ok(json!({
        "result": {
            "addTime": call.at.as_millisecond(),
            "chatID": chats.id(chat),
            "sign": chats.sign(chat, chats.renewed(chat)),
        },
        "errors": errors,
    }));
    Outcome { answer, accepted: took.then_some(write) }
}
