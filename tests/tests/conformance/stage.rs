//! What every test here stands on: the specification, a simulator, and a proxy that remembers.

use std::path::PathBuf;

use dragoman_domain::Channel;
use dragoman_simulator::{ClockMode, Options, Running, ShopSeed, Simulator, Size};
use dragoman_tests::merge::merge;
use dragoman_tests::proxy::Proxy;
use dragoman_tests::spec::Contract;
use dragoman_tests::verdict::Verdict;
use serde_json::Value;

/// The specification files that concern us.
fn files(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::Wildberries => {
            &["wildberries-communications.yaml", "wildberries-general.yaml", "wildberries-content-orders.yaml"]
        }
        Channel::Ozon => &["ozon-seller-support.json", "ozon-products-orders.json"],
        other => panic!("{other} has no specification files yet"),
    }
}

/// The platform's specification as one document.
pub(crate) fn document(channel: Channel) -> Value {
    let folder = std::env::var_os("DRAGOMAN_SPECS").map(PathBuf::from);
    let folder = folder.expect("DRAGOMAN_SPECS names no folder; run this with `cargo xtask conformance --specs DIR`");
    merge(&folder, files(channel)).unwrap()
}

/// A judge who knows the platform's specification.
pub(crate) fn judge(channel: Channel) -> Verdict {
    Verdict::new(channel.word(), Contract::read(&document(channel)).unwrap())
}

/// Two shops, because ids are spelled differently in the second; always at the same time.
pub(crate) async fn simulator(clock: ClockMode) -> Running {
    let size = Size { ozon_shops: 2, ..Size::default() };
    let start = "2026-11-22T09:00:00Z".parse().unwrap();
    Simulator::start(Options { size, clock, start: Some(start), ..Options::default() }).await.unwrap()
}

/// The simulated shops of a platform, and a proxy in front of it.
pub(crate) async fn shops(simulator: &Running, channel: Channel) -> (Vec<ShopSeed>, Proxy) {
    let shops: Vec<ShopSeed> =
        simulator.shops().iter().filter(|shop| shop.channel == channel.word()).cloned().collect();
    let proxy = Proxy::start(&shops[0].base_url).await.unwrap();
    (shops, proxy)
}
