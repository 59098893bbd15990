//! Reading while things go wrong.

use dragoman_domain::Channel;
use dragoman_simulator::{Damage, Fault, HeaderForm, Match};

use crate::stand::{Stand, messages, reads};

pub(crate) async fn whatever_goes_wrong_while_reading_nothing_is_lost(channel: Channel) {
    let stand = Stand::of(channel).await;
    let good = messages(&stand.seller().pass(true).await);
    let damage = [
        Damage::Html,
        Damage::Truncated,
        Damage::NotJson,
        Damage::WrongCharset,
        Damage::Bom,
        Damage::DuplicateKeys,
        Damage::StringForNumber,
        Damage::Deep,
    ];
    let headers = [HeaderForm::Seconds, HeaderForm::Absent, HeaderForm::Garbage, HeaderForm::Negative];
    let faults = damage
        .into_iter()
        .map(|how| Fault::BrokenBody { how })
        .chain(headers.into_iter().map(|header| Fault::RateLimit { header, seconds: 5 }))
        .chain([500, 502, 503, 504].map(|status| Fault::RefuseThenStatus { status, message: None }))
        .chain([
            Fault::AcceptThenReset { after_bytes: 0 },
            Fault::AcceptThenReset { after_bytes: 200 },
            Fault::AcceptThenCutBody,
            Fault::Redirect { to: "http://127.0.0.1:9/elsewhere".to_owned() },
        ]);
    for fault in faults {
        stand.plan(vec![(reads(), fault.clone())]).await;
        // A new process each time, so that nothing is remembered from the run before.
        let brought = stand.seller().pass_with_patience(true, 60).await;
        assert_eq!(brought.failures.len(), 0, "{fault:?}: {:?}", brought.failures);
        let found = messages(&brought);
        let missing: Vec<_> = good.keys().filter(|place| !found.contains_key(place)).collect();
        assert!(missing.is_empty(), "{fault:?} lost {missing:?}, {} put aside", brought.unreadable);
        let made_up: Vec<_> = found.keys().filter(|place| !good.contains_key(place)).collect();
        assert!(made_up.is_empty(), "{fault:?} made up {made_up:?}");
    }
}

pub(crate) async fn one_item_that_cannot_be_read_is_put_aside_and_the_rest_arrives(channel: Channel) {
    let stand = Stand::of(channel).await;
    let good = messages(&stand.seller().pass(true).await);
    let every_second = Match { every: Some(2), ..Match::default() };
    stand.plan(vec![(every_second, Fault::BadItem)]).await;
    let brought = stand.seller().pass(true).await;
    assert_eq!(brought.failures.len(), 0, "{:?}", brought.failures);
    assert!(brought.unreadable > 0, "nothing was put aside, so nothing was shown");
    let found = messages(&brought);
    assert!(found.keys().all(|place| good.contains_key(place)));
    assert!(found.len() + 2 * brought.unreadable >= good.len() / 2, "the rest did not arrive: {}", found.len());
    stand.plan(Vec::new()).await;
    assert_eq!(messages(&stand.seller().pass(true).await), good, "once it can be read it is here");
}

pub(crate) async fn nothing_is_asked_while_the_platform_says_wait(channel: Channel) {
    let stand = Stand::of(channel).await;
    let limit = Fault::RateLimit { header: HeaderForm::Platform, seconds: 40 };
    stand.plan(vec![(Match { every: Some(2), ..Match::default() }, limit)]).await;
    let brought = stand.seller().pass(true).await;
    assert_eq!(brought.failures.len(), 0, "{:?}", brought.failures);
    let requests = stand.simulator.requests();
    let bans: Vec<_> = requests.iter().filter(|request| request.status == 429).collect();
    assert!(!bans.is_empty());
    for ban in bans {
        // The quota is a host's or the account's: at least the same path is left alone.
        let early = requests.iter().find(|request| {
            request.path == ban.path && request.at > ban.at && request.at.duration_since(ban.at).as_secs() < 39
        });
        assert_eq!(early, None, "after {ban:?}");
    }
}
