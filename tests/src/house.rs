//! A home of the real program beside simulated platforms, for tests that start and kill whole processes.
//!
//! The platforms live in the test's own process: what they accepted is known whatever happens to the program. Time is theirs
//! too, so that hours pass in moments.

pub mod deed;
pub mod figures;
pub mod ledger;
pub mod process;
pub mod rest;
pub mod snapshot;
pub mod truth;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use dragoman_api::{ErrorCode, Problem};
use dragoman_hub::Api;
use dragoman_simulator::{ClockMode, FaultPlan, Options, Running, ShopSeed, Simulator, Size};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;
use uuid::Uuid;

use self::process::Process;
use self::snapshot::Snapshot;

/// What opens the vault of every test home.
pub const PASSPHRASE: &str = "seven quiet herons cross the harbour";
/// Longest a command may take, in real time: one that waits for nothing would hold up all others.
const PATIENCE: Duration = Duration::from_secs(240);

/// A home, the program, and the platforms its shops are on.
#[derive(Debug)]
pub struct House {
    folder: TempDir,
    home: PathBuf,
    program: PathBuf,
    world: Running,
    http: reqwest::Client,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it printed for scripts.
    pub stdout: String,
    /// What it said to people.
    pub stderr: String,
}

impl Outcome {
    /// The JSON lines it printed.
    ///
    /// # Errors
    /// If a line is not JSON.
    pub fn lines(&self) -> anyhow::Result<Vec<Value>> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).with_context(|| format!("not JSON: {line}")))
            .collect()
    }

    /// The problem document of a command that ended with exit code 1.
    ///
    /// # Errors
    /// If it ended otherwise or printed something else.
    pub fn problem(&self) -> anyhow::Result<Value> {
        ensure!(self.code == Some(1), "a failure was expected: {self:?}");
        let lines = self.lines()?;
        let last = lines.into_iter().next_back().with_context(|| format!("no problem document: {self:?}"))?;
        for field in ["code", "message", "params", "retry_after_s", "trace"] {
            ensure!(last.get(field).is_some(), "a problem document has {field}: {last}");
        }
        Ok(last)
    }
}

/// A small world in automatic time that begins at a fixed instant, so that the same seed gives the same run.
pub fn world(seed: u64) -> Options {
    Options {
        seed,
        clock: ClockMode::Auto,
        start: "2026-11-22T09:00:00Z".parse().ok(),
        size: Size { questions: 12, chats: 12, products: 8, ..Size::default() },
        ..Options::default()
    }
}

/// The program under test: `DRAGOMAN_BIN`, else the one built beside this test.
///
/// # Errors
/// If there is none.
pub fn program() -> anyhow::Result<PathBuf> {
    let path = match std::env::var_os("DRAGOMAN_BIN") {
        Some(path) => PathBuf::from(path),
        None => {
            let test = std::env::current_exe()?;
            let folder = test.parent().and_then(Path::parent).context("the test lies in no target folder")?;
            folder.join(format!("dragoman{}", std::env::consts::EXE_SUFFIX))
        }
    };
    ensure!(
        path.is_file(),
        "{} is missing: run `cargo build --package dragoman-cli` first, or name the program in DRAGOMAN_BIN",
        path.display()
    );
    Ok(path)
}

impl House {
    /// Starts the platforms; the home is made by the first command.
    ///
    /// # Errors
    /// If the program is missing or the platforms cannot listen.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        Self::build(options, None).await
    }

    /// The same with the home elsewhere, such as on a small disk.
    ///
    /// # Errors
    /// As [`House::start`].
    pub async fn start_at(options: Options, home: PathBuf) -> anyhow::Result<Self> {
        Self::build(options, Some(home)).await
    }

    async fn build(options: Options, home: Option<PathBuf>) -> anyhow::Result<Self> {
        let program = program()?;
        let folder = tempfile::tempdir()?;
        let home = home.unwrap_or_else(|| folder.path().join("home"));
        std::fs::write(folder.path().join("passphrase"), PASSPHRASE)?;
        std::fs::create_dir(folder.path().join("tmp"))?;
        let world = Simulator::start(Options { log: Some(folder.path().join("accepted.jsonl")), ..options }).await?;
        dragoman_channels::http::install_tls();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        Ok(Self { folder, home, program, world, http })
    }

    /// The home's folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Folder of the test's own files; the program's are in [`House::home`].
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The platforms.
    pub fn world(&self) -> &Running {
        &self.world
    }

    /// A client for the platforms themselves.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A command of the program, in its own folder for temporary files and in the platforms' time.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_through(&[], args)
    }

    /// The same behind another program that starts it, such as `sh -c 'umask 000; exec "$@"' sh`.
    pub fn command_through(&self, starter: &[&str], args: &[&str]) -> Command {
        let mut command = match starter {
            [] => Command::new(&self.program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(&self.program);
                command
            }
        };
        command
            .arg("--home")
            .arg(&self.home)
            .arg("--json")
            .args(args)
            .current_dir(self.folder.path())
            .env("DRAGOMAN_PASSPHRASE_FILE", self.folder.path().join("passphrase"))
            .env("DRAGOMAN_CLOCK", self.world.clock_url())
            .env("TMPDIR", self.folder.path().join("tmp"))
            // The machine's own keyring is none of a test's business.
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// If it cannot be started or does not end.
    pub async fn run(&self, args: &[&str]) -> anyhow::Result<Outcome> {
        ended(self.command(args)).await.with_context(|| format!("{args:?}"))
    }

    /// Runs a command that has to succeed; the JSON lines it printed.
    ///
    /// # Errors
    /// If it fails.
    pub async fn ok(&self, args: &[&str]) -> anyhow::Result<Vec<Value>> {
        let outcome = self.run(args).await?;
        ensure!(outcome.code == Some(0), "{args:?} failed: {outcome:?}");
        outcome.lines()
    }

    /// Runs a command that has to fail; its problem document.
    ///
    /// # Errors
    /// If it succeeds or fails in another form.
    pub async fn problem(&self, args: &[&str]) -> anyhow::Result<Value> {
        self.run(args).await?.problem().with_context(|| format!("{args:?}"))
    }

    /// Starts a command that goes on.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn spawn(&self, args: &[&str]) -> anyhow::Result<Process> {
        Process::start(self.command(args), &self.folder.path().join("owner.log"))
    }

    /// Connects a shop with the given secrets instead of its own.
    ///
    /// # Errors
    /// If the command cannot be run.
    pub async fn connect_with(&self, shop: &ShopSeed, secrets: &BTreeMap<String, String>) -> anyhow::Result<Outcome> {
        let mut args = ["shop", "add", &shop.channel, "--name", &shop.name, "--base-url", &shop.base_url]
            .map(str::to_owned)
            .to_vec();
        args.extend(self.connection(&shop.fields, secrets)?);
        self.run(&args.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    /// Arguments for fields and secrets; the secrets lie in files of the test.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn connection(
        &self,
        fields: &BTreeMap<String, String>,
        secrets: &BTreeMap<String, String>,
    ) -> anyhow::Result<Vec<String>> {
        let mut args = Vec::new();
        for (name, value) in fields {
            args.extend(["--field".to_owned(), format!("{name}={value}")]);
        }
        for (name, value) in secrets {
            let file = self.folder.path().join(format!("secret-{name}"));
            std::fs::write(&file, value)?;
            args.extend(["--secret".to_owned(), format!("{name}=@{}", file.display())]);
        }
        Ok(args)
    }

    /// Connects every simulated shop; with `sending` their answers may leave. The shops' numbers by name.
    ///
    /// # Errors
    /// If one is refused.
    pub async fn connect_all(&self, sending: bool) -> anyhow::Result<BTreeMap<String, i64>> {
        let mut numbers = BTreeMap::new();
        for shop in self.world.shops() {
            let outcome = self.connect_with(shop, &shop.secrets).await?;
            ensure!(outcome.code == Some(0), "{}: {outcome:?}", shop.name);
            let lines = outcome.lines()?;
            let id =
                lines.first().and_then(|line| line.get("id")).and_then(Value::as_i64).context("a shop has a number")?;
            if sending {
                self.ok(&["shop", "send", &id.to_string(), "on"]).await?;
            }
            numbers.insert(shop.name.clone(), id);
        }
        Ok(numbers)
    }

    /// The API of whichever process owns the home, or `None` while there is none.
    pub async fn api(&self) -> Option<Api> {
        Api::connect(&self.home).await.ok()
    }

    /// Queues an answer under a key as a patient client does: asked again under the same key until some owner has answered.
    ///
    /// # Errors
    /// What the owner has against it.
    pub async fn submit(&self, conversation: i64, text: &str, undo_s: u32, key: Uuid) -> Result<Value, Problem> {
        self.act(conversation, &deed::reply(text, undo_s), key).await
    }

    /// Hands over a file for an answer in the same way; the key is what an answer names it by.
    ///
    /// # Errors
    /// What the owner has against it.
    pub async fn upload(&self, name: &str, bytes: &'static [u8], key: Uuid) -> Result<Value, Problem> {
        loop {
            if let Some(api) = self.api().await {
                match api.upload(&format!("/api/uploads?name={name}"), bytes.into(), key).await {
                    Err(problem) if is_passing(problem.code) => {}
                    answer => return answer,
                }
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// The same for any action, as the API takes it.
    ///
    /// # Errors
    /// What the owner has against it.
    pub async fn act(&self, conversation: i64, body: &Value, key: Uuid) -> Result<Value, Problem> {
        let path = format!("/api/conversations/{conversation}/actions");
        loop {
            if let Some(api) = self.api().await {
                match api.call_with_key(Method::POST, &path, Some(body.clone()), key).await {
                    Err(problem) if is_passing(problem.code) => {}
                    answer => return answer,
                }
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// A copy of the inbox as it lies on disk, opened. Take it while no process has it open: a killed one's log is copied too.
    ///
    /// # Errors
    /// If there is no inbox.
    pub fn snapshot(&self) -> anyhow::Result<Snapshot> {
        Snapshot::of(&self.home)
    }

    /// Asks the simulator's control URL for something.
    ///
    /// # Errors
    /// If it refuses.
    pub async fn control(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.http.post(format!("{}/control/{path}", self.world.control_url())).json(body).send().await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        ensure!(status.is_success(), "control/{path}: {body}");
        Ok(body)
    }

    /// Puts a fault plan in force.
    ///
    /// # Errors
    /// If the simulator does not take it.
    pub async fn plan(&self, plan: &FaultPlan) -> anyhow::Result<()> {
        self.control("plan", &serde_json::to_value(plan)?).await.map(drop)
    }

    /// A buyer writes, in a conversation or in a new one; the platform's id of it.
    ///
    /// # Errors
    /// If the platform does not know the shop or the conversation.
    pub async fn buyer(&self, shop: &str, conversation: Option<&str>, text: &str) -> anyhow::Result<String> {
        let answer =
            self.control("buyer", &json!({ "shop": shop, "conversation": conversation, "text": text })).await?;
        let id = answer.get("conversation").and_then(Value::as_str).context("the buyer's conversation has an id")?;
        Ok(id.to_owned())
    }

    /// Returns once virtual time has come to an instant or the process has ended; `true` if it runs on.
    ///
    /// # Errors
    /// If the process cannot be asked.
    pub async fn until(&self, at: Timestamp, process: &mut Process) -> anyhow::Result<bool> {
        while self.world.now() < at {
            if process.has_ended()? {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(true)
    }

    /// Lets virtual time run faster than the wall's, never further than that: in automatic time a machine that is slow to answer
    /// looks idle, and hours pass in which a window closes. Returns once nothing waits to be sent any more.
    ///
    /// # Errors
    /// If that takes longer than `patience`, in real time.
    pub async fn drain(&self, patience: Duration) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            self.flow(Duration::from_millis(200), || true).await?;
            if self.in_states(&["queued", "sending"]).await == Some(0) {
                return Ok(());
            }
            ensure!(tokio::time::Instant::now() < deadline, "something still waits to be sent after {patience:?}");
        }
    }

    /// How many items of the outbox are in one of these states; `None` if no owner says.
    async fn in_states(&self, states: &[&str]) -> Option<usize> {
        let api = self.api().await?;
        let (mut found, mut after) = (0, None);
        loop {
            let place = after.map_or_else(String::new, |place| format!("&after={place}"));
            let page = api.call(Method::GET, &format!("/api/outbox?limit=200{place}"), None).await.ok()?;
            let rows = page.get("rows")?.as_array()?;
            let state = |row: &&Value| row.get("state").and_then(Value::as_str).is_some_and(|it| states.contains(&it));
            found += rows.iter().filter(state).count();
            match page.get("next").and_then(Value::as_str) {
                Some(next) => after = Some(next.to_owned()),
                None => return Some(found),
            }
        }
    }

    /// Lets virtual time run twenty times as fast as the wall's while a condition holds, for a while of real time at most.
    ///
    /// # Errors
    /// If the simulator does not answer.
    pub async fn flow(&self, real: Duration, goes_on: impl Fn() -> bool) -> anyhow::Result<()> {
        const STEP: Duration = Duration::from_millis(10);
        let end = tokio::time::Instant::now() + real;
        while goes_on() && tokio::time::Instant::now() < end {
            self.control("clock", &json!({ "advance_s": STEP.as_secs_f64() * 19.0 })).await?;
            tokio::time::sleep(STEP).await;
        }
        Ok(())
    }

    /// Lets an owner work in automatic time until nothing is on its way by itself any more.
    ///
    /// # Errors
    /// If that takes longer than `patience`, in real time.
    pub async fn settle(&self, patience: Duration) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            match self.in_states(&["queued", "sending", "unknown"]).await {
                Some(0) => return Ok(()),
                found if tokio::time::Instant::now() > deadline => match found {
                    Some(left) => bail!("{left} items are still on their way after {patience:?}"),
                    None => bail!("no owner answers"),
                },
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

/// Whether a problem says no more than that there is no owner ready just now.
fn is_passing(code: ErrorCode) -> bool {
    // A new owner listens a moment before its vault is open.
    matches!(code, ErrorCode::HomeInUse | ErrorCode::Stopping | ErrorCode::VaultLocked | ErrorCode::NoSecretStore)
}

/// Runs a command to its end.
///
/// # Errors
/// If it cannot be started or does not end.
pub async fn ended(mut command: Command) -> anyhow::Result<Outcome> {
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .with_context(|| format!("not ended after {PATIENCE:?}"))??;
    let text = |bytes| String::from_utf8(bytes).context("output that is not UTF-8");
    Ok(Outcome { code: output.status.code(), stdout: text(output.stdout)?, stderr: text(output.stderr)? })
}
