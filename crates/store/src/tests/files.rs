//! Strangers' bytes beside the database.

use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::outbox::FileRef;
use uuid::Uuid;

use super::*;
use crate::file::{StoredFile, Swept, Upload};

fn stub(name: &str, source: &str) -> AttachmentStub {
    let (name, source) = (name.to_owned(), source.to_owned());
    AttachmentStub { name, mime: "image/jpeg".into(), size: None, source, state: AttachmentState::Remote }
}

fn with(stubs: &[AttachmentStub]) -> IncomingMessage {
    IncomingMessage { attachments: stubs.to_vec(), ..bought("m", hour(1), "a") }
}

fn keep(home: &Home, place: u32) -> StoredFile {
    let message = home.messages(ConversationId(1))[0].id;
    let saved = home.store.save_file(b"bytes").unwrap();
    let (state, name) = (AttachmentState::Stored, saved.name.clone());
    let file = StoredFile { state, name, size: saved.size, ..StoredFile::wanted(place) };
    let row = file.clone();
    assert!(home.write(move |writer| writer.put_file(message, &row)));
    saved.claimed();
    file
}

#[test]
fn only_names_given_here_lead_to_bytes() {
    let home = Home::new();
    let saved = home.store.save_file(b"bytes").unwrap();
    assert_eq!(home.store.open_file(&saved.name).unwrap().bytes().unwrap(), b"bytes");
    for name in [
        "../inbox.db",
        "/etc/passwd",
        "",
        ".",
        "inbox.db",
        &saved.name.to_uppercase(),
        &format!("../files/{}", saved.name),
    ] {
        assert!(matches!(home.store.open_file(name), Err(Error::Missing { .. })), "{name}");
        home.store.remove_file(name).unwrap();
    }
    assert!(home.dir.path().join("inbox.db").exists());
}

#[test]
fn bytes_that_no_row_claims_go_at_once_and_the_sweep_spares_those_in_hand() {
    let home = Home::new();
    let saved = home.store.save_file(b"bytes").unwrap();
    let name = saved.name.clone();
    assert_eq!(home.store.sweep_files().unwrap(), Swept::default());
    assert_eq!(home.store.files_size(), 5);
    drop(saved);
    assert!(matches!(home.store.open_file(&name), Err(Error::Missing { .. })));
    assert_eq!(home.store.files_size(), 0);
}

#[test]
fn a_file_goes_with_its_conversation() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![with(&[stub("a", "1")])])]);
    keep(&home, 0);
    home.write(|writer| Ok(writer.conn.execute("DELETE FROM conversation", [])?));
    assert_eq!(home.store.sweep_files().unwrap(), Swept { files: 1, bytes: 5 });
}

#[test]
fn another_address_keeps_a_stored_file_and_another_file_does_not() {
    let home = Home::new();
    let shop = home.shop();
    let id = |home: &Home| home.id(&shop, Kind::Chat, "c");
    let shows = |stubs: &[AttachmentStub]| home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![with(stubs)])]);
    shows(&[stub("a", "1"), stub("b", "2")]);
    let (first, second) = (keep(&home, 0), keep(&home, 1));
    assert_eq!(home.messages(id(&home))[0].files, [first.clone(), second]);
    shows(&[stub("a", "1?signed=again"), stub("another", "3")]);
    assert_eq!(home.messages(id(&home))[0].files, [first]);
}

#[test]
fn files_ahead_are_those_of_buyers_who_wait() {
    let home = Home::new();
    let shop = home.shop();
    let message =
        |id: &str, at, author| IncomingMessage { attachments: vec![stub("a", id)], ..message(id, author, at, "a") };
    home.ingest(
        &shop,
        vec![
            thread(Kind::Chat, "old", vec![message("1", hour(1), Author::Buyer)]),
            thread(Kind::Chat, "new", vec![message("2", hour(2), Author::Buyer)]),
            thread(Kind::Chat, "answered", vec![message("3", hour(3), Author::Buyer), sold("4", hour(4), "b")]),
        ],
    );
    let ahead = home.read(|reader| reader.files_ahead(hour(5), 10));
    assert_eq!(ahead.iter().map(|file| file.stub.source.as_str()).collect::<Vec<_>>(), ["2", "1"]);
}

#[test]
fn an_upload_that_no_answer_used_is_dropped_after_a_week() {
    let home = Home::new();
    let saved = home.store.save_file(b"bytes").unwrap();
    let file = FileRef {
        id: saved.name.clone(),
        name: "a.txt".into(),
        mime: "text/plain".into(),
        size: saved.size,
        sha256: saved.sha256.clone(),
    };
    let upload = Upload { id: Uuid::from_u128(1), file };
    let row = upload.clone();
    home.write(move |writer| writer.add_upload(&row, hour(0)));
    saved.claimed();
    assert_eq!(home.write(|writer| writer.drop_unused_uploads(hour(24 * 7 - 1))), 0);
    assert_eq!(home.read(move |reader| reader.upload(upload.id)), Some(upload.file));
    assert_eq!(home.write(|writer| writer.drop_unused_uploads(hour(24 * 7 + 1))), 1);
    assert_eq!(home.store.sweep_files().unwrap().files, 1);
}
