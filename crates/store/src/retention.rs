//! What is older than its shop keeps, removed in small steps. Off until a person sets a number of days.
//!
//! A conversation's age counts from its last message of either side. One that is ours to answer, that an answer of ours has
//! not settled in, or that a person wants to see again later (a snooze) never goes by age. Pages of a platform that bring such old history again are passed over (`ingest`).

use dragoman_domain::{ConversationId, ShopId, SignedDuration, Timestamp, Turn};

use crate::column::millis;
use crate::erase::{Ground, Receipt, Removed, Tally};
use crate::standing::Standing;
use crate::{Durability, Error, Priority, Store, Writer};

/// Conversations looked at, and messages removed, in one transaction.
const STEP: i64 = 100;
const MESSAGES: u64 = 500;

/// The instant from which on conversations are kept, in milliseconds.
pub(crate) fn kept_from(days: u32, now: Timestamp) -> i64 {
    millis(now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN))
}

/// Whether a conversation that arrives is too old to be kept.
pub(crate) fn is_over(standing: &Standing, kept_from: i64) -> bool {
    standing.last_at > 0 && standing.last_at < kept_from && standing.turn != Turn::Ours
}

impl Writer<'_> {
    /// Removes some conversations that are over.
    fn age_some(&self, shop: ShopId, kept_from: i64) -> Result<(Removed, bool), Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT c.id, (SELECT count(*) FROM message WHERE conversation = c.id)
             FROM conversation c INDEXED BY conversation_recent_shop
             WHERE c.shop = ?1 AND c.last_at > 0 AND c.last_at < ?2 AND c.turn <> 'ours' AND c.snoozed_until IS NULL
               AND NOT EXISTS (
               SELECT 1 FROM outbox o WHERE o.conversation = c.id AND o.settled_at IS NULL)
             ORDER BY c.last_at LIMIT ?3",
        )?;
        let found: Vec<(i64, u64)> = statement
            .query_map((shop.0, kept_from, STEP), |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let (mut ids, mut messages) = (Vec::new(), 0);
        for (id, size) in &found {
            if messages > 0 && messages + size > MESSAGES {
                break;
            }
            messages += size;
            ids.push(ConversationId(*id));
        }
        Ok((self.remove_conversations(&ids)?, ids.is_empty()))
    }
}

impl Store {
    /// Removes what is older than its shop keeps, step by step; `None` if there was nothing. Blocks; others can write between
    /// the steps. Words and files follow with [`Store::purge`].
    ///
    /// # Errors
    /// [`Error::Missing`], and those of the database; what was removed by then stays so.
    pub fn age_off(&self, shop: ShopId, now: Timestamp) -> Result<Option<Tally>, Error> {
        let Some(days) = self.read(|reader| Ok(reader.shop(shop)?.keep_days))? else { return Ok(None) };
        let from = kept_from(days, now);
        let mut total = Tally::default();
        loop {
            let (tally, done) = self
                .write(Priority::Sync, Durability::Full, move |writer| {
                    let (removed, done) = writer.age_some(shop, from)?;
                    if !done {
                        writer.note_ageing(shop, removed.tally, removed.files, now)?;
                    }
                    Ok((removed.tally, done))
                })
                .wait()?;
            total.add(tally);
            if done {
                return Ok((total.conversations > 0).then_some(total));
            }
        }
    }
}

impl Writer<'_> {
    /// Adds to the receipt of this round, so that each round leaves one.
    fn note_ageing(&self, shop: ShopId, tally: Tally, files: Vec<String>, now: Timestamp) -> Result<(), Error> {
        let newest = self.receipts(None, 1)?.into_iter().next();
        if let Some(mut kept) = newest
            && (kept.receipt.ground, kept.receipt.shop, kept.receipt.purged_at) == (Ground::Age, shop, None)
        {
            kept.receipt.erased.add(tally);
            kept.receipt.files_left.extend(files);
            return self.change_receipt(&kept);
        }
        let receipt = Receipt {
            ground: Ground::Age,
            by: "retention".into(),
            shop,
            erased: tally,
            conversations: Vec::new(),
            purged_at: None,
            files_left: files,
        };
        self.put_receipt(&receipt, now).map(drop)
    }
}
