//! Connected shops. Secrets are not here: only the keyring or the vault holds them.

use std::collections::BTreeMap;

use dragoman_domain::shop::{Shop, Standing};
use dragoman_domain::{Channel, MessageId, ShopId, Timestamp};
use rusqlite::{OptionalExtension, Row};

use crate::{Durability, Error, Priority, Reader, Store, Writer, column, search};

/// `pause` of a shop that is being removed; what is left of it is not synced any more.
pub const REMOVING: &str = "removing";
/// Messages removed per transaction, so that a person's action never waits long for a shop to go.
const STEP: usize = 500;

/// A shop to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShop {
    /// The platform.
    pub channel: Channel,
    /// The seller's own name for it.
    pub name: String,
    /// The platform's id of the seller.
    pub seller: String,
    /// Public connection fields.
    pub fields: BTreeMap<String, String>,
    /// Replaces scheme and host of every address of the platform.
    pub base_url: Option<String>,
    /// HTTP or SOCKS proxy.
    pub proxy: Option<String>,
    /// Outcome of the first check.
    pub standing: Standing,
}

const COLUMNS: &str =
    "id, channel, name, seller, fields, base_url, proxy, sending, pause, standing, added_at, keep_days, history";

fn shop(row: &Row<'_>) -> rusqlite::Result<Shop> {
    Ok(Shop {
        id: ShopId(row.get(0)?),
        channel: column::word(row, 1)?,
        name: row.get(2)?,
        seller: row.get(3)?,
        fields: column::json(row, 4)?,
        base_url: row.get(5)?,
        proxy: row.get(6)?,
        sending: row.get(7)?,
        pause: row.get(8)?,
        standing: column::json(row, 9)?,
        added_at: column::time(row, 10)?,
        keep_days: row.get(11)?,
        history: column::word(row, 12)?,
    })
}

impl Reader<'_> {
    /// Every shop, in the order they were connected.
    ///
    /// # Errors
    /// Those of the database.
    pub fn shops(&self) -> Result<Vec<Shop>, Error> {
        let mut statement = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM shop ORDER BY id"))?;
        let shops = statement.query_map([], shop)?.collect::<Result<_, _>>()?;
        Ok(shops)
    }

    /// One shop.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn shop(&self, id: ShopId) -> Result<Shop, Error> {
        let mut statement = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM shop WHERE id = ?"))?;
        statement.query_row([id.0], shop).optional()?.ok_or_else(|| Error::missing("shop", id))
    }
}

impl Writer<'_> {
    /// Connects a shop. Sending is off until a person switches it on.
    ///
    /// # Errors
    /// Those of the database.
    pub fn add_shop(&self, new: &NewShop, now: Timestamp) -> Result<Shop, Error> {
        self.conn.execute(
            "INSERT INTO shop (channel, name, seller, fields, base_url, proxy, standing, added_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                new.channel.word(),
                &new.name,
                &new.seller,
                serde_json::to_string(&new.fields)?,
                &new.base_url,
                &new.proxy,
                serde_json::to_string(&new.standing)?,
                column::millis(now),
            ),
        )?;
        self.shop(ShopId(self.conn.last_insert_rowid()))
    }

    /// Changes a shop: everything but its number, its platform and when it was connected.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn change_shop(&self, id: ShopId, change: impl FnOnce(&mut Shop)) -> Result<Shop, Error> {
        let mut shop = self.shop(id)?;
        change(&mut shop);
        self.conn.execute(
            "UPDATE shop SET name = ?, seller = ?, fields = ?, base_url = ?, proxy = ?, sending = ?, pause = ?,
                    standing = ?, keep_days = ?, history = ? WHERE id = ?",
            (
                &shop.name,
                &shop.seller,
                serde_json::to_string(&shop.fields)?,
                &shop.base_url,
                &shop.proxy,
                shop.sending,
                &shop.pause,
                serde_json::to_string(&shop.standing)?,
                shop.keep_days,
                shop.history.to_string(),
                id.0,
            ),
        )?;
        self.shop(id)
    }

    /// Stops a shop for good: nothing is fetched or sent any more while its messages go.
    fn begin_removal(&self, id: ShopId) -> Result<(), Error> {
        self.change_shop(id, |shop| {
            shop.sending = false;
            REMOVING.clone_into(&mut shop.pause);
        })?;
        self.conn.execute("DELETE FROM stream WHERE shop = ?", [id.0])?;
        self.conn.execute("DELETE FROM outbox WHERE shop = ?", [id.0])?;
        // The ids of what goes now are never given again.
        self.conn.execute("UPDATE home SET last_message = max(last_message, ?)", [self.next_message() - 1])?;
        Ok(())
    }

    /// Removes some messages of a shop, and the shop itself with the last of them. True when it is gone.
    fn remove_some(&self, id: ShopId) -> Result<bool, Error> {
        let messages: Vec<i64> = self
            .conn
            .prepare_cached(
                "SELECT m.id FROM conversation c JOIN message m ON m.conversation = c.id WHERE c.shop = ? LIMIT ?",
            )?
            .query_map((id.0, STEP), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut statement = self.conn.prepare_cached(
            "DELETE FROM message WHERE id = ? RETURNING conversation,
               NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation = message.conversation AND m.id <> message.id)",
        )?;
        let mut conversation = self.conn.prepare_cached("DELETE FROM conversation WHERE id = ?")?;
        for message in &messages {
            search::index::delete(self.conn, MessageId(*message))?;
            let (thread, emptied): (i64, bool) =
                statement.query_row([message], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if emptied {
                conversation.execute([thread])?;
            }
        }
        if messages.len() < STEP {
            self.conn.execute("DELETE FROM shop WHERE id = ?", [id.0])?;
        }
        Ok(messages.len() < STEP)
    }
}

impl Store {
    /// Removes a shop with everything it brought, in small transactions. Blocks until it is gone; a removal that was cut
    /// short leaves the shop paused as [`REMOVING`] and is finished by calling this again.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn remove_shop(&self, id: ShopId) -> Result<(), Error> {
        self.write(Priority::User, Durability::Full, move |writer| writer.begin_removal(id)).wait()?;
        while !self.write(Priority::Sync, Durability::Full, move |writer| writer.remove_some(id)).wait()? {}
        Ok(())
    }
}
