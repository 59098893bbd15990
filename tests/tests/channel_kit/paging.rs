//! Pages: complete, without doubles, resumable, faithful.

use std::collections::BTreeSet;

use dragoman_channels::Failure;
use dragoman_domain::outbox::Watermark;
use dragoman_domain::{Channel, Kind, SignedDuration};

use crate::stand::{Stand, by_kind, messages};

pub(crate) async fn everything_comes_exactly_once_and_again_the_same(channel: Channel) {
    let stand = Stand::of(channel).await;
    let seller = stand.seller();
    let first = seller.pass(true).await;
    assert_eq!(first.failures.len(), 0, "{:?}", first.failures);
    assert_eq!(first.unreadable, 0);
    for kind in &seller.connector.capabilities().kinds {
        let brought = by_kind(&first);
        assert!(brought.get(&kind.kind).is_some_and(|all| !all.is_empty()), "no {} came", kind.kind);
    }
    // A stranger to all of it sees the same as one who knows it already.
    let second = stand.seller().pass(true).await;
    assert_eq!(messages(&second), messages(&first));
    let again = seller.pass(true).await;
    let known: BTreeSet<_> = messages(&first).into_keys().collect();
    assert!(messages(&again).into_keys().all(|place| known.contains(&place)), "a second pass makes up nothing");
}

pub(crate) async fn a_pass_can_be_resumed_by_another_process_after_every_step(channel: Channel) {
    let stand = Stand::of(channel).await;
    let whole = stand.seller().pass(true).await;
    let pieces = stand.seller().pass_in_pieces(true, || stand.seller().connector).await;
    assert_eq!(pieces.failures.len(), 0, "{:?}", pieces.failures);
    assert_eq!(messages(&pieces), messages(&whole));
}

pub(crate) async fn dates_and_ids_are_those_of_the_platform(channel: Channel) {
    let stand = Stand::of(channel).await;
    let brought = stand.seller().pass(true).await;
    let now = stand.simulator.now();
    for conversation in brought.conversations.values() {
        for message in &conversation.messages {
            let age = now.duration_since(message.sent_at);
            let place = format!("{} {} of {}", conversation.kind, conversation.remote_id, message.remote_id);
            assert!(age > SignedDuration::from_mins(-1), "{place} is from the future: {}", message.sent_at);
            assert!(age < SignedDuration::from_hours(24 * 400), "{place} is too old: {}", message.sent_at);
            // Ours may put marks around the platform's id; the id itself keeps every digit. The one answer of a thread has none
            // of its own and goes by the thread's.
            let id = message.remote_id.as_str();
            let is_theirs =
                |part: &&str| part.len() >= 8 || part.bytes().any(|byte| byte.is_ascii_digit()) || *part == id;
            let mut theirs = id.split(':').filter(is_theirs);
            let found = theirs.any(|part| message.raw.contains(part) || conversation.remote_id.as_str().contains(part));
            assert!(message.raw.is_empty() || found, "{place} is not in {}", message.raw);
        }
    }
}

pub(crate) async fn threads_read_alone_hold_what_the_pass_brought(channel: Channel) {
    let stand = Stand::of(channel).await;
    let seller = stand.seller();
    let brought = seller.pass(true).await;
    for (kind, ids) in by_kind(&brought) {
        if kind == Kind::Notice {
            continue;
        }
        for id in ids.iter().take(5) {
            let known = &brought.conversations.values().find(|c| c.kind == kind && c.remote_id.as_str() == id).unwrap();
            let thread = loop {
                match seller.connector.thread(kind, &known.remote_id, &Watermark::default()).await {
                    Err(Failure::Wait { until, .. }) => seller.rest_until(until).await,
                    other => break other.unwrap(),
                }
            };
            assert_eq!((thread.conversation.kind, &thread.conversation.remote_id), (kind, &known.remote_id));
            if thread.complete {
                let read: BTreeSet<_> = thread.conversation.messages.iter().map(|m| &m.remote_id).collect();
                for message in &known.messages {
                    assert!(read.contains(&message.remote_id), "{kind} {id} lost {}", message.remote_id);
                }
            }
        }
    }
}
