//! Calls to the Router, in this process or in the owner's, in one form.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use dragoman_api::{ErrorCode, Principal, Problem};
use futures::Stream;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tower::ServiceExt;
use uuid::Uuid;

use crate::owner::Endpoint;

/// How long an owner may take to answer the first call before it counts as not answering.
const GREETING: Duration = Duration::from_secs(5);
/// Largest line of a stream, in bytes.
const LINE_LIMIT: usize = 4 << 20;

/// The API, wherever its Router runs.
#[derive(Clone, Debug)]
pub enum Api {
    /// The Router of this process.
    Local(Router, Principal),
    /// The Router of the process that owns the home.
    Remote(Endpoint),
}

/// What goes with a call.
enum Payload {
    Json(Value),
    Bytes(Bytes),
}

impl Api {
    /// The API of this process, asked by the person at this machine.
    pub fn local(router: Router) -> Self {
        Self::Local(router, Principal::owner())
    }

    /// The API of the process that owns a home. Asks once, so that a dead or deaf owner is noticed here.
    ///
    /// # Errors
    /// [`ErrorCode::HomeInUse`] if there is no endpoint file or nobody answers at it.
    pub async fn connect(home: &Path) -> Result<Self, Problem> {
        let silent = |why: String| {
            Problem::new(
                ErrorCode::HomeInUse,
                format!("another process works on this home and does not answer ({why})"),
            )
        };
        let endpoint = Endpoint::read(home).ok_or_else(|| silent("no endpoint file".to_owned()))?;
        let pid = endpoint.pid;
        let api = Self::Remote(endpoint);
        match tokio::time::timeout(GREETING, api.call(Method::GET, "/api/home", None)).await {
            Ok(Ok(_)) => Ok(api),
            Ok(Err(problem)) => Err(silent(format!("process {pid}: {problem}")).with("pid", pid)),
            Err(_) => Err(silent(format!("process {pid}, {} s", GREETING.as_secs())).with("pid", pid)),
        }
    }

    /// Makes one call. Changes get a fresh key.
    ///
    /// # Errors
    /// The API's own problem, or one that says why it could not be asked.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Problem> {
        self.call_with_key(method, path, body, Uuid::now_v7()).await
    }

    /// Makes one call under a key of the caller's: the same key again is the same request.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn call_with_key(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Uuid,
    ) -> Result<Value, Problem> {
        self.ask(method, path, body.map(Payload::Json), key).await
    }

    /// Hands over bytes under a key of the caller's.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn upload(&self, path: &str, bytes: Bytes, key: Uuid) -> Result<Value, Problem> {
        self.ask(Method::POST, path, Some(Payload::Bytes(bytes)), key).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Payload>, key: Uuid) -> Result<Value, Problem> {
        let response = self.send(method, path, body, key).await?;
        let bytes = response.into_body().collect().await.map_err(|error| broken(&error))?.to_bytes();
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| broken(&error))
    }

    /// Opens a stream of events or lines; ends when the other side ends it.
    ///
    /// # Errors
    /// As [`Api::call`]; a stream that breaks ends with a problem.
    pub async fn stream(
        &self,
        path: &str,
    ) -> Result<impl Stream<Item = Result<Value, Problem>> + Send + use<>, Problem> {
        let response = self.send(Method::GET, path, None, Uuid::nil()).await?;
        Ok(lines(response.into_body()))
    }

    /// Hands a request on as it is, whatever its answer will be. Its address is path and query alone, and its headers are those
    /// the Router may see: who asks and where it goes is added here.
    ///
    /// # Errors
    /// [`ErrorCode::HomeInUse`] if the owner of the home does not answer.
    pub async fn forward(&self, mut request: Request<Bytes>) -> Result<Response<Body>, Problem> {
        match self {
            Self::Local(router, principal) => {
                request.extensions_mut().insert(principal.clone());
                let Ok(response) = router.clone().oneshot(request.map(Body::from)).await;
                Ok(response)
            }
            Self::Remote(endpoint) => {
                let address = endpoint.address().unwrap_or_default();
                let headers = request.headers_mut();
                headers.insert(HOST, HeaderValue::from_str(address).map_err(|error| broken(&error))?);
                let bearer = HeaderValue::from_str(&format!("Bearer {}", endpoint.token.expose()));
                headers.insert(AUTHORIZATION, bearer.map_err(|error| broken(&error))?);
                let stream = TcpStream::connect(address).await.map_err(|error| broken(&error))?;
                let (mut sender, connection) =
                    http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
                // Ends with its one answer; what breaks it is seen by whoever reads that.
                tokio::spawn(connection);
                let sent = sender.send_request(request.map(Body::from)).await;
                Ok(sent.map_err(|error| broken(&error))?.map(Body::new))
            }
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Payload>,
        key: Uuid,
    ) -> Result<Response<Body>, Problem> {
        let sort = if let Some(Payload::Bytes(_)) = &body { "application/octet-stream" } else { "application/json" };
        let mut request = Request::builder().method(&method).uri(path).header(CONTENT_TYPE, sort);
        if method != Method::GET {
            request = request.header("idempotency-key", key.to_string());
        }
        let body = match body {
            None => Bytes::new(),
            Some(Payload::Json(value)) => value.to_string().into(),
            Some(Payload::Bytes(bytes)) => bytes,
        };
        let bad = |error: http::Error| Problem::new(ErrorCode::BadRequest, error.to_string()).with("where", "path");
        let response = self.forward(request.body(body).map_err(bad)?).await?;
        if response.status().is_success() { Ok(response) } else { Err(problem(response).await) }
    }
}

async fn problem(response: Response<Body>) -> Problem {
    let status = response.status();
    match response.into_body().collect().await {
        Ok(body) => serde_json::from_slice(&body.to_bytes()).unwrap_or_else(|_| unexplained(status)),
        Err(error) => broken(&error),
    }
}

fn unexplained(status: StatusCode) -> Problem {
    Problem::new(ErrorCode::Internal, format!("the owner of this home answered with {status} and no explanation"))
}

fn broken(error: &dyn std::error::Error) -> Problem {
    Problem::new(ErrorCode::HomeInUse, format!("the owner of this home does not answer: {error}"))
}

/// JSON values of a body in lines: each line one value, or each `data:` line of an event stream.
fn lines(body: Body) -> impl Stream<Item = Result<Value, Problem>> + Send {
    let state = (body, BytesMut::new(), false);
    futures::stream::unfold(state, |(mut body, mut buffer, mut ended)| async move {
        loop {
            if let Some(line) = take_line(&mut buffer, ended) {
                match value(&line) {
                    Some(value) => return Some((value, (body, buffer, ended))),
                    None => continue,
                }
            }
            if ended {
                return None;
            }
            match body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        buffer.extend_from_slice(&data);
                    }
                    if buffer.len() > LINE_LIMIT {
                        let problem = Problem::new(ErrorCode::Internal, "a line of the stream is too long");
                        return Some((Err(problem), (Body::empty(), BytesMut::new(), true)));
                    }
                }
                Some(Err(error)) => return Some((Err(broken(&error)), (Body::empty(), BytesMut::new(), true))),
                None => ended = true,
            }
        }
    })
}

/// The next whole line, or what is left once the body has ended.
fn take_line(buffer: &mut BytesMut, ended: bool) -> Option<Bytes> {
    match buffer.iter().position(|byte| *byte == b'\n') {
        Some(at) => Some(buffer.split_to(at + 1).freeze()),
        None if ended && !buffer.is_empty() => Some(buffer.split().freeze()),
        None => None,
    }
}

/// The value of a line; `None` for the lines of an event stream that carry none.
fn value(line: &[u8]) -> Option<Result<Value, Problem>> {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"data:").unwrap_or(line);
    if !line.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    Some(serde_json::from_slice(line).map_err(|error| broken(&error)))
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use serde_json::json;

    use super::*;

    async fn read(chunks: &[&'static str]) -> Vec<Value> {
        let chunks: Vec<Result<&'static str, std::io::Error>> = chunks.iter().map(|chunk| Ok(*chunk)).collect();
        lines(Body::from_stream(futures::stream::iter(chunks))).map(Result::unwrap).collect().await
    }

    #[tokio::test]
    async fn lines_are_read_across_chunks_and_without_a_last_line_end() {
        assert_eq!(
            read(&["{\"a\":", "1}\n{\"a\"", ":2}\n\n", "{\"a\":3}"]).await,
            [json!({"a": 1}), json!({"a": 2}), json!({"a": 3})]
        );
    }

    #[tokio::test]
    async fn events_are_read_and_heartbeats_passed_over() {
        let found = read(&[": still here\n\nevent: change\ndata: {\"a\":1}\n\n", ":\n\ndata: {\"a\":2}\n\n"]).await;
        assert_eq!(found, [json!({"a": 1}), json!({"a": 2})]);
    }

    #[tokio::test]
    async fn a_home_without_an_owner_says_so() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Api::connect(home.path()).await.unwrap_err().code, ErrorCode::HomeInUse);
    }
}
