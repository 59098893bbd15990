//! A mock server from npm that knows nothing of us or of the platforms but one OpenAPI document.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Starting takes seconds on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running mock server; dropping it stops it.
#[derive(Debug)]
pub struct Mock {
    address: String,
    _process: Child,
    _folder: TempDir,
}

impl Mock {
    /// Serves the examples of a document on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If the packages of `tests/mock` are not installed, or the server refuses the document.
    pub async fn start(document: &Value) -> anyhow::Result<Self> {
        let program =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("mock/node_modules/@stoplight/prism-cli/dist/index.js");
        if !program.is_file() {
            bail!("the mock server is not installed; run `npm ci --prefix tests/mock`");
        }
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("openapi.json");
        std::fs::write(&file, document.to_string())?;
        let mut process = Command::new("node")
            .arg(program)
            .args(["mock", "--host", "127.0.0.1", "--port", "0"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("node cannot be started")?;
        let output = process.stdout.take().context("the mock server has no output")?;
        let address = tokio::time::timeout(PATIENCE, address(BufReader::new(output)))
            .await
            .context("the mock server has not come up in time")??;
        Ok(Self { address, _process: process, _folder: folder })
    }

    /// Where it listens, without a path.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// Reads on until the server says where it listens; then lets its chatter run into nothing.
async fn address(output: BufReader<tokio::process::ChildStdout>) -> anyhow::Result<String> {
    let mut lines = output.lines();
    let mut heard = String::new();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, address)) = line.split_once("listening on ") {
            let address = address.trim().to_owned();
            // A full pipe would stop the server.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(address);
        }
        heard.push_str(&line);
        heard.push('\n');
    }
    bail!("the mock server has ended:\n{heard}")
}
