//! `dragoman-desktop`: the inbox in a window.
//!
//! The window shows the same page as a browser does. It comes, like every answer to it, from the one Router: in this process
//! while it owns the home (`household`), over 127.0.0.1 while another process does. The page reaches it over a scheme of our own
//! (`scheme`), which cannot stream, so what changes is told over a channel (`events`). Where no display answers, the page is
//! served for a browser instead (`serve`).
//!
//! What only a desktop can do comes on top: one window per home (`instance`), links into the inbox (`link`), the icon beside the
//! clock (`tray`), notifications (`notices`). All of it may be missing on a machine, and the window is there without it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod alive;
mod args;
mod commands;
mod display;
mod events;
mod household;
mod instance;
mod link;
mod notices;
mod scheme;
mod serve;
mod tray;
mod trouble;
mod window;
mod words;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use dragoman_hub::home;
use dragoman_hub::program::{self, logs};

use crate::args::Args;
use crate::household::Household;

/// How long threads that still wait for something may hold up the end.
const FAREWELL: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(told) => {
            // Help and version are asked for, too. What cannot be printed has nobody to read it.
            let _ = told.print();
            return if told.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    program::keep_files_private();
    if let Err(error) = dragoman_secrets::harden_process() {
        eprintln!("this process could not be closed to others: {error}");
    }
    dragoman_channels::http::install_tls();
    let place = match home::place(args.home.clone()) {
        Ok(place) => place,
        Err(problem) => {
            eprintln!("error: {}", problem.message);
            return ExitCode::from(2);
        }
    };
    logs::start(Some(&place));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    tauri::async_runtime::set(runtime.handle().clone());
    let household = Arc::new(Household::new(place, args.demo));
    let code = match display::find() {
        Ok(()) => window::run(&runtime, &household, &args),
        Err(why) => {
            eprintln!("no window: {why}");
            runtime.block_on(serve::run(&household))
        }
    };
    runtime.block_on(household.close());
    runtime.shutdown_timeout(FAREWELL);
    code
}
