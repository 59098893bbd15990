//! Hostile requests over a real socket: none may reach the Router.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::any;
use dragoman_hub::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Bench {
    server: Server,
    port: String,
    reached: Arc<AtomicUsize>,
}

impl Bench {
    /// A server before a Router that counts what reaches it.
    async fn start() -> Self {
        let reached = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&reached);
        let count = any(move || async move {
            counter.fetch_add(1, Ordering::SeqCst);
            "reached"
        });
        let server = Server::start(Router::new().fallback(count), 0).await.unwrap();
        let port = server.url().rsplit(':').next().unwrap().to_owned();
        Self { server, port, reached }
    }

    /// Sends a request as it is and reads the whole answer.
    async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{}", self.port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A reset after the answer is the server's right when it has not read a hostile request to its end.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str, headers: &str) -> String {
        let port = &self.port;
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}\r\n")).await
    }

    /// Opens a sign-in link and returns the cookie it sets.
    async fn cookie(&self) -> String {
        let link = self.server.sign_in_link().unwrap();
        let answer = self.get(&link[self.server.url().len()..], "").await;
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        let line = answer.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
        line["set-cookie: ".len()..].split(';').next().unwrap().to_owned()
    }

    fn reached(&self) -> usize {
        self.reached.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_program_of_this_machine_gets_a_link_that_signs_one_browser_in() {
    let bench = Bench::start().await;
    let (port, bearer) = (&bench.port, bench.server.bearer().expose());
    let answer = bench
        .raw(&format!(
            "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nAuthorization: Bearer {bearer}\r\nContent-Length: 0\r\n\r\n"
        ))
        .await;
    let document: serde_json::Value = serde_json::from_str(answer.rsplit("\r\n\r\n").next().unwrap()).unwrap();
    let link = document["sign_in"].as_str().unwrap();
    let path = link.strip_prefix(bench.server.url()).unwrap();
    assert!(bench.get(path, "").await.starts_with("HTTP/1.1 303"));
    assert!(bench.get(path, "").await.starts_with("HTTP/1.1 401"), "it opens once");
    bench.server.stop().await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_sees_a_page_that_says_how() {
    let bench = Bench::start().await;
    let page = bench.get("/", "").await;
    assert!(page.starts_with("HTTP/1.1 401") && page.contains("dragoman serve --print-url"), "{page}");
    let look = bench.get("/signed-out.css", "").await;
    assert!(look.starts_with("HTTP/1.1 200") && look.contains("text/css"), "{look}");
    assert_eq!(bench.reached(), 0);
    bench.server.stop().await;
}

#[tokio::test]
async fn no_hostile_request_reaches_the_router() {
    let bench = Bench::start().await;
    let port = bench.port.clone();
    let other = Bench::start().await;
    let cookie = bench.cookie().await;
    let bearer = format!("Authorization: Bearer {}", bench.server.bearer().expose());
    let own = format!("Host: 127.0.0.1:{port}");
    let origin = format!("Origin: http://127.0.0.1:{port}");
    let json = "Content-Type: application/json\r\nContent-Length: 2";

    let mut table: Vec<(&str, String)> = Vec::new();
    let mut get =
        |what, head: &str| table.push((what, format!("GET /api/home HTTP/1.1\r\n{head}\r\nCookie: {cookie}\r\n\r\n")));
    // The name: a page whose name was pointed at this machine.
    get("no host", "Accept: */*");
    get("foreign host", "Host: evil.example");
    get("foreign host, our port", &format!("Host: evil.example:{port}"));
    get("our address without the port", "Host: 127.0.0.1");
    get("another port", "Host: 127.0.0.1:1");
    get("another loopback address", &format!("Host: 127.0.0.2:{port}"));
    get("the address in another spelling", &format!("Host: 2130706433:{port}"));
    get("the address in IPv6", &format!("Host: [::1]:{port}"));
    get("a name that begins like ours", &format!("Host: 127.0.0.1:{port}.evil.example"));
    get("a name that ends like ours", &format!("Host: evil.localhost:{port}"));
    get("localhost with a dot", &format!("Host: localhost.:{port}"));
    get("two hosts", &format!("{own}\r\nHost: evil.example"));
    get("two hosts, ours last", &format!("Host: evil.example\r\n{own}"));
    get("an empty host", "Host: ");
    // The page it comes from.
    get("foreign origin", &format!("{own}\r\nOrigin: http://evil.example"));
    get("null origin", &format!("{own}\r\nOrigin: null"));
    get("origin of another port", &format!("{own}\r\nOrigin: http://127.0.0.1:1"));
    get("origin with the other name", &format!("{own}\r\nOrigin: http://localhost:{port}"));
    get("origin over TLS", &format!("{own}\r\nOrigin: https://127.0.0.1:{port}"));
    get("origin with a slash", &format!("{own}\r\n{origin}/"));
    get("two origins", &format!("{own}\r\n{origin}\r\nOrigin: http://evil.example"));
    get("an empty origin", &format!("{own}\r\nOrigin: "));
    get("cross-site", &format!("{own}\r\nSec-Fetch-Site: cross-site"));
    get("another port's page", &format!("{own}\r\nSec-Fetch-Site: same-site"));
    get("two answers about the site", &format!("{own}\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site"));
    get(
        "web socket",
        &format!(
            "{own}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
        ),
    );
    get(
        "web socket of another page",
        &format!("{own}\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket"),
    );
    get(
        "upgrade to h2c",
        &format!("{own}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA"),
    );

    let mut line = |what, line: &str| {
        table.push((what, format!("{line} HTTP/1.1\r\n{own}\r\nCookie: {cookie}\r\n{origin}\r\n\r\n")))
    };
    line("absolute address, foreign", "GET http://evil.example/api/home");
    line("absolute address, ours", &format!("GET http://127.0.0.1:{port}/api/home"));
    line("authority only", &format!("CONNECT 127.0.0.1:{port}"));
    line("asterisk", "OPTIONS *");
    line("preflight", "OPTIONS /api/shops");
    line("trace", "TRACE /api/home");
    line("made-up method", "FETCH /api/home");

    let mut post =
        |what, head: &str| table.push((what, format!("POST /api/sync HTTP/1.1\r\n{own}\r\n{head}\r\n\r\n{{}}")));
    post("foreign page with our cookie", &format!("Cookie: {cookie}\r\nOrigin: http://evil.example\r\n{json}"));
    post("null origin with our cookie", &format!("Cookie: {cookie}\r\nOrigin: null\r\n{json}"));
    post("no origin with our cookie", &format!("Cookie: {cookie}\r\n{json}"));
    post("simple request", &format!("Cookie: {cookie}\r\n{origin}\r\nContent-Type: text/plain\r\nContent-Length: 2"));
    post(
        "form",
        &format!(
            "Cookie: {cookie}\r\n{origin}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2"
        ),
    );
    post(
        "multipart form",
        &format!("Cookie: {cookie}\r\n{origin}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 2"),
    );
    post("no content type", &format!("Cookie: {cookie}\r\n{origin}\r\nContent-Length: 2"));
    post("two content types", &format!("Cookie: {cookie}\r\n{origin}\r\nContent-Type: text/plain\r\n{json}"));
    post("empty simple request", &format!("Cookie: {cookie}\r\n{origin}\r\nContent-Length: 0"));
    post(
        "bearer with a form",
        &format!("{bearer}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2"),
    );
    post("bearer from another page", &format!("{bearer}\r\nOrigin: http://evil.example\r\n{json}"));
    post("bearer, cross-site", &format!("{bearer}\r\nSec-Fetch-Site: cross-site\r\n{json}"));

    let mut link = |what, head: &str| table.push((what, format!("POST /sign-in HTTP/1.1\r\n{own}\r\n{head}\r\n\r\n")));
    link("a link for nobody", "Content-Length: 0");
    link("a link for a browser that is signed in", &format!("Cookie: {cookie}\r\n{origin}\r\nContent-Length: 0"));
    link("a link for a made-up bearer", "Authorization: Bearer AAAA\r\nContent-Length: 0");
    link("a link for the bearer from another page", &format!("{bearer}\r\nOrigin: http://evil.example"));

    // Who is asking.
    let strange = other.cookie().await;
    let value = cookie.split_once('=').unwrap().1;
    let mut who = |what, head: &str| table.push((what, format!("GET /api/home HTTP/1.1\r\n{own}\r\n{head}\r\n\r\n")));
    who("nobody", "Accept: */*");
    who("a made-up session", &format!("Cookie: dragoman_{port}=AAAA"));
    who("an empty session", &format!("Cookie: dragoman_{port}="));
    who("the session under another name", &format!("Cookie: dragoman={value}"));
    who("the session under another port's name", &format!("Cookie: dragoman_1={value}"));
    who("the cookie of another port", &format!("Cookie: {strange}"));
    who(
        "the session of another port under our name",
        &format!("Cookie: dragoman_{port}={}", strange.split_once('=').unwrap().1),
    );
    who("a made-up bearer", "Authorization: Bearer AAAA");
    who("the session as bearer", &format!("Authorization: Bearer {value}"));
    who("the bearer as session", &format!("Cookie: dragoman_{port}={}", bench.server.bearer().expose()));
    who("the bearer of another port", &format!("Authorization: Bearer {}", other.server.bearer().expose()));
    who("the bearer as basic", &format!("Authorization: Basic {}", bench.server.bearer().expose()));
    who("a wrong bearer beside a good cookie", &format!("Authorization: Bearer AAAA\r\nCookie: {cookie}"));
    who("two bearers", &format!("{bearer}\r\nAuthorization: Bearer AAAA"));

    assert!(table.len() >= 40, "{} requests", table.len());
    let mut accepted = Vec::new();
    for (what, request) in &table {
        let answer = bench.raw(&request.replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        if bench.reached() > 0 || answer.contains("reached") || !status.starts_with('4') {
            accepted.push(format!("{what}: {answer}"));
        }
        assert!(!answer.to_ascii_lowercase().contains("access-control-"), "{what} was given a CORS header");
    }
    println!("{} hostile requests, {} accepted", table.len(), accepted.len());
    assert!(accepted.is_empty(), "{accepted:#?}");
    other.server.stop().await;
    bench.server.stop().await;
}

#[tokio::test]
async fn the_page_and_our_other_processes_are_let_in() {
    let bench = Bench::start().await;
    let port = bench.port.clone();
    let cookie = bench.cookie().await;
    let bearer = format!("Authorization: Bearer {}", bench.server.bearer().expose());
    let json = "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2";
    let welcome = [
        format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nSec-Fetch-Site: none"),
        format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: a=b; {cookie}; c=d"),
        format!(
            "GET /api/home HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: dragoman_{port}=planted; {cookie}\r\nSec-Fetch-Site: same-origin"
        ),
        format!("GET /api/home HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{bearer}"),
        format!(
            "POST /api/sync HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n{json}\r\n\r\n{{}}"
        ),
        format!("POST /api/sync HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{bearer}\r\n{json}\r\n\r\n{{}}"),
        format!("DELETE /api/shops/1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{bearer}"),
    ];
    for (at, request) in welcome.iter().enumerate() {
        let request = request.replacen("HTTP/1.1\r\n", "HTTP/1.1\r\nConnection: close\r\n", 1);
        let answer =
            bench.raw(&format!("{request}{}", if request.contains("\r\n\r\n") { "" } else { "\r\n\r\n" })).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("reached"), "{request}\n\n{answer}");
        assert_eq!(bench.reached(), at + 1);
    }
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_hands_out_a_strict_cookie() {
    let bench = Bench::start().await;
    let link = bench.server.sign_in_link().unwrap();
    let path = &link[bench.server.url().len()..];
    let first = bench.get(path, "").await;
    assert!(first.starts_with("HTTP/1.1 303"), "{first}");
    assert!(first.contains("location: /\r\n"), "{first}");
    let cookie = first.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
    assert!(cookie.starts_with(&format!("set-cookie: dragoman_{}=", bench.port)), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/"), "{cookie}");

    let again = bench.get(path, "").await;
    assert!(again.starts_with("HTTP/1.1 401") && !again.contains("set-cookie"), "{again}");
    assert!(again.contains("dragoman serve"), "the page says how to go on: {again}");
}

#[tokio::test]
async fn a_sign_in_link_opened_by_another_site_spends_nothing() {
    let bench = Bench::start().await;
    let link = bench.server.sign_in_link().unwrap();
    let path = &link[bench.server.url().len()..];
    let planted = bench.get(path, "Sec-Fetch-Site: cross-site\r\n").await;
    assert!(planted.starts_with("HTTP/1.1 403") && !planted.contains("set-cookie"), "{planted}");
    assert!(bench.get(path, "Sec-Fetch-Site: none\r\n").await.starts_with("HTTP/1.1 303"));
}

#[tokio::test]
async fn refusals_carry_the_security_headers_and_say_why() {
    let bench = Bench::start().await;
    let refused = bench.get("/api/home", "").await;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    for header in [
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
        "content-type: application/problem+json",
    ] {
        assert!(refused.contains(header), "{header} is missing: {refused}");
    }
    assert!(refused.contains("\"signed_out\""), "{refused}");
    let page = bench.get("/", "").await;
    assert!(page.starts_with("HTTP/1.1 401") && page.contains("content-type: text/html"), "{page}");
}

#[tokio::test]
async fn wrong_codes_are_slowed_down() {
    let bench = Bench::start().await;
    for _ in 0..10 {
        assert!(bench.get("/sign-in?code=guess", "").await.starts_with("HTTP/1.1 401"));
    }
    let slowed = bench.get("/sign-in?code=guess", "").await;
    assert!(slowed.starts_with("HTTP/1.1 429") && slowed.contains("retry-after: "), "{slowed}");
    assert_eq!(bench.reached(), 0);
}

#[tokio::test]
async fn stopping_ends_although_an_event_stream_is_open() {
    let endless = any(|| async {
        axum::body::Body::from_stream(futures::stream::pending::<Result<&'static str, std::io::Error>>())
    });
    let server = Server::start(Router::new().fallback(endless), 0).await.unwrap();
    let mut stream = TcpStream::connect(&server.url()["http://".len()..]).await.unwrap();
    let host = &server.url()["http://".len()..];
    let bearer = server.bearer().expose();
    stream
        .write_all(format!("GET / HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {bearer}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut head = [0_u8; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    server.stop().await;
}
