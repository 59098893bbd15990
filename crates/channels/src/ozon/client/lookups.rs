//! Products and orders.

use dragoman_domain::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Client;
use crate::Failure;
use crate::limits::Priority;
use crate::ozon::feature::Feature;
use crate::ozon::wire;

pub(in crate::ozon) const PRODUCTS: &str = "/v3/product/info/list";
const RELATED: &str = "/v1/product/related-sku/get";
pub(in crate::ozon) const POSTINGS_FBS: &str = "/v4/posting/fbs/list";
pub(in crate::ozon) const POSTINGS_FBO: &str = "/v3/posting/fbo/list";

/// How far back orders can be found by number; the longest period allowed is a year.
const ORDER_DAYS: i64 = 364;

/// Which scheme an order was placed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ozon) enum Scheme {
    Fbs,
    Fbo,
}

#[derive(Serialize)]
struct ProductsRequest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<&'a [String]>,
}

#[derive(Serialize)]
struct RelatedRequest<'a> {
    sku: &'a [String],
}

#[derive(Serialize)]
struct PostingsRequest<'a> {
    filter: PostingFilter<'a>,
    limit: u32,
    cursor: &'a str,
    sort_dir: &'static str,
    with: PostingBlocks,
}

#[derive(Serialize)]
struct PostingFilter<'a> {
    order_numbers: &'a [String],
    since: Timestamp,
    to: Timestamp,
}

// Buyers' names and addresses come in blocks that are not asked for and not read.
#[derive(Serialize)]
struct PostingBlocks {
    analytics_data: bool,
}

impl Client {
    pub(in crate::ozon) async fn products(&self, skus: &[String]) -> Result<wire::Products, Failure> {
        let request = ProductsRequest { sku: Some(skus), product_id: None };
        Ok(self.read(Feature::Products, Priority::LookUp, PRODUCTS, &request).await?.json()?)
    }

    pub(in crate::ozon) async fn products_by_id(&self, ids: &[String]) -> Result<wire::Products, Failure> {
        let request = ProductsRequest { sku: None, product_id: Some(ids) };
        Ok(self.read(Feature::Products, Priority::LookUp, PRODUCTS, &request).await?.json()?)
    }

    /// The products behind hidden and deleted numbers.
    pub(in crate::ozon) async fn related(&self, skus: &[String]) -> Result<wire::Related, Failure> {
        let request = RelatedRequest { sku: skus };
        Ok(self.read(Feature::Products, Priority::LookUp, RELATED, &request).await?.json()?)
    }

    pub(in crate::ozon) async fn postings(
        &self,
        scheme: Scheme,
        orders: &[String],
        cursor: &str,
    ) -> Result<wire::Postings, Failure> {
        let (feature, path) = match scheme {
            Scheme::Fbs => (Feature::OrdersFbs, POSTINGS_FBS),
            Scheme::Fbo => (Feature::OrdersFbo, POSTINGS_FBO),
        };
        // Whole seconds: the platform documents at most six decimals.
        let to = Timestamp::from_second(self.clock.now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
        let since = to.saturating_sub(SignedDuration::from_hours(24 * ORDER_DAYS)).unwrap_or(Timestamp::UNIX_EPOCH);
        let request = PostingsRequest {
            filter: PostingFilter { order_numbers: orders, since, to },
            limit: 100,
            cursor,
            sort_dir: "DESC",
            with: PostingBlocks { analytics_data: true },
        };
        let answer = self.read(feature, Priority::LookUp, path, &request).await?;
        Ok(answer.json()?)
    }
}
