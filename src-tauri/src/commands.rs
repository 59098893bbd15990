//! What the page may ask of the desktop. Everything else it asks the Router.

use std::sync::Arc;

use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use tauri_plugin_autostart::ManagerExt as _;
use url::Url;

use crate::alive::Alive;
use crate::events::{Listener, Told};
use crate::notices::{Notice, Notices};
use crate::tray::{self, Shown};

/// Tells this page what changes, from now on.
#[tauri::command]
pub(crate) fn follow(listener: State<'_, Arc<Listener>>, page: Channel<Told>) {
    listener.take(page);
}

/// The page is drawn.
#[tauri::command]
pub(crate) fn alive(state: State<'_, Arc<Alive>>) {
    tracing::info!("the page is drawn");
    state.seen();
}

/// How much is urgent.
#[tauri::command]
pub(crate) fn badge(app: AppHandle, shown: Shown) {
    tray::show(&app, &shown);
}

/// Says something to who does not look at the page.
#[tauri::command]
pub(crate) fn notify(notices: State<'_, Notices>, notice: Notice) {
    notices.show(notice);
}

/// Takes back what was said of a group.
#[tauri::command]
pub(crate) fn withdraw(notices: State<'_, Notices>, group: String) {
    notices.withdraw(group);
}

/// Whether the program starts with the computer.
#[tauri::command]
pub(crate) fn starts_itself(app: AppHandle) -> Result<bool, &'static str> {
    app.autolaunch().is_enabled().map_err(|error| not_settled(&error))
}

/// Starts the program with the computer, or no longer.
#[tauri::command]
pub(crate) fn start_itself(app: AppHandle, on: bool) -> Result<(), &'static str> {
    let launch = app.autolaunch();
    if on { launch.enable() } else { launch.disable() }.map_err(|error| not_settled(&error))
}

fn not_settled(error: &tauri_plugin_autostart::Error) -> &'static str {
    tracing::warn!(%error, "the system does not say what starts with it");
    "the system does not say what starts with it"
}

/// Opens an address in the system's browser. The person has seen its host and pressed twice.
#[tauri::command]
pub(crate) fn open_outside(address: &str) -> Result<(), &'static str> {
    let address = outside(address).ok_or("this address cannot be opened in a browser")?;
    tauri_plugin_opener::open_url(address, None::<&str>).map_err(|error| {
        tracing::warn!(%error, "the system opens no browser");
        "the system opens no browser"
    })
}

/// Only what a browser shows: other schemes start programs.
fn outside(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_are_opened_outside() {
        assert_eq!(outside("https://www.ozon.ru/product/1").unwrap().as_str(), "https://www.ozon.ru/product/1");
        assert!(outside("http://example.com").is_some());
        for address in
            ["file:///etc/passwd", "javascript:alert(1)", "dragoman://thread/1", "ms-cxh:x", "/etc", "mailto:a@b"]
        {
            assert!(outside(address).is_none(), "{address}");
        }
    }
}
