//! Products and orders beside a conversation: a decoration, so every trouble with one group leaves the others alone.

use std::collections::{BTreeMap, BTreeSet};

use dragoman_domain::Timestamp;
use dragoman_domain::lookup::{Facts, Order};

use crate::ozon::client::{Client, Scheme};
use crate::ozon::feature::{Closures, Feature};
use crate::ozon::map;
use crate::{Failure, Wanted};

/// Products in one request, the most that is allowed.
const PRODUCTS: usize = 1000;
/// Numbers of hidden products in one request, the most that is allowed.
const RELATED: usize = 200;
/// Order numbers in one request, the most that is allowed for FBS.
const ORDERS: usize = 100;
/// Pages of postings for one request's orders. Orders of more postings than this holds do not exist; endless paging does.
const POSTING_PAGES: usize = 20;

/// Finds what it can. A failure is reported only if there is nothing else to report.
pub(super) async fn look_up(
    client: &Client,
    closed: &Closures,
    now: Timestamp,
    wanted: &Wanted,
) -> Result<Facts, Failure> {
    let mut search = Search { client, closed, now, facts: Facts::default(), failure: None };
    search.products(&wanted.products).await;
    search.orders(&wanted.orders).await;
    match search.failure {
        Some(failure) if search.facts == Facts::default() => Err(failure),
        _ => Ok(search.facts),
    }
}

struct Search<'a> {
    client: &'a Client,
    closed: &'a Closures,
    now: Timestamp,
    facts: Facts,
    failure: Option<Failure>,
}

impl Search<'_> {
    async fn products(&mut self, wanted: &[String]) {
        // One malformed number would have the whole request refused.
        let (numbers, odd) = split(wanted, |number| number.bytes().all(|byte| byte.is_ascii_digit()));
        self.facts.unknown_products.extend(odd);
        for some in numbers.chunks(PRODUCTS) {
            let asked = match self.closed.open(Feature::Products, self.now) {
                Ok(()) => self.client.products(some).await,
                Err(failure) => Err(failure),
            };
            match asked {
                Ok(answer) => {
                    let found = map::products(some, &answer.items);
                    let known: BTreeSet<&str> = found.iter().map(|product| product.key.as_str()).collect();
                    let (_, missing) = split(some, |key| known.contains(key));
                    self.facts.products.extend(found);
                    for some in missing.chunks(RELATED) {
                        self.hidden_products(some).await;
                    }
                }
                Err(failure) => return self.trouble(Feature::Products, failure),
            }
        }
    }

    /// Products whose numbers no card has: hidden and deleted ones are known by another name. What is not found so is unknown.
    async fn hidden_products(&mut self, missing: &[String]) {
        let found = async {
            let related = map::related(&self.client.related(missing).await?.items);
            if related.is_empty() {
                return Ok(Vec::new());
            }
            let ids: Vec<String> = related.keys().cloned().collect();
            let products = self.client.products_by_id(&ids).await?;
            Ok(map::products_by_id(&related, &products.items))
        };
        match found.await {
            Ok(found) => {
                let (_, unknown) = split(missing, |key| found.iter().any(|product| product.key == key));
                self.facts.unknown_products.extend(unknown);
                self.facts.products.extend(found);
            }
            // A method this server does not have leaves what the first list said.
            Err(Failure::NotFound | Failure::Refused { .. } | Failure::Closed { .. }) => {
                self.facts.unknown_products.extend_from_slice(missing);
            }
            Err(failure) => self.trouble(Feature::Products, failure),
        }
    }

    async fn orders(&mut self, wanted: &[String]) {
        let (numbers, odd) = split(wanted, |number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
        self.facts.unknown_orders.extend(odd);
        for some in numbers.chunks(ORDERS) {
            let mut found = BTreeMap::new();
            let fbs = self.postings(Feature::OrdersFbs, Scheme::Fbs, some, &mut found).await;
            let (_, others) = split(some, |number| found.contains_key(number));
            let fbo = others.is_empty() || self.postings(Feature::OrdersFbo, Scheme::Fbo, &others, &mut found).await;
            if fbs && fbo {
                // Only an order that neither warehouse knows is unknown.
                let (_, unknown) = split(some, |number| found.contains_key(number));
                self.facts.unknown_orders.extend(unknown);
            }
            self.facts.orders.extend(found.into_values().filter(|order| some.contains(&order.number)));
        }
    }

    /// Adds the orders of one scheme; tells whether all of them were asked about.
    async fn postings(
        &mut self,
        feature: Feature,
        scheme: Scheme,
        numbers: &[String],
        found: &mut BTreeMap<String, Order>,
    ) -> bool {
        let mut cursor = String::new();
        for _ in 0..POSTING_PAGES {
            let asked = match self.closed.open(feature, self.now) {
                Ok(()) => self.client.postings(scheme, numbers, &cursor).await,
                Err(failure) => Err(failure),
            };
            let page = match asked {
                Ok(page) => page,
                Err(failure) => {
                    self.trouble(feature, failure);
                    return false;
                }
            };
            map::add_postings(found, &page.postings);
            match page.following() {
                Some(next) if next != cursor => cursor = next,
                _ => return true,
            }
        }
        false
    }

    fn trouble(&mut self, feature: Feature, failure: Failure) {
        tracing::debug!(feature = feature.name(), "a look-up failed");
        self.closed.note(feature, self.now, &failure);
        self.failure.get_or_insert(failure);
    }
}

/// Non-empty texts that fit, and all the others.
fn split(texts: &[String], fits: impl Fn(&str) -> bool) -> (Vec<String>, Vec<String>) {
    texts.iter().cloned().partition(|text| !text.is_empty() && fits(text))
}
