//! What each command does. All of them ask the API; none knows more than it says.

mod act;
mod doctor;
mod facts;
mod history;
mod inbox;
mod leaving;
mod outbox;
mod quarantine;
mod reply;
mod search;
mod serve;
mod shop;
mod simulate;
mod sync;

use std::path::PathBuf;

use dragoman_engine::Work;
use dragoman_hub::home::place;
use dragoman_hub::program::{logs, stop};

use crate::args::{Command, OutboxCommand};
use crate::failure::{Failure, Outcome};
use crate::home::{Home, Needs};
use crate::output::Out;
use crate::vault;

/// Carries out a command.
pub(crate) async fn run(given_home: Option<PathBuf>, out: Out, command: Command) -> Outcome {
    let command = match command {
        Command::Simulate(args) => {
            logs::start(None);
            return simulate::run(args, out).await;
        }
        command => command,
    };
    check(&command)?;
    let place = place(given_home).map_err(|problem| Failure::usage(problem.message))?;
    logs::start(Some(&place));
    match command {
        Command::Serve(args) => serve::run(place, out, args).await,
        Command::Restore(args) => history::restore(place, out, args).await,
        Command::Salvage => leaving::salvage(place, out).await,
        command => {
            let mut home = Home::new(place, needs(&command));
            let endless = matches!(&command, Command::Sync(sync) if sync.watch);
            let outcome = tokio::select! {
                outcome = carry_out(&mut home, out, command) => outcome,
                () = stop::asked() => if endless { Ok(()) } else { Err(Failure::Told) },
            };
            home.close().await;
            outcome
        }
    }
}

/// What can be refused before a home is touched.
fn check(command: &Command) -> Outcome {
    match command {
        Command::Shop(command) => shop::check(command),
        Command::Act(args) => act::check(args),
        Command::Erase(args) => leaving::check(args),
        _ => Ok(()),
    }
}

/// What a command needs while it owns its home. Only those that fetch or wait for an answer send anything.
fn needs(command: &Command) -> Needs {
    let outbox = |waits: bool| if waits { Work::Outbox } else { Work::None };
    let (work, keys) = match command {
        Command::Sync(_) => (Work::Outbox, true),
        Command::Reply(args) => (outbox(args.sending.wait), true),
        Command::Edit(args) => (outbox(args.sending.wait), true),
        Command::Delete(args) => (outbox(args.sending.wait), true),
        Command::Act(args) => (outbox(args.sending.wait), true),
        Command::Outbox(args) => match &args.command {
            None => (Work::None, false),
            Some(OutboxCommand::Retry(item) | OutboxCommand::Cancel(item) | OutboxCommand::MarkSent(item)) => {
                (outbox(item.wait), true)
            }
            Some(OutboxCommand::Edit(args)) => (outbox(args.item.wait), true),
        },
        Command::Shop(_) | Command::Read(_) | Command::Show(_) | Command::Doctor => (Work::None, true),
        Command::List(_)
        | Command::Search(_)
        | Command::Quarantine(_)
        | Command::Backup(_)
        | Command::Import(_)
        | Command::Export(_)
        | Command::Erase(_) => (Work::None, false),
        // The vault is what the first is about; the others own their home in their own way, or have none.
        Command::Vault(_) | Command::Serve(_) | Command::Restore(_) | Command::Salvage | Command::Simulate(_) => {
            (Work::None, false)
        }
    };
    Needs { work, keys }
}

async fn carry_out(home: &mut Home, out: Out, command: Command) -> Outcome {
    match command {
        Command::Shop(command) => shop::run(home, out, command).await,
        Command::Vault(command) => vault::run(home, out, command).await,
        Command::Sync(args) => sync::run(home, out, args).await,
        Command::List(args) => inbox::list(home, out, args).await,
        Command::Show(args) => inbox::show(home, out, args).await,
        Command::Read(args) => inbox::read_mark(home, out, args).await,
        Command::Reply(args) => reply::reply(home, out, args).await,
        Command::Edit(args) => reply::edit(home, out, args).await,
        Command::Delete(args) => reply::delete(home, out, args).await,
        Command::Act(args) => act::run(home, out, args).await,
        Command::Outbox(args) => outbox::run(home, out, args).await,
        Command::Quarantine(args) => quarantine::run(home, out, args).await,
        Command::Search(args) => search::run(home, out, args).await,
        Command::Backup(args) => history::backup(home, out, args).await,
        Command::Import(args) => history::import(home, out, args).await,
        Command::Export(args) => history::export(home, out, args).await,
        Command::Erase(args) => leaving::erase(home, out, args).await,
        Command::Doctor => doctor::run(home, out).await,
        // Begun above, because they own their home otherwise or have none.
        Command::Serve(_) | Command::Restore(_) | Command::Salvage | Command::Simulate(_) => Ok(()),
    }
}
