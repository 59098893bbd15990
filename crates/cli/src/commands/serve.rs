//! `serve`: the inbox at work, and its page on 127.0.0.1.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dragoman_api::{ErrorCode, Problem, Scene};
use dragoman_engine::{Engine, Work, demo};
use dragoman_hub::home::{self, OpenHome, Opening, UNDO, own};
use dragoman_hub::program::stop;
use dragoman_hub::{Api, Endpoint};
use http::Method;
use serde_json::{Value, json};

use crate::args::Serve;
use crate::failure::Outcome;
use crate::output::Out;

/// How long a command that has the home may take to end; longer ones are named.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) async fn run(place: PathBuf, out: Out, args: Serve) -> Outcome {
    if args.print_url && hand_out(&place, out, &args).await? {
        return Ok(());
    }
    if args.demo {
        let demo = demo::open(&place, UNDO).await?;
        let outcome = serve(demo.engine, Scene::Demo, out, &args).await;
        demo.platforms.stop().await;
        return outcome;
    }
    let engine = open(place).await?;
    serve(engine, Scene::Home, out, &args).await
}

/// Prints a fresh link to a home that is served already; `false` if nobody serves it.
async fn hand_out(place: &Path, out: Out, args: &Serve) -> Outcome<bool> {
    let home = if args.demo { place.join(demo::FOLDER) } else { place.to_owned() };
    let Ok(api) = Api::connect(&home).await else { return Ok(false) };
    let answer = api.call(Method::POST, "/sign-in", None).await?;
    let link = answer.get("sign_in").and_then(Value::as_str).unwrap_or_default().to_owned();
    out.document(&answer, |_| Ok(link))?;
    out.remark("Open the link within ten minutes; it signs in one browser, once.");
    Ok(true)
}

async fn serve(engine: Engine, scene: Scene, out: Out, args: &Serve) -> Outcome {
    let owner = OpenHome::start(engine, scene, args.port).await?;
    let outcome = announced(&owner, scene, out, args).await;
    if outcome.is_ok() {
        stop::asked().await;
    }
    owner.stop().await;
    outcome
}

/// Sets everything to work, the vault first if it opens without a question, and says where the page is.
async fn announced(owner: &OpenHome, scene: Scene, out: Out, args: &Serve) -> Outcome {
    if scene == Scene::Home {
        home::open_unasked(owner.api()).await?;
    }
    owner.work(Work::All);
    let link = owner.sign_in_link()?;
    if args.print_url && !out.is_json() {
        out.line(&link)?;
        out.remark("Open the link within ten minutes; it signs in one browser, once. Ctrl-C ends the program.");
        return Ok(());
    }
    let document = json!({ "url": owner.url(), "sign_in": link, "demo": scene == Scene::Demo });
    out.document(&document, |_| {
        let what = if scene == Scene::Demo { "The demo" } else { "The inbox" };
        Ok(format!(
            "{what} is served at {}.\nSign in, once and within ten minutes: {link}\nCtrl-C ends the program.",
            owner.url()
        ))
    })
}

/// Takes the home, waiting a little for a command that is about to end.
async fn open(place: PathBuf) -> Outcome<Engine> {
    let clock = home::clock::choose().await?;
    let give_up = Instant::now() + PATIENCE;
    loop {
        match own(&place, clock.clone()).await {
            Ok(engine) => return Ok(engine),
            Err(Opening::Failed(problem)) => return Err((*problem).into()),
            Err(Opening::InUse) if Instant::now() < give_up => tokio::time::sleep(LOOK).await,
            Err(Opening::InUse) => {
                // Says so itself if the owner does not answer.
                Api::connect(&place).await?;
                let owner = Endpoint::read(&place)
                    .map(|owner| format!("process {} at {}", owner.pid, owner.url))
                    .unwrap_or_default();
                let text = format!("this home is served already ({owner}): `serve --print-url` gives a link to it");
                return Err(Problem::new(ErrorCode::HomeInUse, text).with("owner", owner).into());
            }
        }
    }
}
