//! kill -9 at random moments of fetching: nothing is missing, nothing is there twice, no mark is ahead of what is stored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::time::Duration;

use dragoman_simulator::{Options, Size};
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::{House, truth, world};
use jiff::SignedDuration;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

const SEED: u64 = 20_261_122;
/// Copies of the inbox that are looked into right after a kill, so many kills apart.
const LOOK_EVERY: usize = 10;

fn shops() -> Options {
    let size = Size { questions: 3_200, chats: 1_900, products: 120, history_days: 60, ..Size::default() };
    Options { size, quiet: Duration::from_millis(3), ..world(SEED) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_kill_sync_loses_and_doubles_no_message() {
    let house = House::start(shops()).await.unwrap();
    house.connect_all(false).await.unwrap();
    let mut dice = StdRng::seed_from_u64(SEED);
    let (wanted, mut kills, mut in_start, mut finished, mut written) = (100 * scale(), 0, 0, 0, 0);
    let names: Vec<String> = house.world().shops().iter().map(|shop| shop.name.clone()).collect();
    let mut faults = Vec::new();

    while kills < wanted {
        assert!(finished <= 5 * wanted, "the program ends before it can be killed");
        let mut process = house.spawn(&["sync"]).unwrap();
        process.ignore_output();
        let early = dice.random_bool(0.1);
        let running = if early {
            tokio::time::sleep(Duration::from_millis(dice.random_range(0..600))).await;
            !process.has_ended().unwrap()
        } else {
            // Virtual time passes with the requests that are made, so this is a moment of the work and not of the machine.
            let moment = house.world().now() + SignedDuration::from_millis(dice.random_range(0..10_000));
            let running = house.until(moment, &mut process).await.unwrap();
            tokio::time::sleep(Duration::from_millis(dice.random_range(0..25))).await;
            running
        };
        if process.kill().await.unwrap() && running {
            kills += 1;
            in_start += usize::from(early);
            if kills % LOOK_EVERY == 0 {
                faults.extend(house.snapshot().unwrap().faults().unwrap());
            }
        } else {
            finished += 1;
        }
        // The world does not stand still meanwhile.
        for name in &names {
            let text = format!("Новое сообщение {written}: когда доставка? 退货");
            house.buyer(name, None, &text).await.unwrap();
            written += 1;
        }
    }

    let reports = house.ok(&["sync"]).await.unwrap();
    assert!(reports.iter().all(|report| report["problem"].is_null()), "{reports:?}");
    let snapshot = house.snapshot().unwrap();
    faults.extend(snapshot.faults().unwrap());
    let (held, stored) = (truth::held(&house).await.unwrap(), truth::stored(&snapshot).unwrap());
    let missing: Vec<_> = held.keys().filter(|place| !stored.contains_key(*place)).collect();
    let doubled: Vec<_> = stored.iter().filter(|(place, count)| **count != 1 || !held.contains_key(*place)).collect();

    let mut figures = Figures::new("campaign_kill_sync", SEED);
    figures.add(
        "kills",
        format!("{kills} ({in_start} in the first moments of a process), {finished} rounds ended by themselves"),
    );
    figures.add("messages on the platforms", held.len());
    figures.add("written while the program was killed", written);
    figures.failures("missing", missing.len(), held.len());
    figures.failures("stored twice or unknown to the platforms", doubled.len(), held.len());
    figures.failures(
        "kills with a loss, a double or a fault of the file",
        missing.len() + doubled.len() + faults.len(),
        kills,
    );
    figures.add("copies looked into after a kill, and at the end", kills / LOOK_EVERY + 1);
    figures.print();
    assert!(held.len() >= 10_000, "the world of this campaign is large: {}", held.len());
    assert!(missing.is_empty(), "missing: {:?}", missing.iter().take(5).collect::<Vec<_>>());
    assert!(doubled.is_empty(), "doubled: {:?}", doubled.iter().take(5).collect::<Vec<_>>());
    assert_eq!(faults, Vec::<String>::new());
}
