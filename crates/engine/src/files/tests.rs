//! Files in and out, against a platform that says what it is told to.

#![expect(clippy::disallowed_methods, reason = "what is tested runs on the clock on the wall")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

mod fake;

use std::time::Duration;

use dragoman_channels::Failure;
use dragoman_domain::file::FileFault;
use dragoman_domain::message::AttachmentState;
use dragoman_domain::outbox::{Reason, State};
use dragoman_domain::outgoing::{ActionKind, Refusal, Sent};
use dragoman_domain::{ConversationId, Timestamp};
use uuid::Uuid;

use self::fake::{Bench, PDF, PNG, rules};
use super::*;
use crate::outbox::Request;

fn reply(conversation: ConversationId, text: &str, files: Vec<Uuid>) -> Request {
    let (key, action, undo) = (Uuid::now_v7(), ActionKind::Reply, Some(SignedDuration::ZERO));
    Request { files, undo, ..Request::new(key, conversation, action, text) }
}

#[tokio::test]
async fn a_file_is_fetched_once_and_kept_under_a_name_nobody_gave() {
    let bench = Bench::new(rules(true)).await;
    bench.fake.answer("a", Ok(PNG.to_vec()));
    let message = bench.receives("1", &[("../../evil.png", "a")]).await;
    let (one, other) = tokio::join!(bench.engine.attachment(message, 0), bench.engine.attachment(message, 0));
    let download = one.unwrap();
    assert_eq!((download.name.as_str(), download.mime.as_str()), ("_.._evil.png", "image/png"));
    assert_eq!(download.stream.bytes().unwrap(), PNG);
    assert_eq!(other.unwrap().stream.bytes().unwrap(), PNG);
    assert_eq!(bench.fake.asked(), 1, "two who ask at once cause one call");
    let names = bench.files();
    assert_eq!(names.len(), 1);
    assert!(names[0].len() == 32 && names[0].bytes().all(|byte| byte.is_ascii_hexdigit()), "{names:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: std::path::PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
        let folder = bench.engine.home().join("files");
        assert_eq!((mode(folder.join(&names[0])), mode(folder)), (0o600, 0o700));
    }
    assert_eq!(bench.engine.attachment_preview(message, 0, 100).await.unwrap().mime, "image/jpeg");
}

#[tokio::test]
async fn what_is_no_picture_is_kept_as_it_came_and_never_opened() {
    // The head of an archive whose entries overlap: unpacked it would be huge, and nothing here unpacks.
    let bomb = [&b"PK\x03\x04\x14\0\0\0\x08\0"[..], &[0; 50_000]].concat();
    let bench = Bench::new(rules(true)).await;
    bench.fake.answer("zip", Ok(bomb.clone()));
    bench.fake.answer("svg", Ok(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()));
    let message = bench.receives("1", &[("photo.jpg", "zip"), ("photo.png", "svg")]).await;
    for place in [0, 1] {
        let refused = bench.engine.attachment_preview(message, place, 100).await;
        assert!(matches!(refused, Err(Error::NoPicture { .. })), "{refused:?}");
    }
    assert_eq!(bench.engine.attachment(message, 0).await.unwrap().stream.bytes().unwrap(), bomb);
    assert_eq!(bench.engine.attachment(message, 1).await.unwrap().mime, "image/svg+xml");
    assert_eq!(bench.files().len(), 2);
}

#[tokio::test]
async fn why_a_file_is_not_here_is_told_and_asked_again_where_that_may_help() {
    let bench = Bench::new(rules(true)).await;
    let until = Timestamp::now() + SignedDuration::from_mins(1);
    bench.fake.answer("checked", Err(Failure::Wait { until, told: true }));
    bench.fake.answer("gone", Err(Failure::NotFound));
    bench.fake.answer("refused", Err(Failure::Refused { why: "moderation".into() }));
    bench.fake.answer("flaky", Err(Failure::Offline { why: "no route".into() }));
    bench.fake.answer("flaky", Ok(PNG.to_vec()));
    bench.fake.answer("huge", Ok(vec![7; 3_000_000]));
    let names = ["checked", "gone", "refused", "flaky", "huge"];
    let message = bench.receives("1", &names.map(|name| (name, name))).await;
    let expected = [
        (AttachmentState::Pending, FileCause::Waiting),
        (AttachmentState::Missing, FileCause::Gone),
        (AttachmentState::Refused, FileCause::Refused),
        (AttachmentState::Remote, FileCause::Unreachable),
        (AttachmentState::Missing, FileCause::TooLarge),
    ];
    for (place, expected) in (0..).zip(expected) {
        match bench.engine.attachment(message, place).await {
            Err(Error::NotHere { state, cause }) => assert_eq!((state, cause), expected),
            other => panic!("{other:?}"),
        }
    }
    let asked = bench.fake.asked();
    for place in [0, 1, 2, 4] {
        bench.engine.attachment(message, place).await.unwrap_err();
    }
    assert_eq!(bench.fake.asked(), asked, "what is final, or told when, is not asked for again");
    bench.engine.attachment(message, 3).await.unwrap();
    assert_eq!(bench.files().len(), 1);
}

#[tokio::test]
async fn files_of_those_who_wait_are_fetched_ahead_newest_first_and_two_at_a_time() {
    let bench = Bench::new(rules(true)).await;
    for n in 0..6 {
        let name = format!("{n}");
        bench.fake.answer(&name, Ok(PNG.to_vec()));
        bench.receives(&name, &[("a.png", &name)]).await;
    }
    bench.fake.answer_in_pairs();
    bench.engine.fetch_ahead().await;
    let mut order = bench.fake.order();
    // Which of a pair is first to ask is chance.
    order.chunks_mut(2).for_each(|pair| pair.sort_by(|a, b| b.cmp(a)));
    assert_eq!(order, ["5", "4", "3", "2", "1", "0"]);
    assert!(bench.fake.most_at_once() <= 2, "{}", bench.fake.most_at_once());
    bench.engine.fetch_ahead().await;
    assert_eq!(bench.fake.asked(), 6, "what is here is not fetched again");
}

#[tokio::test]
async fn bytes_that_are_lost_are_fetched_again_and_bytes_nobody_names_are_swept() {
    let bench = Bench::new(rules(true)).await;
    bench.fake.answer("a", Ok(PNG.to_vec()));
    bench.fake.answer("a", Ok(PNG.to_vec()));
    let message = bench.receives("1", &[("a.png", "a")]).await;
    bench.engine.attachment(message, 0).await.unwrap();
    let folder = bench.engine.home().join("files");
    std::fs::remove_file(folder.join(&bench.files()[0])).unwrap();
    assert_eq!(bench.engine.attachment(message, 0).await.unwrap().stream.bytes().unwrap(), PNG);
    let kept = bench.files();
    let orphan = "0123456789abcdef0123456789abcdef";
    std::fs::write(folder.join(orphan), b"left by a power cut").unwrap();
    std::fs::write(folder.join(format!("new-{orphan}")), b"and half of one").unwrap();
    bench.engine.sweep_files().await;
    assert_eq!(bench.files(), kept);
}

#[tokio::test]
async fn a_full_budget_is_told_and_what_is_here_stays() {
    let bench = Bench::with_config(rules(true), "[files]\nmax_bytes = 1_000_000\ntotal_bytes = 100\n").await;
    bench.fake.answer("a", Ok(vec![b'x'; 90]));
    bench.fake.answer("b", Ok(vec![b'x'; 90]));
    let message = bench.receives("1", &[("a.txt", "a"), ("b.txt", "b")]).await;
    bench.engine.attachment(message, 0).await.unwrap();
    let full = bench.engine.attachment(message, 1).await;
    assert!(matches!(full, Err(Error::NotHere { cause: FileCause::Budget, .. })), "{full:?}");
    bench.engine.attachment(message, 0).await.unwrap();
}

#[tokio::test]
async fn a_file_of_ours_is_taken_in_once_per_key_and_held_against_the_rules() {
    let bench = Bench::new(rules(true)).await;
    let key = Uuid::now_v7();
    let one = bench.engine.add_upload(key, "C:\\photos\\a.png", PNG.to_vec()).await.unwrap();
    assert_eq!((one.name.as_str(), one.mime.as_str()), ("C__photos_a.png", "image/png"));
    assert_eq!(bench.engine.add_upload(key, "a.png", PNG.to_vec()).await.unwrap(), one);
    assert!(matches!(bench.engine.add_upload(key, "a.png", PDF.to_vec()).await, Err(Error::KeyReused)));
    assert_eq!(bench.files().len(), 1, "what is refused or repeated leaves nothing behind");
    let text = bench.engine.add_upload(Uuid::now_v7(), "a.png", b"not a picture".to_vec()).await.unwrap();
    assert_eq!(text.mime, "text/plain", "the bytes decide");
    let conversation = bench.conversation("1").await;
    let refused = bench.engine.queue(reply(conversation, "look", vec![text.id])).await;
    assert!(matches!(refused, Err(Error::Files(FileFault::Type { .. }))), "{refused:?}");
    let unknown = bench.engine.queue(reply(conversation, "look", vec![Uuid::now_v7()])).await;
    assert!(matches!(unknown, Err(Error::NotFound { what: "upload", .. })), "{unknown:?}");
    assert!(bench.engine.outbox(true, None, 10).await.unwrap().is_empty(), "nothing was queued");
}

#[tokio::test]
async fn text_and_files_leave_in_order_each_under_its_own_key_and_are_shown() {
    let bench = Bench::new(rules(false)).await;
    let conversation = bench.conversation("1").await;
    let mut files = Vec::new();
    for (name, bytes) in [("a.png", PNG), ("b.pdf", PDF)] {
        files.push(bench.engine.add_upload(Uuid::now_v7(), name, bytes.to_vec()).await.unwrap().id);
    }
    let request = reply(conversation, "look", files);
    let last = bench.engine.queue(request.clone()).await.unwrap();
    assert_eq!(bench.engine.queue(request).await.unwrap().id, last.id, "the same request is the same items");
    bench.engine.outbox_pass().await.unwrap();
    let sent = bench.fake.sent();
    let seen: Vec<_> =
        sent.iter().map(|out| (out.text.as_str(), out.files.first().map(|file| file.bytes.to_vec()))).collect();
    assert_eq!(seen, [("look", None), ("", Some(PNG.to_vec())), ("", Some(PDF.to_vec()))]);
    let view = bench.engine.conversation(conversation, None, 50).await.unwrap();
    let shown: Vec<_> = view.messages.iter().filter(|message| !message.files.is_empty()).collect();
    assert_eq!(shown.len(), 2);
    let bytes = bench.engine.attachment(shown[1].id, 0).await.unwrap().stream.bytes().unwrap();
    assert_eq!(bytes, PDF, "our own copy can be read in the thread");
    bench.engine.sweep_files().await;
    assert_eq!(bench.files().len(), 2);
}

#[tokio::test]
async fn a_part_that_fails_holds_the_rest_until_a_person_decides() {
    let bench = Bench::new(rules(false)).await;
    let conversation = bench.conversation("1").await;
    let file = bench.engine.add_upload(Uuid::now_v7(), "a.png", PNG.to_vec()).await.unwrap().id;
    bench.fake.outcome(Sent::No(Refusal::Final { code: "refused".into(), why: "no".into() }));
    let last = bench.engine.queue(reply(conversation, "look", vec![file])).await.unwrap();
    bench.engine.outbox_pass().await.unwrap();
    let held = bench.engine.outbox_item(last.id).await.unwrap().item;
    assert_eq!((held.state, held.reason), (State::Held, Reason::EarlierPart));
    assert_eq!(bench.fake.sent().len(), 1);
    bench.engine.outbox_retry(last.id).await.unwrap();
    bench.engine.outbox_pass().await.unwrap();
    assert_eq!(bench.engine.outbox_item(last.id).await.unwrap().item.state, State::Sent);
}

#[tokio::test]
async fn an_answer_whose_file_is_lost_is_held_and_not_sent_without_it() {
    let bench = Bench::new(rules(true)).await;
    let conversation = bench.conversation("1").await;
    let file = bench.engine.add_upload(Uuid::now_v7(), "a.png", PNG.to_vec()).await.unwrap().id;
    let queued = bench.engine.queue(reply(conversation, "look", vec![file])).await.unwrap();
    std::fs::remove_file(bench.engine.home().join("files").join(&bench.files()[0])).unwrap();
    bench.engine.outbox_pass().await.unwrap();
    let held = bench.engine.settled(queued.id, Duration::from_secs(1)).await.unwrap().item;
    assert_eq!((held.state, held.reason), (State::Held, Reason::FileGone));
    assert!(bench.fake.sent().is_empty());
}

/// R06, the part that is about files: needs the right to mount.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told_and_what_waits_comes_once_there_is_space() {
    let bench = Bench::new(rules(true)).await;
    let folder = bench.engine.home().join("files");
    std::fs::create_dir_all(&folder).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
        .arg(&folder)
        .output()
        .is_ok_and(|output| output.status.success());
    if !mounted {
        println!("not run: mounting a small disk needs root");
        return;
    }
    let _small = fake::Mounted(folder.clone());
    std::fs::write(folder.join("ballast"), vec![0; 200 << 10]).unwrap();
    bench.fake.answer("a", Ok(vec![b'x'; 150 << 10]));
    bench.fake.answer("a", Ok(vec![b'x'; 150 << 10]));
    let message = bench.receives("1", &[("a.txt", "a")]).await;
    assert!(bench.engine.fetch_ahead().await.full, "the round says that the disk is full");
    let told = bench.engine.conversation(bench.conversation("1").await, None, 10).await.unwrap();
    assert_eq!(told.messages[0].files[0].cause, FileCause::DiskFull);
    assert_eq!(bench.files(), ["ballast"], "nothing half-written stays");
    std::fs::remove_file(folder.join("ballast")).unwrap();
    assert_eq!(bench.engine.attachment(message, 0).await.unwrap().stream.size(), 150 << 10);
}
