//! R06: a disk that is full or may not be written. What cannot be noted does not leave, what is named is true, and work goes on by
//! itself as soon as there is room.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use dragoman_domain::outbox::{Item, State};
use dragoman_domain::{OutboxId, Timestamp};
use dragoman_engine::Work;
use dragoman_engine::outbox::OutboxView;
use dragoman_simulator::{Fault, FaultPlan, Match, Options, Rule, Size};
use dragoman_tests::disk::Disk;
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::world;
use dragoman_tests::inside::{Inside, open};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::{QUIET, apart, in_turn, verdict};

const SEED: u64 = 606;

fn shops() -> Options {
    let size = Size { questions: 12, chats: 12, products: 4, answered: 0.0, history_days: 2, ..Size::default() };
    Options { size, quiet: QUIET, ..world(SEED) }
}

/// Slow answers, so that the disk fills on either side of the acceptance.
fn slow_answers() -> FaultPlan {
    let when = |probability| Match { action: Some("reply".into()), probability: Some(probability), ..Match::default() };
    let rules = vec![
        Rule { when: when(0.3), fault: Fault::DelayBeforeAccept { seconds: 0.1 } },
        Rule { when: when(0.5), fault: Fault::DelayAfterAccept { seconds: 0.1 } },
    ];
    FaultPlan { seed: Some(SEED), rules }
}

/// Answers that wait for the disk.
async fn stuck(inside: &Inside) -> BTreeSet<OutboxId> {
    let waits = |view: &OutboxView| matches!(view.item.state, State::Queued | State::Sending);
    inside.outbox().await.unwrap().into_iter().filter(waits).map(|view| view.id).collect()
}

/// When their calls had ended, whichever way.
async fn left(inside: &Inside, stuck: &BTreeSet<OutboxId>) -> Vec<Timestamp> {
    let ended = |item: &Item| item.doubt_at.into_iter().chain(item.settled_at).min();
    let all = inside.outbox().await.unwrap();
    all.iter().filter(|view| stuck.contains(&view.id)).filter_map(|view| ended(&view.item)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_full_disk_loses_and_doubles_nothing_and_work_goes_on_by_itself() {
    let Some(disk) = Disk::mount(24).unwrap() else {
        println!("campaign_full_disk did not run: this user may not mount a small disk (needs root)");
        return;
    };
    let fills = 100 * scale();
    let inside = Inside::start_at(shops(), disk.path().join("home")).await.unwrap();
    inside.sync_well().await.unwrap();
    inside.plan(&slow_answers()).await.unwrap();
    inside.engine.start(Work::Outbox);
    let names: Vec<String> = inside.shops.keys().cloned().collect();

    let mut dice = StdRng::seed_from_u64(SEED);
    let (mut promises, mut refused, mut named, mut met) = (Vec::new(), 0, 0, 0);
    let (mut by_sync, mut by_outbox, mut most) = (Vec::new(), Vec::new(), 0);
    let shops: Vec<_> = inside.shops.values().copied().collect();
    let mut used = BTreeSet::new();
    for at in 0..fills {
        let awaiting = inside.awaiting(shops[at % shops.len()]).await.unwrap();
        let row = awaiting.into_iter().find(|row| used.insert(row.id)).expect("a buyer wrote in the round before");
        promises.push(inside.reply(row.id, &format!("Ответ {at}: да, подойдёт.")).await.unwrap());
        for name in &names {
            inside.buyer(name, None, &format!("Вопрос {at}: {}", "очень длинный текст ".repeat(20))).await.unwrap();
        }
        let before = inside.world.requests().len();
        let (sync, fill) = tokio::join!(inside.sync(), async {
            // Every third time before the first page is here, however fast this machine is.
            if !at.is_multiple_of(3) {
                tokio::time::sleep(Duration::from_millis(dice.random_range(0..60))).await;
            }
            // Sometimes something fits, so that it breaks off in the middle of a page or of a checkpoint.
            let left = if dice.random_bool(0.5) { 0 } else { dice.random_range(1..40) };
            let path = &disk;
            tokio::task::block_in_place(|| path.fill_but(left)).unwrap();
        });
        let () = fill;
        let problem = match &sync {
            Ok(reports) => reports.iter().any(|report| report.problem.is_some()),
            Err(_) => true,
        };
        // A person writes, too: accepted and kept, or refused with a name.
        let another = format!("Во время полного диска, {at}.");
        match inside.reply(row.id, &another).await {
            Ok(promise) => promises.push(promise),
            Err(error) => {
                refused += 1;
                named += usize::from(format!("{error:?}").contains("DiskFull"));
            }
        }
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..80))).await;
        met += usize::from(problem);
        // What a shop was asked meanwhile: a disk that stays full must not turn into a storm of requests.
        most = most.max(inside.world.requests().len() - before);

        let stuck = stuck(&inside).await;
        disk.make_room().unwrap();
        let (freed, freed_at) = (Instant::now(), inside.world.now());
        while inside.sync().await.is_err() {
            assert!(freed.elapsed() < Duration::from_secs(10), "fetching goes on once there is room");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        by_sync.push(freed.elapsed().as_secs_f64());
        while inside.in_state(State::Queued).await.unwrap() + inside.in_state(State::Sending).await.unwrap() > 0 {
            assert!(
                freed.elapsed() < Duration::from_secs(20),
                "sending goes on once there is room: {:?}",
                inside.outbox().await.unwrap().iter().filter(|view| view.item.state.under_way()).collect::<Vec<_>>()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        by_outbox.extend(left(&inside, &stuck).await.into_iter().map(|at| at.duration_since(freed_at).as_secs_f64()));
    }
    inside.settle(Duration::from_secs(120)).await.unwrap();
    inside.sync_well().await.unwrap();
    let accepted = inside.world.accepted();
    let closed = inside.close().await.unwrap();

    let mut figures = Figures::new("campaign_full_disk", SEED);
    figures.add("fills", format!("{fills}, {met} met by fetching, {refused} replies refused, {named} of them by name"));
    figures.add("requests during one fill, most", most);
    figures.seconds("real time until fetching goes on", by_sync);
    let slowest = by_outbox.iter().copied().fold(0.0, f64::max);
    figures.seconds("virtual time until a stuck answer has left", by_outbox);
    let mut failures = verdict(&mut figures, &promises, &closed.snapshot, &accepted);
    failures.extend(apart(&mut figures, &closed).await);
    figures.print();
    assert_eq!(failures, Vec::<String>::new());
    assert!(slowest <= 10.0, "sending goes on within ten seconds of virtual time: {slowest}");
    assert_eq!(named, refused, "every refusal names the disk");
    assert!(met + refused > fills / 10, "the disk was never full at the right moment: the campaign proves nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_read_only_place_is_named_and_nothing_is_sent_from_it() {
    let Some(disk) = Disk::mount(24).unwrap() else {
        println!("campaign_read_only did not run: this user may not mount a small disk (needs root)");
        return;
    };
    let home = disk.path().join("home");
    let inside = Inside::start_at(shops(), home.clone()).await.unwrap();
    inside.sync_well().await.unwrap();
    let row = in_turn(&inside).await.remove(0).1;
    let promise = inside.reply(row.id, "Записано до того.").await.unwrap();
    let clock = std::sync::Arc::clone(inside.engine.clock());
    inside.engine.stop().await;
    let Inside { engine, world, .. } = inside;
    drop(engine);

    let mut figures = Figures::new("campaign_read_only", SEED);
    let mut refused = Vec::new();
    assert!(disk.set_read_only(true), "this system cannot make a disk read-only");
    refused.push(("read-only mount", open(&home, std::sync::Arc::clone(&clock)).await.err()));
    assert!(disk.set_read_only(false));
    // An immutable file needs a file system that knows the mark; memory ones do since Linux 6.6.
    let database = home.join("inbox.db");
    let immutable =
        |on: &str| Command::new("chattr").arg(on).arg(&database).output().is_ok_and(|it| it.status.success());
    if immutable("+i") {
        refused.push(("immutable file", open(&home, std::sync::Arc::clone(&clock)).await.err()));
        assert!(immutable("-i"));
    } else {
        figures.add("immutable file", "not tried: this file system has no such mark");
    }
    let words: Vec<String> = refused.iter().map(|(what, error)| format!("{what}: {error:?}")).collect();
    let named = refused.iter().filter(|(_, error)| format!("{error:?}").contains("ReadOnly")).count();
    figures.failures("not named", refused.len() - named, refused.len());
    figures.add("sent meanwhile", world.accepted().len());
    figures.print();
    assert_eq!((named, world.accepted().len()), (refused.len(), 0), "{words:?}");
    let engine = open(&home, clock).await.unwrap();
    let kept = engine.outbox(true, None, 10).await.unwrap();
    assert_eq!((kept[0].item.uid, kept[0].item.text.as_str()), (promise.uid, "Записано до того."));
    engine.stop().await;
}
