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
    let mut shown: HashMap<String, Shown> = HashMap::new();
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                None => return Ok(()),
                Some(Order::Show(notice)) => {
                    let replaces = shown.get(&notice.group).map_or(0, |shown| shown.id);
                    match say(desktop, replaces, &notice).await {
                        Ok(id) => drop(shown.insert(notice.group, Shown { id, place: notice.place })),
                        // A desktop may begin to show them later.
                        Err(error) => tracing::info!(%error, "a notification was not shown"),
                    }
                }
                Some(Order::Withdraw { group }) => {
                    if let Some(Shown { id, .. }) = shown.remove(&group)
                        && let Err(error) = desktop.close_notification(id).await
                    {
                        tracing::info!(%error, "a notification was not withdrawn");
                    }
                }
            },
            Some(press) = pressed.next() => {
                if let Ok(press) = press.args()
                    && press.action == PRESSED
                    && let Some(shown) = shown.values().find(|shown| shown.id == press.id)
                {
                    open(&shown.place);
                }
            }
            Some(end) = closed.next() => {
                if let Ok(end) = end.args() {
                    shown.retain(|_, shown| shown.id != end.id);
                }
            }
        }
    }
}

/// A notification on the screen.
struct Shown {
    id: u32,
    place: String,
}

async fn say(desktop: &NotificationsProxy<'_>, replaces: u32, notice: &Notice) -> zbus::Result<u32> {
    let hints = HashMap::from([("desktop-entry", Value::from(DESKTOP_ENTRY)), ("category", Value::from("im.received"))]);
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
    use std::sync::{Arc, Mutex};

    use zbus::connection;
    use zbus::object_server::SignalEmitter;

    use super::*;

    /// A desktop that writes down what it is asked.
    #[derive(Clone, Default)]
    struct Desktop {
        asked: Arc<Mutex<Vec<String>>>,
    }

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    impl Desktop {
        #[expect(clippy::too_many_arguments, reason = "the desktop's own interface")]
        fn notify(
            &self,
            _program: &str,
            replaces: u32,
            _icon: &str,
            title: &str,
            body: &str,
            _actions: Vec<String>,
            _hints: HashMap<String, Value<'_>>,
            _time: i32,
        ) -> u32 {
            let mut asked = self.asked.lock().unwrap();
            asked.push(format!("show {title}: {body}, in the place of {replaces}"));
            if replaces > 0 { replaces } else { u32::try_from(asked.len()).unwrap() }
        }

        fn close_notification(&self, id: u32) {
            self.asked.lock().unwrap().push(format!("close {id}"));
        }

        #[zbus(signal)]
        async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: String) -> zbus::Result<()>;
    }

    fn notice(group: &str, body: &str) -> Order {
        let place = format!("/inbox/all/{}", body.len());
        Order::Show(Notice { group: group.to_owned(), title: "Shop".to_owned(), body: body.to_owned(), place })
    }

    #[tokio::test]
    async fn one_notification_stands_per_shop_and_goes_when_withdrawn_and_a_press_leads_to_its_place() {
        let desktop = Desktop::default();
        let (here, there) = tokio::net::UnixStream::pair().unwrap();
        let guid = zbus::Guid::generate();
        let server = connection::Builder::unix_stream(there)
            .server(guid)
            .unwrap()
            .p2p()
            .serve_at("/org/freedesktop/Notifications", desktop.clone())
            .unwrap()
            .build();
        let client = connection::Builder::unix_stream(here).p2p().build();
        let (server, client) = tokio::try_join!(server, client).unwrap();
        let proxy = NotificationsProxy::new(&client).await.unwrap();

        let (send, orders) = mpsc::channel(8);
        let (opened, mut places) = mpsc::unbounded_channel();
        let working = tokio::spawn(async move {
            pass_on(&proxy, orders, move |place| opened.send(place.to_owned()).unwrap()).await.unwrap();
        });
        send.send(notice("1", "first")).await.unwrap();
        send.send(notice("1", "a <b>second</b> & more")).await.unwrap();
        send.send(notice("2", "another shop")).await.unwrap();
        // Orders are carried out one after another, so a withdrawal that was heard means that all before it were.
        send.send(Order::Withdraw { group: "2".to_owned() }).await.unwrap();
        let heard = async {
            while desktop.asked.lock().unwrap().len() < 4 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), heard).await.unwrap();
        assert_eq!(
            *desktop.asked.lock().unwrap(),
            [
                "show Shop: first, in the place of 0",
                "show Shop: a &lt;b&gt;second&lt;/b&gt; &amp; more, in the place of 1",
                "show Shop: another shop, in the place of 0",
                "close 3",
            ]
        );
        let emitter = SignalEmitter::new(&server, "/org/freedesktop/Notifications").unwrap();
        Desktop::action_invoked(&emitter, 1, PRESSED.to_owned()).await.unwrap();
        assert_eq!(places.recv().await.unwrap(), format!("/inbox/all/{}", "a <b>second</b> & more".len()));
        drop(send);
        working.await.unwrap();
    }
}
