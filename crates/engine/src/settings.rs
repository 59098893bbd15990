//! Settings of the home.

use dragoman_domain::SignedDuration;
use dragoman_domain::settings::{SettingName, Settings};
use serde_json::Value;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::event::Event;

impl Engine {
    /// All of them; what nobody chose has its default.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn settings(&self) -> Result<Settings> {
        let mut settings = self.read(|reader| reader.settings()).await?;
        settings.undo_s.get_or_insert_with(|| u32::try_from(self.0.undo.as_secs()).unwrap_or(0));
        Ok(settings)
    }

    /// Sets one of them, or goes back to its default (`null`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with what the setting takes.
    pub async fn set_setting(&self, name: SettingName, value: Value) -> Result<Settings> {
        let value = Some(value).filter(|value| !value.is_null());
        if let Some(value) = &value {
            let checked = Settings::default().set(name, value);
            checked.map_err(|misfit| Error::invalid(name.word(), misfit.to_string()))?;
        }
        let now = self.now();
        self.write(move |writer| writer.put_setting(name, value.as_ref(), now)).await?;
        self.tell(Event::Settings { name });
        self.settings().await
    }

    /// How long an answer waits for a change of mind unless its request says otherwise.
    pub(crate) async fn undo(&self) -> Result<SignedDuration> {
        let chosen = self.read(|reader| reader.settings()).await?.undo_s;
        Ok(chosen.map_or(self.0.undo, |seconds| SignedDuration::from_secs(i64::from(seconds))))
    }
}
