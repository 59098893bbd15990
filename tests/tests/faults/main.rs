//! The fault table: each module provokes one family of faults and prints its figures; `docs/faults.md` lists them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

mod bodies;
mod clock;
mod disk;
mod keys;
mod line;
mod migration;
mod moved;
mod paging;
mod place;
mod power;
mod processes;
mod storms;
mod texts;
mod tls;
mod transport;

use std::collections::BTreeMap;
use std::time::Duration;

use dragoman_domain::ShopId;
use dragoman_simulator::Accepted;
use dragoman_store::inbox::ConversationRow;
use dragoman_tests::house::figures::Figures;
use dragoman_tests::house::ledger::{Promise, Verdict, compare, rows};
use dragoman_tests::house::{snapshot::Snapshot, truth};
use dragoman_tests::inside::{Closed, Inside};

/// Real time without a request after which virtual time goes on.
const QUIET: Duration = Duration::from_millis(2);

/// Compares what was promised with what was accepted, adds the counts, and returns every failure in words.
fn verdict(figures: &mut Figures, promises: &[Promise], snapshot: &Snapshot, accepted: &[Accepted]) -> Vec<String> {
    let rows = rows(snapshot).unwrap();
    let verdict: Verdict = compare(promises, &rows, accepted);
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.state != "sent") {
        *others.entry(format!("{}/{}", row.state, row.reason)).or_default() += 1;
    }
    figures.add("replies promised", format!("{}, sent {}, others {others:?}", promises.len(), verdict.sent));
    figures.failures("lost", verdict.lost.len(), promises.len());
    figures.failures("duplicated", verdict.duplicated.len(), promises.len());
    figures.failures(
        "accepted unasked or shown as not sent",
        verdict.foreign.len() + verdict.misreported.len(),
        promises.len(),
    );
    let mut failures: Vec<String> = verdict.failures().into_iter().cloned().collect();
    failures.extend(snapshot.faults().unwrap());
    failures
}

/// What the platforms hold and the inbox does not, and the other way round.
async fn apart(figures: &mut Figures, closed: &Closed) -> Vec<String> {
    let (held, stored) =
        (truth::held_by(&closed.world, &closed.http).await.unwrap(), truth::stored(&closed.snapshot).unwrap());
    let missing = held.keys().filter(|place| !stored.contains_key(*place)).map(|place| format!("missing: {place:?}"));
    let doubled = stored
        .iter()
        .filter(|(place, count)| **count != 1 || !held.contains_key(*place))
        .map(|(place, count)| format!("{count} times, or unknown to the platform: {place:?}"));
    let apart: Vec<String> = missing.chain(doubled).collect();
    figures.failures("messages missing or doubled", apart.len(), held.len());
    apart
}

/// One conversation of each shop in turn, until no shop has any left.
async fn in_turn(inside: &Inside) -> Vec<(ShopId, ConversationRow)> {
    let mut by_shop = Vec::new();
    for shop in inside.shops.values() {
        by_shop.push(inside.awaiting(*shop).await.unwrap().into_iter());
    }
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(by_shop.iter_mut().filter_map(Iterator::next).map(|row| (row.shop, row)));
        if all.len() == before {
            return all;
        }
    }
}
