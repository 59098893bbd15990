//! What is said in chats: the lines of grown ones, and the oddities the feed is known for.

use super::files::{File, FileKind, SAMPLE_PDF, usual_name};
use crate::world::{
    draw::Draw,
    words::{ALWAYS_TALKED, DIALOGUES, Dialogue, Speaker},
};

pub(crate) const NAMES: &[&str] = &["Алёна", "Иван", "Гульнара", "", "小明", "Kate", "Сергей", "Айдар"];

/// Who an event of the feed comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Buyer,
    Seller,
    /// Wildberries itself.
    Platform,
}

impl Sender {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Buyer => "client",
            Self::Seller => "seller",
            Self::Platform => "wb",
        }
    }
}

/// One entry of a chat.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub sender: Sender,
    pub source: &'static str,
    pub said: Said,
}

impl Line {
    pub(crate) fn words(&self) -> Option<&str> {
        match &self.said {
            Said::Message { text, .. } => text.as_deref(),
            Said::Nothing | Said::Refund => None,
        }
    }
}

/// What an entry holds.
#[derive(Debug, Clone)]
pub(crate) enum Said {
    Message {
        text: Option<String>,
        files: Vec<File>,
    },
    /// An event without a message, as the specification's own example has one.
    Nothing,
    /// An event of a type that older revisions had.
    Refund,
}

impl Said {
    pub(crate) fn words(text: Option<String>) -> Self {
        Self::Message { text, files: Vec::new() }
    }
}

/// The script of a chat: the newest ones are in every world, those that name the other platform in none.
fn dialogue(draw: Draw, from_newest: u64) -> Dialogue {
    let always = usize::try_from(from_newest).ok().filter(|&place| place < ALWAYS_TALKED);
    let script = match always {
        Some(place) => DIALOGUES.get(place),
        None => draw.one("dialogue", DIALOGUES),
    };
    let foreign = |dialogue: &Dialogue| dialogue.iter().any(|(_, words)| words.contains("ozon.ru"));
    script.filter(|dialogue| !foreign(dialogue)).or_else(|| DIALOGUES.first()).copied().unwrap_or_default()
}

/// The lines of a grown chat; one that awaits an answer ends with the buyer's last words before a line of the seller.
pub(crate) fn grown(draw: Draw, from_newest: u64, answered: bool, item: &str) -> Vec<Line> {
    let answered = if from_newest < ALWAYS_TALKED as u64 { from_newest.is_multiple_of(2) } else { answered };
    let dialogue = dialogue(draw, from_newest);
    let ours: Vec<usize> = (0..dialogue.len())
        .filter(|&place| dialogue.get(place).is_some_and(|(speaker, _)| *speaker == Speaker::Seller))
        .collect();
    let end = if answered { ours.last().map(|place| place + 1) } else { draw.one("cut", &ours).copied() };
    let mut lines: Vec<Line> = dialogue
        .iter()
        .take(end.unwrap_or(dialogue.len()))
        .map(|(speaker, words)| {
            let text = Some(words.replace("{item}", item)).filter(|words| !words.is_empty());
            let files = if *speaker == Speaker::Picture { vec![grown_file(draw)] } else { Vec::new() };
            let (sender, source) = match speaker {
                Speaker::Seller => (Sender::Seller, "seller-portal"),
                Speaker::Buyer | Speaker::Picture => (Sender::Buyer, buyers_source(draw)),
            };
            Line { sender, source, said: Said::Message { text, files } }
        })
        .collect();
    lines.extend(oddity(draw, from_newest));
    lines
}

fn buyers_source(draw: Draw) -> &'static str {
    draw.one("source", &["android", "ios", "rusite", "global"]).copied().unwrap_or("android")
}

fn grown_file(draw: Draw) -> File {
    let kind = draw.one("file", &[FileKind::Jpeg, FileKind::Jpeg, FileKind::Pdf]).copied().unwrap_or(FileKind::Jpeg);
    File { kind, download: uuid::Uuid::nil(), name: usual_name(kind), size: SAMPLE_PDF.len() }
}

/// What some chats end with; the newest ones beyond the scripted have one of each.
fn oddity(draw: Draw, from_newest: u64) -> Option<Line> {
    let scripted = ALWAYS_TALKED as u64;
    let which = match from_newest.checked_sub(scripted) {
        None => return None,
        Some(place @ 0..=2) => place,
        Some(_) if draw.chance("odd", 0.1) => draw.below("oddity", 3),
        Some(_) => return None,
    };
    let (sender, said) = match which {
        0 => (Sender::Seller, Said::Nothing),
        1 => (Sender::Platform, Said::Refund),
        _ => (Sender::Platform, Said::words(Some("Покупатель получил возврат денег за товар.".to_owned()))),
    };
    Some(Line { sender, source: "seller-portal", said })
}
