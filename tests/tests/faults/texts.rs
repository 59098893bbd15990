//! F07 and the search of X01: monstrous texts from buyers, and lines a person or a program might type into the search. Nothing is an
//! error, nothing takes long, and the rest of the inbox is as it was.

use std::time::{Duration, Instant};

use bytes::Bytes;
use dragoman_simulator::{Options, Size};
use dragoman_store::search::PageRequest;
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::world;
use dragoman_tests::inside::Inside;
use dragoman_tests::proxy::Exchange;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::QUIET;

const SEED: u64 = 700;
/// Lines by hand: operators without values, quotes without ends, words of the index's own language, and worse.
const LINES: [&str; 34] = [
    "\"",
    "\"\"",
    "\"\"\"",
    "'",
    "-",
    "--",
    "*",
    "***",
    "a*b*c",
    "-\"",
    "\"возврат",
    "возврат\"",
    "AND",
    "OR NOT",
    "NEAR(a b, 2)",
    "(",
    ")",
    "((((((",
    "^возврат",
    "{text} : a",
    "text:возврат",
    "shop:",
    "shop:\"",
    "channel:nowhere",
    "turn:maybe kind:none",
    "before:2026-13-45",
    "from:\u{202e}",
    "order:' OR 1=1 --",
    "sku:%_\\",
    "a\u{0}b",
    "\u{feff}\u{200b}",
    "🧶🧶 👨\u{200d}👩\u{200d}👧",
    "退货 возврат return",
    "; DROP TABLE message; --",
];
/// Pieces that lines are put together from by chance.
const PIECES: [&str; 24] = [
    "\"",
    "'",
    "-",
    "*",
    "(",
    ")",
    ":",
    "^",
    "+",
    "{",
    "}",
    "\\",
    "\u{0}",
    "\u{202e}",
    " ",
    "  ",
    "AND ",
    "NEAR",
    "shop:",
    "before:",
    "возврат",
    "退货",
    "12345-67",
    "é",
];

/// Becomes ten mebibytes on its way from the platform.
const MONSTER: &str = "ЧУДОВИЩЕ";

fn grown(exchange: &Exchange) -> Bytes {
    match std::str::from_utf8(&exchange.answer) {
        Ok(text) if text.contains(MONSTER) => text.replace(MONSTER, &"x".repeat(10 << 20)).into(),
        _ => exchange.answer.clone(),
    }
}

fn shops() -> Options {
    let size = Size { questions: 200, chats: 200, products: 8, ..Size::default() };
    Options { size, quotas: false, quiet: QUIET, ..world(SEED) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_text_monsters_stay_bounded_and_no_search_is_an_error() {
    let inside = Inside::start_behind(shops(), grown).await.unwrap();
    inside.sync_well().await.unwrap();
    let begun = Instant::now();
    let monsters = [
        MONSTER.to_owned(),
        "ж".repeat(1 << 19),
        "слово ".repeat(20_000),
        "退".repeat(30_000),
        "\u{301}".repeat(50_000),
        "\u{202e}\u{200b}".repeat(20_000),
        "[[](".repeat(20_000),
        "<b>".repeat(20_000),
        "1-".repeat(20_000),
        "a\u{0}\u{1b}[2J".repeat(5_000),
    ];
    for seed in inside.world.shops().to_vec() {
        for text in &monsters {
            inside.buyer(&seed.name, None, text).await.unwrap();
        }
        inside.buyer(&seed.name, None, "Обычное слово рядом с чудовищами: колокольчик").await.unwrap();
    }
    inside.sync_well().await.unwrap();
    let stored = begun.elapsed();
    let found = |line: &'static str| {
        let engine = inside.engine.clone();
        async move { engine.search(line, PageRequest { after: None, limit: 50 }).await }
    };
    let bells = found("колокольчик").await.unwrap().hits.len();

    let mut dice = StdRng::seed_from_u64(SEED);
    let cases = 3_000 * scale();
    let (mut times, mut errors) = (Vec::new(), Vec::new());
    for case in 0..cases + LINES.len() {
        let line = match LINES.get(case) {
            Some(line) => (*line).to_owned(),
            None => {
                (0..dice.random_range(1..12)).map(|_| PIECES[dice.random_range(0..PIECES.len())]).collect::<String>()
            }
        };
        let begun = Instant::now();
        if let Err(error) = inside.engine.search(&line, PageRequest { after: None, limit: 50 }).await {
            errors.push(format!("{line:?}: {error:?}"));
        }
        times.push(begun.elapsed().as_secs_f64());
    }
    for length in [1 << 10, 1 << 16, 1 << 20, 10 << 20] {
        for piece in ["a ", "\"", "возврат* ", "(", "-"] {
            let begun = Instant::now();
            let line = piece.repeat(length / piece.len());
            if let Err(error) = inside.engine.search(&line, PageRequest { after: None, limit: 50 }).await {
                errors.push(format!("{length} bytes of {piece:?}: {error:?}"));
            }
            times.push(begun.elapsed().as_secs_f64());
        }
    }
    let (searches, slowest) = (times.len(), times.iter().copied().fold(0.0, f64::max));
    let shown = inside.engine.counts().await.is_ok();
    let closed = inside.close().await.unwrap();
    let mut figures = Figures::new("campaign_text_monsters", SEED);
    figures.add(
        "monsters",
        format!("{} of up to 10 MiB, stored or put aside in {:.1} s", 2 * monsters.len(), stored.as_secs_f64()),
    );
    let put_aside = closed.snapshot.number("SELECT count(*) FROM quarantine").unwrap();
    figures.add("put aside where they can be seen", put_aside);
    figures.failures("searches that were an error", errors.len(), searches);
    figures.add("slowest search", format!("{:.0} ms", slowest * 1_000.0));
    let faults = closed.snapshot.faults().unwrap();
    figures.print();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(faults, Vec::<String>::new());
    assert!(shown && bells == 2, "an ordinary message beside a monster is found: {bells}");
    // Minutes in a debug build on a busy machine; what must not happen is a time without bound.
    assert!(stored < Duration::from_secs(600) && slowest < 5.0, "bounded: {stored:?}, {slowest} s");
}
