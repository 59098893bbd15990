//! Product cards: the list, the trash and the pictures.

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::errors;
use crate::{
    picture,
    platform::{Answer, Call},
    world::{
        dice::Dice,
        goods::{GOODS, Good},
    },
};

#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub nm_id: i64,
    pub imt_id: i64,
    pub subject_id: usize,
    pub uuid: Uuid,
    pub good: Good,
    pub article: String,
    pub size_id: i64,
    pub barcode: String,
    pub pictures: u8,
    pub created: Timestamp,
    pub updated: Timestamp,
    /// When it was thrown into the trash.
    pub trashed: Option<Timestamp>,
}

impl Product {
    pub(crate) fn grow(dice: &mut Dice, number: usize, good: Good, now: Timestamp) -> Self {
        let nm_id = 14_917_842 + dice.below(300_000_000);
        let updated = dice.before(now, 3_600, 60 * 86_400);
        Self {
            nm_id,
            imt_id: 11_157_265 + dice.below(300_000_000),
            subject_id: 500 + number % GOODS.len(),
            uuid: dice.uuid(),
            good,
            article: format!("{}-{number}", good.article),
            size_id: 316_399_238 + dice.below(90_000_000),
            barcode: format!("46{:011}", dice.below(99_999_999_999)),
            // One card in nine has lost its pictures, as some cards of real shops have.
            pictures: if number % 9 == 8 { 0 } else { 3 },
            created: dice.before(updated, 86_400, 400 * 86_400),
            updated,
            trashed: (number % 12 == 11).then(|| dice.before(now, 3_600, 30 * 86_400)),
        }
    }

    pub(crate) fn details(&self, supplier: &str) -> Value {
        json!({
            "nmId": self.nm_id,
            "imtId": self.imt_id,
            "productName": self.good.name,
            "supplierArticle": self.article,
            "supplierName": supplier,
            "brandName": self.good.brand,
        })
    }

    /// Address of a picture on its basket host; the host follows from a table that Wildberries extends without notice.
    fn picture(&self, size: &str, number: u8) -> String {
        let (vol, part) = (self.nm_id / 100_000, self.nm_id / 1_000);
        let host = basket(vol);
        format!("https://basket-{host:02}.wbbasket.ru/vol{vol}/part{part}/{}/images/{size}/{number}.webp", self.nm_id)
    }

    fn card(&self) -> Value {
        let pictures: Vec<Value> = (1..=self.pictures)
            .map(|number| {
                json!({
                    "big": self.picture("big", number),
                    "c246x328": self.picture("c246x328", number),
                    "c516x688": self.picture("c516x688", number),
                    "square": self.picture("square", number),
                    "tm": self.picture("tm", number),
                })
            })
            .collect();
        let mut card = json!({
            "nmID": self.nm_id,
            "vendorCode": self.article,
            "subjectID": self.subject_id,
            "subjectName": self.good.subject,
            "kizMarked": false,
            "dimensions": { "length": 20, "width": 15, "height": 8, "weightBrutto": 0.6, "isValid": true },
            "characteristics": [{ "id": 14_177_449, "name": "Цвет", "value": ["синий"] }],
            "sizes": [{ "chrtID": self.size_id, "techSize": "0", "wbSize": "", "skus": [self.barcode] }],
            "createdAt": self.created,
        });
        if let Some(fields) = card.as_object_mut() {
            match self.trashed {
                Some(at) => {
                    fields.insert("trashedAt".to_owned(), json!(at));
                }
                // The trash does not tell names.
                None => {
                    fields.insert("updatedAt".to_owned(), json!(self.updated));
                    fields.insert("imtID".to_owned(), json!(self.imt_id));
                    fields.insert("nmUUID".to_owned(), json!(self.uuid));
                    fields.insert("brand".to_owned(), json!(self.good.brand));
                    fields.insert("title".to_owned(), json!(self.good.name));
                    fields.insert("needKiz".to_owned(), json!(false));
                }
            }
            // A card without pictures lacks the field altogether.
            if !pictures.is_empty() {
                fields.insert("photos".to_owned(), pictures.into());
            }
        }
        card
    }
}

/// Third-party table, February 2026; regular from vol 1920 on.
fn basket(vol: i64) -> i64 {
    const ENDS: [i64; 15] = [143, 287, 431, 719, 1007, 1061, 1115, 1169, 1313, 1601, 1655, 1919, 2045, 2189, 2405];
    match ENDS.iter().position(|&end| vol <= end) {
        Some(place) => place as i64 + 1,
        None => 16 + (vol - 2406) / 216,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Request {
    settings: Settings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    sort: Sort,
    filter: Filter,
    cursor: Cursor,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sort {
    ascending: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Filter {
    with_photo: i64,
    text_search: String,
    #[serde(rename = "imtID")]
    imt_id: Option<i64>,
    brands: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cursor {
    limit: Option<usize>,
    #[serde(rename = "updatedAt", alias = "trashedAt")]
    at: Option<Timestamp>,
    #[serde(rename = "nmID")]
    nm_id: Option<i64>,
}

/// `POST /content/v2/get/cards/list` and `…/trash`, which differ in the date they sort by.
pub(crate) fn cards(products: &[std::sync::Arc<Product>], call: &Call, trash: bool) -> Answer {
    let Ok(Request { settings }) = serde_json::from_slice(&call.body) else {
        return Answer::bytes(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", "Request body can not be decoded");
    };
    let limit = settings.cursor.limit.unwrap_or(10);
    if !(1..=100).contains(&limit) {
        return errors::content(StatusCode::BAD_REQUEST, "Invalid limit");
    }
    let date_name = if trash { "trashedAt" } else { "updatedAt" };
    let date = |product: &Product| if trash { product.trashed.unwrap_or(product.updated) } else { product.updated };
    let mut found: Vec<&Product> = products
        .iter()
        .map(AsRef::as_ref)
        .filter(|product| product.trashed.is_some() == trash && fits(product, &settings.filter, trash))
        .collect();
    found.sort_by_key(|product| (date(product), product.nm_id));
    if !settings.sort.ascending {
        found.reverse();
    }
    if let Some(at) = settings.cursor.at {
        let last = (at, settings.cursor.nm_id.unwrap_or_default());
        found.retain(|product| {
            let this = (date(product), product.nm_id);
            if settings.sort.ascending { this > last } else { this < last }
        });
    }
    found.truncate(limit);
    let cards: Vec<Value> = found.iter().map(|product| product.card()).collect();
    let mut cursor = json!({ "total": cards.len() });
    if let (Some(fields), Some(last)) = (cursor.as_object_mut(), found.last()) {
        fields.insert(date_name.to_owned(), json!(date(last)));
        fields.insert("nmID".to_owned(), json!(last.nm_id));
    }
    Answer::ok(json!({ "cards": cards, "cursor": cursor }))
}

fn fits(product: &Product, filter: &Filter, trash: bool) -> bool {
    let text = filter.text_search.trim();
    // Meaning of October 2026: 0 all, 1 only with, 2 only without; the trash knows no such filter.
    let photo = trash
        || match filter.with_photo {
            1 => product.pictures > 0,
            2 => product.pictures == 0,
            _ => true,
        };
    photo
        && filter.imt_id.is_none_or(|imt_id| imt_id == product.imt_id)
        && (filter.brands.is_empty() || filter.brands.iter().any(|brand| brand == product.good.brand))
        && (text.is_empty()
            || product.article.contains(text)
            || product.nm_id.to_string().contains(text)
            || product.barcode.contains(text))
}

/// A picture by its path on the content network: `/vol…/part…/<nmID>/images/<size>/<n>.webp`.
pub(crate) fn picture<'a>(products: impl Iterator<Item = &'a Product>, path: &str) -> Option<Bytes> {
    let parts: Vec<&str> = path.split('/').collect();
    let ["", _, _, nm_id, "images", size, file] = parts.as_slice() else { return None };
    let nm_id: i64 = nm_id.parse().ok()?;
    let number: u8 = file.strip_suffix(".webp")?.parse().ok()?;
    let product = products.into_iter().find(|product| product.nm_id == nm_id)?;
    if number == 0 || number > product.pictures {
        return None;
    }
    // A quarter of the named size keeps the shape and spares the machine.
    let (width, height) = match *size {
        "big" => (225, 300),
        "c516x688" => (129, 172),
        "c246x328" => (123, 164),
        "square" => (150, 150),
        "tm" => (75, 100),
        _ => return None,
    };
    Some(picture::png(nm_id.unsigned_abs() + u64::from(number), width, height).into())
}
