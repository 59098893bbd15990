//! A query put into the words of this inbox: expressions for the index, and the checks it cannot make.

use std::collections::HashMap;

use dragoman_domain::{Author, Kind, ShopId, Turn};
use jiff::Zoned;
use rusqlite::{Connection, Row, params};

use super::analyse::{Analyser, Tokens};
use super::marks::Marks;
use super::query::{Asked, Has, Notice, NoticeCode, Query, Sender};
use super::term::Term;
use super::{Error, folded, index};

/// Conversations whose messages are fewer to look at than the answers of the index.
const NARROW: usize = 20_000;

/// Names of buyers that are remembered while conversations are looked through.
const NAMES: usize = 20_000;

/// What to look for and where.
pub(super) struct Plan {
    pub(super) terms: Vec<Asked>,
    /// Groups of facet tokens; a hit has one of each.
    facets: Vec<Vec<String>>,
    /// Every folder there is: what remains to ask the index for when no word is wanted.
    folders: Vec<String>,
    /// First and last instant, Unix milliseconds.
    pub(super) range: (i64, i64),
    turns: Vec<Turn>,
    senders: Vec<Sender>,
    marks: Marks,
    /// Conversations to stay within, in order; `None` = all.
    pub(super) conversations: Option<Vec<i64>>,
    pub(super) notices: Vec<Notice>,
}

impl Plan {
    /// Looks up what the query names.
    pub(super) fn new(conn: &Connection, query: &Query, now: &Zoned) -> Result<Self, Error> {
        let mut notices = query.notices.clone();
        let shops = shops(conn)?;
        let named = query.shops.iter().filter(|name| {
            let known = shops.iter().any(|shop| shop.is(name));
            if !known {
                notices.push(Notice { code: NoticeCode::UnknownShop, word: format!("shop:{name}") });
            }
            known
        });
        let named: Vec<&String> = named.collect();
        let chosen = shops.iter().filter(|shop| {
            (named.is_empty() || named.iter().any(|name| shop.is(name)))
                && (query.channels.is_empty() || query.channels.iter().any(|channel| channel.word() == shop.channel))
        });
        let narrowed = !(named.is_empty() && query.channels.is_empty() && query.kinds.is_empty());
        let kinds = if query.kinds.is_empty() { Kind::ALL } else { query.kinds.as_slice() };
        let folders: Vec<String> =
            chosen.flat_map(|shop| kinds.iter().map(|&kind| index::folder_token(shop.id, kind))).collect();
        let mut facets = Vec::new();
        if narrowed {
            facets.push(folders.clone());
        }
        for has in &query.has {
            facets.push(vec![if *has == Has::File { "hf" } else { "hp" }.to_owned()]);
        }
        let instant = |moment: Option<super::query::Moment>| Some(moment?.at(now)?.as_millisecond());
        let mut conversations = None;
        if !query.orders.is_empty() || !query.skus.is_empty() {
            conversations = Some(within(conn, &query.orders, &query.skus)?);
        }
        let marks = Marks::new(conn, query, &mut notices)?;
        if !marks.is_empty() && conversations.is_none() {
            conversations = marks.conversations(conn)?;
        }
        Ok(Self {
            terms: query.terms.clone(),
            facets,
            folders,
            range: (instant(query.after).unwrap_or(i64::MIN), instant(query.before).map_or(i64::MAX, |end| end - 1)),
            turns: query.turns.clone(),
            senders: query.senders.clone(),
            marks,
            conversations,
            notices,
        })
    }

    /// The plan without one of its terms.
    pub(super) fn without(&self, place: usize) -> Self {
        let mut terms = self.terms.clone();
        terms.remove(place);
        Self {
            terms,
            facets: self.facets.clone(),
            folders: self.folders.clone(),
            range: self.range,
            turns: self.turns.clone(),
            senders: self.senders.clone(),
            marks: self.marks.clone(),
            conversations: None,
            notices: Vec::new(),
        }
    }

    /// Whether nothing is asked for, or nothing of it means anything.
    pub(super) fn is_empty(&self) -> bool {
        !self.asks_index() && !self.answers_widely() && self.conversations.is_none()
    }

    /// Whether any word is wanted.
    pub(super) fn wants_words(&self) -> bool {
        self.terms.iter().any(|asked| asked.wanted)
    }

    /// Whether the index has to be asked at all about a message that is already known.
    pub(super) fn asks_index(&self) -> bool {
        !self.terms.is_empty() || !self.facets.is_empty()
    }

    /// Whether rows have to be read to know if they are hits.
    pub(super) fn checks_rows(&self) -> bool {
        !self.turns.is_empty()
            || !self.senders.is_empty()
            || !self.marks.is_empty()
            || self.terms.iter().any(|asked| !asked.term.sure())
    }

    /// Whether facts of the conversation decide, so that [`narrow`](Self::narrow) may help.
    pub(super) fn narrows(&self) -> bool {
        let by_name = |sender: &Sender| matches!(sender, Sender::Buyer(_));
        !self.turns.is_empty() || (!self.senders.is_empty() && self.senders.iter().all(by_name))
    }

    /// The conversations that fit, by looking at each; `None` if they are many.
    pub(super) fn narrow(&self, conn: &Connection) -> Result<Option<Vec<i64>>, Error> {
        let mut select = conn.prepare_cached("SELECT id, turn, buyer FROM conversation")?;
        let mut rows = select.query([])?;
        let mut fitting = Vec::new();
        // Few names serve many buyers, and folding one costs more than reading ten rows.
        let mut names: HashMap<String, bool> = HashMap::new();
        while let Some(row) = rows.next()? {
            let turn = text(row, 1)?;
            let by_turn = self.turns.is_empty() || self.turns.iter().any(|wanted| wanted.word() == turn);
            if !by_turn {
                continue;
            }
            let buyer = text(row, 2)?;
            let by_sender = match names.get(buyer) {
                Some(known) => *known,
                None => {
                    let fits = self.may_be_from(buyer);
                    if names.len() < NAMES {
                        names.insert(buyer.to_owned(), fits);
                    }
                    fits
                }
            };
            if by_sender {
                fitting.push(row.get(0)?);
                if fitting.len() > NARROW {
                    return Ok(None);
                }
            }
        }
        Ok(Some(fitting))
    }

    /// Whether a conversation with this buyer can hold a message of a sender that is asked for.
    fn may_be_from(&self, buyer: &str) -> bool {
        self.senders.is_empty()
            || self.senders.iter().any(|sender| match sender {
                Sender::Author(_) => true,
                Sender::Buyer(name) => folded(buyer).contains(name),
            })
    }

    /// Whether the number of answers of the index may be larger than the number of hits.
    pub(super) fn answers_widely(&self) -> bool {
        self.checks_rows() || self.range != (i64::MIN, i64::MAX)
    }

    /// The expression for the index, narrowed to some months or days; `None` if nothing can be found.
    pub(super) fn expression(&self, slice: Option<&[String]>) -> Option<String> {
        let mut out = String::new();
        let and = |out: &mut String| {
            if !out.is_empty() {
                out.push_str(" AND ");
            }
        };
        if let Some(slice) = slice {
            any_of(&mut out, slice)?;
        }
        let wanted: Vec<&Term> = self.terms.iter().filter(|asked| asked.wanted).map(|asked| &asked.term).collect();
        if !wanted.is_empty() {
            and(&mut out);
            out.push_str("tokens:(");
            for (place, term) in wanted.iter().enumerate() {
                if place > 0 {
                    out.push_str(" AND ");
                }
                term.write(&mut out);
            }
            out.push(')');
        }
        for group in &self.facets {
            and(&mut out);
            any_of(&mut out, group)?;
        }
        if out.is_empty() {
            any_of(&mut out, &self.folders)?;
        }
        // A term that the index answers too widely would exclude too much; the check of the row excludes it.
        let excluded: Vec<&Term> =
            self.terms.iter().filter(|asked| !asked.wanted && asked.term.sure()).map(|asked| &asked.term).collect();
        if !excluded.is_empty() {
            out.insert(0, '(');
            out.push_str(") NOT tokens:(");
            for (place, term) in excluded.iter().enumerate() {
                if place > 0 {
                    out.push_str(" OR ");
                }
                term.write(&mut out);
            }
            out.push(')');
        }
        Some(out)
    }
}

/// Appends one group of facets; `None` if it is empty and so no row can have one of it.
fn any_of(out: &mut String, group: &[String]) -> Option<()> {
    let (first, rest) = group.split_first()?;
    out.push_str("facets:(");
    out.push_str(first);
    for token in rest {
        out.push_str(" OR ");
        out.push_str(token);
    }
    out.push(')');
    Some(())
}

struct ShopName {
    id: ShopId,
    channel: String,
    name: String,
}

impl ShopName {
    /// By number, or by a part of the name.
    fn is(&self, asked: &str) -> bool {
        asked == self.id.to_string() || self.name.contains(&folded(asked))
    }
}

fn shops(conn: &Connection) -> Result<Vec<ShopName>, Error> {
    let mut select = conn.prepare_cached("SELECT id, channel, name FROM shop ORDER BY id")?;
    let rows = select.query_map([], |row| {
        Ok(ShopName { id: ShopId(row.get(0)?), channel: row.get(1)?, name: folded(&row.get::<_, String>(2)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Conversations about one of the orders and one of the products.
fn within(conn: &Connection, orders: &[String], skus: &[String]) -> Result<Vec<i64>, Error> {
    let mut by_order = Vec::new();
    for order in orders {
        by_order.extend(conversations(conn, BY_ORDER, order)?);
    }
    let mut by_sku = Vec::new();
    for sku in skus {
        by_sku.extend(conversations(conn, BY_PRODUCT, sku)?);
        by_sku.extend(conversations(conn, BY_ARTICLE, sku)?);
    }
    let mut found = match (orders.is_empty(), skus.is_empty()) {
        (false, false) => by_order.into_iter().filter(|id| by_sku.contains(id)).collect(),
        (false, true) => by_order,
        _ => by_sku,
    };
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Conversations whose order or product number begins so.
pub(super) fn about_number(conn: &Connection, number: &str) -> Result<Vec<i64>, Error> {
    let mut found = conversations(conn, BY_ORDER, number)?;
    found.extend(conversations(conn, BY_PRODUCT, number)?);
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

const BY_ORDER: &str = "SELECT id FROM conversation WHERE order_no <> '' AND order_no >= ?1 AND order_no < ?2";
const BY_PRODUCT: &str = "SELECT id FROM conversation WHERE product <> '' AND product >= ?1 AND product < ?2";
const BY_ARTICLE: &str = "SELECT c.id FROM product p JOIN conversation c ON c.product = p.key AND c.shop = p.shop
     WHERE p.article >= ?1 AND p.article < ?2 AND c.product <> ''";

fn conversations(conn: &Connection, by: &str, number: &str) -> Result<Vec<i64>, Error> {
    // Numbers are stored as the platform spells them; a person does not mind the case.
    let mut spellings = vec![number.to_owned(), number.to_uppercase(), number.to_lowercase()];
    spellings.dedup();
    let mut found = Vec::new();
    for spelling in spellings {
        let mut select = conn.prepare_cached(by)?;
        let rows = select.query_map(params![spelling, format!("{spelling}\u{10ffff}")], |row| row.get(0))?;
        for id in rows {
            found.push(id?);
        }
    }
    Ok(found)
}

/// Decides on rows what the index cannot.
pub(super) struct Check<'a> {
    plan: &'a Plan,
    analyser: Analyser,
    tokens: Tokens,
    read: usize,
}

impl<'a> Check<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self { plan, analyser: Analyser::new(), tokens: Tokens::default(), read: 0 }
    }

    /// How many rows were read.
    pub(super) fn read(&self) -> usize {
        self.read
    }

    /// Whether a message that the index answered with is a hit.
    pub(super) fn passes(&mut self, conn: &Connection, message: i64) -> Result<bool, Error> {
        if !self.plan.checks_rows() {
            return Ok(true);
        }
        self.read += 1;
        let Plan { turns, senders, marks, terms, .. } = self.plan;
        let mut select = conn.prepare_cached("SELECT text, author, conversation FROM message WHERE id = ?1")?;
        let mut rows = select.query([message])?;
        let Some(row) = rows.next()? else { return Ok(false) };
        if !marks.is_empty() && !marks.are_on(conn, row.get(2)?)? {
            return Ok(false);
        }
        if !(turns.is_empty() && senders.is_empty()) {
            let author = text(row, 1)?;
            let mut select = conn.prepare_cached("SELECT turn, buyer FROM conversation WHERE id = ?1")?;
            let mut rows = select.query([row.get::<_, i64>(2)?])?;
            let Some(row) = rows.next()? else { return Ok(false) };
            let (turn, buyer) = (text(row, 0)?, text(row, 1)?);
            let sent_by = |sender: &Sender| match sender {
                Sender::Author(wanted) => wanted.word() == author,
                Sender::Buyer(name) => author == Author::Buyer.word() && folded(buyer).contains(name),
            };
            let fits = (turns.is_empty() || turns.iter().any(|wanted| wanted.word() == turn))
                && (senders.is_empty() || senders.iter().any(sent_by));
            if !fits {
                return Ok(false);
            }
        }
        let mut unsure = terms.iter().filter(|asked| !asked.term.sure()).peekable();
        if unsure.peek().is_some() {
            self.tokens.read(text(row, 0)?);
        }
        Ok(unsure.all(|asked| asked.term.found_in(&mut self.analyser, &self.tokens) == asked.wanted))
    }
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, Error> {
    row.get_ref(column)?.as_str().map_err(|error| Error::Database(error.into()))
}
