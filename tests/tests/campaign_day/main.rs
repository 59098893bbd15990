//! A day of shops on both platforms with everything that can happen in it: buyers write from morning to night in questions,
//! reviews, chats, claims and tickets; people answer, decide, change and take back; answers are lost, cut, late or refused, keys are
//! withdrawn, colleagues answer in the cabinet, and the program is killed over and over. At the end every invariant holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

mod crowd;
mod desk;
mod gauges;
mod weather;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dragoman_simulator::{FaultPlan, Options, OzonRules, OzonWorld, Size};
use dragoman_tests::canary::Canaries;
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::ledger::{compare, rows};
use dragoman_tests::house::process::Process;
use dragoman_tests::house::rest::everybody_sleeps;
use dragoman_tests::house::snapshot::Snapshot;
use dragoman_tests::house::{House, PASSPHRASE, world};
use jiff::SignedDuration;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;

use self::crowd::Crowd;
use self::desk::Desk;
use self::gauges::Gauges;

const SEED: u64 = 86_413;
/// Virtual time between two looks of the people in this campaign.
const TICK: SignedDuration = SignedDuration::from_mins(1);

/// How often an owner is stopped before a kill, to see whether a call is under way.
const LOOKS: usize = 200;

/// How much happens.
struct Length {
    /// Shops on each platform.
    shops: usize,
    /// Virtual minutes.
    ticks: usize,
    /// Messages of buyers.
    written: usize,
    /// Actions of people.
    deeds: usize,
    /// Kills; all fall into the first three fifths, so that one life is left to watch what it uses.
    kills: usize,
}

impl Length {
    fn of_this_run() -> Self {
        match scale() {
            1 => Self { shops: 3, ticks: 80, written: 1_200, deeds: 200, kills: 4 },
            _ => Self { shops: 10, ticks: 1_440, written: 50_000, deeds: 5_000, kills: 100 },
        }
    }

    fn shops(&self) -> Options {
        let size = Size {
            wildberries_shops: self.shops,
            ozon_shops: self.shops,
            questions: 20,
            reviews: 20,
            buyer_chats: 20,
            return_claims: 10,
            chats: 20,
            products: 12,
            answered: 0.5,
            history_days: 20,
        };
        let grown = OzonWorld { questions: 20, reviews: 20, ..OzonWorld::default() };
        let ozon = OzonRules { world: grown, ..OzonRules::default() };
        Options { size, ozon, quiet: Duration::from_millis(1), idle: Some(everybody_sleeps), ..world(SEED) }
    }

    /// How many of `all` are due in a tick, so that they lie evenly over the day.
    fn share(&self, all: usize, tick: usize) -> usize {
        all * (tick + 1) / self.ticks - all * tick / self.ticks
    }

    fn kills_at(&self, tick: usize) -> bool {
        let spread = Self { ticks: self.ticks * 3 / 5, ..*self };
        tick < spread.ticks && spread.share(self.kills, tick) > 0
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_day_of_everything_keeps_every_promise() {
    let (length, began) = (Length::of_this_run(), Instant::now());
    let house = std::sync::Arc::new(House::start(length.shops()).await.unwrap());
    let numbers = house.connect_all(true).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    freeze(&house).await;
    let (plan, revoked) = weather::plan(&house, length.ticks, SEED);
    house.plan(&plan).await.unwrap();

    let mut dice = StdRng::seed_from_u64(SEED);
    let mut crowd = Crowd::new(&house);
    let mut desk = Desk::new(&house, &numbers);
    let mut gauges = Gauges::default();
    let mut owner = start(&house, &mut desk).await;
    let start_at = house.world().now();
    for tick in 0..length.ticks {
        let minutes = TICK.saturating_mul(i32::try_from(tick).unwrap());
        run_until(&house, start_at.saturating_add(minutes).unwrap(), &mut owner).await;
        crowd.writes(length.share(length.written, tick), &mut dice).await;
        desk.looks(&mut dice).await;
        gauges.read(&house, &owner);
        let deeds = desk.deeds(length.share(length.deeds, tick), &mut dice).await;
        if length.kills_at(tick) {
            // Clients that go on knocking while their owner dies and another comes up.
            desk.hands_in_meanwhile(deeds);
            flow(&house).await;
            tokio::time::sleep(Duration::from_millis(dice.random_range(0..120))).await;
            if gauges.kills_so_far().is_multiple_of(2) {
                stops_in_a_call(&house, &owner, &mut dice).await;
            }
            assert!(owner.kill().await.unwrap(), "an owner ends only when it is killed");
            freeze(&house).await;
            gauges.counts_a_kill(&house.snapshot().unwrap());
            owner = start(&house, &mut desk).await;
            desk.hears_all().await;
        } else {
            desk.hands_in(deeds).await;
        }
        // The platform's side was mended: a person has the key looked at again.
        if revoked.iter().any(|(_, over)| *over == tick) {
            desk.checks_paused_shops().await;
        }
    }
    // The sky clears, and what is in doubt is looked for until it is settled.
    house.plan(&FaultPlan::default()).await.unwrap();
    desk.checks_paused_shops().await;
    flow(&house).await;
    house.settle(Duration::from_secs(1_200)).await.unwrap();
    gauges.read(&house, &owner);
    owner.stop().await.unwrap();
    let reports = house.ok(&["sync"]).await.unwrap();
    let problems: Vec<_> = reports.iter().filter(|report| !report["problem"].is_null()).collect();

    let snapshot = house.snapshot().unwrap();
    let (rows, accepted) = (rows(&snapshot).unwrap(), house.world().accepted());
    let verdict = compare(&desk.promises, &rows, &accepted);
    let (missing, aside) = crowd.apart(&snapshot);
    let stored = snapshot.number("SELECT count(*) FROM message WHERE direction = 'in'").unwrap();
    let faults = snapshot.faults().unwrap();
    let (looked_at, leaks) = leaks(&house);
    let panics = std::fs::read_to_string(house.folder().join("owner.log")).unwrap().matches("panicked").count();

    let mut figures = Figures::new("campaign_day", SEED);
    let hours = house.world().now().duration_since(start_at).as_hours();
    figures
        .add("shops", format!("{} on each platform, {hours} virtual hours, {:?} real", length.shops, began.elapsed()));
    figures.add("messages in", format!("{stored}, {} of them during the day: {:?}", crowd.written(), crowd.tally()));
    figures.add("actions promised", format!("{} {:?}", desk.promises.len(), desk.tally()));
    figures.add("refused at once", format!("{:?}", desk.refused));
    figures.add("sent", verdict.sent);
    figures.add("with a person", format!("{} {:?}", verdict.with_a_person, others(&rows)));
    figures.add("kills", gauges.kills());
    figures.add("faults met", weather::met(&house));
    let unreadable = snapshot.number("SELECT count(*) FROM quarantine").unwrap();
    figures.add("put aside as unreadable", format!("{unreadable}, {aside} messages are only there"));
    figures.failures("lost", verdict.lost.len(), desk.promises.len());
    figures.failures("doubled", verdict.duplicated.len(), desk.promises.len());
    figures.failures(
        "accepted unasked or shown as not sent",
        verdict.foreign.len() + verdict.misreported.len(),
        rows.len(),
    );
    figures.failures("messages missing or doubled", missing.len(), crowd.written());
    figures.failures("keys or buyers where they do not belong", leaks.len(), looked_at);
    figures.failures("calls of people unanswered", desk.unanswered.len(), desk.calls);
    figures.seconds("a call of a person, real time", desk.took.clone());
    gauges.tell(&mut figures);
    figures.print();

    // All of it at once: what went wrong together is understood together.
    let mut wrong: Vec<String> = verdict.failures().into_iter().cloned().collect();
    wrong.extend(missing.into_iter().chain(faults).chain(leaks));
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(desk.unanswered, Vec::<String>::new());
    assert_eq!((panics, problems), (0, Vec::new()));
    assert!(gauges.caught > 0, "no kill fell into a call: the campaign proves little");
    assert!(verdict.sent * 10 >= desk.promises.len() * 8, "most actions are carried out by themselves");
    gauges.hold();
}

async fn freeze(house: &House) {
    house.control("clock", &json!({ "mode": "manual" })).await.unwrap();
}

async fn flow(house: &House) {
    house.control("clock", &json!({ "mode": "auto" })).await.unwrap();
}

/// Lets time pass until an instant; people look at the program while time stands still.
async fn run_until(house: &House, at: jiff::Timestamp, owner: &mut Process) {
    flow(house).await;
    assert!(house.until(at, owner).await.unwrap(), "an owner ends only when it is killed");
    freeze(house).await;
}

/// Makes an owner stand still while one of its calls is under way, if one comes soon: chance alone hits none on some machines.
async fn stops_in_a_call(house: &House, owner: &Process, dice: &mut StdRng) {
    for _ in 0..LOOKS {
        owner.stand_still().unwrap();
        if house.snapshot().unwrap().number("SELECT count(*) FROM outbox WHERE state = 'sending'").unwrap() > 0 {
            return;
        }
        owner.go_on().unwrap();
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..10))).await;
    }
}

/// Starts an owner and lets the people know where it is.
async fn start(house: &House, desk: &mut Desk) -> Process {
    let mut owner = house.spawn(&["serve"]).unwrap();
    owner.ignore_output();
    desk.meets_owner(&mut owner).await;
    owner
}

fn others(rows: &[dragoman_tests::house::ledger::Row]) -> BTreeMap<String, usize> {
    let mut others = BTreeMap::new();
    for row in rows.iter().filter(|row| row.state != "sent") {
        *others.entry(format!("{}/{}", row.state, row.reason)).or_default() += 1;
    }
    others
}

/// Files that hold what they must not: keys anywhere, buyers' words outside the inbox.
fn leaks(house: &House) -> (usize, Vec<String>) {
    let secrets = house.world().shops().iter().flat_map(|shop| shop.secrets.values().cloned());
    let keys = Canaries::new(secrets.chain([PASSPHRASE.to_owned()]));
    let buyers = Canaries::new([crowd::PHONE.to_owned(), crowd::NAME.to_owned()]);
    // What the test itself has put there: the keys to be connected with, and what the platforms accepted.
    let own = |name: &str| name.starts_with("secret-") || name == "passphrase" || name == "accepted.jsonl";
    let (mut looked_at, mut found) = (0, Vec::new());
    for path in dragoman_tests::canary::files(house.folder()).unwrap() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.parent() == Some(house.folder()) && own(&name) {
            continue;
        }
        looked_at += 1;
        let content = std::fs::read(&path).unwrap();
        let inbox = path.strip_prefix(house.home()).is_ok_and(|path| {
            ["inbox.db", "files", "backups"].iter().any(|place| path.to_string_lossy().starts_with(place))
        });
        found.extend(keys.found_in(&content).map(|what| format!("a key ({what}) in {}", path.display())));
        if !inbox {
            found.extend(buyers.found_in(&content).map(|what| format!("a buyer ({what}) in {}", path.display())));
        }
    }
    (looked_at, found)
}

/// A snapshot's single column of texts.
fn texts(snapshot: &Snapshot, sql: &str) -> Vec<String> {
    let mut statement = snapshot.inbox.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
