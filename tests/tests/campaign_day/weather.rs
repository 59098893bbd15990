//! What goes wrong during the day.

use dragoman_simulator::{Damage, Fault, FaultPlan, HeaderForm, Match, Moment, Rule};
use dragoman_tests::house::House;

/// The faults of the day, and for each withdrawn key the shop and the tick from which it works again.
pub(crate) fn plan(house: &House, ticks: usize, seed: u64) -> (FaultPlan, Vec<(String, usize)>) {
    let chance = |probability| Match { probability: Some(probability), ..Match::default() };
    let on = |action: &str, probability| Match { action: Some(action.into()), ..chance(probability) };
    let mut rules = Vec::new();
    // Two keys are withdrawn for a while, one on each platform.
    let shops = house.world().shops();
    let mut revoked = Vec::new();
    for (shop, (from, until)) in [shops.first(), shops.last()].into_iter().flatten().zip([(2, 3), (5, 6)]) {
        let tick = |tenth: usize| ticks * tenth / 10;
        let moment = |tenth| Some(Moment::After(60.0 * tick(tenth) as f64));
        let when =
            Match { shop: Some(shop.name.clone()), from: moment(from), until: moment(until), ..Match::default() };
        rules.push(Rule { when, fault: Fault::TokenRevoked });
        revoked.push((shop.name.clone(), tick(until) + 1));
    }
    // Few silences, because the program waits thirty real seconds for each.
    let silent = Match { action: Some("reply".into()), nth: Some(50), ..Match::default() };
    rules.push(Rule { when: silent, fault: Fault::AcceptThenSilence });
    let writes = [
        (0.02, Fault::AcceptThenReset { after_bytes: 0 }),
        (0.02, Fault::AcceptThenCutBody),
        (0.02, Fault::AcceptThenStatus { status: 502 }),
        (0.02, Fault::RefuseThenStatus { status: 500, message: None }),
        (0.01, Fault::BrokenBody { how: Damage::NotJson }),
        (0.01, Fault::HumanAnswers { text: "Ответили в кабинете.".into() }),
        (0.05, Fault::DelayBeforeAccept { seconds: 0.5 }),
        (0.05, Fault::DelayAfterAccept { seconds: 0.5 }),
        (0.05, Fault::ReadLag { seconds: 45.0 }),
    ];
    for action in ["reply", "edit", "act", "delete", "file", "status"] {
        rules.extend(writes.iter().map(|(probability, fault)| {
            let when = on(action, *probability);
            Rule { when, fault: fault.clone() }
        }));
    }
    let wildberries = |path: &str, probability| Match {
        channel: Some("wildberries".into()),
        path: Some(path.into()),
        ..on("reply", probability)
    };
    rules.extend([
        Rule { when: wildberries("/api/v1/questions", 0.02), fault: Fault::AcceptWithoutEffect },
        Rule { when: wildberries("/api/v1/*", 0.05), fault: Fault::Moderation { seconds: 4_000.0, refused: false } },
    ]);
    // Wildberries' feed never shows an event again, so there is nothing left of one that comes as nothing.
    let nothing = Match { channel: Some("ozon".into()), ..chance(0.0005) };
    rules.push(Rule { when: nothing, fault: Fault::BrokenBody { how: Damage::NullItem } });
    // Whatever is asked.
    let all = [
        (0.003, Fault::RateLimit { header: HeaderForm::Seconds, seconds: 20 }),
        (0.001, Fault::RateLimit { header: HeaderForm::Garbage, seconds: 20 }),
        (0.003, Fault::RefuseThenStatus { status: 503, message: None }),
        (0.001, Fault::BrokenBody { how: Damage::Html }),
        (0.001, Fault::BrokenBody { how: Damage::Truncated }),
        (0.001, Fault::AcceptThenReset { after_bytes: 100 }),
        (0.001, Fault::BadItem),
        (0.0003, Fault::Redirect { to: "https://example.com/".into() }),
        (0.005, Fault::DelayAfterAccept { seconds: 2.0 }),
    ];
    rules.extend(all.into_iter().map(|(probability, fault)| Rule { when: chance(probability), fault }));
    (FaultPlan { seed: Some(seed), rules }, revoked)
}

/// What of it can be seen in the answers of the latest requests.
pub(crate) fn met(house: &House) -> String {
    let requests = house.world().requests();
    let count = |wanted: &dyn Fn(u16) -> bool| requests.iter().filter(|request| wanted(request.status)).count();
    format!(
        "of the latest {} requests {} were broken off, {} throttled, {} with a refused key, {} with a fault of the server",
        requests.len(),
        count(&|status| status == 0),
        count(&|status| status == 429),
        count(&|status| status == 401),
        count(&|status| status >= 500),
    )
}
