//! Product cards, those in the trash among them.

use dragoman_domain::lookup::Product;
use reqwest::Method;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Api, CONTENT};
use crate::Failure;
use crate::http::Call;
use crate::limits::Priority;
use crate::wildberries::map;
use crate::wildberries::token::Right;
use crate::wildberries::wire::{Card, Cards};

#[derive(Serialize)]
struct Body<'a> {
    settings: Settings<'a>,
}

#[derive(Serialize)]
struct Settings<'a> {
    cursor: Cursor,
    filter: Filter<'a>,
}

#[derive(Serialize)]
struct Cursor {
    limit: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Filter<'a> {
    text_search: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    with_photo: Option<i8>,
}

impl Api {
    /// The card of a product, from the list or else from the trash, which is asked only for what the list does not have. Makes two
    /// calls then.
    pub(in crate::wildberries) async fn card(&self, key: &str) -> Result<Option<Product>, Failure> {
        let now = self.clock.tick();
        if !self.cards_gone.was(key, now) {
            // -1 = all cards in every revision of the contract; 0 and 1 have changed their meaning.
            let listed = self.search_cards("/content/v2/get/cards/list", key, Some(-1)).await?;
            if let Some(product) = named(&listed, key) {
                return Ok(Some(product));
            }
        }
        self.cards_gone.note(key, now);
        let trashed = self.search_cards("/content/v2/get/cards/trash", key, None).await?;
        self.cards_gone.forget();
        Ok(named(&trashed, key))
    }

    async fn search_cards(
        &self,
        path: &'static str,
        search: &str,
        with_photo: Option<i8>,
    ) -> Result<Vec<Box<RawValue>>, Failure> {
        let settings = Settings { cursor: Cursor { limit: 100 }, filter: Filter { text_search: search, with_photo } };
        let call = Call::new(Method::POST, CONTENT, path).json(&Body { settings });
        let call = call.map_err(|error| Failure::Refused { why: error.to_string() })?;
        let answer = self.ask(call, &self.content, Priority::LookUp, Some(Right::Content)).await?;
        Ok(self.accept(answer, Some(Right::Content))?.json::<Cards>()?.cards)
    }
}

/// The search looks into articles and barcodes too: only the number itself counts.
fn named(cards: &[Box<RawValue>], key: &str) -> Option<Product> {
    let cards = cards.iter().filter_map(|raw| serde_json::from_str::<Card>(raw.get()).ok());
    cards.map(map::card).find(|product| product.key == key)
}
