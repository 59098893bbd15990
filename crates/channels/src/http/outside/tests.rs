//! F03: addresses that lead where nobody may be led. Listeners on this machine count who comes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use reqwest::header::HeaderName;
use tokio::net::TcpListener;

use super::super::public::{Lookup, PublicOnly};
use super::super::{Patience, Platform, build, client};
use super::*;
use crate::Settings;
use crate::credential::Credential;

const PLATFORM: Platform = Platform { api: &["api.example"], pictures: &["files.example"] };

/// Somebody on this machine who must never hear from us.
struct Bystander {
    address: SocketAddr,
    visits: Arc<AtomicUsize>,
}

impl Bystander {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let visits = Arc::new(AtomicUsize::new(0));
        let counter = visits.clone();
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, visits }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

fn http(base: Option<String>) -> Http {
    let settings = Settings {
        shop: dragoman_domain::ShopId(1),
        fields: Default::default(),
        secrets: Default::default(),
        base_url: base,
        proxy: None,
    };
    let secret = [(HeaderName::from_static("authorization"), Credential::new("canary-token".to_owned()))];
    Http::new(&settings, PLATFORM, &secret, Patience::default()).unwrap()
}

/// The HTTP of a shop whose names all lead to these addresses.
fn resolving_to(addresses: Vec<SocketAddr>) -> Http {
    let lookup: Lookup = Arc::new(move |_| {
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    });
    let mut http = http(None);
    http.pictures =
        build(client(None, None, Patience::default()).unwrap().dns_resolver(PublicOnly::by(lookup))).unwrap();
    http
}

fn addresses(port: u16) -> Vec<String> {
    let hosts = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "127.000.000.001",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "sub.localhost",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "[fd00::1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[::ffff:169.254.169.254]",
        "①②⑦.⓪.⓪.①",
        "files.example@127.0.0.1",
        "127.0.0.1#@files.example",
        "127.0.0.1?files.example",
        "127.0.0.1\\@files.example",
        "files.example.evil.example",
        "evilfiles.example",
        "files.example.",
        "xn--fles-wpa.example",
        "user:word@files.example",
        "files.example%00.evil.example",
    ];
    let mut all: Vec<String> = hosts.iter().map(|host| format!("https://{host}/a.jpg")).collect();
    all.extend(["127.0.0.1", "localhost", "[::1]", "files.example"].map(|host| format!("https://{host}:{port}/a.jpg")));
    all.extend(
        ["http://files.example/a.jpg", "file:///etc/passwd", "gopher://files.example/", "ftp://files.example/a.jpg"]
            .map(Into::into),
    );
    all.extend(
        [
            "data:image/png;base64,AAAA",
            "//files.example/a.jpg",
            "javascript:alert(1)",
            "https:///a.jpg",
            "",
            "\\\\host\\share",
        ]
        .map(Into::into),
    );
    all.push(format!("http://127.0.0.1:{port}/a.jpg"));
    all
}

#[tokio::test]
async fn f03_no_address_of_a_stranger_leads_to_this_machine_or_its_network() {
    let bystander = Bystander::new().await;
    let here = bystander.address;
    let mut asked = 0;
    // By the address itself; whatever it resolves to, it would be the bystander.
    let lax = resolving_to(vec![here]);
    for address in addresses(here.port()) {
        asked += 1;
        assert!(matches!(lax.file(&address, 1_000).await, Err(Failure::Refused { .. })), "{address}");
    }
    // By a name on the list that leads astray.
    for ip in [
        "127.0.0.1",
        "::1",
        "0.0.0.0",
        "::",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.127.0.1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fe80::1",
        "fec0::1",
        "fd12::1",
        "ff02::1",
        "255.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "198.18.0.1",
        "192.0.0.8",
        "203.0.113.9",
        "2001:db8::1",
    ] {
        asked += 1;
        let http = resolving_to(vec![SocketAddr::new(ip.parse().unwrap(), here.port())]);
        assert!(matches!(http.file("https://files.example/a.jpg", 1_000).await, Err(Failure::Offline { .. })), "{ip}");
    }
    // By a redirect. The base is the one origin on this machine that may be asked.
    let targets = addresses(here.port());
    let hops = targets.clone();
    let app = Router::new().route(
        "/{n}",
        get(move |axum::extract::Path(n): axum::extract::Path<usize>, headers: axum::http::HeaderMap| {
            let to = hops[n].replace(|c: char| !c.is_ascii() || c.is_control(), "");
            async move {
                assert!(!headers.contains_key("authorization") && !headers.contains_key("cookie"));
                (StatusCode::FOUND, [(header::LOCATION, to)])
            }
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let based = http(Some(base));
    for (n, target) in targets.iter().enumerate() {
        asked += 1;
        let outcome = based.file(&format!("https://files.example/{n}"), 1_000).await;
        assert!(outcome.is_err(), "{target}");
    }
    println!("F03: {asked} addresses, {} connections, 0 tokens sent", bystander.visits());
    assert!(asked >= 40);
    assert_eq!(bystander.visits(), 0);
}

#[tokio::test]
async fn the_bystander_would_have_noticed() {
    let bystander = Bystander::new().await;
    let here = bystander.address;
    let mut http = http(None);
    http.pictures = build(client(None, None, Patience::default()).unwrap().resolve("files.example", here)).unwrap();
    assert!(http.file("https://files.example/a.jpg", 1_000).await.is_err());
    assert_eq!(bystander.visits(), 1);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gives_only_addresses_that_were_checked() {
    use reqwest::dns::Resolve;
    let calls = Arc::new(AtomicUsize::new(0));
    let lookup: Lookup = {
        let calls = calls.clone();
        Arc::new(move |_| {
            let first = calls.fetch_add(1, Ordering::SeqCst) == 0;
            let found = if first { vec!["185.62.202.2:0", "127.0.0.1:0"] } else { vec!["127.0.0.1:0"] };
            Box::pin(async move { Ok(found.into_iter().map(|address| address.parse().unwrap()).collect()) })
        })
    };
    let resolver = PublicOnly::by(lookup);
    let first: Vec<_> = resolver.resolve("files.example".parse().unwrap()).await.ok().unwrap().collect();
    assert_eq!(first, ["185.62.202.2:0".parse::<SocketAddr>().unwrap()]);
    assert!(resolver.resolve("files.example".parse().unwrap()).await.is_err(), "and the second time there is none");
}

#[tokio::test]
async fn a_file_is_fetched_through_a_redirect_and_up_to_its_limit() {
    let app = Router::new()
        .route("/moved", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/there")]) }))
        .route("/there", get(|| async { ([(header::CONTENT_TYPE, "image/png")], vec![7_u8; 100]) }))
        .route("/round", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/round")]) }))
        .route("/gone", get(|| async { StatusCode::GONE }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let http = http(Some(base));
    let file = http.file("https://files.example/moved", 100).await.unwrap();
    assert_eq!((file.mime.as_str(), file.bytes.len()), ("image/png", 100));
    assert_eq!(http.file("https://files.example/there", 99).await, Err(Failure::TooLarge { limit: 99 }));
    assert!(matches!(http.file("https://files.example/round", 99).await, Err(Failure::Unreadable { .. })));
    assert_eq!(http.file("https://files.example/gone", 99).await, Err(Failure::NotFound));
}
