//! The command line of the window.

use std::path::PathBuf;

use clap::Parser;

use crate::link;

/// The inbox in a window of its own.
#[derive(Clone, Debug, Parser)]
#[command(name = "dragoman-desktop", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Folder that holds everything [default: the system's folder for application data].
    #[arg(long, env = "DRAGOMAN_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,

    /// Show the demo shop, whose replies never leave this machine.
    #[arg(long)]
    pub(crate) demo: bool,

    /// Start behind the tray icon, as after signing in.
    #[arg(long)]
    pub(crate) hidden: bool,

    /// Where to begin: dragoman://thread/ID.
    pub(crate) link: Option<String>,
}

impl Args {
    /// The place of the page that was asked for.
    pub(crate) fn place(&self) -> Option<String> {
        self.link.as_deref().and_then(link::place)
    }
}
