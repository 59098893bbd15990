//! Filling the inbox and its twin, batch by batch in turns, and what that costs.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use dragoman_domain::incoming::{Incoming, Page};
use dragoman_domain::lookup;
use dragoman_domain::message::AttachmentState;
use dragoman_domain::rules::RulePack;
use dragoman_domain::shop::Standing;
use dragoman_domain::{Channel, MessageId, ShopId, Timestamp};
use dragoman_engine::import::Imported;
use dragoman_store::file::StoredFile;
use dragoman_store::ingest::Ingest;
use dragoman_store::shop::NewShop;
use dragoman_store::{Durability, Priority, Store};
use rusqlite::Connection;

use super::dress::Dresser;
use super::generate::NOW_MS;
use super::measure::{Goal, Report, Times, process_cpu};
use super::twin::Twin;

/// Messages per batch, as a sync has them.
const BATCH: usize = 500;

/// A filled inbox with its twin.
pub struct Filled {
    /// The inbox.
    pub store: Store,
    /// Its home.
    pub home: PathBuf,
    /// A bare connection to the inbox's file, for statements to compare with.
    pub bare: Connection,
    /// The twin.
    pub twin: Twin,
    /// Messages in it.
    pub messages: usize,
    shops: Shops,
}

/// The shops of an input, made at their first conversation.
struct Shops {
    ids: HashMap<(Channel, u64), ShopId>,
    rules: HashMap<Channel, Arc<RulePack>>,
}

/// The inbox's "now".
pub fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW_MS).unwrap_or_default()
}

impl Shops {
    fn of(&mut self, store: &Store, channel: Channel, account: u64) -> Result<ShopId> {
        if let Some(id) = self.ids.get(&(channel, account)) {
            return Ok(*id);
        }
        if let Ok(pack) = RulePack::shipped(channel) {
            self.rules.entry(channel).or_insert_with(|| Arc::new(pack));
        }
        let new = NewShop {
            channel,
            name: format!("{channel} {account}"),
            seller: format!("bench-{account}"),
            fields: BTreeMap::new(),
            base_url: None,
            proxy: None,
            standing: Standing::default(),
        };
        let shop = store
            .write(Priority::User, Durability::Full, move |writer| writer.add_shop(&new, Timestamp::UNIX_EPOCH))
            .wait()?;
        self.ids.insert((channel, account), shop.id);
        Ok(shop.id)
    }
}

/// Fills inbox and twin in turns and prints what it cost.
///
/// # Errors
/// Unreadable input, or a store that fails.
pub fn fill(home: &Path, input: impl Iterator<Item = Result<Imported>>, report: &mut Report) -> Result<Filled> {
    let store = Store::open(home, None, now())?;
    let bare = Connection::open(home.join("inbox.db"))?;
    bare.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8000;")?;
    let twin = Twin::new(&home.join("twin.db"), &bare)?;
    let shops = Shops { ids: HashMap::new(), rules: HashMap::new() };
    let mut filled = Filled { store, home: home.to_owned(), bare, twin, messages: 0, shops };
    let mut dresser = Dresser::new(1);
    let mut cost = Cost::default();
    let mut pending: BTreeMap<(Channel, u64), (usize, Vec<Incoming>)> = BTreeMap::new();
    let begun = Instant::now();
    let mut said = Instant::now();
    for imported in input {
        let Imported { channel, account, conversation } = dresser.dress(imported?);
        let (count, conversations) = pending.entry((channel, account)).or_default();
        *count += conversation.messages.len();
        conversations.push(conversation);
        if *count >= BATCH {
            let (count, conversations) = std::mem::take(pending.entry((channel, account)).or_default());
            filled.batch(channel, account, count, conversations, &mut cost)?;
            if said.elapsed() > Duration::from_secs(20) {
                said = Instant::now();
                eprintln!("{} messages in {:.0} s", filled.messages, begun.elapsed().as_secs_f64());
            }
        }
    }
    for ((channel, account), (count, conversations)) in pending {
        filled.batch(channel, account, count, conversations, &mut cost)?;
    }
    report.print(&dresser.worn().said());
    cost.print(&filled, report);
    filled.look_up(report)?;
    filled.sizes(report)?;
    Ok(filled)
}

#[derive(Default)]
struct Cost {
    cpu: Duration,
    wall: Duration,
    twin_cpu: Duration,
    twin_wall: Duration,
    twin_transactions: Times,
}

impl Cost {
    fn print(&mut self, filled: &Filled, report: &mut Report) {
        let n = filled.messages;
        let per = |time: Duration| time.as_secs_f64() * 1e6 / n.max(1) as f64;
        report.line("ingest CPU per message", per(self.cpu), "us", Some(per(self.twin_cpu)), Goal::Ratio(5.0), n);
        report.line("ingest wall per message", per(self.wall), "us", Some(per(self.twin_wall)), Goal::None, n);
        let mut ours = Times::default();
        filled.store.sync_transaction_times().into_iter().for_each(|time| ours.push(time));
        let (p99, twin) = (ours.percentile(0.99), self.twin_transactions.percentile(0.99));
        report.line("writer transaction in sync p99", p99, "ms", Some(twin), Goal::Either(150.0, 5.0), ours.len());
        let (longest, twin) = (ours.percentile(1.0), self.twin_transactions.percentile(1.0));
        report.line("writer transaction in sync, longest", longest, "ms", Some(twin), Goal::None, ours.len());
    }
}

impl Filled {
    fn batch(
        &mut self,
        channel: Channel,
        account: u64,
        count: usize,
        conversations: Vec<Incoming>,
        cost: &mut Cost,
    ) -> Result<()> {
        self.messages += count;
        let ingest = self.job(channel, account, conversations)?;
        let (cpu, wall) = (process_cpu(), Instant::now());
        self.store.ingest(ingest)?;
        cost.cpu += process_cpu() - cpu;
        cost.wall += wall.elapsed();
        let rows = self.twin.missing(&self.bare)?;
        let (cpu, wall) = (process_cpu(), Instant::now());
        self.twin.write(rows)?;
        cost.twin_cpu += process_cpu() - cpu;
        cost.twin_wall += wall.elapsed();
        cost.twin_transactions.push(wall.elapsed());
        Ok(())
    }

    /// One batch as a sync would store it.
    ///
    /// # Errors
    /// If a shop cannot be made.
    pub fn job(&mut self, channel: Channel, account: u64, conversations: Vec<Incoming>) -> Result<Ingest> {
        let shop = self.shops.of(&self.store, channel, account)?;
        let page = Page { conversations, ..Page::default() };
        let rules = self.shops.rules.get(&channel).cloned();
        Ok(Ingest { shop, channel, stream: None, page, rules, now: now(), priority: Priority::Sync })
    }

    /// What comes behind the messages: files that were fetched and orders that were looked up, those of the last 90 days.
    fn look_up(&mut self, report: &mut Report) -> Result<()> {
        let since = NOW_MS - 90 * 86_400_000;
        let files: Vec<(i64, u32)> = self
            .bare
            .prepare("SELECT id, json_array_length(attachments) FROM message WHERE attachments <> '' AND sent_at > ?1")?
            .query_map([since], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let orders: Vec<(i64, String)> = self
            .bare
            .prepare("SELECT shop, order_no FROM conversation WHERE order_no <> '' AND last_at > ?1")?
            .query_map([since], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        report.print(&format!("{} orders looked up, files of {} messages stored", orders.len(), files.len()));
        for some in files.chunks(BATCH) {
            let some = some.to_vec();
            let write = self.store.write(Priority::Sync, Durability::Relaxed, move |writer| {
                for (message, count) in some {
                    for place in 0..count {
                        writer.put_file(MessageId(message), &stored(message, place))?;
                    }
                }
                Ok(())
            });
            write.wait()?;
        }
        for some in orders.chunks(BATCH) {
            let some = some.to_vec();
            let write = self.store.write(Priority::Sync, Durability::Relaxed, move |writer| {
                for (shop, number) in some {
                    let facts = lookup::Facts { orders: vec![order(number)], ..lookup::Facts::default() };
                    writer.put_facts_found(ShopId(shop), &facts, now())?;
                }
                Ok(())
            });
            write.wait()?;
        }
        Ok(self.twin.copy_rest(&self.bare)?)
    }

    fn sizes(&mut self, report: &mut Report) -> Result<()> {
        let size = |name: &str| -> Result<f64> {
            let bytes = |end: &str| std::fs::metadata(self.home.join(format!("{name}{end}"))).map(|file| file.len());
            Ok((bytes("").context("a database is gone")? + bytes("-wal").unwrap_or(0)) as f64 / 1e6)
        };
        report.line("size of the file", size("inbox.db")?, "MB", Some(size("twin.db")?), Goal::None, self.messages);
        let words: i64 = self.bare.query_row("SELECT sum(length(block)) FROM search_data", [], |row| row.get(0))?;
        report.line("  of which search", words as f64 / 1e6, "MB", None, Goal::None, self.messages);
        Ok(())
    }
}

fn stored(message: i64, place: u32) -> StoredFile {
    StoredFile {
        state: AttachmentState::Stored,
        name: format!("{message:016x}{place:016x}"),
        mime: "image/jpeg".into(),
        size: 250_000,
        sha256: format!("{message:032x}{place:032x}"),
        ..StoredFile::wanted(place)
    }
}

fn order(number: String) -> lookup::Order {
    lookup::Order {
        number,
        status: "delivered".into(),
        created_at: Some(now()),
        city: "Екатеринбург".into(),
        tracking: "4500-7781-2290".into(),
        products: vec!["156812290".into()],
        ..lookup::Order::default()
    }
}
