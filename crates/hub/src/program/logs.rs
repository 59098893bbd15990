//! Logs: warnings on standard error, what happened in `logs/` of the home. Both pass through the masks of secrets.

use std::io;
use std::path::Path;

use dragoman_secrets::Redacting;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

/// Folder inside the home.
const FOLDER: &str = "logs";
/// Daily files that are kept.
const FILES: usize = 14;
/// Sets what is logged, in the syntax of `tracing_subscriber::EnvFilter`; for both places.
const FILTER: &str = "DRAGOMAN_LOG";

/// Starts logging; into a home's folder if there is one.
pub fn start(home: Option<&Path>) {
    let stderr = fmt::layer().with_writer(Redacting(io::stderr)).with_filter(filter("warn"));
    let file = home
        .and_then(file)
        .map(|file| fmt::layer().with_ansi(false).with_writer(Redacting(file)).with_filter(filter("info")));
    tracing_subscriber::registry().with(stderr).with(file).init();
}

fn filter(usual: &str) -> EnvFilter {
    EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| EnvFilter::new(usual))
}

fn file(home: &Path) -> Option<RollingFileAppender> {
    let folder = home.join(FOLDER);
    let opened = std::fs::create_dir_all(&folder).map_err(|error| error.to_string()).and_then(|()| appender(&folder));
    // A home that cannot be written is the command's own affair; its reason is better than ours.
    opened.inspect_err(|why| eprintln!("no log is kept: {why}")).ok()
}

fn appender(folder: &Path) -> Result<RollingFileAppender, String> {
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("dragoman")
        .filename_suffix("log")
        .max_log_files(FILES)
        .build(folder)
        .map_err(|error| error.to_string())
}
