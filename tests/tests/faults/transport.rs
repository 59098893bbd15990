//! C06 and the redirects of C07: answers that are cut, endless, packed to burst, too slow, or sent elsewhere. A call ends in bounded
//! time and memory, a send without proof is in doubt, and no secret follows a redirect.

use std::io::Write as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dragoman_channels::Failure;
use dragoman_domain::outgoing::{Doubt, Refusal, Sent};
use dragoman_simulator::{ShopSeed, Simulator};
use dragoman_tests::house::figures::Figures;
use dragoman_tests::house::world;
use dragoman_tests::peer::{Manner, Peer};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::line::{Line, secrets};

const SEED: u64 = 6;
const GIB: u64 = 1 << 30;

async fn seeds() -> (Vec<ShopSeed>, jiff::Timestamp) {
    let world = Simulator::start(world(SEED)).await.unwrap();
    (world.shops().to_vec(), world.now())
}

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

const JSON: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/// A gibibyte of spaces in a megabyte, as blocks that can follow one another without end.
fn bomb() -> Manner {
    let head = format!("{JSON}content-encoding: gzip\r\nconnection: close\r\n\r\n");
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.flush().unwrap();
    let begun = packer.get_ref().len();
    packer.write_all(&vec![b' '; 1 << 20]).unwrap();
    packer.flush().unwrap();
    let packed = packer.get_ref().clone();
    let (start, block) = packed.split_at(begun);
    let most = block.len() as u64 * 1_024;
    Manner::Flood { first: [head.as_bytes(), start].concat().into(), again: Bytes::copy_from_slice(block), most }
}

/// What goes wrong, how, and whether the call may take until its total deadline.
fn manners() -> Vec<(&'static str, Manner, bool)> {
    let plain = |rest: &str| Manner::Bytes(bytes(&format!("{JSON}{rest}")));
    vec![
        ("cut in the middle of the body", plain("content-length: 100\r\n\r\n{\"result\":"), false),
        ("longer than it says", plain("content-length: 5\r\nconnection: close\r\n\r\n{\"result\":\"success\"}"), false),
        ("two lengths", plain("content-length: 5\r\ncontent-length: 20\r\n\r\n{\"result\":\"success\"}"), false),
        ("a length that is no number", plain("content-length: many\r\n\r\n{}"), false),
        ("a chunk whose size is no number", plain("transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"), false),
        ("a chunk that never ends", plain("transfer-encoding: chunked\r\n\r\nffff\r\n{\"result\":"), false),
        ("no last chunk", plain("transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"), false),
        ("no HTTP at all", Manner::Bytes(bytes("220 mail.example ESMTP\r\n")), false),
        ("a head without an end", Manner::Bytes(bytes(&format!("{JSON}x: {}", "a".repeat(200_000)))), false),
        ("the connection ends", Manner::Close, false),
        (
            "no end",
            Manner::Flood {
                first: bytes(&format!("{JSON}connection: close\r\n\r\n")),
                again: Bytes::from(vec![b' '; 1 << 16]),
                most: GIB,
            },
            false,
        ),
        (
            "a length of a gibibyte",
            Manner::Flood {
                first: bytes(&format!("{JSON}content-length: {GIB}\r\n\r\n")),
                again: Bytes::from(vec![b' '; 1 << 16]),
                most: GIB,
            },
            false,
        ),
        ("packed to burst", bomb(), false),
        (
            "one byte every ten seconds",
            Manner::Drip {
                first: bytes(&format!("{JSON}content-length: 1000\r\n\r\n")),
                pause: Duration::from_secs(10),
            },
            true,
        ),
        (
            "a head, one byte every ten seconds",
            Manner::Drip { first: bytes("HTTP/1.1 200 O"), pause: Duration::from_secs(10) },
            true,
        ),
        ("silence", Manner::Silence, true),
    ]
}

/// Most memory this process ever held, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_broken_transport_ends_every_call_in_bounded_time_and_memory() {
    let (seeds, now) = seeds().await;
    let before = peak();
    let (mut calls, mut longest, mut wrong) = (0, (Duration::ZERO, String::new()), Vec::new());
    let mut note = |what: String, took: Duration, slow: bool, sound: bool, outcome: String| {
        calls += 1;
        let limit = Duration::from_secs(if slow { 32 } else { 20 });
        if took > limit || !sound {
            wrong.push(format!("{what}: {outcome} after {took:?}"));
        }
        if took > longest.0 {
            longest = (took, what);
        }
    };
    // The slow ones side by side, because they last thirty real seconds each; the greedy ones one by one, because of the memory.
    let mut slow_ones = tokio::task::JoinSet::new();
    for (what, manner, slow) in manners() {
        for seed in &seeds {
            let (manner, seed) = (manner.clone(), seed.clone());
            let work = async move {
                let peer = Peer::start(move |_| manner.clone()).await.unwrap();
                let line = Line::new(&seed, peer.address(), now);
                let read = async {
                    let begun = Instant::now();
                    let outcome = line.thread("1").await;
                    let sound = matches!(outcome, Err(Failure::Offline { .. } | Failure::Unreadable { .. }));
                    (begun.elapsed(), sound, format!("{:?}", outcome.err()))
                };
                let send = async {
                    let begun = Instant::now();
                    let outcome = line.send("1").await;
                    let sound = matches!(
                        outcome,
                        Sent::Unknown { why: Doubt::Silence | Doubt::Broken | Doubt::Unreadable, .. }
                    );
                    (begun.elapsed(), sound, format!("{outcome:?}"))
                };
                let both = if slow { tokio::join!(read, send) } else { (read.await, send.await) };
                (what, slow, seed.channel, both, peer.count())
            };
            if slow {
                slow_ones.spawn(work);
            } else {
                let (what, slow, channel, (read, send), asked) = work.await;
                note(format!("{what}, read, {channel}"), read.0, slow, read.1, read.2);
                note(format!("{what}, send, {channel}"), send.0, slow, send.1, send.2);
                note(
                    format!("{what}, calls made, {channel}"),
                    Duration::ZERO,
                    slow,
                    asked <= 2,
                    format!("{asked} calls"),
                );
            }
        }
    }
    let grown = peak().saturating_sub(before) / 1_024;

    // 200 connections that end at once.
    let peer = Peer::start(|_| Manner::Close).await.unwrap();
    let mut flaps = 0;
    for seed in &seeds {
        let line = Line::new(seed, peer.address(), now);
        for at in 0..100 {
            let sound = if at % 2 == 0 {
                matches!(line.thread("1").await, Err(Failure::Offline { .. }))
            } else {
                matches!(line.send("1").await, Sent::Unknown { .. })
            };
            flaps += 1;
            if !sound {
                note(format!("flap {at}"), Duration::ZERO, false, false, String::new());
            }
        }
    }
    let asked_again = peer.count().saturating_sub(flaps);

    // A secured connection that never comes about: surely nothing was said.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", mute.local_addr().unwrap());
    for seed in &seeds {
        let (address, seed) = (address.clone(), seed.clone());
        slow_ones.spawn(async move {
            let line = Line::new(&seed, &address, now);
            let (begun, read) = (Instant::now(), line.thread("1").await);
            let read = (begun.elapsed(), matches!(read, Err(Failure::Offline { .. })), format!("{read:?}"));
            let (begun, sent) = (Instant::now(), line.send("1").await);
            let proven = matches!(sent, Sent::No(Refusal::NotReached { .. }));
            ("a handshake that stalls", true, seed.channel, (read, (begun.elapsed(), proven, format!("{sent:?}"))), 0)
        });
    }
    while let Some(ended) = slow_ones.join_next().await {
        let (what, slow, channel, (read, send), asked) = ended.unwrap();
        note(format!("{what}, read, {channel}"), read.0, slow, read.1, read.2);
        note(format!("{what}, send, {channel}"), send.0, slow, send.1, send.2);
        note(format!("{what}, calls made, {channel}"), Duration::ZERO, slow, asked <= 2, format!("{asked} calls"));
    }
    drop(mute);

    let mut figures = Figures::new("campaign_broken_transport", SEED);
    figures.failures("calls that ended wrongly", wrong.len(), calls);
    figures.add("longest call", format!("{:.1} s ({})", longest.0.as_secs_f64(), longest.1));
    figures.add("connections that flapped", format!("{flaps}, asked again by themselves {asked_again}"));
    figures.add("memory grown by a gibibyte, three times, read and sent", format!("{grown} MiB at the peak"));
    figures.print();
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(asked_again, 0, "no layer repeats a call by itself");
    assert!(grown <= 150, "an answer is read up to its cap and not further");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_redirects_are_never_followed_and_carry_no_secret() {
    let (seeds, now) = seeds().await;
    let foreign = Peer::start(|_| Manner::answer(200, "{}")).await.unwrap();
    let elsewhere = foreign.address().to_owned();
    let (mut cases, mut wrong) = (0, Vec::new());
    for status in [301, 302, 303, 307, 308] {
        for to in [
            format!("{elsewhere}/v1/take"),
            elsewhere.replace("http://", "//"),
            elsewhere.replace("127.0.0.1", "localhost"),
            "/v1/again".to_owned(),
            "http://[::1]:1/".to_owned(),
            "javascript:alert(1)".to_owned(),
            "\u{fffd}".to_owned(),
        ] {
            for seed in &seeds {
                let answer =
                    format!("HTTP/1.1 {status} X\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let peer = Peer::start(move |_| Manner::Bytes(bytes(&answer))).await.unwrap();
                let line = Line::new(seed, peer.address(), now);
                let (read, sent) = (line.thread("1").await, line.send("1").await);
                cases += 2;
                let sound = matches!(read, Err(Failure::Unreadable { .. }))
                    && matches!(sent, Sent::Unknown { why: Doubt::Redirected, .. })
                    && peer.count() == 2;
                if !sound {
                    wrong.push(format!("{status} to {to}: {:?}, {sent:?}, {} calls", read.err(), peer.count()));
                }
            }
        }
    }
    let heard = foreign.seen();
    let leaked =
        secrets(&seeds).values().filter(|secret| heard.iter().any(|asked| asked.head.contains(*secret))).count();
    let mut figures = Figures::new("campaign_redirects", SEED);
    figures.failures("redirects followed or taken for an answer", wrong.len(), cases);
    figures.failures("requests at the foreign address", heard.len(), cases);
    figures.failures("secrets at the foreign address", leaked, cases);
    figures.print();
    assert_eq!((wrong, heard.len(), leaked), (Vec::new(), 0, 0));
}
