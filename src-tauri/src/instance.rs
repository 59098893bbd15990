//! One window per home: a second start shows the first one's window, at the place it was asked for, and ends.
//!
//! Without a session bus there is no way to find the first; then there are two windows, the second as a client of the first, which
//! does no harm.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;

use clap::Parser as _;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager as _, Wry};

use crate::args::Args;
use crate::events::Listener;
use crate::window;

/// Ends this process at once if the home has a window already.
pub(crate) fn plugin(home: &Path) -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(name(home))
        .callback(|app, words, _| started_again(app, words))
        .build()
}

/// What the first window of a home is called on the session bus.
fn name(home: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    home.hash(&mut hasher);
    format!("io.dragoman.desktop.h{:016x}", hasher.finish())
}

fn started_again(app: &AppHandle, words: Vec<String>) {
    match Args::try_parse_from(words.into_iter().map(OsString::from)) {
        Ok(args) => {
            if let Some(place) = args.place() {
                app.state::<Arc<Listener>>().go(place);
            }
            window::show(app);
        }
        // The other process has parsed them too, and has said so.
        Err(_) => tracing::warn!("a second start came with arguments that are none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_home_has_a_name_of_its_own_that_a_bus_takes() {
        assert_ne!(name(Path::new("/a")), name(Path::new("/b")));
        let name = name(Path::new("/home/个人/данные"));
        assert!(name.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_alphabetic())), "{name}");
    }
}
