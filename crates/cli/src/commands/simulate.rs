//! `simulate`: the simulated marketplaces alone, for developers, tests and the curious.

use std::path::PathBuf;

use dragoman_api::{ErrorCode, Problem};
use dragoman_hub::program::stop;
use dragoman_simulator::{Error, FaultPlan, Options, OzonRules, Running, Simulator, Size};

use crate::args::Simulate;
use crate::failure::{Failure, Outcome};
use crate::output::Out;

pub(crate) async fn run(args: Simulate, out: Out) -> Outcome {
    let Simulate { port, seed, plan, log, .. } = args;
    let plan = match plan {
        Some(path) => FaultPlan::read(&path).map_err(|error| Failure::usage(format!("--plan: {error}")))?,
        None => FaultPlan::default(),
    };
    let mut size = Size::default();
    if let Some(conversations) = args.conversations {
        (size.questions, size.chats) = (conversations, conversations);
    }
    size.reviews = args.reviews.unwrap_or(size.reviews);
    size.buyer_chats = args.buyer_chats.unwrap_or(size.buyer_chats);
    size.history_days = args.history_days.unwrap_or(size.history_days);
    let mut ozon = OzonRules::default();
    ozon.world.old_chats = args.old_chats;
    ozon.world.old_questions = args.old_questions;
    ozon.world.old_reviews = args.old_reviews;
    // Scripts find the log where the announcement says, so that path has to hold wherever they stand.
    let log = std::path::absolute(log.unwrap_or_else(usual_log))
        .map_err(|error| Failure::usage(format!("--log: {error}")))?;
    let log = Some(log);
    let options = Options { port, seed, size, plan, log, ozon, answer_back: true, ..Options::default() };
    let running = Simulator::start(options).await.map_err(problem)?;
    announce(&running, out)?;
    stop::asked().await;
    running.stop().await;
    Ok(())
}

fn announce(running: &Running, out: Out) -> Outcome {
    if out.is_json() {
        return out.line(&running.announcement().to_string());
    }
    out.line(
        "Simulated marketplaces. Connect their shops from another terminal; --json prints the same for scripts.\n",
    )?;
    for shop in running.shops() {
        let fields: String = shop.fields.iter().map(|(name, value)| format!(" --field {name}={value}")).collect();
        let secrets: String = shop.secrets.keys().map(|name| format!(" --secret {name}=-")).collect();
        out.line(&format!(
            "dragoman shop add {} --name {:?} --base-url {}{fields}{secrets}",
            shop.channel, shop.name, shop.base_url
        ))?;
        for (name, value) in &shop.secrets {
            out.line(&format!("  {name}: {value}"))?;
        }
    }
    let log = running.log_path().map(|path| path.display().to_string()).unwrap_or_default();
    out.line(&format!(
        "\nwhat they accept  {log}\ncontrol           {}\nclock             {}\nCtrl-C ends them.",
        running.control_url(),
        running.clock_url()
    ))
}

fn usual_log() -> PathBuf {
    std::env::temp_dir().join(format!("dragoman-accepted-{}.jsonl", std::process::id()))
}

fn problem(error: Error) -> Failure {
    let message = error.to_string();
    match error {
        Error::Listen { port, source } => Problem::new(ErrorCode::Invalid, format!("{message}: {source}"))
            .with("field", "port")
            .with("why", format!("port {port} cannot be used")),
        Error::Log { path, source } => Problem::new(ErrorCode::FileUnusable, format!("{message}: {source}"))
            .with("path", path.display().to_string()),
    }
    .into()
}
