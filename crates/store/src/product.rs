//! What is known of products and orders: cached, and asked for again when it may have changed.

use dragoman_domain::lookup::{Facts, Order, Product};
use dragoman_domain::{ShopId, SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row};

use crate::column::{self, millis};
use crate::{Error, Reader, Writer};

/// Conversations that are looked through for something to ask for: what people see first.
const RECENT: u32 = 1_000;
/// How long an order's facts, or the word that something is unknown, are believed.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How long a product's facts are believed.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What should be looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Product numbers.
    pub products: Vec<String>,
    /// Order numbers.
    pub orders: Vec<String>,
}

impl Reader<'_> {
    /// What is known of a product, `None` if nothing is.
    ///
    /// # Errors
    /// Those of the database.
    pub fn product(&self, shop: ShopId, key: &str) -> Result<Option<Product>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT key, name, article, picture, page, price FROM product WHERE shop = ? AND key = ? AND known = 1",
        )?;
        let product = |row: &Row<'_>| {
            Ok(Product {
                key: row.get(0)?,
                name: row.get(1)?,
                article: row.get(2)?,
                picture: row.get(3)?,
                page: row.get(4)?,
                price: row.get(5)?,
            })
        };
        Ok(statement.query_row((shop.0, key), product).optional()?)
    }

    /// What is known of an order, `None` if nothing is.
    ///
    /// # Errors
    /// Those of the database.
    pub fn purchase(&self, shop: ShopId, number: &str) -> Result<Option<Order>, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT facts FROM purchase WHERE shop = ? AND number = ? AND known = 1")?;
        Ok(statement.query_row((shop.0, number), |row| column::json(row, 0)).optional()?)
    }

    /// Products and orders of recent conversations whose facts are missing or old, at most `limit` of each.
    ///
    /// # Errors
    /// Those of the database.
    pub fn wanted(&self, shop: ShopId, limit: u32, now: Timestamp) -> Result<Wanted, Error> {
        let (day, month) = (millis(before(now, DAY)), millis(before(now, MONTH)));
        let mut products = self.conn.prepare_cached(
            "WITH recent AS (SELECT product AS key FROM conversation WHERE shop = ?1 ORDER BY last_at DESC, id DESC LIMIT ?2)
             SELECT DISTINCT r.key FROM recent r LEFT JOIN product p ON p.shop = ?1 AND p.key = r.key
             WHERE r.key <> '' AND (p.key IS NULL OR p.looked_up_at < iif(p.known, ?4, ?3)) LIMIT ?5",
        )?;
        let mut orders = self.conn.prepare_cached(
            "WITH recent AS (SELECT order_no AS number FROM conversation WHERE shop = ?1
                             ORDER BY last_at DESC, id DESC LIMIT ?2)
             SELECT DISTINCT r.number FROM recent r LEFT JOIN purchase p ON p.shop = ?1 AND p.number = r.number
             WHERE r.number <> '' AND (p.number IS NULL OR p.looked_up_at < ?3) LIMIT ?4",
        )?;
        Ok(Wanted {
            products: products
                .query_map((shop.0, RECENT, day, month, limit), |row| row.get(0))?
                .collect::<Result<_, _>>()?,
            orders: orders.query_map((shop.0, RECENT, day, limit), |row| row.get(0))?.collect::<Result<_, _>>()?,
        })
    }
}

fn before(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.saturating_sub(span).unwrap_or(Timestamp::MIN)
}

impl Writer<'_> {
    /// Stores what a look-up found, and what the platform does not know.
    ///
    /// # Errors
    /// Those of the database.
    pub fn put_facts_found(&self, shop: ShopId, facts: &Facts, now: Timestamp) -> Result<(), Error> {
        let at = millis(now);
        for product in &facts.products {
            self.merge_product(shop, product)?;
            self.looked_up_product(shop, &product.key, true, at)?;
        }
        for key in &facts.unknown_products {
            self.looked_up_product(shop, key, false, at)?;
        }
        for order in &facts.orders {
            self.looked_up_order(shop, &order.number, Some(order), at)?;
        }
        for number in &facts.unknown_orders {
            self.looked_up_order(shop, number, None, at)?;
        }
        Ok(())
    }

    /// Takes over what is said of a product; what is not said stays, and nothing is written if nothing is new.
    pub(crate) fn merge_product(&self, shop: ShopId, product: &Product) -> Result<(), Error> {
        if product.key.is_empty() {
            return Ok(());
        }
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO product (shop, key, name, article, picture, page, price) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (shop, key) DO UPDATE SET
               name = iif(excluded.name = '', name, excluded.name),
               article = iif(excluded.article = '', article, excluded.article),
               picture = iif(excluded.picture = '', picture, excluded.picture),
               page = iif(excluded.page = '', page, excluded.page),
               price = iif(excluded.price = '', price, excluded.price)
             WHERE excluded.name NOT IN ('', name) OR excluded.article NOT IN ('', article)
                OR excluded.picture NOT IN ('', picture) OR excluded.page NOT IN ('', page)
                OR excluded.price NOT IN ('', price)",
        )?;
        let Product { key, name, article, picture, page, price } = product;
        statement.execute((shop.0, key, name, article, picture, page, price))?;
        Ok(())
    }

    fn looked_up_product(&self, shop: ShopId, key: &str, known: bool, at: i64) -> Result<(), Error> {
        self.conn
            .prepare_cached(
                "INSERT INTO product (shop, key, known, looked_up_at) VALUES (?, ?, ?, ?)
                 ON CONFLICT (shop, key) DO UPDATE SET
                   known = excluded.known OR name <> '', looked_up_at = excluded.looked_up_at",
            )?
            .execute((shop.0, key, known, at))?;
        Ok(())
    }

    fn looked_up_order(&self, shop: ShopId, number: &str, order: Option<&Order>, at: i64) -> Result<(), Error> {
        let facts = order.map(serde_json::to_string).transpose()?;
        self.conn
            .prepare_cached(
                "INSERT INTO purchase (shop, number, facts, known, looked_up_at) VALUES (?1, ?2, ifnull(?3, '{}'), ?3 IS NOT NULL, ?4)
                 ON CONFLICT (shop, number) DO UPDATE SET
                   facts = ifnull(?3, facts), known = ?3 IS NOT NULL OR known, looked_up_at = ?4",
            )?
            .execute((shop.0, number, facts, at))?;
        Ok(())
    }
}
