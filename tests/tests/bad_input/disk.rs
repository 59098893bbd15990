//! A full disk: named, harmless, and over by itself once there is room.

use dragoman_simulator::{Options, Size};
use dragoman_tests::disk::Disk;
use dragoman_tests::house::{House, truth, world};

use super::{accepted, awaiting};

fn shops() -> Options {
    Options { size: Size { questions: 8, chats: 8, products: 4, ..Size::default() }, ..world(1) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_named_loses_nothing_and_sends_nothing_it_could_not_note() {
    let Some(disk) = Disk::mount(16).unwrap() else {
        println!("this user may not mount a small disk; a limit on the size of files stands in for it");
        return limited_files().await;
    };
    let house = House::start_at(shops(), disk.path().join("home")).await.unwrap();
    house.connect_all(true).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    let (chat, question) = (awaiting(&house, "ozon").await, awaiting(&house, "wildberries").await);
    let queued = house.ok(&["reply", &question, "--text", "Записано до того."]).await.unwrap();

    disk.fill().unwrap();
    for shop in house.world().shops().to_vec() {
        for at in 0..40 {
            house
                .buyer(&shop.name, None, &format!("Вопрос {at}: {}", "очень длинный текст ".repeat(20)))
                .await
                .unwrap();
        }
    }
    let sync = house.run(&["sync"]).await.unwrap();
    assert_eq!(sync.code, Some(1), "{sync:?}");
    assert!(sync.stdout.contains("disk_full"), "{sync:?}");
    let reply = house.run(&["reply", &chat, "--text", "Во время полного диска.", "--wait"]).await.unwrap();
    assert_eq!(reply.code, Some(1), "{reply:?}");
    assert!(reply.stdout.contains("disk_full"), "{reply:?}");
    assert_eq!(accepted(&house, "Во время полного диска."), 0, "nothing leaves that could not be noted first");
    assert_eq!(accepted(&house, "Записано до того."), 0);

    disk.make_room().unwrap();
    house.ok(&["sync"]).await.unwrap();
    house.control("clock", &serde_json::json!({ "advance_s": 3600 })).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    let snapshot = house.snapshot().unwrap();
    assert_eq!(snapshot.faults().unwrap(), Vec::<String>::new());
    assert_eq!(
        truth::stored(&snapshot).unwrap(),
        truth::held(&house).await.unwrap(),
        "everything arrives once there is room"
    );
    let items = house.ok(&["outbox", "--all"]).await.unwrap();
    let kept = items.iter().find(|item| item["id"] == queued[0]["id"]).unwrap();
    assert_eq!((kept["state"].as_str(), kept["text"].as_str()), (Some("sent"), Some("Записано до того.")), "{kept}");
    assert_eq!(accepted(&house, "Записано до того."), 1);
    let sent = house.ok(&["reply", &chat, "--text", "Во время полного диска.", "--wait"]).await.unwrap();
    assert_eq!(
        (sent[0]["state"].as_str(), accepted(&house, "Во время полного диска.")),
        (Some("sent"), 1),
        "{}",
        sent[0]
    );
}

/// The weaker test: no file may grow, which ends a process by a signal or an error; what was stored stays.
async fn limited_files() {
    let house = House::start(shops()).await.unwrap();
    house.connect_all(true).await.unwrap();
    house.ok(&["sync"]).await.unwrap();
    let before = super::messages(&house).await;
    for shop in house.world().shops().to_vec() {
        house.buyer(&shop.name, None, &"очень длинный текст ".repeat(20)).await.unwrap();
    }
    let limited = house.command_through(&["sh", "-c", "ulimit -f 0; trap '' XFSZ; exec \"$@\"", "sh"], &["sync"]);
    let outcome = dragoman_tests::house::ended(limited).await.unwrap();
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(super::messages(&house).await, before);
    house.ok(&["sync"]).await.unwrap();
    let snapshot = house.snapshot().unwrap();
    assert_eq!(snapshot.faults().unwrap(), Vec::<String>::new());
    assert_eq!(truth::stored(&snapshot).unwrap(), truth::held(&house).await.unwrap());
}
