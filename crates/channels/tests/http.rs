//! What the shared HTTP layer sends where, and what the end of a call proves.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

mod mock;

use std::collections::BTreeMap;
use std::time::Duration;

use dragoman_channels::credential::Credential;
use dragoman_channels::http::{Call, Http, Patience, Platform, SendTrouble};
use dragoman_channels::{Failure, Settings};
use dragoman_domain::ShopId;
use dragoman_domain::outgoing::Doubt;
use mock::{Mock, Reply, nobody, rude};
use reqwest::Method;
use reqwest::header::AUTHORIZATION;

const API: &str = "api.platform.example";
const ELSEWHERE: &str = "files.platform.example";
const PLATFORM: Platform = Platform { api: &[API], pictures: &["pictures.example"] };
const SECRET: &str = "canary-8731";

fn settings(base: &str) -> Settings {
    Settings {
        shop: ShopId(1),
        fields: BTreeMap::new(),
        secrets: BTreeMap::new(),
        base_url: Some(base.to_owned()),
        proxy: None,
    }
}

fn with_patience(settings: &Settings, total: Duration) -> Http {
    let patience = Patience { connect: Duration::from_secs(5), total };
    Http::new(settings, PLATFORM, &[(AUTHORIZATION, Credential::new(SECRET))], patience).unwrap()
}

fn http(base: &str) -> Http {
    with_patience(&settings(base), Duration::from_secs(20))
}

fn get() -> Call {
    Call::new(Method::GET, API, "/v1/things")
}

fn patch() -> Call {
    Call::new(Method::PATCH, API, "/v1/things").json(&serde_json::json!({"text": "Да"})).unwrap()
}

#[tokio::test]
async fn every_call_goes_to_the_base_address_with_path_query_and_body() {
    let mock = Mock::start(|_| Reply::new(200, "{}")).await;
    let http = http(&mock.base);
    http.read(get().query("id", "a b&c").query("take", 5)).await.unwrap();
    http.send(patch()).await.unwrap();
    let seen = mock.seen();
    assert_eq!((seen[0].path.as_str(), seen[0].query.as_str()), ("/v1/things", "id=a+b%26c&take=5"));
    assert_eq!((seen[1].method.as_str(), seen[1].body.as_str()), ("PATCH", r#"{"text":"Да"}"#));
    assert_eq!(seen[1].content_type.as_deref(), Some("application/json"));
}

#[tokio::test]
async fn the_secret_goes_to_the_platforms_api_hosts_only() {
    let mock = Mock::start(|seen| match seen.path.as_str() {
        "/vol1/1.webp" => Reply::new(200, &b"RIFF\x00\x00\x00\x00WEBPVP8 "[..]),
        _ => Reply::new(200, "{}").header("set-cookie", "session=1"),
    })
    .await;
    let http = http(&mock.base);
    http.read(get()).await.unwrap();
    http.read(Call::new(Method::GET, ELSEWHERE, "/file")).await.unwrap();
    http.picture("https://p1.pictures.example/vol1/1.webp").await.unwrap();
    let seen = mock.seen();
    assert_eq!(seen.iter().map(|seen| seen.authorization.as_deref()).collect::<Vec<_>>(), [Some(SECRET), None, None]);
    assert!(seen.iter().all(|seen| seen.cookie.is_none()), "cookies are not kept");
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let other = Mock::start(|_| Reply::new(200, "{}")).await;
    let target = other.base.clone();
    let mock = Mock::start(move |_| Reply::new(307, "").header("location", format!("{target}/v1/things"))).await;
    let http = http(&mock.base);
    assert!(matches!(http.read(get()).await, Err(Failure::Unreadable { .. })));
    assert_eq!(http.send(patch()).await.unwrap_err(), SendTrouble::Doubt(Doubt::Redirected));
    // A picture may move, but only to another of the platform's own hosts.
    assert!(matches!(http.picture("https://pictures.example/1.webp").await, Err(Failure::Refused { .. })));
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read_to_its_end() {
    let mock = Mock::start(|_| Reply::new(200, vec![b' '; 33 * 1024 * 1024])).await;
    let http = http(&mock.base);
    assert!(matches!(http.read(get()).await, Err(Failure::Unreadable { .. })));
    assert_eq!(http.send(patch()).await.unwrap_err(), SendTrouble::Doubt(Doubt::Unreadable));
    assert!(matches!(http.picture("https://pictures.example/1.webp").await, Err(Failure::TooLarge { .. })));
}

#[tokio::test]
async fn a_compressed_answer_is_unpacked_and_a_damaged_one_is_unreadable() {
    const PACKED: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0xae, 5, 0, 0x43, 0xbf, 0xa6, 0xa3, 2, 0, 0, 0];
    let packed = |bytes: &'static [u8]| Mock::start(move |_| Reply::new(200, bytes).header("content-encoding", "gzip"));
    let answer = http(&packed(PACKED).await.base).read(get()).await.unwrap();
    assert_eq!(answer.text().unwrap(), "{}");
    let damaged = http(&packed(&PACKED[..12]).await.base);
    assert!(matches!(damaged.read(get()).await, Err(Failure::Unreadable { .. })));
    assert_eq!(damaged.send(patch()).await.unwrap_err(), SendTrouble::Doubt(Doubt::Unreadable));
}

#[tokio::test]
async fn nobody_there_means_surely_not_reached() {
    let http = http(&nobody().await);
    assert!(matches!(http.send(patch()).await, Err(SendTrouble::NotReached { .. })));
    assert!(matches!(http.read(get()).await, Err(Failure::Offline { .. })));
}

#[tokio::test]
async fn a_connection_that_closes_after_the_request_leaves_doubt_and_is_not_tried_again() {
    let (base, calls) = rude(Some(b"")).await;
    assert_eq!(http(&base).send(patch()).await.unwrap_err(), SendTrouble::Doubt(Doubt::Broken));
    assert_eq!(*calls.lock().unwrap(), 1);
    assert!(matches!(http(&base).read(get()).await, Err(Failure::Offline { .. })));
}

#[tokio::test]
async fn silence_leaves_doubt() {
    let (base, _) = rude(None).await;
    let http = with_patience(&settings(&base), Duration::from_millis(300));
    assert_eq!(http.send(patch()).await.unwrap_err(), SendTrouble::Doubt(Doubt::Silence));
    assert!(matches!(http.read(get()).await, Err(Failure::Offline { .. })));
}

#[tokio::test]
async fn a_cut_answer_leaves_doubt_even_if_it_began_with_success() {
    let (base, _) = rude(Some(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"data\":")).await;
    let http = http(&base);
    assert_eq!(http.send(patch()).await.unwrap_err(), SendTrouble::Doubt(Doubt::Unreadable));
    assert!(matches!(http.read(get()).await, Err(Failure::Unreadable { .. })));
}

#[tokio::test]
async fn what_is_no_http_leaves_doubt() {
    let (base, _) = rude(Some(b"\x16\x03\x01\x02\x00not http at all\r\n\r\n")).await;
    assert_eq!(http(&base).send(patch()).await.unwrap_err(), SendTrouble::Doubt(Doubt::Broken));
}

#[tokio::test]
async fn a_fault_of_the_platform_leaves_doubt_about_a_send() {
    let mock = Mock::start(|_| Reply::new(502, "<html>Bad Gateway</html>")).await;
    let http = http(&mock.base);
    assert_eq!(http.send(patch()).await.unwrap_err(), SendTrouble::Doubt(Doubt::ServerFault));
    assert!(matches!(http.read(get()).await, Err(Failure::ServerFault { status: 502, .. })));
    assert_eq!(mock.seen().len(), 2, "nothing is tried again");
}

#[tokio::test]
async fn reads_share_a_connection_and_every_send_has_its_own() {
    let mock = Mock::start(|_| Reply::new(200, "{}")).await;
    let http = http(&mock.base);
    for _ in 0..2 {
        http.read(get()).await.unwrap();
    }
    for _ in 0..2 {
        http.send(patch()).await.unwrap();
    }
    let ports: Vec<u16> = mock.seen().iter().map(|seen| seen.port).collect();
    assert_eq!(ports[0], ports[1]);
    assert!(ports[2] != ports[3] && ports[2] != ports[0] && ports[3] != ports[0], "{ports:?}");
}

#[tokio::test]
async fn calls_go_through_the_shops_proxy_which_may_ask_for_a_password() {
    let proxy =
        Mock::start(|seen| if seen.method == "GET" { Reply::new(200, "{}") } else { Reply::new(407, "") }).await;
    let base = nobody().await;
    let mut settings = settings(&base);
    settings.proxy = Some(proxy.base.clone());
    let http = with_patience(&settings, Duration::from_secs(20));
    http.read(get()).await.unwrap();
    assert_eq!(proxy.seen()[0].uri, format!("{base}/v1/things"));
    assert!(matches!(http.send(patch()).await, Err(SendTrouble::NotReached { why }) if why.contains("proxy")));
}

#[tokio::test]
async fn a_fault_in_the_settings_names_the_field_and_repeats_no_secret() {
    let build = |settings: &Settings, secret: &str| {
        Http::new(settings, PLATFORM, &[(AUTHORIZATION, Credential::new(secret))], Patience::default())
            .map(|_| ())
            .unwrap_err()
    };
    let good = settings("http://127.0.0.1:1");
    let proxy = Settings { proxy: Some("::not a proxy canary-8731".to_owned()), ..good.clone() };
    let base = Settings { base_url: Some("http://mock.example".to_owned()), ..good.clone() };
    for (failure, field) in [
        (build(&proxy, SECRET), "proxy"),
        (build(&base, SECRET), "base_url"),
        (build(&good, "canary-8731\n"), "authorization"),
    ] {
        let Failure::Setup { field: at_fault, why } = failure else { panic!("{failure:?}") };
        assert_eq!(at_fault, field);
        assert!(!why.contains("8731"), "{why}");
    }
}

#[tokio::test]
async fn what_fails_is_told_without_the_query() {
    let (base, _) = rude(Some(b"")).await;
    let Err(Failure::Offline { why }) = http(&base).read(get().query("id", "canary-8731")).await else {
        panic!("it must fail")
    };
    assert!(!why.contains("8731"), "{why}");
}

#[tokio::test]
async fn a_picture_is_what_its_bytes_say() {
    let mock = Mock::start(|seen| match seen.path.as_str() {
        "/1.jpg" => Reply::new(200, &b"\xff\xd8\xff\xe0rest"[..]).header("content-type", "text/html"),
        "/page" => Reply::new(200, "<html>").header("content-type", "image/webp"),
        "/fault" => Reply::new(503, ""),
        _ => Reply::new(404, ""),
    })
    .await;
    let http = http(&mock.base);
    let picture = |path: &'static str| {
        let http = &http;
        async move { http.picture(&format!("https://basket.pictures.example{path}")).await }
    };
    assert_eq!(picture("/1.jpg").await.unwrap().mime, "image/jpeg");
    assert!(matches!(picture("/page").await, Err(Failure::Unreadable { .. })));
    assert!(matches!(picture("/fault").await, Err(Failure::ServerFault { status: 503, .. })));
    assert_eq!(picture("/none").await, Err(Failure::NotFound));
    assert!(
        http.picture(&format!("{}/1.jpg", mock.base)).await.is_ok(),
        "the base stands for all the platform's hosts"
    );
    assert!(matches!(http.picture("https://elsewhere.example/1.jpg").await, Err(Failure::Refused { .. })));
}
