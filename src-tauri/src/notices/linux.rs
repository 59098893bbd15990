//! Notifications as desktops of Linux take them, over the session bus.

use std::collections::HashMap;

use futures::StreamExt as _;
use tauri::AppHandle;
use tokio::sync::mpsc;
use zbus::zvariant::Value;
use zbus::{Connection, proxy};

use super::{Notice, Order};

/// What a press on the notification itself is called.
const PRESSED: &str = "default";
/// As the installed menu entry is called, so that the desktop knows whose notification it is.
const DESKTOP_ENTRY: &str = "Dragoman";
/// The desktop decides how long one stays.
const USUAL_TIME: i32 = -1;

#[proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    #[expect(clippy::too_many_arguments, reason = "the desktop's own interface")]
    fn notify(
        &self,
        program: &str,
        replaces: u32,
        icon: &str,
        title: &str,
        body: &str,
        actions: &[&str],
        hints: &HashMap<&str, Value<'_>>,
        time: i32,
    ) -> zbus::Result<u32>;
    fn close_notification(&self, id: u32) -> zbus::Result<()>;
    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action: String) -> zbus::Result<()>;
    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// Carries out orders until the program ends.
pub(super) async fn work(
    _app: &AppHandle,
    orders: mpsc::Receiver<Order>,
    open: impl Fn(&str) + Send,
) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    pass_on(&NotificationsProxy::new(&bus).await?, orders, open).await
}

async fn pass_on(
    desktop: &NotificationsProxy<'_>,
    mut orders: mpsc::Receiver<Order>,
    open: impl Fn(&str),
) -> zbus::Result<()> {
    let mut pressed = desktop.receive_action_invoked().await?;
    let mut closed = desktop.receive_notification_closed().await?;
    let mut board = Board::default();
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                None => return Ok(()),
                Some(Order::Show(notice)) => match say(desktop, board.stands_for(&notice.group), &notice).await {
                    Ok(id) => board.put(id, notice),
                    // A desktop may begin to show them later.
                    Err(error) => tracing::info!(%error, "a notification was not shown"),
                },
                Some(Order::Withdraw { group }) => {
                    if let Some(id) = board.take(&group)
                        && let Err(error) = desktop.close_notification(id).await
                    {
                        tracing::info!(%error, "a notification was not withdrawn");
                    }
                }
            },
            Some(press) = pressed.next() => {
                if let Ok(press) = press.args()
                    && press.action == PRESSED
                    && let Some(place) = board.place(press.id)
                {
                    open(place);
                }
            }
            Some(end) = closed.next() => {
                if let Ok(end) = end.args() {
                    board.forget(end.id);
                }
            }
        }
    }
}

/// What is on the screen: one notification per group.
#[derive(Default)]
struct Board {
    shown: HashMap<String, Shown>,
}

struct Shown {
    id: u32,
    place: String,
}

impl Board {
    /// The notification that a new one of this group takes the place of; 0 for none, as the desktop counts.
    fn stands_for(&self, group: &str) -> u32 {
        self.shown.get(group).map_or(0, |shown| shown.id)
    }

    fn put(&mut self, id: u32, notice: Notice) {
        self.shown.insert(notice.group, Shown { id, place: notice.place });
    }

    fn take(&mut self, group: &str) -> Option<u32> {
        self.shown.remove(group).map(|shown| shown.id)
    }

    fn place(&self, id: u32) -> Option<&str> {
        self.shown.values().find(|shown| shown.id == id).map(|shown| shown.place.as_str())
    }

    fn forget(&mut self, id: u32) {
        self.shown.retain(|_, shown| shown.id != id);
    }
}

async fn say(desktop: &NotificationsProxy<'_>, replaces: u32, notice: &Notice) -> zbus::Result<u32> {
    let hints =
        HashMap::from([("desktop-entry", Value::from(DESKTOP_ENTRY)), ("category", Value::from("im.received"))]);
    let actions = [PRESSED, notice.title.as_str()];
    let body = plain(&notice.body);
    desktop.notify("Dragoman", replaces, "", &notice.title, &body, &actions, &hints, USUAL_TIME).await
}

/// Desktops read a little markup in the body, and buyers write what they like.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(group: &str, place: &str) -> Notice {
        Notice { group: group.to_owned(), title: String::new(), body: String::new(), place: place.to_owned() }
    }

    #[test]
    fn one_notification_stands_per_group_and_leads_to_the_newest_place() {
        let mut board = Board::default();
        assert_eq!(board.stands_for("1"), 0);
        board.put(7, notice("1", "/old"));
        assert_eq!(board.stands_for("1"), 7);
        board.put(7, notice("1", "/new"));
        board.put(8, notice("2", "/other"));
        assert_eq!(board.place(7), Some("/new"));
        assert_eq!(board.stands_for("2"), 8);
    }

    #[test]
    fn what_was_withdrawn_or_closed_stands_for_nothing() {
        let mut board = Board::default();
        board.put(7, notice("1", "/a"));
        assert_eq!(board.take("1"), Some(7));
        assert_eq!(board.take("1"), None);
        board.put(8, notice("1", "/a"));
        board.forget(8);
        assert_eq!((board.stands_for("1"), board.place(8)), (0, None));
    }

    #[test]
    fn a_buyers_words_are_text_to_the_desktop() {
        assert_eq!(plain("<b>1 & 2</b>"), "&lt;b&gt;1 &amp; 2&lt;/b&gt;");
    }
}
