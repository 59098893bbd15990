//! A server that answers byte by byte what a test tells it to, however wrong, and remembers what reached it.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Method, path and query.
    pub line: String,
    /// Everything before the body, as text.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Asked {
    /// Path without query.
    pub fn path(&self) -> &str {
        let target = self.line.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }
}

/// How a request is met.
#[derive(Clone, Debug)]
pub enum Manner {
    /// These bytes, head included, then the end of the connection.
    Bytes(Bytes),
    /// These bytes first, then the others again and again until so many have left, or the client has had enough.
    Flood {
        /// Head and the beginning of the body.
        first: Bytes,
        /// What follows again and again.
        again: Bytes,
        /// Most bytes that leave.
        most: u64,
    },
    /// These bytes, then one more each time so much real time has passed, for ever.
    Drip {
        /// What leaves at once.
        first: Bytes,
        /// Time between two bytes.
        pause: Duration,
    },
    /// Nothing, ever.
    Silence,
    /// The connection ends at once.
    Close,
}

impl Manner {
    /// A proper answer.
    pub fn answer(status: u16, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        Self::Bytes([head.as_bytes(), body].concat().into())
    }
}

type Script = dyn Fn(&Asked) -> Manner + Send + Sync;

/// The server; dropping it stops it.
#[derive(Debug)]
pub struct Peer {
    address: String,
    seen: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(script: impl Fn(&Asked) -> Manner + Send + Sync + 'static) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let (seen, script): (Arc<Mutex<Vec<Asked>>>, Arc<Script>) = (Arc::default(), Arc::new(script));
        let memory = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (memory, script) = (Arc::clone(&memory), Arc::clone(&script));
                // A client that leaves is no fault of the server's.
                tokio::spawn(async move { drop(serve(socket, &memory, script.as_ref()).await) });
            }
        });
        Ok(Self { address, seen, task })
    }

    /// Where it listens, without a path.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Everything it was asked.
    pub fn seen(&self) -> Vec<Asked> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often it was asked.
    pub fn count(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Meets one request over an open connection, plain or secured.
///
/// # Errors
/// If the client leaves.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut socket: S,
    memory: &Mutex<Vec<Asked>>,
    script: &Script,
) -> std::io::Result<()> {
    let asked = read(&mut socket).await?;
    memory.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
    match script(&asked) {
        Manner::Bytes(bytes) => socket.write_all(&bytes).await?,
        Manner::Flood { first, again, most } => {
            socket.write_all(&first).await?;
            let mut left = most;
            while left > 0 {
                socket.write_all(&again).await?;
                left = left.saturating_sub(again.len() as u64);
            }
        }
        Manner::Drip { first, pause } => {
            socket.write_all(&first).await?;
            loop {
                tokio::time::sleep(pause).await;
                socket.write_all(b" ").await?;
                socket.flush().await?;
            }
        }
        Manner::Silence => std::future::pending().await,
        Manner::Close => return Ok(()),
    }
    socket.shutdown().await
}

async fn read<S: AsyncRead + Unpin>(socket: &mut S) -> std::io::Result<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 8_192];
    let cut = std::io::ErrorKind::UnexpectedEof;
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        match socket.read(&mut buffer).await? {
            0 => return Err(cut.into()),
            got => bytes.extend(buffer.iter().take(got)),
        }
    };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .unwrap_or(0);
    while bytes.len() < end + length {
        match socket.read(&mut buffer).await? {
            0 => return Err(cut.into()),
            got => bytes.extend(buffer.iter().take(got)),
        }
    }
    let body = String::from_utf8_lossy(bytes.get(end..).unwrap_or_default()).into_owned();
    Ok(Asked { line: head.lines().next().unwrap_or_default().to_owned(), head, body })
}
