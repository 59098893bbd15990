//! Keys: weak ones, dead ones, and where none may be found.

use dragoman_channels::Failure;
use dragoman_domain::Channel;
use dragoman_simulator::{Fault, Match};

use crate::stand::Stand;

pub(crate) async fn a_weak_or_dead_key_is_met_with_words_and_without_noise(channel: Channel) {
    let stand = Stand::of(channel).await;
    for variant in stand.shop.variants.keys() {
        let seller = stand.seller_with(Some(variant));
        match seller.connector.check().await {
            Ok(checked) => {
                let closed =
                    checked.standing.features.values().find(|feature| !feature.open || !feature.code.is_empty());
                let told = checked.standing.read_only || closed.is_some_and(|feature| !feature.why.is_empty());
                assert!(told, "{variant}: nothing is said of it: {:?}", checked.standing);
            }
            Err(Failure::Key { why, .. } | Failure::Closed { why, .. }) => assert!(!why.is_empty(), "{variant}"),
            Err(other) => panic!("{variant}: {other:?}"),
        }
        // What is closed says so and nothing else fails.
        for (stream, failure) in seller.pass(false).await.failures {
            let told = matches!(&failure, Failure::Key { .. } | Failure::Closed { .. });
            assert!(told, "{variant}, {stream}: {failure:?}");
        }
    }
    stand.plan(vec![(Match::default(), Fault::TokenRevoked)]).await;
    let before = stand.simulator.requests().len();
    let brought = stand.seller().pass(false).await;
    assert!(!brought.failures.is_empty());
    for (stream, failure) in &brought.failures {
        assert!(matches!(failure, Failure::Key { .. }), "{stream}: {failure:?}");
    }
    let asked = stand.simulator.requests().len() - before;
    assert!(asked <= brought.failures.len(), "each stream asks once: {asked}");
}

pub(crate) async fn no_secret_is_in_anything_that_is_stored(channel: Channel) {
    let stand = Stand::of(channel).await;
    let brought = stand.seller().pass(true).await;
    let kept = format!("{:?}", brought.conversations);
    for (name, secret) in &stand.shop.secrets {
        assert!(!kept.contains(secret.as_str()), "the {name} is in what is kept");
    }
    assert!(!kept.contains("replySign"), "what lets anybody write in a chat is a secret, too");
}
