//! Windows and macOS, through the toolkit: they can be shown there, neither replaced nor withdrawn. Never run so far.

use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt as _;
use tokio::sync::mpsc;

use super::{Notice, Order};

pub(super) async fn work(
    app: &AppHandle,
    mut orders: mpsc::Receiver<Order>,
    _open: impl Fn(&str) + Send,
) -> Result<(), tauri_plugin_notification::Error> {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Show(Notice { title, body, .. }) => app.notification().builder().title(title).body(body).show()?,
            Order::Withdraw { .. } => {}
        }
    }
    Ok(())
}
