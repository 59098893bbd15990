//! History in and out: import, backup, restore.

use std::collections::{BTreeMap, HashMap};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use dragoman_domain::incoming::{Incoming, Page};
use dragoman_domain::shop::{Shop, Standing};
use dragoman_domain::{Channel, ShopId, Timestamp};

use dragoman_store::shop::NewShop;

use crate::engine::{Engine, blocking, lock_home};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::import::{Imported, Records};
use crate::shops::IMPORTED;

/// Messages of one shop stored in one go.
const BATCH: usize = 500;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Conversations read.
    pub conversations: u64,
    /// Messages that are new.
    pub messages: u64,
    /// Messages that were here before.
    pub known: u64,
}

pub use dragoman_store::backup::{BackupInfo, Progress, Restored};

impl Engine {
    /// Stores a file of JSON lines: each conversation (`"t":"c"`) directly followed by its messages (`"t":"m"`). The shops it
    /// names are made as shops without a connection. The same file twice changes nothing.
    ///
    /// # Errors
    /// [`Error::ImportLine`] names the first line that cannot be read; everything before it is stored.
    pub async fn import_jsonl(
        &self,
        path: PathBuf,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<ImportReport> {
        let engine = self.clone();
        let runtime = tokio::runtime::Handle::current();
        let report = blocking(move || Importer::new(engine, runtime, progress).run(&path)).await?;
        self.tell(Event::Behind);
        Ok(report)
    }

    /// Writes a verified copy of the inbox while it is in use.
    ///
    /// # Errors
    /// [`Error::Store`]; the target is absent or whole, never half.
    pub async fn backup(&self, to: PathBuf, progress: impl FnMut(Progress) + Send + 'static) -> Result<BackupInfo> {
        let store = self.0.store.clone();
        blocking(move || store.backup(&to, progress)).await
    }

    /// Puts a backup in the place of a home's inbox. The present file stays beside it until the new one has been opened and
    /// verified. Needs the home for itself.
    ///
    /// # Errors
    /// [`Error::HomeInUse`]; [`Error::Store`] if the file is no inbox of ours or damaged. The home is as it was then.
    pub async fn restore(home: PathBuf, from: PathBuf, now: Timestamp) -> Result<Restored> {
        blocking(move || {
            let _lock = lock_home(&home)?;
            Ok::<_, Error>(dragoman_store::backup::restore(&home, &from, now)?)
        })
        .await
    }
}

/// Reads an import line by line on a blocking thread.
struct Importer<P> {
    engine: Engine,
    runtime: tokio::runtime::Handle,
    progress: P,
    shops: HashMap<(Channel, u64), Shop>,
    pending: HashMap<ShopId, Vec<Incoming>>,
    report: ImportReport,
}

impl<P: FnMut(Progress)> Importer<P> {
    fn new(engine: Engine, runtime: tokio::runtime::Handle, progress: P) -> Self {
        Self {
            engine,
            runtime,
            progress,
            shops: HashMap::new(),
            pending: HashMap::new(),
            report: ImportReport::default(),
        }
    }

    fn run(mut self, path: &Path) -> Result<ImportReport> {
        let file_error = |source| Error::File { path: path.display().to_string(), source };
        let file = std::fs::File::open(path).map_err(file_error)?;
        let total = file.metadata().map_err(file_error)?.len();
        let mut records = Records::new(BufReader::with_capacity(1 << 20, file));
        while let Some(record) = records.next() {
            let Imported { channel, account, conversation } = match record {
                Ok(imported) => imported,
                Err(error) => {
                    self.flush()?;
                    return Err(error);
                }
            };
            let shop = self.shop(channel, account)?;
            self.report.conversations += 1;
            let pending = self.pending.entry(shop).or_default();
            pending.push(conversation);
            if pending.iter().map(|conversation| conversation.messages.len()).sum::<usize>() >= BATCH {
                self.store(shop)?;
                (self.progress)(Progress { done: records.bytes(), total });
            }
        }
        self.flush()?;
        (self.progress)(Progress { done: total, total });
        Ok(self.report)
    }

    fn flush(&mut self) -> Result<()> {
        let shops: Vec<ShopId> = self.pending.keys().copied().collect();
        shops.into_iter().try_for_each(|shop| self.store(shop))
    }

    fn store(&mut self, id: ShopId) -> Result<()> {
        let Some(shop) = self.shops.values().find(|shop| shop.id == id) else { return Ok(()) };
        let conversations = self.pending.remove(&id).unwrap_or_default();
        let seen: u64 = conversations.iter().map(|conversation| conversation.messages.len() as u64).sum();
        let page = Page { conversations, ..Page::default() };
        let ingested = self.runtime.block_on(self.engine.ingest(shop, None, page))?;
        self.report.messages += ingested.new;
        self.report.known += seen.saturating_sub(ingested.new);
        Ok(())
    }

    /// The shop an account stands for, made at its first conversation.
    fn shop(&mut self, channel: Channel, account: u64) -> Result<ShopId> {
        if let Some(shop) = self.shops.get(&(channel, account)) {
            return Ok(shop.id);
        }
        let seller = format!("import-{account}");
        let engine = self.engine.clone();
        let shop = self.runtime.block_on(async {
            let known = engine.read(|reader| reader.shops()).await?;
            if let Some(shop) = known.into_iter().find(|shop| shop.channel == channel && shop.seller == seller) {
                return Ok::<_, Error>(shop);
            }
            let new = NewShop {
                channel,
                name: format!("{channel} {account}"),
                seller,
                fields: BTreeMap::new(),
                base_url: None,
                proxy: None,
                standing: Standing::default(),
            };
            // Nothing imported is new: what it left unanswered is no backlog of a connection made now.
            let shop = engine
                .write(move |writer| {
                    let shop = writer.add_shop(&new, Timestamp::UNIX_EPOCH)?;
                    writer.change_shop(shop.id, |shop| shop.pause = IMPORTED.to_owned())
                })
                .await?;
            Ok(shop)
        })?;
        let id = shop.id;
        self.shops.insert((channel, account), shop);
        Ok(id)
    }
}
