//! Finding our own message in a thread that was read back.
//!
//! Platforms trim spaces, drop emoji, mask phone numbers and cut long texts, so texts are compared in a normal form; and
//! equal texts are two replies, so matches are counted against the watermark and never guessed.

use unicode_normalization::UnicodeNormalization;

use crate::incoming::{Incoming, IncomingMessage};
use crate::offer::Act;
use crate::outbox::{Item, Nature, ReadBack, Reason, SendRules};
use crate::outgoing::ActionKind;
use crate::{Author, Direction};

/// Shortest common beginning, in letters and digits, that lets a cut text count as ours.
const CUT_LIMIT: usize = 40;

/// What a pre-flight reading means for an item: `None` = the thread is what the person answered to.
///
/// `taken` says whether a message belongs to another item of ours, which the person knew of.
pub fn moved(item: &Item, thread: &Incoming, taken: impl Fn(&IncomingMessage) -> bool) -> Option<Reason> {
    // A new chat depends on the order and on nothing that is said here.
    if item.act.as_ref().is_some_and(Act::opens_chat) {
        return None;
    }
    if thread.facts.closed == Some(true) {
        return Some(Reason::Closed);
    }
    if thread.messages.iter().any(|message| is_new_own(item, thread, message) && !taken(message)) {
        return Some(Reason::AnsweredElsewhere);
    }
    // Somebody has decided the claim meanwhile, or the platform has.
    if let (Some(act), Some(offers)) = (&item.act, &thread.facts.offers)
        && offers.iter().all(|offer| offer.name != act.name)
    {
        return Some(Reason::AnsweredElsewhere);
    }
    let newest_in = thread
        .messages
        .iter()
        .filter(|message| message.direction == Direction::In && message.author != Author::Bot)
        .max_by_key(|message| message.sent_at);
    match (newest_in, &item.watermark.last_in) {
        (Some(message), Some(known)) if message.remote_id != *known => Some(Reason::BuyerWrote),
        (Some(_), None) => Some(Reason::BuyerWrote),
        _ => None,
    }
}

/// Looks for an item's message among what is new of ours since its watermark.
///
/// `taken` says whether a message already belongs to another item: two equal replies need two messages.
pub fn read_back(
    item: &Item,
    rules: &SendRules,
    thread: &Incoming,
    taken: impl Fn(&IncomingMessage) -> bool,
) -> ReadBack {
    match (item.action, &item.act) {
        (ActionKind::Reject, _) => return seen(thread.facts.closed == Some(true)),
        // It shows among the chats and not here.
        (ActionKind::Act, Some(act)) if act.opens_chat() => return ReadBack::Absent,
        // What was taken up is offered no longer; a list that was not told proves nothing.
        (ActionKind::Act, Some(act)) => {
            let offers = thread.facts.offers.as_ref();
            return seen(offers.is_some_and(|offers| offers.iter().all(|offer| offer.name != act.name)));
        }
        (ActionKind::Delete, _) => {
            let there = |message: &IncomingMessage| match &item.target {
                Some(target) => message.remote_id == *target,
                None => is_own(message),
            };
            return seen(!thread.messages.iter().any(there));
        }
        _ => {}
    }
    let wanted = normal(&item.text);
    let wordless = item.text.is_empty() && !item.files.is_empty();
    let alike: Vec<&IncomingMessage> = thread
        .messages
        .iter()
        // A set-like thread has one answer under one id, edited or not, so there the watermark tells nothing.
        .filter(|message| is_own(message) && (rules.nature == Nature::SetLike || is_new_own(item, thread, message)))
        .filter(|message| rules.nature == Nature::SetLike || !taken(message))
        // A file without a text comes back with whatever the platform puts beside it: a link, its name, nothing.
        .filter(|message| wordless || same(&normal(&message.text), &wanted))
        .collect();
    // A platform shows at least one attachment of an answer that had files.
    let mut whole = alike.iter().filter(|message| item.files.is_empty() || !message.attachments.is_empty());
    match (whole.next(), whole.next()) {
        (Some(one), None) => ReadBack::Found(Some(one.remote_id.clone())),
        (Some(_), Some(_)) => ReadBack::Several,
        // The words are there and the files are not: sent again, the words would arrive twice.
        (None, _) if !alike.is_empty() && !wanted.is_empty() => ReadBack::Several,
        // An answer that is new and not ours: somebody else's, or ours beyond recognition. A resend would overwrite it.
        (None, _) if rules.nature == Nature::SetLike && thread.messages.iter().any(|m| is_new_own(item, thread, m)) => {
            ReadBack::Several
        }
        (None, _) => ReadBack::Absent,
    }
}

fn seen(done: bool) -> ReadBack {
    if done { ReadBack::Found(None) } else { ReadBack::Absent }
}

fn is_new_own(item: &Item, thread: &Incoming, message: &IncomingMessage) -> bool {
    is_own(message) && after_watermark(item, thread, message)
}

fn is_own(message: &IncomingMessage) -> bool {
    message.direction == Direction::Out
}

fn after_watermark(item: &Item, thread: &Incoming, message: &IncomingMessage) -> bool {
    let Some(last_own) = &item.watermark.last_own else { return true };
    if message.remote_id == *last_own {
        return false;
    }
    match thread.messages.iter().find(|known| known.remote_id == *last_own) {
        Some(known) => message.sent_at >= known.sent_at,
        // The reading began after the watermark.
        None => true,
    }
}

/// Letters and digits in lower case; runs of digits long enough to be masked count as one sign.
fn normal(text: &str) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    let mut digits = 0_usize;
    let letters = text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric() || *c == '*');
    for c in letters {
        if c.is_ascii_digit() || c == '*' {
            digits += 1;
            // A phone number may come back masked (`+7 *** ** 12`), so from the fifth digit on the run is one sign.
            match digits {
                1..=4 => out.push(c),
                5 => {
                    out.truncate(out.len().saturating_sub(4));
                    out.push('#');
                }
                _ => {}
            }
        } else {
            digits = 0;
            out.push(c);
        }
    }
    out
}

/// Equal, or one is the other cut short after enough of it.
fn same(theirs: &[char], ours: &[char]) -> bool {
    theirs == ours || (theirs.len() >= CUT_LIMIT && ours.starts_with(theirs))
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::incoming::Facts;
    use crate::message::{AttachmentState, AttachmentStub};
    use crate::outbox::{FileRef, Watermark};
    use crate::{ConversationId, Kind, ShopId};

    fn reads_as(theirs: &str, ours: &str) -> bool {
        same(&normal(theirs), &normal(ours))
    }

    #[test]
    fn a_text_is_recognised_after_a_platforms_small_edits() {
        assert!(reads_as("Здравствуйте!  Заказ в пути", "Здравствуйте! Заказ в пути 🙂"));
        assert!(reads_as("Позвоните +7 *** *** ** 12", "Позвоните +7 912 345 67 12"));
        assert!(reads_as("ﬁne　ok", "fine ok"));
        let long = "Мы отправим замену бесплатно, возвращать товар не нужно, спасибо за обращение";
        assert!(reads_as("Мы отправим замену бесплатно, возвращать товар не нужно", long));
    }

    #[test]
    fn another_text_is_not_taken_for_ours() {
        assert!(!reads_as("Заказ в пути", "Заказ ещё в пути"));
        assert!(!reads_as("Мы", "Мы отправим замену"), "a short beginning proves nothing");
        assert!(!reads_as("Размер 42", "Размер 44"));
        assert!(!reads_as("", "Здравствуйте"));
    }

    fn own(id: &str, text: &str, attachments: usize) -> IncomingMessage {
        let stub = AttachmentStub {
            name: "a.jpg".into(),
            mime: "image/jpeg".into(),
            size: None,
            source: "https://files.example/a.jpg".into(),
            state: AttachmentState::Remote,
        };
        let message =
            IncomingMessage::new(id.into(), Author::Seller, Timestamp::UNIX_EPOCH, text.into(), String::new());
        IncomingMessage { attachments: vec![stub; attachments], ..message }
    }

    fn found(text: &str, files: usize, messages: Vec<IncomingMessage>) -> ReadBack {
        let file =
            FileRef { id: "f".into(), name: "a.jpg".into(), mime: "image/jpeg".into(), size: 1, sha256: String::new() };
        let (shop, conversation, now) = (ShopId(1), ConversationId(1), Timestamp::UNIX_EPOCH);
        let (mark, hold) = (Watermark::default(), SignedDuration::ZERO);
        let mut item = Item::new(Uuid::nil(), shop, conversation, ActionKind::Reply, text.into(), mark, hold, now);
        item.files = vec![file; files];
        let thread =
            Incoming { kind: Kind::Chat, remote_id: "c".into(), facts: Facts::default(), messages, mark: None };
        read_back(&item, &SendRules::UNDECLARED, &thread, |message| message.remote_id.as_str() == "taken")
    }

    #[test]
    fn a_file_without_a_text_is_the_one_new_message_of_ours_that_has_an_attachment() {
        let link = || own("1", "![](https://files.example/a.jpg)", 1);
        assert_eq!(found("", 1, vec![own("0", "Заказ в пути", 0), link()]), ReadBack::Found(Some("1".into())));
        assert_eq!(found("", 1, vec![own("0", "", 0)]), ReadBack::Absent, "a message without an attachment is none");
        assert_eq!(found("", 1, vec![link(), own("2", "", 1)]), ReadBack::Several);
        assert_eq!(found("", 1, vec![own("taken", "", 1), link()]), ReadBack::Found(Some("1".into())));
    }

    #[test]
    fn a_chat_that_is_to_be_opened_is_neither_held_up_nor_proven_by_the_claim_it_was_asked_from() {
        let (shop, conversation, now) = (ShopId(1), ConversationId(1), Timestamp::UNIX_EPOCH);
        let (mark, hold) = (Watermark::default(), SignedDuration::ZERO);
        let item = Item::new(Uuid::nil(), shop, conversation, ActionKind::Act, String::new(), mark, hold, now);
        let with = |name: &str| {
            let act = Some(Act { name: name.to_owned(), fields: std::collections::BTreeMap::new() });
            Item { act, ..item.clone() }
        };
        let facts = Facts { closed: Some(true), offers: Some(Vec::new()), ..Facts::default() };
        let thread =
            Incoming {
                kind: Kind::Claim, remote_id: "c".into(), facts, messages: vec![own("1", "Да", 0)], mark: None
            };
        let none = |_: &IncomingMessage| false;
        assert_eq!(moved(&with("open_chat"), &thread, none), None);
        assert_eq!(moved(&with("approve"), &thread, none), Some(Reason::Closed));
        assert_eq!(read_back(&with("open_chat"), &SendRules::UNDECLARED, &thread, none), ReadBack::Absent);
        assert_eq!(read_back(&with("approve"), &SendRules::UNDECLARED, &thread, none), ReadBack::Found(None));
    }

    #[test]
    fn a_text_with_files_needs_both() {
        assert_eq!(found("Вот фото", 1, vec![own("1", "Вот фото", 1)]), ReadBack::Found(Some("1".into())));
        let lost = found("Вот фото", 1, vec![own("1", "Вот фото", 0)]);
        assert_eq!(lost, ReadBack::Several, "words that arrived without their files are not sent again");
        assert_eq!(found("Вот фото", 1, vec![own("1", "Другое", 1)]), ReadBack::Absent);
    }
}
