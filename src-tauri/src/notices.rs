//! Notifications of the system, one per shop: a newer one takes the place of the older, and one that was answered goes away.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

use serde::Deserialize;
use tauri::AppHandle;
use tokio::sync::mpsc;

#[cfg(not(target_os = "linux"))]
use elsewhere::work;
#[cfg(target_os = "linux")]
use linux::work;

/// Orders that may wait for the system; more are dropped, because only the newest of a shop is worth anything.
const WAITING: usize = 64;

/// What the page wants said, in its words.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Notice {
    /// Whose it is: one is shown per group.
    group: String,
    title: String,
    body: String,
    /// The place of the page that it leads to.
    place: String,
}

/// Something to be done about notifications.
#[derive(Debug)]
enum Order {
    Show(Notice),
    Withdraw { group: String },
}

/// The way to whoever shows notifications here.
pub(crate) struct Notices {
    orders: mpsc::Sender<Order>,
}

impl Notices {
    /// Begins to pass on notifications; `open` is called with the place of one that was pressed.
    pub(crate) fn begin(app: AppHandle, open: impl Fn(&str) + Send + 'static) -> Self {
        let (orders, waiting) = mpsc::channel(WAITING);
        tauri::async_runtime::spawn(async move {
            if let Err(error) = work(&app, waiting, open).await {
                tracing::warn!(%error, "this system shows no notifications");
            }
        });
        Self { orders }
    }

    pub(crate) fn show(&self, notice: Notice) {
        self.order(Order::Show(notice));
    }

    pub(crate) fn withdraw(&self, group: String) {
        self.order(Order::Withdraw { group });
    }

    fn order(&self, order: Order) {
        // Whoever shows none has said so already.
        let _ = self.orders.try_send(order);
    }
}
