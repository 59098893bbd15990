//! What a conversation looks like once an action of ours was accepted, until the platform says it in its own words.

use dragoman_domain::offer::{Effect, Offer};
use dragoman_domain::outbox::Publication;
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::{Direction, Kind};

use crate::outbox::OutboxEntry;
use crate::{Error, Writer};

impl Writer<'_> {
    /// Takes into account that an item was accepted.
    pub(crate) fn carried_out(&self, entry: &OutboxEntry) -> Result<(), Error> {
        match entry.item.action {
            // A new text is judged anew.
            ActionKind::Reply | ActionKind::Edit => self.put_publication(entry),
            ActionKind::Act => self.offer_taken(entry),
            ActionKind::Delete => self.answer_taken_back(entry),
            ActionKind::Reject | ActionKind::Read => Ok(()),
        }
    }

    fn put_publication(&self, entry: &OutboxEntry) -> Result<(), Error> {
        let publication = entry.item.publication.map_or("", Publication::word);
        self.conn
            .prepare_cached("UPDATE conversation SET publication = ?, refusal = '' WHERE id = ?")?
            .execute((publication, entry.item.conversation.0))?;
        Ok(())
    }

    /// A decided claim waits for the platform, and what was taken up is offered no longer.
    fn offer_taken(&self, entry: &OutboxEntry) -> Result<(), Error> {
        let Some(act) = entry.item.act.as_ref().filter(|act| !act.opens_chat()) else { return Ok(()) };
        let mut offers = self.conversation(entry.item.conversation)?.offers;
        let settles = |offer: &Offer| offer.name == act.name && offer.effect == Effect::Settle;
        let settled = entry.kind == Kind::Claim || offers.iter().any(settles);
        if entry.kind == Kind::Claim {
            // What else a claim allows after a decision only the platform knows.
            offers.clear();
        } else {
            offers.retain(|offer| offer.name != act.name);
        }
        let offers = if offers.is_empty() { String::new() } else { serde_json::to_string(&offers)? };
        self.conn
            .prepare_cached("UPDATE conversation SET offers = ?, settled = settled OR ? WHERE id = ?")?
            .execute((offers, settled, entry.item.conversation.0))?;
        Ok(())
    }

    /// An answer that was taken back stays to be read, but answers nothing any more.
    fn answer_taken_back(&self, entry: &OutboxEntry) -> Result<(), Error> {
        let target = match &entry.item.target {
            Some(target) => Some(target.clone()),
            None => self.own_message(entry.item.conversation, None)?.and_then(|own| own.shown),
        };
        if let Some(target) = target {
            self.conn
                .prepare_cached(
                    "UPDATE message SET direction = ? WHERE shop = ? AND remote_id = ? AND direction = 'out'",
                )?
                .execute((Direction::System.word(), entry.item.shop.0, target.as_str()))?;
        }
        self.conn
            .prepare_cached("UPDATE conversation SET publication = '', refusal = '', editable = 0 WHERE id = ?")?
            .execute([entry.item.conversation.0])?;
        Ok(())
    }
}
