//! The window and its life.

use std::process::ExitCode;
use std::sync::Arc;

use dragoman_hub::program::stop;
use tauri::webview::{NewWindowResponse, WebviewWindowBuilder};
use tauri::{App, AppHandle, Manager as _, WebviewUrl, WebviewWindow, WindowEvent};
use tauri_plugin_window_state::StateFlags;
use tokio::runtime::Runtime;
use url::Url;

use crate::alive::{Alive, PATIENCE};
use crate::args::Args;
use crate::events::{Listener, follow};
use crate::household::Household;
use crate::notices::Notices;
use crate::{commands, instance, scheme, tray};

/// Name of the one window.
pub(crate) const LABEL: &str = "main";
/// Size before the person chose another, in pixels of the page.
const SIZE: (f64, f64) = (1280.0, 820.0);
/// The page has one column below this.
const SMALLEST: (f64, f64) = (480.0, 480.0);

/// File of the home that keeps the window's size and place.
const STATE: &str = "window.json";

/// Shows the window until it is closed or the program is asked to end.
pub(crate) fn run(runtime: &Runtime, household: &Arc<Household>, args: &Args) -> ExitCode {
    let app = match build(household, args) {
        Ok(app) => app,
        Err(error) => {
            eprintln!("no window: {error}");
            return runtime.block_on(crate::serve::run(household));
        }
    };
    let code = app.run_return(|_app, _event| {
        // Elsewhere a link comes as an argument.
        #[cfg(target_os = "macos")]
        if let tauri::RunEvent::Opened { urls } = _event {
            if let Some(place) = urls.iter().find_map(|url| crate::link::place(url.as_str())) {
                _app.state::<Arc<Listener>>().go(place);
                show(_app);
            }
        }
    });
    u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Brings the window before the person.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus()) {
        tracing::warn!(%error, "the window stays where it is");
    }
}

fn build(household: &Arc<Household>, args: &Args) -> tauri::Result<App> {
    let of_scheme = Arc::clone(household);
    let of_setup = Arc::clone(household);
    let args = args.clone();
    let shape = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN;
    let state = household.folder().join(STATE).to_string_lossy().into_owned();
    let builder = tauri::Builder::default()
        // First, so that a second start ends before it has done anything.
        .plugin(instance::plugin(&household.folder()))
        .plugin(tauri_plugin_window_state::Builder::new().with_state_flags(shape).with_filename(state).build())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_autostart::Builder::new().args(start_again(&args)).build())
        .manage(Arc::new(Alive::default()))
        .manage(Arc::new(Listener::default()))
        .register_asynchronous_uri_scheme_protocol(scheme::NAME, move |context, request, responder| {
            scheme::answer(&of_scheme, &context, request, responder);
        })
        .invoke_handler(tauri::generate_handler![
            commands::follow,
            commands::alive,
            commands::badge,
            commands::notify,
            commands::withdraw,
            commands::starts_itself,
            commands::start_itself,
            commands::open_outside
        ])
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event
                && tray::is_there(window.app_handle())
            {
                // Work goes on behind the icon, which also ends it.
                api.prevent_close();
                if let Err(error) = window.hide() {
                    tracing::warn!(%error, "the window stays");
                }
            }
        })
        .setup(move |app| {
            open(app, &of_setup, &args)?;
            Ok(())
        });
    #[cfg(not(target_os = "linux"))]
    let builder = builder.plugin(tauri_plugin_notification::init());
    #[expect(
        clippy::disallowed_methods,
        reason = "the toolkit's macro ends the process where its own thread cannot begin"
    )]
    builder.build(tauri::generate_context!())
}

/// With which words the system is to start the program by itself.
fn start_again(args: &Args) -> Vec<String> {
    let home = args.home.as_ref().map(|home| ["--home".to_owned(), home.to_string_lossy().into_owned()]);
    home.into_iter().flatten().chain(["--hidden".to_owned()]).collect()
}

/// Makes the window and what goes on behind it.
fn open(app: &App, household: &Arc<Household>, args: &Args) -> tauri::Result<()> {
    let handle = app.handle().clone();
    let home = page()?;
    let own = home.clone();
    // Everything the page may call has to be there before the page.
    let listener = Arc::clone(&app.state::<Arc<Listener>>());
    if let Some(place) = args.place() {
        listener.go(place);
    }
    let (of_notices, shown) = (Arc::clone(&listener), handle.clone());
    app.manage(Notices::begin(handle.clone(), move |place| {
        of_notices.go(place.to_owned());
        show(&shown);
    }));
    // Without an icon to bring it back, a hidden window would be lost.
    let hidden = tray::put(&handle) && args.hidden;
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(home))
        .title("Dragoman")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SMALLEST.0, SMALLEST.1)
        .prevent_overflow()
        .visible(!hidden)
        // The page takes files that are dropped on it.
        .disable_drag_drop_handler()
        .on_navigation(move |url| is_ours(&own, url))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    bring_back(&window)?;

    tauri::async_runtime::spawn(follow(Arc::clone(household), listener));
    tauri::async_runtime::spawn(watch(handle.clone(), Arc::clone(household)));
    tauri::async_runtime::spawn(async move {
        stop::asked().await;
        handle.exit(0);
    });
    Ok(())
}

/// Loads the page again when the process that draws it dies: what was being written is kept in the home.
#[cfg(target_os = "linux")]
fn bring_back(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt as _;
    window.with_webview(|view| {
        view.inner().connect_web_process_terminated(|view, why| {
            tracing::warn!(?why, "the page's process ended; it is loaded again");
            view.reload();
        });
    })
}

/// Elsewhere the web view does so itself.
#[cfg(not(target_os = "linux"))]
fn bring_back(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Says what keeps the home shut, or the page from being seen.
async fn watch(app: AppHandle, household: Arc<Household>) {
    if let Err(problem) = household.api().await {
        eprintln!("error ({}): {}", problem.code.word(), problem.message);
        crate::trouble::home_is_shut(&app, &problem);
        app.exit(1);
        return;
    }
    let alive = Arc::clone(&app.state::<Arc<Alive>>());
    if !alive.in_time(PATIENCE).await {
        crate::trouble::page_is_blank(&app, &household).await;
    }
}

/// Address of the page. Windows knows no schemes of programs and gives them a host instead.
fn page() -> tauri::Result<Url> {
    let address = if cfg!(windows) {
        format!("http://{}.localhost/", scheme::NAME)
    } else {
        format!("{}://localhost/", scheme::NAME)
    };
    Url::parse(&address).map_err(tauri::Error::InvalidUrl)
}

/// Whether an address is the page's own: the window shows nothing else.
fn is_ours(page: &Url, url: &Url) -> bool {
    (url.scheme(), url.host_str(), url.port()) == (page.scheme(), page.host_str(), page.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_shows_its_own_page_and_nothing_else() {
        let page = page().unwrap();
        assert!(is_ours(&page, &page.join("/#/inbox/all/7").unwrap()));
        for address in [
            "https://example.com/",
            "dragoman-app://elsewhere/",
            "file:///etc/passwd",
            "about:blank",
            "data:text/html,x",
        ] {
            assert!(!is_ours(&page, &Url::parse(address).unwrap()), "{address}");
        }
    }
}
