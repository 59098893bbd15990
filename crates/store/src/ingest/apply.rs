//! The part of storing a page that is one transaction.

use std::cell::RefCell;
use std::collections::HashSet;

use dragoman_domain::claim::Limit;
use dragoman_domain::incoming::Facts;
use dragoman_domain::outbox::Publication;
use dragoman_domain::rules::RulePack;
use dragoman_domain::shop::Shop;
use dragoman_domain::{ConversationId, Direction, Kind, ShopId, Turn};
use rusqlite::{OptionalExtension, Row};

use super::message::{IndexRow, Outcome};
use super::prepare::{Prepared, PreparedMessage};
use super::{Batch, End, Ingested, publication};
use crate::column::{self, instant, millis};
use crate::standing::{Ground, Standing};
use crate::{Error, Writer, retention};

/// What is true for a whole batch, and what is left for its end.
pub(super) struct Round<'b> {
    pub(super) shop: ShopId,
    /// When the shop was connected, in milliseconds.
    added_at: i64,
    rules: Option<&'b RulePack>,
    /// Milliseconds.
    pub(super) now: i64,
    /// Conversations without anything since then are not kept, in milliseconds.
    kept_from: Option<i64>,
    /// Rows of the search index. They are written last and in one go: the engine flushes what the index has gathered before
    /// each statement that may have to be undone alone, which most others are, and that costs more than all the rest.
    pub(super) index: RefCell<Vec<IndexRow<'b>>>,
}

/// A conversation as it lies in the database.
struct Stored {
    id: i64,
    facts: StoredFacts,
    standing: Standing,
}

#[derive(Clone, Default, PartialEq, Eq)]
struct StoredFacts {
    subject: String,
    buyer: String,
    status: String,
    closed: bool,
    editable: bool,
    order_no: String,
    product: String,
    mark: String,
    edit_until: Option<i64>,
    settled: bool,
    stars: Option<u8>,
    buyer_id: String,
    limit_at: Option<i64>,
    limit_rule: String,
    publication: String,
    refusal: String,
    /// JSON, as the following two; empty = none.
    claim: String,
    review: String,
    offers: String,
}

impl StoredFacts {
    /// Takes over what was said this time; what was not said stays.
    fn merge(&mut self, facts: &Facts, mark: Option<&String>) -> Result<(), Error> {
        fn take<T: Clone>(into: &mut T, said: Option<&T>) {
            if let Some(said) = said {
                into.clone_from(said);
            }
        }
        take(&mut self.subject, facts.subject.as_ref());
        take(&mut self.buyer, facts.buyer.as_ref());
        take(&mut self.status, facts.status.as_ref());
        take(&mut self.closed, facts.closed.as_ref());
        take(&mut self.editable, facts.editable.as_ref());
        take(&mut self.order_no, facts.order_no.as_ref());
        take(&mut self.product, facts.product.as_ref().map(|product| &product.key).filter(|key| !key.is_empty()));
        take(&mut self.mark, mark);
        take(&mut self.settled, facts.settled.as_ref());
        take(&mut self.buyer_id, facts.buyer_id.as_ref());
        if let Some(until) = facts.edit_until {
            self.edit_until = Some(millis(until));
        }
        if let Some(answer) = publication::told(facts, &self.publication) {
            answer.publication.word().clone_into(&mut self.publication);
            self.refusal.clone_from(&answer.reason);
        }
        if let Some(claim) = &facts.claim {
            self.claim = serde_json::to_string(claim)?;
            self.limit_at = claim.limit.as_ref().map(|limit| millis(limit.at));
            self.limit_rule = claim.limit.as_ref().map(|limit| limit.rule.clone()).unwrap_or_default();
        }
        if let Some(review) = &facts.review {
            self.review = serde_json::to_string(review)?;
            self.stars = review.stars;
        }
        if let Some(offers) = &facts.offers {
            self.offers = if offers.is_empty() { String::new() } else { serde_json::to_string(offers)? };
        }
        Ok(())
    }

    fn limit(&self) -> Option<Limit> {
        self.limit_at.map(|at| Limit { at: instant(at), rule: self.limit_rule.clone() })
    }

    fn ground(&self, kind: Kind, answering: bool, added_at: i64) -> Ground {
        let refused = self.publication == Publication::Refused.word();
        Ground { kind, closed: self.closed, settled: self.settled, refused, answering, added_at }
    }
}

impl Writer<'_> {
    /// Stores a batch.
    pub(super) fn apply(&self, batch: Batch) -> Result<Ingested, Error> {
        let Batch { shop, rules, now, mut conversations, erased, end } = batch;
        let Shop { added_at, keep_days, .. } = self.shop(shop)?;
        // Here and not before: an erasure may have ended while the page was being prepared.
        erased.withhold(shop, &mut conversations);
        let round = Round {
            shop,
            added_at: millis(added_at),
            rules: rules.as_deref(),
            now: millis(now),
            kept_from: keep_days.map(|days| retention::kept_from(days, now)),
            index: RefCell::default(),
        };
        let mut done = Ingested::default();
        let mut products = HashSet::new();
        for thread in &conversations {
            if let Some(product) = &thread.facts.product
                && products.insert(product.key.as_str())
            {
                self.merge_product(shop, product)?;
            }
            match self.stored(&round, thread)? {
                Some(stored) => self.update(&round, stored, thread, &mut done)?,
                None => self.create(&round, thread, &mut done)?,
            }
        }
        self.release_quarantine(shop, &conversations)?;
        if let Some(End { unreadable, stream }) = end {
            done.quarantined = unreadable.len() as u64;
            for item in &unreadable {
                self.quarantine(shop, item, now)?;
            }
            if let Some((name, cursor, step)) = stream {
                self.stream_advanced(shop, &name, &cursor, step, now)?;
            }
        }
        self.write_index(&round)?;
        Ok(done)
    }

    fn stored(&self, round: &Round<'_>, thread: &Prepared) -> Result<Option<Stored>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, subject, buyer, status, closed, editable, order_no, product, mark, turn, backlog, unread, read_to,
                    last_at, last_in_at, last_out_at, due_at, due_rule, done_at, edit_until, settled, stars, buyer_id, limit_at,
                    limit_rule, publication, refusal, claim, review, offers, snoozed_until
             FROM conversation WHERE shop = ? AND kind = ? AND remote_id = ?",
        )?;
        let read = |row: &Row<'_>| {
            Ok(Stored {
                id: row.get(0)?,
                facts: StoredFacts {
                    subject: row.get(1)?,
                    buyer: row.get(2)?,
                    status: row.get(3)?,
                    closed: row.get(4)?,
                    editable: row.get(5)?,
                    order_no: row.get(6)?,
                    product: row.get(7)?,
                    mark: row.get(8)?,
                    edit_until: row.get(19)?,
                    settled: row.get(20)?,
                    stars: row.get(21)?,
                    buyer_id: row.get(22)?,
                    limit_at: row.get(23)?,
                    limit_rule: row.get(24)?,
                    publication: row.get(25)?,
                    refusal: row.get(26)?,
                    claim: row.get(27)?,
                    review: row.get(28)?,
                    offers: row.get(29)?,
                },
                standing: Standing {
                    turn: column::word(row, 9)?,
                    backlog: row.get(10)?,
                    unread: row.get(11)?,
                    read_to: row.get(12)?,
                    last_at: row.get(13)?,
                    last_in_at: row.get(14)?,
                    last_out_at: row.get(15)?,
                    due_at: row.get(16)?,
                    due_rule: row.get(17)?,
                    done_at: row.get(18)?,
                    snoozed_until: row.get(30)?,
                },
            })
        };
        Ok(statement.query_row((round.shop.0, thread.kind.word(), thread.remote_id.as_str()), read).optional()?)
    }

    /// Stores a conversation that is not known. Its columns are computed before it is written, so that it is written once.
    fn create<'b>(&self, round: &Round<'b>, thread: &'b Prepared, done: &mut Ingested) -> Result<(), Error> {
        let mut facts = StoredFacts::default();
        facts.merge(&thread.facts, thread.mark.as_ref())?;
        let mut standing = Standing::default();
        let messages = || thread.messages.iter().chain(&thread.opening);
        for message in messages() {
            standing.add(message.message.direction, message.sent_at);
        }
        if thread.facts.seen == Some(true) {
            standing.read_to = standing.read_to.max(standing.last_in_at.unwrap_or(0));
        }
        standing.unread = count_unread(messages(), standing.read_to);
        standing.set_due(thread.kind, facts.stars, facts.limit().as_ref(), round.rules);
        standing.derive(facts.ground(thread.kind, false, round.added_at));
        if standing.last_at == 0 {
            // A thread without messages of either side still has its place in the lists.
            standing.last_at = thread.facts.started_at.map_or(0, millis);
        }
        if round.kept_from.is_some_and(|from| retention::is_over(&standing, from)) {
            // Old history of a shop that does not keep it: it would go again with the next upkeep.
            return Ok(());
        }
        let id = self.insert_conversation(round, thread, &facts, &standing)?;
        let mut certain = true;
        for message in messages() {
            match self.store_message(round, id, message)? {
                Outcome::New => done.new += 1,
                Outcome::Same | Outcome::Elsewhere => certain = false,
                Outcome::Changed | Outcome::Adopted => {
                    certain = false;
                    done.changed += 1;
                }
            }
        }
        if !certain {
            // The page named a message twice, or one that another conversation has.
            self.recount(id)?;
            let limit = facts.limit();
            self.change_standing(id, |standing| {
                standing.set_due(thread.kind, facts.stars, limit.as_ref(), round.rules);
            })?;
        }
        done.touched.push(ConversationId(id));
        self.take_answer_state(ConversationId(id), &thread.facts, "", done)
    }

    fn insert_conversation(
        &self,
        round: &Round<'_>,
        thread: &Prepared,
        facts: &StoredFacts,
        standing: &Standing,
    ) -> Result<i64, Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO conversation (shop, kind, remote_id, subject, buyer, status, closed, editable, order_no, product,
               mark, turn, backlog, unread, read_to, last_at, last_in_at, last_out_at, due_at, due_rule, seen_at, edit_until,
               settled, stars, buyer_id, limit_at, limit_rule, publication, refusal, claim, review, offers)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        statement.execute(rusqlite::params![
            round.shop.0,
            thread.kind.word(),
            thread.remote_id.as_str(),
            facts.subject,
            facts.buyer,
            facts.status,
            facts.closed,
            facts.editable,
            facts.order_no,
            facts.product,
            facts.mark,
            standing.turn.word(),
            standing.backlog,
            standing.unread,
            standing.read_to,
            standing.last_at,
            standing.last_in_at,
            standing.last_out_at,
            standing.due_at,
            standing.due_rule,
            round.now,
            facts.edit_until,
            facts.settled,
            facts.stars,
            facts.buyer_id,
            facts.limit_at,
            facts.limit_rule,
            facts.publication,
            facts.refusal,
            facts.claim,
            facts.review,
            facts.offers,
        ])?;
        Ok(self.conn.last_insert_rowid())
    }

    fn update<'b>(
        &self,
        round: &Round<'b>,
        stored: Stored,
        thread: &'b Prepared,
        done: &mut Ingested,
    ) -> Result<(), Error> {
        let Stored { id, facts: old_facts, standing: old } = stored;
        let mut facts = old_facts.clone();
        facts.merge(&thread.facts, thread.mark.as_ref())?;
        let mut standing = old.clone();
        let (mut fresh, mut changed, mut adopted) = (Vec::new(), 0, false);
        let echoes = self.echoes(id, thread)?;
        for message in &thread.messages {
            let outcome = match self.adopt_echo(round, &echoes, thread, message)? {
                Some(outcome) => outcome,
                None => self.store_message(round, id, message)?,
            };
            match outcome {
                Outcome::New => {
                    standing.add(message.message.direction, message.sent_at);
                    fresh.push(message);
                }
                Outcome::Changed => changed += 1,
                Outcome::Adopted => {
                    adopted = true;
                    changed += 1;
                }
                Outcome::Same | Outcome::Elsewhere => {}
            }
        }
        if facts != old_facts {
            self.put_facts(id, &facts)?;
        }
        if thread.facts.seen == Some(true) {
            standing.read_to = standing.read_to.max(standing.last_in_at.unwrap_or(0));
        }
        if standing.read_to == old.read_to {
            standing.unread += count_unread(fresh.iter().copied(), standing.read_to);
        } else {
            standing.unread = self.count_unread(id, standing.read_to)?;
        }
        let (limit, old_limit) = (facts.limit(), old_facts.limit());
        if standing.last_in_at != old.last_in_at || facts.stars != old_facts.stars || limit != old_limit {
            standing.set_due(thread.kind, facts.stars, limit.as_ref(), round.rules);
        }
        let answering = self.answering(id)?;
        standing.derive(facts.ground(thread.kind, answering, round.added_at));
        let mut moved = standing != old;
        if moved {
            self.put_standing(id, &standing)?;
        }
        if adopted {
            // The platform's date of our answer takes the place of ours.
            moved |= self.recount(id)?;
        }
        if standing.turn == Turn::Ours {
            // Only here does anybody ask when a thread was last seen: by the sweep for what was settled elsewhere.
            self.conn
                .prepare_cached("UPDATE conversation SET seen_at = ?1 WHERE id = ?2 AND seen_at < ?1")?
                .execute([round.now, id])?;
        }
        if !fresh.is_empty() || changed > 0 || moved || facts != old_facts {
            done.touched.push(ConversationId(id));
        }
        done.new += fresh.len() as u64;
        done.changed += changed;
        self.take_answer_state(ConversationId(id), &thread.facts, &old_facts.publication, done)
    }

    fn put_facts(&self, id: i64, facts: &StoredFacts) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "UPDATE conversation SET subject = ?, buyer = ?, status = ?, closed = ?, editable = ?, order_no = ?, product = ?,
                    mark = ?, edit_until = ?, settled = ?, stars = ?, buyer_id = ?, limit_at = ?, limit_rule = ?, publication = ?,
                    refusal = ?, claim = ?, review = ?, offers = ? WHERE id = ?",
        )?;
        statement.execute(rusqlite::params![
            &facts.subject,
            &facts.buyer,
            &facts.status,
            facts.closed,
            facts.editable,
            &facts.order_no,
            &facts.product,
            &facts.mark,
            facts.edit_until,
            facts.settled,
            facts.stars,
            &facts.buyer_id,
            facts.limit_at,
            &facts.limit_rule,
            &facts.publication,
            &facts.refusal,
            &facts.claim,
            &facts.review,
            &facts.offers,
            id,
        ])?;
        Ok(())
    }
}

fn count_unread<'m>(messages: impl IntoIterator<Item = &'m PreparedMessage>, read_to: i64) -> i64 {
    let unread = |message: &&PreparedMessage| message.message.direction == Direction::In && message.sent_at > read_to;
    messages.into_iter().filter(unread).map(|_| 1_i64).sum()
}
