//! The lowest layer: accepts connections, speaks HTTP/1.1 and can break off in the middle of an answer.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// Any answer body, slow ones included.
pub(crate) type Body = UnsyncBoxBody<Bytes, std::convert::Infallible>;

/// Put into a response's extensions to end the connection before the response is complete.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BreakOff {
    /// What still leaves.
    pub after: Part,
    /// Whether the other side sees a reset or an orderly end.
    pub how: Ending,
}

/// The part of a response that still leaves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    /// So many bytes, head included.
    Response(u64),
    /// The head and so many bytes of the body.
    Body(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Reset,
    Close,
}

/// Serves connections until it is dropped, which also ends the connections.
pub(crate) async fn serve<H, F>(listener: TcpListener, handle: H)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Out of file descriptors, mostly: a moment later there may be some again.
            Err(error) => {
                tracing::warn!(%error, "no connection accepted");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                continue;
            }
        };
        let cut = Arc::new(Cut::default());
        let wire = Wire { stream, cut: Arc::clone(&cut) };
        let handle = handle.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let (answer, cut) = (handle(request), Arc::clone(&cut));
                async move {
                    let response = answer.await;
                    if let Some(order) = response.extensions().get::<BreakOff>() {
                        cut.order(*order);
                    }
                    Ok::<_, std::convert::Infallible>(response)
                }
            });
            // An error here is a client that went away or a break-off we ordered ourselves.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(wire), service)
                .await;
        });
    }
}

/// How many bytes may still leave a connection.
#[derive(Debug)]
struct Cut {
    left: AtomicU64,
    /// Whether the head of the response, still to be written, comes on top.
    head_too: AtomicBool,
    reset: AtomicBool,
}

impl Default for Cut {
    fn default() -> Self {
        Self { left: AtomicU64::new(u64::MAX), head_too: AtomicBool::new(false), reset: AtomicBool::new(false) }
    }
}

impl Cut {
    fn order(&self, order: BreakOff) {
        let (left, head_too) = match order.after {
            Part::Response(bytes) => (bytes, false),
            Part::Body(bytes) => (bytes, true),
        };
        self.reset.store(order.how == Ending::Reset, Ordering::Relaxed);
        self.head_too.store(head_too, Ordering::Relaxed);
        self.left.store(left, Ordering::Relaxed);
    }

    /// Bytes that may leave, given the next ones to be written.
    fn left(&self, next: &[u8]) -> u64 {
        let mut left = self.left.load(Ordering::Relaxed);
        if self.head_too.swap(false, Ordering::Relaxed) {
            let head = next.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |end| end + 4);
            left = left.saturating_add(head as u64);
            self.left.store(left, Ordering::Relaxed);
        }
        left
    }
}

/// A connection with a limit on what may be written.
struct Wire {
    stream: TcpStream,
    cut: Arc<Cut>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.cut.reset.load(Ordering::Relaxed) {
            // Failing to reset still ends the connection.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.cut.left(bytes);
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let allowed = bytes.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(bytes);
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(context, allowed))?;
        if left != u64::MAX {
            self.cut.left.store(left.saturating_sub(written as u64), Ordering::Relaxed);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
