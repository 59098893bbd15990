//! What is said outside the page, because the page is what is missing.

use dragoman_api::{ErrorCode, Problem};
use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt as _, MessageDialogButtons, MessageDialogKind};

use crate::household::Household;
use crate::words::say;

/// Everything said here and in the tray, for the test of the catalogues.
#[cfg(test)]
pub(crate) const SAID: &[&str] = &[
    "shell.shut",
    "shell.blank",
    "shell.blank_why",
    "shell.browser",
    "shell.wait",
    "shell.open",
    "shell.quit",
    "problem.home_in_use",
    "problem.disk_full",
];

/// The home cannot be opened.
pub(crate) fn home_is_shut(app: &AppHandle, problem: &Problem) {
    // The details are English; they name files and processes, never anybody's words.
    let text = match problem.code {
        ErrorCode::HomeInUse | ErrorCode::DiskFull => {
            format!("{}\n\n{}", say(&format!("problem.{}", problem.code.word())), problem.message)
        }
        _ => problem.message.clone(),
    };
    let dialog = app.dialog().message(text).title(say("shell.shut")).kind(MessageDialogKind::Error);
    dialog.blocking_show();
}

/// The page was not drawn in time: offers the browser, which shows the same one.
pub(crate) async fn page_is_blank(app: &AppHandle, household: &Household) {
    tracing::warn!("the page was not drawn in time");
    eprintln!("the page was not drawn in time; the browser shows the same one");
    let dialog = app
        .dialog()
        .message(say("shell.blank_why"))
        .title(say("shell.blank"))
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom(say("shell.browser").to_owned(), say("shell.wait").to_owned()));
    let (answer, answered) = tokio::sync::oneshot::channel();
    dialog.show(move |browser| {
        // Nobody waits any more only when the program ends.
        let _ = answer.send(browser);
    });
    if !answered.await.unwrap_or(false) {
        return;
    }
    match household.sign_in_link().await {
        Ok(Some(link)) => {
            if let Err(error) = tauri_plugin_opener::open_url(&link, None::<&str>) {
                tracing::warn!(%error, "the system opens no browser");
                println!("{link}");
            }
        }
        Ok(None) => eprintln!("another process serves this home: use the link it gave"),
        Err(problem) => eprintln!("error ({}): {}", problem.code.word(), problem.message),
    }
}
