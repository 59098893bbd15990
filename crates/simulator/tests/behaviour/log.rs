//! The acceptance log.

use dragoman_simulator::{Accepted, Fault, FaultPlan, Match, Options};

use crate::scene::{Scene, options};

fn lines(path: &std::path::Path) -> Vec<Accepted> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_line_is_on_disk_before_the_answer_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accepted.jsonl");
    let scene = Scene::start(Options { log: Some(path.clone()), ..options() }).await;
    let chat = scene.open_chat().await;
    for number in 1..=5 {
        scene.send(&chat, &format!("Сообщение {number}")).await;
        assert_eq!(lines(&path).len(), number);
    }
    assert_eq!(lines(&path), scene.running.accepted());
    assert_eq!(scene.running.log_path(), Some(path));
}

#[tokio::test]
async fn a_line_is_there_even_if_the_answer_never_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accepted.jsonl");
    let plan = FaultPlan::one(
        Match { action: Some("reply".into()), ..Match::default() },
        Fault::AcceptThenReset { after_bytes: 0 },
    );
    let scene = Scene::start(Options { log: Some(path.clone()), plan, ..options() }).await;
    let chat = scene.open_chat().await;
    let request = scene.ozon_as("api_key", "/v1/chat/send/message");
    let sent = request.json(&serde_json::json!({ "chat_id": chat, "text": "Добрый день" })).send().await;
    assert!(sent.is_err());
    assert_eq!(lines(&path).len(), 1);
}

#[tokio::test]
async fn a_second_simulator_appends_and_goes_on_counting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accepted.jsonl");
    for _ in 0..2 {
        let scene = Scene::start(Options { log: Some(path.clone()), ..options() }).await;
        let chat = scene.open_chat().await;
        scene.send(&chat, "Добрый день").await;
        scene.running.stop().await;
    }
    let sequence: Vec<u64> = lines(&path).iter().map(|entry| entry.seq).collect();
    assert_eq!(sequence, [1, 2]);
}

#[tokio::test]
async fn a_refused_write_leaves_no_line() {
    let scene = Scene::start(options()).await;
    let chat = scene.open_chat().await;
    scene.send(&chat, "").await;
    scene.send("nobody", "Добрый день").await;
    assert!(scene.running.accepted().is_empty());
}

#[tokio::test]
async fn a_log_that_cannot_be_opened_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let log = Some(folder.path().to_owned());
    let error = dragoman_simulator::Simulator::start(Options { log, ..options() }).await.unwrap_err();
    assert!(matches!(error, dragoman_simulator::Error::Log { .. }));
}
