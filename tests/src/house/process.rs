//! A process of the program that goes on until a test ends it.

use std::fs::File;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// How long a process may take to announce itself or to end when asked, in real time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running process; it does not outlive its test.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a command. What it says to people goes into a file, where it is not lost when the process is killed.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(mut command: Command, words: &Path) -> anyhow::Result<Self> {
        let words = File::options().create(true).append(true).open(words)?;
        let mut child = command.stdout(Stdio::piped()).stderr(words).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().map(BufReader::new);
        Ok(Self { child, stdout })
    }

    /// Its number; `None` once it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// The next line it prints, as JSON.
    ///
    /// # Errors
    /// If it ends first or prints something else.
    pub async fn line(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().context("its output was taken")?;
        tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await.context("it says nothing")??;
        serde_json::from_str(&line).with_context(|| format!("not JSON: {line:?}"))
    }

    /// Reads and drops whatever it prints from now on, so that it never waits for a reader.
    pub fn ignore_output(&mut self) {
        if let Some(mut stdout) = self.stdout.take() {
            tokio::spawn(async move {
                // It ends with the process, whichever way.
                let _ = tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await;
            });
        }
    }

    /// Whether it has ended by itself.
    ///
    /// # Errors
    /// If it cannot be asked.
    pub fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Makes it stand still, wherever it is, so that it can be looked at and then killed or let go on.
    ///
    /// # Errors
    /// If it has ended.
    pub fn stand_still(&self) -> anyhow::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on after [`Self::stand_still`].
    ///
    /// # Errors
    /// If it has ended.
    pub fn go_on(&self) -> anyhow::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(kill_process(id.context("it has ended")?, signal)?)
    }

    /// Ends it with a signal it cannot catch; `true` if it was still running.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub async fn kill(mut self) -> anyhow::Result<bool> {
        let was_running = self.child.try_wait()?.is_none();
        if was_running {
            self.child.kill().await?;
        }
        Ok(was_running)
    }

    /// Asks it to end, as a person's Ctrl-C does.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn stop(self) -> anyhow::Result<ExitStatus> {
        if self.child.id().is_some() {
            self.signal(Signal::INT)?;
        }
        self.ended().await
    }

    /// Waits for its own end.
    ///
    /// # Errors
    /// If that does not come.
    pub async fn ended(mut self) -> anyhow::Result<ExitStatus> {
        self.ignore_output();
        Ok(tokio::time::timeout(PATIENCE, self.child.wait()).await.context("it does not end")??)
    }
}
