//! Settings of the home, one row for each that somebody chose.

use dragoman_domain::Timestamp;
use dragoman_domain::settings::{SettingName, Settings};
use serde_json::Value;

use crate::column::millis;
use crate::{Error, Reader, Writer};

impl Reader<'_> {
    /// All settings. What another version of the program left and this one cannot use has its default.
    ///
    /// # Errors
    /// Those of the database.
    pub fn settings(&self) -> Result<Settings, Error> {
        let mut settings = Settings::default();
        let mut statement = self.conn.prepare_cached("SELECT name, value FROM setting")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, value) =
                (row.get_ref(0)?.as_str().unwrap_or_default(), row.get_ref(1)?.as_str().unwrap_or_default());
            let Ok(name) = name.parse::<SettingName>() else { continue };
            let read = serde_json::from_str::<Value>(value).is_ok_and(|value| settings.set(name, &value).is_ok());
            if !read {
                tracing::warn!(%name, "a setting has a value that cannot be used");
            }
        }
        Ok(settings)
    }
}

impl Writer<'_> {
    /// Keeps a value that was checked ([`Settings::set`]), or goes back to the default (`None`).
    ///
    /// # Errors
    /// Those of the database.
    pub fn put_setting(&self, name: SettingName, value: Option<&Value>, now: Timestamp) -> Result<(), Error> {
        match value {
            None => self.conn.prepare_cached("DELETE FROM setting WHERE name = ?")?.execute([name.word()])?,
            Some(value) => self
                .conn
                .prepare_cached("INSERT OR REPLACE INTO setting (name, value, changed_at) VALUES (?, ?, ?)")?
                .execute((name.word(), value.to_string(), millis(now)))?,
        };
        Ok(())
    }
}
