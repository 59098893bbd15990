//! R08: several processes on one home. The first owns it, every other becomes its client at once, and writers side by side never
//! hear that the file is busy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dragoman_simulator::{Options, Size};
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::{House, world};
use http::Method;
use serde_json::json;

const SEED: u64 = 808;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_two_processes_share_a_home_without_a_busy_error() {
    let writes = 1_000 * scale();
    let size = Size { questions: 20, chats: 20, products: 4, ..Size::default() };
    let house = Arc::new(House::start(Options { size, quotas: false, ..world(SEED) }).await.unwrap());
    house.connect_all(false).await.unwrap();
    let mut owner = house.spawn(&["serve"]).unwrap();
    owner.line().await.unwrap();
    owner.ignore_output();
    house.ok(&["sync"]).await.unwrap();
    let ids: Vec<i64> = house.ok(&["list"]).await.unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();

    // Two clients write, and a third process comes and goes: each time it has to be handed over.
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..2 {
        let (house, ids) = (Arc::clone(&house), ids.clone());
        writers.spawn(async move {
            let api = house.api().await.expect("the owner answers");
            let (mut waits, mut problems) = (Vec::new(), Vec::new());
            for at in 0..writes {
                let path = format!("/api/conversations/{}/draft", ids[at % ids.len()]);
                let begun = Instant::now();
                let body = json!({ "text": format!("Черновик {writer}-{at}") });
                if let Err(problem) = api.call(Method::PUT, &path, Some(body)).await {
                    problems.push(format!("{problem:?}"));
                }
                waits.push(begun.elapsed().as_secs_f64());
            }
            (waits, problems)
        });
    }
    let mut handovers = Vec::new();
    for _ in 0..10 {
        let begun = Instant::now();
        house.ok(&["list", "--limit", "1"]).await.unwrap();
        handovers.push(begun.elapsed().as_secs_f64());
    }
    let (mut waits, mut problems) = (Vec::new(), Vec::new());
    while let Some(ended) = writers.join_next().await {
        let (times, met) = ended.unwrap();
        waits.extend(times);
        problems.extend(met);
    }
    owner.stop().await.unwrap();
    let snapshot = house.snapshot().unwrap();
    let mut figures = Figures::new("campaign_two_processes", SEED);
    let longest = waits.iter().copied().fold(0.0, f64::max);
    figures.add("writes by two clients", waits.len());
    figures.failures("writes refused, busy or otherwise", problems.len(), waits.len());
    figures.add("longest wait of a write", format!("{:.0} ms", longest * 1_000.0));
    handovers.sort_by(f64::total_cmp);
    let median = handovers[handovers.len() / 2];
    figures.seconds("a third process from its start to its answer, under this load", handovers);
    figures.print();
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(snapshot.faults().unwrap(), Vec::<String>::new());
    let newest = snapshot.number("SELECT count(*) FROM conversation WHERE draft LIKE 'Черновик %'").unwrap();
    assert!(newest as usize == ids.len().min(writes), "every draft is there: {newest}");
    assert!(median <= 2.0, "handed over within two seconds: {median} s");
    assert!(longest <= Duration::from_secs(5).as_secs_f64(), "nobody waits long: {longest} s");
}
