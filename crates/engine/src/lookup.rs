//! Product and order facts beside the conversations: asked for in the background, cached, and missed gracefully.

use dragoman_channels::{Failure, Wanted};
use dragoman_domain::outbox::later;
use dragoman_domain::shop::Feature;
use dragoman_domain::{ShopId, SignedDuration};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::event::Event;

/// Looks in a row that may bring nothing before a shop's facts are left alone for a while.
const EMPTY_LIMIT: u32 = 3;
/// Keys asked for in one round; every platform takes at least as many at once.
const BATCH: u32 = 100;

impl Engine {
    /// Fills facts for all shops until the engine stops.
    pub(crate) async fn look_up_loop(self) {
        while !self.0.stop.is_cancelled() {
            let shops = self.read(|reader| reader.shops()).await.unwrap_or_default();
            for shop in shops.into_iter().filter(|shop| shop.pause.is_empty()) {
                // Facts are never worth stopping for: what fails is tried again in the next round.
                if let Err(error) = self.look_up_round(shop.id).await {
                    tracing::info!(shop = shop.id.0, %error, "facts could not be looked up");
                }
            }
            if !self.sleep_until(later(self.now(), SignedDuration::from_secs(20))).await {
                return;
            }
        }
    }

    /// Asks for what the conversations of a shop lack, as far as its pace allows now.
    pub(crate) async fn look_up_round(&self, shop: ShopId) -> Result<()> {
        let mut empty = 0;
        loop {
            let now = self.now();
            if self.0.look_up_rest.lock().await.get(&shop).is_some_and(|until| *until > now) {
                return Ok(());
            }
            let dragoman_store::product::Wanted { products, orders } =
                self.read(move |reader| reader.wanted(shop, BATCH, now)).await?;
            if products.is_empty() && orders.is_empty() {
                return Ok(());
            }
            let connector = self.connector(shop).await?;
            let wanted = Wanted { products, orders };
            let facts = match connector.look_up(&wanted).await {
                Ok(facts) => facts,
                Err(Failure::Closed { feature, code, why }) => {
                    let closed = Feature { open: false, code, why };
                    self.write(move |writer| {
                        writer.change_shop(shop, |shop| drop(shop.standing.features.insert(feature, closed)))
                    })
                    .await?;
                    self.tell(Event::Shop { id: shop });
                    return self.rest_look_ups(shop, SignedDuration::from_hours(24)).await;
                }
                Err(Failure::Wait { .. }) => return Ok(()),
                Err(failure) => {
                    tracing::info!(shop = shop.0, %failure, "facts could not be looked up");
                    return self.rest_look_ups(shop, SignedDuration::from_mins(10)).await;
                }
            };
            let answered =
                facts.products.len() + facts.orders.len() + facts.unknown_products.len() + facts.unknown_orders.len();
            self.write(move |writer| writer.put_facts_found(shop, &facts, now)).await?;
            self.tell(Event::Conversations { shop, ids: Vec::new(), new_messages: 0 });
            if answered == 0 {
                // The pace may be spent for a moment; nothing after several looks means the key has no right to any of it.
                empty += 1;
                if empty > EMPTY_LIMIT {
                    return self.rest_look_ups(shop, SignedDuration::from_mins(10)).await;
                }
                if !self.sleep_until(later(now, SignedDuration::from_secs(1))).await {
                    return Ok(());
                }
            }
        }
    }

    async fn rest_look_ups(&self, shop: ShopId, rest: SignedDuration) -> Result<()> {
        let until = later(self.now(), rest);
        self.0.look_up_rest.lock().await.insert(shop, until);
        Ok(())
    }

    /// A product's picture as the platform has it, not decoded.
    pub(crate) async fn product_picture(&self, shop: ShopId, key: String) -> Result<dragoman_channels::Picture> {
        let missing = || Error::NotFound { what: "picture", id: key.clone() };
        let wanted = key.clone();
        let product = self.read(move |reader| reader.product(shop, &wanted)).await?.ok_or_else(missing)?;
        if product.picture.is_empty() {
            return Err(missing());
        }
        match self.connector(shop).await?.picture(&product.picture).await {
            Err(Failure::NotFound) => Err(missing()),
            other => Ok(other?),
        }
    }
}
