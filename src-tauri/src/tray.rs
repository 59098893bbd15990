//! The icon beside the clock: how much is urgent, and the window while it is hidden.
//!
//! On Linux it needs a library and somebody who shows it; both are missing on many desktops. Then there is none, and closing the
//! window ends the program.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Deserialize;
use tauri::menu::{Menu, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use crate::window;
use crate::words::say;

const ID: &str = "inbox";
const OPEN: &str = "open";
const QUIT: &str = "quit";

/// What the page knows and the icon shows.
#[derive(Debug, Deserialize)]
pub(crate) struct Shown {
    /// Conversations whose time is nearly over.
    urgent: u64,
    /// The same in words, for who points at the icon.
    words: String,
}

/// Puts the icon beside the clock, if that can be done and will be seen.
pub(crate) fn put(app: &AppHandle) -> bool {
    if !is_shown_here() {
        tracing::info!("nobody here shows tray icons");
        return false;
    }
    unless_it_panics(|| build(app))
}

/// Whether it succeeded. The binding panics where the library is missing.
fn unless_it_panics<T>(build: impl FnOnce() -> tauri::Result<T>) -> bool {
    match catch_unwind(AssertUnwindSafe(build)) {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "no tray icon");
            false
        }
        Err(_) => {
            tracing::warn!("no tray icon: its library is missing");
            false
        }
    }
}

fn build(app: &AppHandle) -> tauri::Result<TrayIcon<Wry>> {
    let open = MenuItem::with_id(app, OPEN, say("shell.open"), true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, say("shell.quit"), true, None::<&str>)?;
    let mut icon = TrayIconBuilder::with_id(ID)
        .menu(&Menu::with_items(app, &[&open, &quit])?)
        .show_menu_on_left_click(false)
        .tooltip("Dragoman")
        .on_menu_event(|app, event| match event.id().as_ref() {
            OPEN => window::show(app),
            QUIT => app.exit(0),
            _ => {}
        })
        .on_tray_icon_event(|icon, event| {
            let pressed = matches!(
                event,
                TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
            );
            if pressed {
                window::show(icon.app_handle());
            }
        });
    if let Some(picture) = app.default_window_icon() {
        icon = icon.icon(picture.clone());
    }
    icon.build(app)
}

/// Whether there is an icon.
pub(crate) fn is_there(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some()
}

/// Shows how much is urgent; nothing for nothing.
pub(crate) fn show(app: &AppHandle, shown: &Shown) {
    let Some(icon) = app.tray_by_id(ID) else { return };
    let title = (shown.urgent > 0).then(|| shown.urgent.to_string());
    if let Err(error) = icon.set_title(title).and_then(|()| icon.set_tooltip(Some(&shown.words))) {
        tracing::warn!(%error, "the tray icon shows an old count");
    }
}

/// Whether a bar of this desktop shows icons; it says so on the session bus.
#[cfg(target_os = "linux")]
fn is_shown_here() -> bool {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let asked = zbus::blocking::Connection::session().and_then(|bus| {
        let watcher = zbus::blocking::proxy::Builder::<zbus::blocking::Proxy<'_>>::new(&bus)
            .destination(WATCHER)?
            .path("/StatusNotifierWatcher")?
            .interface(WATCHER)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()?;
        watcher.get_property::<bool>("IsStatusNotifierHostRegistered")
    });
    asked.unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
fn is_shown_here() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_costs_the_icon_and_nothing_else() {
        assert!(!unless_it_panics::<()>(|| panic!("Failed to load ayatana-appindicator3")));
        assert!(!unless_it_panics::<()>(|| Err(tauri::Error::FailedToReceiveMessage)));
        assert!(unless_it_panics(|| Ok(())));
    }
}
