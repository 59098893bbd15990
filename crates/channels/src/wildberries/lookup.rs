//! Product facts. Questions carry no order, so there is nothing to ask about orders here.

use dragoman_domain::lookup::Facts;

use super::client::Api;
use super::map;
use super::token::Right;
use super::wire::Card;
use crate::{Failure, Wanted};

/// Product facts as far as the pace allows now. A key without the right to read cards gets the picture's probable address only.
pub(super) async fn look_up(api: &Api, wanted: &Wanted) -> Result<Facts, Failure> {
    let mut facts = Facts::default();
    if !api.token.has(Right::Content) {
        facts.products = wanted.products.iter().filter_map(|key| map::bare_product(key)).collect();
        return Ok(facts);
    }
    for key in &wanted.products {
        match api.cards(key).await {
            Ok(cards) => {
                let cards = cards.iter().filter_map(|raw| serde_json::from_str::<Card>(raw.get()).ok());
                // The search looks into articles and barcodes too: only the number itself counts.
                match cards.map(map::card).find(|product| product.key == *key) {
                    Some(product) => facts.products.push(product),
                    None => facts.unknown_products.push(key.clone()),
                }
            }
            Err(failure) if facts == Facts::default() => return Err(failure),
            // What was found is worth keeping; the rest is asked for again.
            Err(_) => break,
        }
    }
    Ok(facts)
}
