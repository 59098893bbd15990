//! R05: the power fails. Every write and sync of a scenario is recorded below the program, and disks are rebuilt as they may have looked
//! at any moment: what was synced is there, what was not is there, or is not, or is there in part. Whatever was acknowledged is found
//! again, and the file is sound.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dragoman_simulator::{Options, Size};
use dragoman_tests::house::figures::{Figures, scale};
use dragoman_tests::house::snapshot::Snapshot;
use dragoman_tests::house::{House, ended, world};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

const SEED: u64 = 505;
/// What a disk writes whole.
const SECTOR: usize = 512;
const FILES: [&str; 2] = ["inbox.db", "inbox.db-wal"];

/// What a process did to the inbox, in its order.
#[derive(Debug)]
enum Event {
    Write {
        file: usize,
        at: usize,
        data: Vec<u8>,
    },
    Length {
        file: usize,
        length: usize,
    },
    Gone {
        file: usize,
    },
    /// Everything before is on the disk for good.
    Sync {
        file: usize,
    },
    /// A person was told that the answer of this number is in the outbox.
    Told(usize),
}

/// The bytes of a text as `strace -xx` writes it.
fn unhex(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).filter_map(|two| u8::from_str_radix(two.get(..2)?, 16).ok()).collect()
}

/// The file a descriptor is of, as `strace -y` writes it, if it is one of ours.
fn file_of(argument: &str) -> Option<usize> {
    let path = argument.split_once('<')?.1.split('>').next()?;
    let path = if path.contains("\\x") { String::from_utf8(unhex(path)).ok()? } else { path.to_owned() };
    let name = Path::new(&path).file_name()?.to_str()?;
    FILES.iter().position(|file| *file == name)
}

/// Reads a record. A call that another thread interrupted stands in two lines: writes count from the first, syncs from the second.
fn events(trace: &str, number: Option<usize>, into: &mut Vec<Event>) {
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            if resumed.starts_with('f') && resumed.contains("sync resumed") || resumed.starts_with("fdatasync resumed")
            {
                into.extend(open.remove(thread).map(|file| Event::Sync { file }));
            }
            continue;
        }
        let Some((call, arguments)) = rest.split_once('(') else { continue };
        let numbers = |text: &str| -> Vec<usize> {
            let tail = text.rsplit_once('"').map_or(text, |(_, tail)| tail);
            tail.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
        };
        let file = file_of(arguments);
        match (call, file) {
            ("pwrite64", Some(file)) => {
                let data = unhex(arguments.split('"').nth(1).unwrap_or_default());
                let numbers = numbers(arguments);
                assert_eq!(numbers[0], data.len(), "the record holds every byte");
                into.push(Event::Write { file, at: numbers[1], data });
            }
            ("ftruncate", Some(file)) => {
                let length = arguments.split(", ").nth(1).map(|text| numbers(text)[0]).unwrap_or(0);
                into.push(Event::Length { file, length });
            }
            ("fsync" | "fdatasync", Some(file)) if line.contains("<unfinished") => drop(open.insert(thread, file)),
            ("fsync" | "fdatasync", Some(file)) => into.push(Event::Sync { file }),
            ("unlink" | "unlinkat", _) => {
                let path =
                    String::from_utf8(unhex(arguments.split('"').nth(1).unwrap_or_default())).unwrap_or_default();
                let name = path.rsplit('/').next().unwrap_or_default();
                into.extend(FILES.iter().position(|file| *file == name).map(|file| Event::Gone { file }));
            }
            ("write", None) if arguments.starts_with("1<") => into.extend(number.map(Event::Told)),
            _ => {}
        }
    }
}

/// How much of what was not synced has reached the disk.
#[derive(Clone, Copy, Debug)]
enum Luck {
    All,
    Nothing,
    SomeWrites,
    SomeSectors,
}

const LUCKS: [Luck; 4] = [Luck::Nothing, Luck::SomeSectors, Luck::SomeWrites, Luck::All];

type Image = [Option<Vec<u8>>; 2];

fn apply(image: &mut Image, event: &Event, luck: Luck, dice: &mut StdRng) {
    let lost = match luck {
        Luck::All => false,
        Luck::Nothing => true,
        Luck::SomeWrites => dice.random_bool(0.5),
        Luck::SomeSectors => false,
    };
    if lost {
        return;
    }
    match event {
        Event::Write { file, at, data } => {
            let content = image[*file].get_or_insert_default();
            if content.len() < at + data.len() {
                content.resize(at + data.len(), 0);
            }
            for (part, bytes) in data.chunks(SECTOR).enumerate() {
                if !matches!(luck, Luck::SomeSectors) || dice.random_bool(0.5) {
                    let from = at + part * SECTOR;
                    content[from..from + bytes.len()].copy_from_slice(bytes);
                }
            }
        }
        Event::Length { file, length } => image[*file].get_or_insert_default().resize(*length, 0),
        Event::Gone { file } => image[*file] = None,
        Event::Sync { .. } | Event::Told(_) => {}
    }
}

fn file(event: &Event) -> Option<usize> {
    match event {
        Event::Write { file, .. } | Event::Length { file, .. } | Event::Gone { file } | Event::Sync { file } => {
            Some(*file)
        }
        Event::Told(_) => None,
    }
}

/// The disk if the power failed before the event of this number.
fn disk_before(base: &Image, events: &[Event], end: usize, luck: Luck, dice: &mut StdRng) -> Image {
    let mut image = base.clone();
    for of in 0..FILES.len() {
        let mine = |event: &&Event| file(event) == Some(of);
        let synced =
            events[..end].iter().rposition(|event| matches!(event, Event::Sync { file } if *file == of)).unwrap_or(0);
        events[..synced].iter().filter(mine).for_each(|event| apply(&mut image, event, Luck::All, dice));
        events[synced..end].iter().filter(mine).for_each(|event| apply(&mut image, event, luck, dice));
    }
    image
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_power_loss_keeps_what_was_acknowledged() {
    let available = std::process::Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success());
    if !available {
        println!("campaign_power_loss did not run: it records system calls with strace, which is not installed");
        return;
    }
    let images = 100 * scale() * if scale() > 1 { 2 } else { 1 };
    let size = Size { questions: 20, chats: 20, products: 4, answered: 0.0, history_days: 2, ..Size::default() };
    let house = House::start(Options { size, ..world(SEED) }).await.unwrap();
    house.connect_all(true).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    let open = house.snapshot().unwrap().answerable(house.world().now()).unwrap();
    assert!(!house.home().join("inbox.db-wal").exists(), "the inbox was closed");
    let base: Image = [Some(fs::read(house.home().join("inbox.db")).unwrap()), None];

    // Answers queued, answers sent, pages fetched: each by a process of its own, recorded.
    let mut scenario: Vec<(Option<usize>, Vec<String>)> = Vec::new();
    for (at, (conversation, ..)) in open.iter().take(8).enumerate() {
        let mut reply = vec!["reply".to_owned(), conversation.to_string(), "--text".to_owned(), text_of(at)];
        reply.extend((at % 2 == 0).then(|| "--wait".to_owned()));
        scenario.push((Some(at), reply));
        if at % 3 == 2 {
            scenario.push((None, vec!["sync".to_owned()]));
        }
    }
    let record = house.folder().join("record");
    let mut recorded = Vec::new();
    for (number, args) in &scenario {
        for shop in house.world().shops().to_vec() {
            house.buyer(&shop.name, None, "Новый вопрос: когда доставка? 退货").await.unwrap();
        }
        let calls = "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink,unlinkat";
        let record = record.to_str().unwrap();
        let starter = ["strace", "-f", "-y", "-xx", "-s", "9999999", "-e", calls, "-e", "signal=none", "-o", record];
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let outcome = ended(house.command_through(&starter, &args)).await.unwrap();
        assert!(outcome.code == Some(0) || number.is_some(), "{outcome:?}");
        events(&fs::read_to_string(record).unwrap(), *number, &mut recorded);
        fs::remove_file(record).unwrap();
    }
    // The record is whole: played to its end it gives the file that is there.
    let mut dice = StdRng::seed_from_u64(SEED);
    let whole = disk_before(&base, &recorded, recorded.len(), Luck::All, &mut dice);
    assert!(whole[0].as_deref() == Some(&*fs::read(house.home().join("inbox.db")).unwrap()), "the record is whole");

    let syncs: Vec<usize> =
        (0..recorded.len()).filter(|at| matches!(recorded[*at], Event::Sync { .. } | Event::Told(_))).collect();
    let (mut lost, mut unsound, mut told_in_all, mut held_back) = (Vec::new(), Vec::new(), 0, 0);
    for image in 0..images {
        // At each sync in turn, just before or just after it, and now and then anywhere.
        let at = syncs[image * syncs.len() / images];
        let end = match dice.random_range(0..4) {
            0 => at,
            1 | 2 => at + 1,
            _ => dice.random_range(1..=recorded.len()),
        };
        let luck = LUCKS[image % LUCKS.len()];
        let disk = disk_before(&base, &recorded, end, luck, &mut dice);
        let home = tempfile::tempdir().unwrap();
        for (name, content) in FILES.iter().zip(&disk) {
            if let Some(content) = content {
                fs::write(home.path().join(name), content).unwrap();
            }
        }
        let told: Vec<usize> = recorded[..end]
            .iter()
            .filter_map(|event| if let Event::Told(at) = event { Some(*at) } else { None })
            .collect();
        told_in_all += told.len();
        let snapshot = Snapshot::of(home.path()).unwrap();
        match snapshot.faults() {
            Ok(faults) if faults.is_empty() => {}
            other => {
                unsound.push(format!("image {image} before event {end}, {luck:?}: {other:?}"));
                continue;
            }
        }
        for at in told {
            let text = text_of(at);
            let there = snapshot.number(&format!("SELECT count(*) FROM outbox WHERE text = '{text}'")).unwrap();
            if there != 1 {
                lost.push(format!("image {image} before event {end}, {luck:?}: answer {at} is there {there} times"));
            }
        }
        held_back += snapshot.number("SELECT count(*) FROM outbox WHERE state = 'sending'").unwrap();
    }
    let bytes: usize =
        recorded.iter().map(|event| if let Event::Write { data, .. } = event { data.len() } else { 0 }).sum();
    let mut figures = Figures::new("campaign_power_loss", SEED);
    figures.add(
        "recorded",
        format!("{} events, {} syncs and acknowledgements, {} KiB written", recorded.len(), syncs.len(), bytes >> 10),
    );
    figures.failures("disks that are not sound", unsound.len(), images);
    figures.failures("acknowledged answers lost", lost.len(), told_in_all);
    figures.add("answers found in mid-call, which the next start turns to doubt", held_back);
    figures.print();
    assert_eq!((unsound, lost), (Vec::<String>::new(), Vec::<String>::new()));
    assert!(told_in_all > images && syncs.len() > 50, "the record says something: {told_in_all}, {}", syncs.len());
}

fn text_of(at: usize) -> String {
    format!("Ответ {at}: отправим завтра.")
}
