//! Everything a channel says it can do, done.

use std::collections::BTreeSet;

use dragoman_domain::incoming::Incoming;
use dragoman_domain::offer::{Act, Offer, Takes};
use dragoman_domain::outgoing::{ActionKind, Outgoing, Sent};
use dragoman_domain::{Channel, Direction, Kind, RemoteId};
use dragoman_tests::seller::{Brought, Seller};

use crate::stand::{Stand, awaits_answer};

pub(crate) async fn everything_that_is_offered_is_accepted_once_and_read_back(channel: Channel) {
    let stand = Stand::of(channel).await;
    let seller = stand.seller();
    let brought = seller.pass(true).await;
    let mut used = BTreeSet::new();
    let mut number = 0;
    for kind in seller.connector.capabilities().kinds.clone() {
        for rules in &kind.actions {
            if rules.action == ActionKind::Act {
                continue;
            }
            let Some(conversation) = fresh(&brought, kind.kind, &mut used) else {
                panic!("no {} is left for {}", kind.kind, rules.action)
            };
            number += 1;
            let text = if rules.text.is_some() {
                format!("Здравствуйте! Проверили, подойдёт. {number}")
            } else {
                String::new()
            };
            let mut outgoing = seller.outgoing(rules.action, conversation, &text);
            if matches!(rules.action, ActionKind::Edit | ActionKind::Delete) {
                let first = seller.outgoing(ActionKind::Reply, conversation, "Здравствуйте! Да, подойдёт.");
                taken(seller.deliver(&first).await, &first);
                seller.rest(600).await;
                outgoing.target = newest_own(&seller, conversation).await;
            }
            let before = stand.accepted().len();
            taken(seller.deliver(&outgoing).await, &outgoing);
            let log = stand.accepted();
            assert_eq!(log.len(), before + 1, "{} of a {} is one write: {:?}", rules.action, kind.kind, &log[before..]);
            if rules.text.is_some() {
                assert_eq!(log[before].text.as_deref(), Some(text.as_str()));
                if rules.send.read_back && rules.action != ActionKind::Reject {
                    seller.rest(600).await;
                    assert!(seller.reads_back(conversation, &text).await.unwrap(), "{} {}", kind.kind, rules.action);
                }
            }
        }
    }
    acts(&stand, &seller, &brought).await;
}

/// Takes up each offer that any conversation holds, once.
async fn acts(stand: &Stand, seller: &Seller, brought: &Brought) {
    let mut done = BTreeSet::new();
    let mut conversations: Vec<&Incoming> = brought.conversations.values().collect();
    conversations.sort_by(|a, b| a.remote_id.cmp(&b.remote_id));
    let mut used = BTreeSet::new();
    for conversation in conversations {
        for offer in conversation.facts.offers.iter().flatten() {
            if used.contains(&conversation.remote_id) || !done.insert((conversation.kind, offer.name.clone())) {
                continue;
            }
            used.insert(conversation.remote_id.clone());
            let act = filled(offer);
            assert_eq!(offer.check(&act), Ok(()), "{offer:?}");
            let before = stand.accepted().len();
            let outgoing = Outgoing { act: Some(act), ..seller.outgoing(ActionKind::Act, conversation, "") };
            taken(seller.deliver(&outgoing).await, &outgoing);
            assert_eq!(stand.accepted().len(), before + 1, "{} of {}", offer.name, conversation.remote_id);
        }
    }
    let declared = seller
        .connector
        .capabilities()
        .kinds
        .iter()
        .filter(|kind| kind.actions.iter().any(|rules| rules.action == ActionKind::Act));
    for kind in declared {
        assert!(done.iter().any(|(of, _)| *of == kind.kind), "no {} had an offer to take up", kind.kind);
    }
}

pub(crate) async fn the_longest_and_the_shortest_text_are_taken(channel: Channel) {
    let stand = Stand::of(channel).await;
    let seller = stand.seller();
    let brought = seller.pass(true).await;
    let mut used = BTreeSet::new();
    for kind in seller.connector.capabilities().kinds.clone() {
        let Some(rules) = kind.actions.iter().find(|rules| rules.action == ActionKind::Reply) else { continue };
        let (min, max) = rules.text.unwrap();
        for length in [min, max] {
            let text: String = "Да".chars().cycle().take(length as usize).collect();
            let conversation = fresh(&brought, kind.kind, &mut used).unwrap();
            let before = stand.accepted().len();
            let outgoing = seller.outgoing(ActionKind::Reply, conversation, &text);
            taken(seller.deliver(&outgoing).await, &outgoing);
            assert_eq!(stand.accepted()[before].text.as_ref().map(|text| text.chars().count()), Some(length as usize));
        }
    }
}

/// A conversation that awaits an answer and that this test has not touched, the newest first: windows close. Where a world has
/// few of a kind, one is taken again.
fn fresh<'b>(brought: &'b Brought, kind: Kind, used: &mut BTreeSet<RemoteId>) -> Option<&'b Incoming> {
    let mut open: Vec<&Incoming> =
        brought.conversations.values().filter(|one| one.kind == kind && awaits_answer(one)).collect();
    open.sort_by_key(|one| one.messages.iter().map(|message| message.sent_at).max());
    let newest = open.last().copied();
    open.retain(|one| !used.contains(&one.remote_id));
    let one = open.pop().or(newest)?;
    used.insert(one.remote_id.clone());
    Some(one)
}

async fn newest_own(seller: &Seller, of: &Incoming) -> Option<RemoteId> {
    let thread = seller.thread(of).await.unwrap();
    let own = thread.messages.into_iter().filter(|message| message.direction == Direction::Out);
    own.max_by_key(|message| message.sent_at).map(|message| message.remote_id)
}

fn filled(offer: &Offer) -> Act {
    let value = |takes: &Takes| match takes {
        Takes::Text { min, max } => {
            "Проверим и ответим. ".chars().cycle().take((*min).max(10).min(*max) as usize).collect()
        }
        Takes::Choice { options } => options.first().map(|option| option.value.clone()).unwrap_or_default(),
        Takes::Amount { .. } => "1.00".to_owned(),
    };
    let comment = |name: &str| {
        // A choice may need the words that are otherwise left out.
        name == "comment"
    };
    let fields = offer.fields.iter().filter(|field| field.required || comment(&field.name));
    Act { name: offer.name.clone(), fields: fields.map(|field| (field.name.clone(), value(&field.takes))).collect() }
}

fn taken(sent: Sent, outgoing: &Outgoing) {
    assert!(matches!(sent, Sent::Yes { .. } | Sent::Unknown { .. }), "{outgoing:?}: {sent:?}");
}
