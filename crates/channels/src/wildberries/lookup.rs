//! Product facts.

use dragoman_domain::lookup::Facts;

use super::client::Api;
use super::map;
use super::token::Right;
use crate::{Failure, Wanted};

/// Product facts as far as the pace allows now. A key without the right to read cards gets the picture's probable address only.
pub(super) async fn look_up(api: &Api, wanted: &Wanted) -> Result<Facts, Failure> {
    let mut facts = Facts::default();
    if !api.token.has(Right::Content) {
        facts.products = wanted.products.iter().filter_map(|key| map::bare_product(key)).collect();
        return Ok(facts);
    }
    for key in &wanted.products {
        match api.card(key).await {
            Ok(Some(product)) => facts.products.push(product),
            Ok(None) => facts.unknown_products.push(key.clone()),
            Err(failure) if facts == Facts::default() => return Err(failure),
            // What was found is worth keeping; the rest is asked for again.
            Err(_) => break,
        }
    }
    Ok(facts)
}
