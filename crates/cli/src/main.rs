//! `dragoman`: the whole inbox without a window.
//!
//! Every command is a caller of the API: of this process while it owns the home, else of the process that does. So commands,
//! page and window share one set of checks, and two of them at once are no accident.

mod args;
mod clock;
mod commands;
mod consequence;
mod failure;
mod home;
mod job;
mod output;
mod pages;
mod progress;
mod secret;
mod vault;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use dragoman_hub::program;

use crate::args::Cli;
use crate::output::Out;

/// How long threads that still wait for something, such as standard input, may hold up the end.
const FAREWELL: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    program::keep_files_private();
    let Cli { home, json, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // Help and version are asked for, too. What cannot be printed has nobody to read it.
            let _ = told.print();
            return if told.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    if let Err(error) = dragoman_secrets::harden_process() {
        eprintln!("this process could not be closed to others: {error}");
    }
    dragoman_channels::http::install_tls();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(commands::run(home, Out::new(json), command));
    runtime.shutdown_timeout(FAREWELL);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(json),
    }
}
