//! Every request of our connectors, on all ways they go.

use std::collections::BTreeSet;
use std::sync::Arc;

use dragoman_channels::clock::RemoteClock;
use dragoman_channels::http::install_tls;
use dragoman_domain::incoming::Incoming;
use dragoman_domain::offer::{Act, Offer, Takes};
use dragoman_domain::outgoing::{ActionKind, Outgoing, Sent, Upload};
use dragoman_domain::{Channel, Direction, Kind, RemoteId};
use dragoman_simulator::ClockMode;

use crate::stage::{judge, shops, simulator};
use dragoman_tests::seller::{Brought, Seller, Time};

/// How much later everything shows what was done, in virtual seconds; public answers are moderated first.
const LATE_S: i64 = 600;
/// What a picture begins with.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n";

#[tokio::test]
async fn the_wildberries_connector_asks_as_specified() {
    asks_as_specified(Channel::Wildberries, 18).await;
}

#[tokio::test]
async fn the_ozon_connector_asks_as_specified() {
    asks_as_specified(Channel::Ozon, 32).await;
}

/// `operations` is how many methods of the platform the connector uses.
async fn asks_as_specified(channel: Channel, operations: usize) {
    install_tls();
    let simulator = simulator(ClockMode::Auto).await;
    let (seeds, proxy) = shops(&simulator, channel).await;
    let clock = Arc::new(RemoteClock::connect(&simulator.clock_url()).await.unwrap());
    for seed in &seeds {
        let seller = Seller::connect(seed, None, proxy.address(), Time::Simulated(Arc::clone(&clock)));
        seller.connector.check().await.unwrap();
        let brought = seller.pass(true).await;
        assert_eq!((brought.failures.len(), brought.unreadable), (0, 0), "{:?}", brought.failures);
        answer(&seller, &brought).await;
        assert!(seller.pass(false).await.failures.is_empty());
        for address in seller.look_up(&brought.conversations).await.unwrap().iter().take(3) {
            seller.connector.picture(address).await.unwrap();
        }
        // Products come first and use the pace up, so orders are asked for once more alone.
        let mut orders = brought.conversations.clone();
        orders.values_mut().for_each(|conversation| conversation.facts.product = None);
        seller.look_up(&orders).await.unwrap();
        // What no list has is asked for in other places.
        let mut unlisted = brought.conversations.clone();
        unlisted.retain(|_, conversation| conversation.facts.product.is_some());
        unlisted.values_mut().filter_map(|one| one.facts.product.as_mut()).for_each(|one| one.key = "1".to_owned());
        seller.look_up(&unlisted.into_iter().take(1).collect()).await.unwrap();
        for variant in seed.variants.keys() {
            let stranger = Seller::connect(seed, Some(variant), proxy.address(), Time::Simulated(Arc::clone(&clock)));
            // What a weak key may not do is the business of other tests; here its requests count.
            let _ = stranger.connector.check().await;
            let _ = stranger.look_up(&brought.conversations).await;
            stranger.pass(false).await;
        }
    }
    assert!(!simulator.accepted().is_empty());

    let mut verdict = judge(channel);
    verdict.both(&proxy.take());
    println!("{verdict}");
    assert_eq!(verdict.findings(), Vec::<String>::new());
    assert_eq!(verdict.covered(), operations, "methods that the connector uses");
}

/// Carries out every action on a fresh conversation of its kind, and finds the texts again; then takes up the offers.
async fn answer(seller: &Seller, brought: &Brought) {
    let mut used = BTreeSet::new();
    for kind in &seller.connector.capabilities().kinds {
        for rules in kind.actions.iter().filter(|rules| rules.action != ActionKind::Act) {
            let found = match rules.action {
                // Looking at a conversation leaves it as it is.
                ActionKind::Read => of_kind(brought, kind.kind).find(|one| awaits_answer(one)),
                _ => fresh(brought, kind.kind, &mut used),
            };
            let Some(conversation) = found else { panic!("no {} is left for {}", kind.kind, rules.action) };
            let text = if rules.text.is_some() {
                "Здравствуйте! Проверили: подойдёт."
            } else {
                ""
            };
            let mut outgoing = seller.outgoing(rules.action, conversation, text);
            if matches!(rules.action, ActionKind::Edit | ActionKind::Delete) {
                accepted(seller.send(ActionKind::Reply, conversation, "Здравствуйте! Да.").await);
                seller.rest(LATE_S).await;
                outgoing.target = newest_own(seller, conversation).await;
            }
            accepted(seller.deliver(&outgoing).await);
            if rules.text.is_some() {
                seller.rest(LATE_S).await;
                let found = seller.reads_back(conversation, text).await.unwrap();
                assert!(found, "{} of a {} is not shown", rules.action, kind.kind);
            }
            if rules.files.is_some() {
                let files =
                    vec![Upload { name: "photo.png".to_owned(), mime: "image/png".to_owned(), bytes: PICTURE.into() }];
                accepted(seller.deliver(&Outgoing { files, ..seller.outgoing(rules.action, conversation, "") }).await);
            }
        }
    }
    take_up(seller, brought, &mut used).await;
}

/// Takes up each offer of each kind once.
async fn take_up(seller: &Seller, brought: &Brought, used: &mut BTreeSet<RemoteId>) {
    let mut done = BTreeSet::new();
    let kinds = &seller.connector.capabilities().kinds;
    for kind in kinds {
        if kind.actions.iter().all(|rules| rules.action != ActionKind::Act) {
            continue;
        }
        for conversation in of_kind(brought, kind.kind).filter(|one| one.facts.closed != Some(true)) {
            let mut offers = conversation.facts.offers.clone().unwrap_or_default();
            if offers.is_empty() && kind.kind == Kind::Claim {
                // Some lists leave out what can be done.
                offers = seller.thread(conversation).await.unwrap().facts.offers.unwrap_or_default();
            }
            let Some(offer) = offers.iter().find(|offer| !done.contains(&(kind.kind, offer.name.clone()))) else {
                continue;
            };
            if !used.insert(conversation.remote_id.clone()) {
                continue;
            }
            done.insert((kind.kind, offer.name.clone()));
            let act = filled(offer);
            assert_eq!(offer.check(&act), Ok(()), "{offer:?}");
            accepted(
                seller
                    .deliver(&Outgoing { act: Some(act), ..seller.outgoing(ActionKind::Act, conversation, "") })
                    .await,
            );
        }
    }
    for kind in kinds.iter().filter(|kind| kind.actions.iter().any(|rules| rules.action == ActionKind::Act)) {
        assert!(done.iter().any(|(of, _)| *of == kind.kind), "no {} had an offer to take up", kind.kind);
    }
}

/// An offer with what it requires, and with a comment where one is possible: a choice may need the words.
fn filled(offer: &Offer) -> Act {
    let value = |takes: &Takes| match takes {
        Takes::Text { min, max } => {
            "Проверим и ответим. ".chars().cycle().take((*min).max(10).min(*max) as usize).collect()
        }
        Takes::Choice { options } => options.first().map(|option| option.value.clone()).unwrap_or_default(),
        Takes::Amount { .. } => "1.00".to_owned(),
    };
    let fields = offer.fields.iter().filter(|field| field.required || field.name == "comment");
    Act { name: offer.name.clone(), fields: fields.map(|field| (field.name.clone(), value(&field.takes))).collect() }
}

fn accepted(sent: Sent) {
    assert!(matches!(sent, Sent::Yes { .. } | Sent::Unknown { .. }), "{sent:?}");
}

/// Conversations of a kind, the newest first: windows close.
fn of_kind(brought: &Brought, kind: Kind) -> impl Iterator<Item = &Incoming> {
    let mut all: Vec<&Incoming> = brought.conversations.values().filter(|one| one.kind == kind).collect();
    let newest = |one: &Incoming| one.messages.iter().map(|message| message.sent_at).max();
    all.sort_by(|a, b| newest(b).cmp(&newest(a)).then_with(|| a.remote_id.cmp(&b.remote_id)));
    all.into_iter()
}

/// A conversation that awaits an answer and that nothing has been done to.
fn fresh<'b>(brought: &'b Brought, kind: Kind, used: &mut BTreeSet<RemoteId>) -> Option<&'b Incoming> {
    let found = of_kind(brought, kind).find(|one| awaits_answer(one) && !used.contains(&one.remote_id))?;
    used.insert(found.remote_id.clone());
    Some(found)
}

fn awaits_answer(conversation: &Incoming) -> bool {
    let newest = conversation.messages.iter().max_by_key(|message| message.sent_at);
    newest.is_some_and(|message| message.direction == Direction::In) && conversation.facts.closed != Some(true)
}

async fn newest_own(seller: &Seller, of: &Incoming) -> Option<RemoteId> {
    let thread = seller.thread(of).await.unwrap();
    let own = thread.messages.into_iter().filter(|message| message.direction == Direction::Out);
    own.max_by_key(|message| message.sent_at).map(|message| message.remote_id)
}
