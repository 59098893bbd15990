//! What people do besides the seller's program: buyers who write, and colleagues in the web cabinet.

use jiff::Timestamp;

use super::{
    answers, cancellations,
    chat::Author,
    comments, questions, reviews, rfbs,
    shop::{Said, Shop},
};
use crate::platform::Unknown;

impl Shop {
    /// A buyer begins a `chat`, `question`, `review`, `claim` or `cancellation`; returns its id.
    pub(crate) fn buyer_begins(&mut self, kind: &str, text: &str, at: Timestamp) -> Result<String, Unknown> {
        let begun = match kind {
            "chat" => self.open_chat(None, at).inspect(|id| {
                self.post(id, Said::words(Author::Customer, text), at, at);
            }),
            "question" => questions::ask(self, text, at),
            "review" => reviews::write(self, text, at),
            "claim" => rfbs::claim(self, text, at),
            "cancellation" => cancellations::ask(self, text, at),
            _ => return Err(Unknown::Kind),
        };
        begun.ok_or(Unknown::Conversation)
    }

    /// The other side writes: in a chat whoever it is with, under a question or a review a buyer.
    pub(crate) fn buyer_writes(&mut self, id: &str, text: &str, at: Timestamp) -> Result<(), Unknown> {
        let written = if let Some(author) = self.chats.get(id).map(|chat| chat.other_side()) {
            self.post(id, Said::words(author, text), at, at).map(drop)
        } else if self.questions.get(id).is_some() {
            answers::from_a_buyer(self, id, text, at)
        } else {
            comments::add(self, id, false, text, at)
        };
        written.ok_or(Unknown::Conversation)
    }

    /// The seller answers in the web cabinet; nothing if there is no such conversation.
    pub(crate) fn answered_by_hand(&mut self, id: &str, text: &str, at: Timestamp) -> Option<()> {
        if self.chats.get(id).is_some() {
            self.post(id, Said::words(Author::Seller, text), at, at).map(drop)
        } else if self.questions.get(id).is_some() {
            answers::in_cabinet(self, id, text, at)
        } else {
            comments::add(self, id, true, text, at)
        }
    }

    /// The seller decides a claim or a cancellation in the web cabinet.
    pub(crate) fn decided_by_hand(&mut self, id: &str, act: &str, text: &str, at: Timestamp) -> Result<(), Unknown> {
        let number: i64 = id.parse().map_err(|_| Unknown::Conversation)?;
        let done = if let Some(claim) = self.claims.iter_mut().find(|claim| claim.id == number) {
            claim.in_cabinet(act, text, at)
        } else if let Some(request) = self.cancellations.iter_mut().find(|request| request.id == number) {
            request.in_cabinet(act, text, at)
        } else {
            return Err(Unknown::Conversation);
        };
        if done { Ok(()) } else { Err(Unknown::Act) }
    }

    /// A colleague decides the same thing first, in the way that lies nearest.
    pub(crate) fn overtaken(&mut self, id: &str, text: &str, at: Timestamp) {
        let Ok(number) = id.parse::<i64>() else { return };
        if let Some(claim) = self.claims.iter_mut().find(|claim| claim.id == number) {
            claim.overtaken(text, at);
        }
        if let Some(request) = self.cancellations.iter_mut().find(|request| request.id == number) {
            request.overtaken(text, at);
        }
    }
}
