//! The platforms' own JSON of each message, compressed with a dictionary per channel.
//!
//! Such texts are short and alike: alone each of them hardly shrinks, with a dictionary trained on some hundred of its kind
//! it does. The dictionary is trained once, on the first texts that pass by, before they reach the writer thread.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use dragoman_domain::{Channel, MessageId, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use zstd::bulk::Compressor;
use zstd::dict::EncoderDictionary;

use crate::column::{self, millis};
use crate::{Durability, Error, Priority, Reader, Store, Writer};

/// Texts a dictionary is trained on.
const SAMPLES: usize = 500;
/// Largest dictionary, in bytes.
const DICTIONARY: usize = 16 << 10;
/// Fast, and within a few percent of the slower levels on such short texts.
const LEVEL: i32 = 1;
/// Largest text that is unpacked, in bytes: more than the largest answer a channel reads.
const UNPACKED: u64 = 64 << 20;

/// A dictionary ready for use.
pub(crate) struct Dictionary {
    id: i64,
    encoder: EncoderDictionary<'static>,
}

impl Dictionary {
    fn new(id: i64, body: &[u8]) -> Arc<Self> {
        Arc::new(Self { id, encoder: EncoderDictionary::copy(body, LEVEL) })
    }
}

/// The dictionaries by channel, and the samples of the channels that have none yet.
pub(crate) struct Dictionaries(Mutex<HashMap<Channel, Training>>);

enum Training {
    Sampling(Vec<Vec<u8>>),
    /// Being trained, or not worth it: the texts are too few or too different.
    Off,
    Done(Arc<Dictionary>),
}

impl Dictionaries {
    /// Reads what was trained before.
    pub(crate) fn load(conn: &Connection) -> Result<Self, Error> {
        let mut statement = conn.prepare("SELECT channel, id, body FROM dictionary ORDER BY id")?;
        let known = statement
            .query_map([], |row| {
                let body = row.get_ref(2)?.as_blob()?;
                Ok((column::word(row, 0)?, Training::Done(Dictionary::new(row.get(1)?, body))))
            })?
            .collect::<Result<_, _>>()?;
        Ok(Self(Mutex::new(known)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Channel, Training>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps texts as samples; once there are enough of them, gives them all out for training, once.
    fn sample<'t>(&self, channel: Channel, texts: impl Iterator<Item = &'t str>) -> Option<Vec<Vec<u8>>> {
        let mut known = self.lock();
        let training = known.entry(channel).or_insert_with(|| Training::Sampling(Vec::new()));
        let Training::Sampling(samples) = training else { return None };
        let missing = SAMPLES.saturating_sub(samples.len());
        samples.extend(texts.filter(|text| !text.is_empty()).take(missing).map(|text| text.as_bytes().to_vec()));
        if samples.len() < SAMPLES {
            return None;
        }
        let samples = std::mem::take(samples);
        *training = Training::Off;
        Some(samples)
    }

    fn of(&self, channel: Channel) -> Option<Arc<Dictionary>> {
        match self.lock().get(&channel) {
            Some(Training::Done(dictionary)) => Some(Arc::clone(dictionary)),
            _ => None,
        }
    }

    fn learnt(&self, channel: Channel, dictionary: Arc<Dictionary>) {
        self.lock().insert(channel, Training::Done(dictionary));
    }
}

impl Store {
    /// The dictionary of a channel, trained now if these texts complete the samples for it.
    pub(crate) fn dictionary<'t>(
        &self,
        channel: Channel,
        texts: impl Iterator<Item = &'t str>,
        now: Timestamp,
    ) -> Result<Option<Arc<Dictionary>>, Error> {
        let dictionaries = &self.inner.dictionaries;
        if let Some(samples) = dictionaries.sample(channel, texts) {
            match zstd::dict::from_samples(&samples, DICTIONARY) {
                Ok(body) => {
                    let stored = body.clone();
                    let id = self
                        .write(Priority::Sync, Durability::Full, move |writer| {
                            writer.add_dictionary(channel, &stored, now)
                        })
                        .wait()?;
                    dictionaries.learnt(channel, Dictionary::new(id, &body));
                }
                Err(cause) => tracing::info!(%channel, %cause, "raw texts are kept without a dictionary"),
            }
        }
        Ok(dictionaries.of(channel))
    }
}

/// Compresses the texts of one page.
pub(crate) struct Squeezer<'d> {
    compressor: Compressor<'d>,
    dictionary: i64,
}

impl<'d> Squeezer<'d> {
    pub(crate) fn new(dictionary: Option<&'d Dictionary>) -> Result<Self, Error> {
        let what = "preparing to compress";
        let (compressor, dictionary) = match dictionary {
            Some(known) => (Compressor::with_prepared_dictionary(&known.encoder), known.id),
            None => (Compressor::new(LEVEL), 0),
        };
        Ok(Self { compressor: compressor.map_err(Error::file(what))?, dictionary })
    }

    pub(crate) fn squeeze(&mut self, text: &str) -> Result<Packed, Error> {
        let body = self.compressor.compress(text.as_bytes()).map_err(Error::file("compressing a raw text"))?;
        Ok(Packed { dictionary: self.dictionary, body })
    }
}

/// A compressed text and the dictionary it needs (0 = none).
pub(crate) struct Packed {
    pub(crate) dictionary: i64,
    pub(crate) body: Vec<u8>,
}

impl Writer<'_> {
    fn add_dictionary(&self, channel: Channel, body: &[u8], now: Timestamp) -> Result<i64, Error> {
        self.conn.execute(
            "INSERT INTO dictionary (channel, body, made_at) VALUES (?, ?, ?)",
            (channel.word(), body, millis(now)),
        )?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Keeps the raw text of a message, in place of an older one.
    pub(crate) fn put_raw(&self, message: MessageId, raw: &Packed) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO raw (message, dictionary, body) VALUES (?, ?, ?)
             ON CONFLICT (message) DO UPDATE SET dictionary = excluded.dictionary, body = excluded.body",
        )?;
        statement.execute((message.0, raw.dictionary, &raw.body))?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The platform's own text of a message; `None` if it sent none.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it cannot be unpacked.
    pub fn raw(&self, message: MessageId) -> Result<Option<String>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT r.body, d.body FROM raw r LEFT JOIN dictionary d ON d.id = r.dictionary WHERE r.message = ?",
        )?;
        let packed: Option<(Vec<u8>, Option<Vec<u8>>)> =
            statement.query_row([message.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((body, dictionary)) = packed else { return Ok(None) };
        let mut text = String::new();
        zstd::stream::read::Decoder::with_dictionary(body.as_slice(), dictionary.as_deref().unwrap_or_default())
            .and_then(|decoder| decoder.take(UNPACKED).read_to_string(&mut text))
            .map_err(|cause| Error::Damaged { details: format!("the raw text of message {message}: {cause}") })?;
        Ok(Some(text))
    }
}
