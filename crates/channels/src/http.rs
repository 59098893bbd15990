//! One shop's HTTP: where calls may go, what they carry, and what their ends prove.
//!
//! Nothing here retries, follows a redirect, keeps a cookie or sleeps. [`Http::read`] may reuse a connection; [`Http::send`] opens
//! a fresh one for every call, because a kept one that dies with the request on it leaves no proof whether the body was read.

mod address;
mod answer;
mod call;
mod file;
mod outside;
mod picture;
mod public;

use std::time::{Duration, Instant};

use dragoman_domain::ShopId;
use dragoman_domain::outgoing::{Doubt, Refusal, Sent};
use jiff::Timestamp;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Proxy, RequestBuilder, StatusCode, multipart, redirect, retry};

pub use self::address::{Base, is_loopback};
pub use self::answer::{Answer, Garbled, brief};
use self::call::{Body, Content};
pub use self::call::{Call, Part};
use crate::credential::Credential;
use crate::{Failure, Settings};

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Name look-up, connection and TLS together.
    pub connect: Duration,
    /// The whole call, its answer read to the end.
    pub total: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), total: Duration::from_secs(30) }
    }
}

/// What a platform is to the HTTP layer.
#[derive(Clone, Copy, Debug)]
pub struct Platform {
    /// Hosts of its API: the only ones that ever see a secret.
    pub api: &'static [&'static str],
    /// Endings of its public picture and file hosts, without a leading dot.
    pub pictures: &'static [&'static str],
}

/// The HTTP of one shop.
pub struct Http {
    shop: ShopId,
    platform: Platform,
    base: Option<Base>,
    secrets: Vec<(HeaderName, HeaderValue)>,
    reads: Client,
    sends: Client,
    pictures: Client,
}

/// How a sending call ended when there is no readable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendTrouble {
    /// Surely nothing of the body left.
    NotReached {
        /// What failed.
        why: String,
    },
    /// The platform may have accepted it.
    Doubt(Doubt),
}

impl SendTrouble {
    /// The outcome for the outbox, at the instant the attempt ended.
    pub fn into_sent(self, at: Timestamp) -> Sent {
        match self {
            Self::NotReached { why } => Sent::No(Refusal::NotReached { why }),
            Self::Doubt(why) => Sent::Unknown { why, at },
        }
    }
}

/// Chooses the one TLS provider of the process; later calls change nothing.
pub fn install_tls() {
    // An error only says that a provider has been chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Http {
    /// The HTTP of a shop. `secrets` travel as headers, marked sensitive, to the platform's API hosts only.
    ///
    /// # Errors
    /// [`Failure::Setup`] if base address, proxy or a secret cannot be used.
    pub fn new(
        settings: &Settings,
        platform: Platform,
        secrets: &[(HeaderName, Credential)],
        patience: Patience,
    ) -> Result<Self, Failure> {
        install_tls();
        let base = settings.base_url.as_deref().map(Base::parse).transpose()?;
        let client = || client(settings.proxy.as_deref(), base.as_ref(), patience);
        let pictures = match base {
            // The one origin that is exempt from the address rules.
            Some(_) => client()?,
            None => client()?.dns_resolver(public::PublicOnly::system()),
        };
        let secrets = secrets
            .iter()
            .map(|(name, secret)| Ok((name.clone(), header(name, secret)?)))
            .collect::<Result<_, Failure>>()?;
        Ok(Self {
            shop: settings.shop,
            platform,
            secrets,
            reads: build(client()?)?,
            sends: build(client()?.pool_max_idle_per_host(0))?,
            pictures: build(pictures)?,
            base,
        })
    }

    /// Makes a call that changes nothing on the platform.
    ///
    /// # Errors
    /// [`Failure::Offline`], [`Failure::ServerFault`] for 5xx, [`Failure::Unreadable`] for redirects and answers that are cut or
    /// too long. Every other status is an [`Answer`].
    pub async fn read(&self, call: Call) -> Result<Answer, Failure> {
        let longest = call.longest;
        let answer = match self.exchange(&self.reads, call).await {
            Ok(answer) => answer,
            Err(Break::Connect(why) | Break::Silence(why) | Break::Broken(why)) => {
                return Err(Failure::Offline { why });
            }
            // A file whose cap the caller named; no other answer is meant to be long.
            Err(Break::Long) if longest != call::LONGEST_ANSWER => {
                return Err(Failure::TooLarge { limit: u64::try_from(longest).unwrap_or(u64::MAX) });
            }
            Err(Break::Long) => {
                let why = format!("the answer is longer than {longest} bytes");
                return Err(Failure::Unreadable { why, sample: String::new() });
            }
            Err(Break::Body(why)) => return Err(Failure::Unreadable { why, sample: String::new() }),
        };
        if answer.status.is_server_error() {
            return Err(Failure::ServerFault { status: answer.status.as_u16(), why: answer.sample() });
        }
        if answer.status.is_redirection() {
            let why = format!("it redirects to another address ({})", answer.status.as_u16());
            return Err(Failure::Unreadable { why, sample: answer.sample() });
        }
        Ok(answer)
    }

    /// Makes a call that may change something on the platform.
    ///
    /// # Errors
    /// [`SendTrouble`] unless an answer below 500 that is no redirect was read to its end.
    pub async fn send(&self, call: Call) -> Result<Answer, SendTrouble> {
        let answer = self.exchange(&self.sends, call).await.map_err(|broken| match broken {
            Break::Connect(why) => SendTrouble::NotReached { why },
            Break::Silence(_) => SendTrouble::Doubt(Doubt::Silence),
            Break::Broken(_) => SendTrouble::Doubt(Doubt::Broken),
            Break::Long | Break::Body(_) => SendTrouble::Doubt(Doubt::Unreadable),
        })?;
        if answer.status.is_server_error() {
            return Err(SendTrouble::Doubt(Doubt::ServerFault));
        }
        if answer.status.is_redirection() {
            return Err(SendTrouble::Doubt(Doubt::Redirected));
        }
        Ok(answer)
    }

    async fn exchange(&self, client: &Client, call: Call) -> Result<Answer, Break> {
        let started = Instant::now();
        let (method, path) = (call.method.clone(), call.path);
        let longest = call.longest;
        let url = address::of(call.host, path, call.leaf.as_deref(), &call.query, self.base.as_ref())
            .map_err(Break::Connect)?;
        let mut request = client.request(method.clone(), url);
        if self.platform.api.contains(&call.host) {
            for (name, value) in &self.secrets {
                request = request.header(name, value);
            }
        }
        if let Some(body) = call.body {
            request = carry(request, body).map_err(Break::Connect)?;
        }
        let outcome = fetch(request, longest).await;
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok(answer) => {
                tracing::debug!(shop = self.shop.0, %method, path, status = answer.status.as_u16(), ms, "call")
            }
            Err(broken) => tracing::debug!(shop = self.shop.0, %method, path, broken = broken.word(), ms, "call"),
        }
        match outcome {
            // Only a proxy answers so: it refused before the platform saw anything.
            Ok(answer) if answer.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(Break::Connect(
                "the proxy asks for a name and password; put them into the proxy's address".to_owned(),
            )),
            other => other,
        }
    }
}

/// Where a call broke off; what that proves depends on whether it was a read or a send.
enum Break {
    /// Before a byte of the body left.
    Connect(String),
    /// No answer in time.
    Silence(String),
    /// After the body had begun to leave, before an answer began.
    Broken(String),
    /// Within the answer.
    Body(String),
    /// Within the answer, because it is longer than is read.
    Long,
}

impl Break {
    const fn word(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::Silence(_) => "silence",
            Self::Broken(_) => "broken",
            Self::Body(_) => "body",
            Self::Long => "long",
        }
    }
}

fn carry(request: RequestBuilder, body: Body) -> Result<RequestBuilder, String> {
    let parts = match body {
        Body::Json(text) => return Ok(request.header(reqwest::header::CONTENT_TYPE, "application/json").body(text)),
        Body::Form(parts) => parts,
    };
    // Names of files go out as they are, the way browsers send them.
    let mut form = multipart::Form::new().percent_encode_noop();
    for part in parts {
        form = match part.content {
            Content::Text(text) => form.text(part.field, text),
            Content::File { name, mime, bytes } => {
                let file = multipart::Part::bytes(bytes.to_vec()).file_name(name).mime_str(&mime).map_err(explain)?;
                form.part(part.field, file)
            }
        };
    }
    Ok(request.multipart(form))
}

async fn fetch(request: RequestBuilder, longest: usize) -> Result<Answer, Break> {
    let mut response = request.send().await.map_err(|error| {
        if error.is_connect() || error.is_builder() {
            Break::Connect(explain(error))
        } else if error.is_timeout() {
            Break::Silence(explain(error))
        } else {
            Break::Broken(explain(error))
        }
    })?;
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > longest => {
                return Err(Break::Long);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(Answer { status: response.status(), headers: response.headers().clone(), body }),
            Err(error) if error.is_timeout() => return Err(Break::Silence(explain(error))),
            Err(error) => return Err(Break::Body(format!("the answer was cut: {}", explain(error)))),
        }
    }
}

/// An error with its causes, without the address, whose query is nobody's business.
fn explain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        // Layers repeat their inner error's words.
        if !words.contains(&cause_words) {
            words.push_str(": ");
            words.push_str(&cause_words);
        }
        source = cause.source();
    }
    words
}

fn client(proxy: Option<&str>, base: Option<&Base>, patience: Patience) -> Result<ClientBuilder, Failure> {
    let mut builder = Client::builder()
        // Only the shop's own proxy counts: one inherited from the environment would be a route nobody chose.
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .gzip(true)
        .connect_timeout(patience.connect)
        .timeout(patience.total)
        .user_agent(concat!("dragoman/", env!("CARGO_PKG_VERSION")));
    if base.is_some_and(Base::is_plain) {
        // Plain http needs no roots, and a system without any must still run the simulators.
        builder = builder.tls_certs_only([]);
    }
    if let Some(proxy) = proxy {
        // The error would repeat the address, which may hold a password.
        let proxy = Proxy::all(proxy).map_err(|_| Failure::Setup {
            field: "proxy".to_owned(),
            why: "the proxy's address cannot be read; write it like http://host:port or socks5h://host:port".to_owned(),
        })?;
        builder = builder.proxy(proxy);
    }
    Ok(builder)
}

fn build(builder: ClientBuilder) -> Result<Client, Failure> {
    builder.build().map_err(|error| Failure::Setup {
        field: String::new(),
        why: format!("secure connections cannot be set up on this machine: {}", explain(error)),
    })
}

fn header(name: &HeaderName, secret: &Credential) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| Failure::Setup {
        field: name.to_string(),
        why: "the secret holds characters that no header can carry; copy it again from the seller's cabinet".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}
