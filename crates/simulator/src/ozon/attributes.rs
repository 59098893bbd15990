//! What a product is made of: the method that writes a picture as text where the product list has a list.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    errors,
    product::{Id, Product},
    shop::Shop,
};
use crate::platform::{Answer, Call};

#[derive(Debug, Deserialize)]
struct Request {
    #[serde(default)]
    filter: Filter,
    limit: usize,
    #[serde(default)]
    last_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    sku: Vec<Id>,
    product_id: Vec<Id>,
    offer_id: Vec<String>,
}

/// `POST /v4/product/info/attributes`.
pub(crate) fn list(shop: &Shop, call: &Call) -> Result<Answer, Answer> {
    let request: Request = errors::read(call)?;
    if !(1..=1_000).contains(&request.limit) {
        return Err(errors::invalid("limit: value must be inside range [1, 1000]"));
    }
    let last_id = if request.last_id.is_empty() { "0" } else { &request.last_id };
    let skip: usize = last_id.parse().map_err(|_| errors::invalid("last_id"))?;
    let filter = request.filter;
    let all = filter.sku.is_empty() && filter.product_id.is_empty() && filter.offer_id.is_empty();
    let wanted = |product: &&Product| {
        let named = filter.sku.iter().any(|id| id.number() == Some(product.sku))
            || filter.product_id.iter().any(|id| id.number() == Some(product.id))
            || filter.offer_id.contains(&product.offer);
        !product.is_gone() && (all || named)
    };
    let found: Vec<&Product> = shop.products.iter().map(AsRef::as_ref).filter(wanted).collect();
    let page: Vec<Value> = found.iter().skip(skip).take(request.limit).map(|product| row(product)).collect();
    let next = skip + page.len();
    let last_id = if next < found.len() { next.to_string() } else { String::new() };
    Ok(Answer::ok(json!({ "result": page, "last_id": last_id, "total": found.len().to_string() })))
}

fn row(product: &Product) -> Value {
    let attribute = |id: i64, value: &str| json!({ "id": id, "complex_id": 0, "values": [{ "dictionary_value_id": 0, "value": value }] });
    json!({
        "id": product.id,
        "sku": product.sku.to_string(),
        "offer_id": product.offer,
        "name": product.good.name,
        "primary_image": product.picture(1),
        "images": [product.picture(2), product.picture(3)],
        "color_image": "",
        "barcode": format!("OZN{}", product.sku),
        "barcodes": [format!("OZN{}", product.sku)],
        "description_category_id": 17_028_922,
        "type_id": 91_565,
        "attributes": [attribute(85, product.good.brand), attribute(8_229, product.good.subject)],
        "complex_attributes": [],
        "pdf_list": [],
        "depth": 200,
        "width": 100,
        "height": 80,
        "dimension_unit": "mm",
        "weight": 640,
        "weight_unit": "g",
    })
}
