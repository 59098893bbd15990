//! Reviews as the world keeps them, and as answers show them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    archive::{self, Archive},
    comment::Comment,
    ids::{self, MessageId},
    product::Product,
    question::Status,
    shelf::Shelved,
    shop::Shop,
};
use crate::{time::after, world::dice::Dice};

/// Stars, what the buyer wrote and what a seller would answer.
const REVIEWS: [(u8, &str, &str); 12] = [
    (2, "Пришло без крышки, {item} теперь бесполезен", "Приносим извинения! Напишите нам в чат номер заказа, заменим."),
    (5, "Отличное качество, беру второй раз!", "Спасибо за отзыв, рады, что понравилось!"),
    (5, "", "Спасибо за высокую оценку!"),
    (1, "Оформила возврат: брак, не включается.", "Нам очень жаль. Деньги вернутся, как только товар придёт на склад."),
    (4, "质量不错，就是包装有点简单。", "谢谢您的评价，我们会改进包装。"),
    (3, "Маломерит на размер, а так хорошо", "Спасибо! Советуем сверяться с таблицей размеров."),
    (1, "收到的商品坏了，要求退货退款！", "非常抱歉，请在订单里申请退货，我们马上处理。"),
    (5, "Керемет тауар, рақмет!", "Рақмет! Сізді тағы күтеміз."),
    (2, "The strap broke after a week.", "We are sorry! Please write to us in the chat of the order."),
    (4, "Хорошо, но ждала две недели 🙄", "Спасибо за терпение! Передали службе доставки."),
    (3, "", "Спасибо за оценку!"),
    (5, "Подарили маме, в восторге!!!", "Спасибо! Пусть служит долго."),
];

#[derive(Debug, Clone)]
pub(crate) struct Review {
    rank: MessageId,
    pub product: Arc<Product>,
    pub text: String,
    pub rating: u8,
    pub status: Status,
    pub order_status: &'static str,
    pub published: Timestamp,
    /// Names of its pictures on the content network.
    photos: Vec<Uuid>,
    videos: Vec<Uuid>,
    counts_for_rating: bool,
    likes: u8,
    /// Oldest first.
    pub comments: Vec<Comment>,
}

impl Shelved for Review {
    fn rank(&self) -> MessageId {
        self.rank
    }

    /// Commented on and processed, unless it is one of those that wait.
    fn made(archive: &Archive, number: usize) -> Option<Self> {
        let product = archive.product(number)?;
        let published = archive.moment(number);
        let &(rating, text, answer) = archive.dice(number).one(&REVIEWS)?;
        let mut review = Self {
            rank: archive.rank(number),
            rating,
            ..Self::written(product, &text.replace("{item}", product.good.name), published, 0)
        };
        if !archive.waits(number) {
            review.status = Status::Processed;
            let at = after(published, SignedDuration::from_hours(3));
            review.comments.push(Comment::published(archive.answer(number).to_string(), true, answer, at));
        }
        Some(review)
    }
}

impl Review {
    /// A buyer writes now.
    pub(crate) fn written(product: &Arc<Product>, text: &str, at: Timestamp, salt: usize) -> Self {
        Self {
            rank: ids::at(at, salt % archive::SALT),
            product: Arc::clone(product),
            text: text.to_owned(),
            rating: 3,
            status: Status::New,
            order_status: "DELIVERED",
            published: ids::told(at),
            photos: Vec::new(),
            videos: Vec::new(),
            counts_for_rating: true,
            likes: 0,
            comments: Vec::new(),
        }
    }

    /// The status as version 2 or version 1 of the methods spells it.
    fn status(&self, version: Version) -> &'static str {
        match (version, self.status) {
            (Version::One, Status::Processed) => "PROCESSED",
            (Version::One, _) => "UNPROCESSED",
            (Version::Two, status) => status.text(),
        }
    }

    pub(crate) fn row(&self, id: &str, version: Version, now: Timestamp) -> Value {
        json!({
            "id": id,
            "sku": self.product.sku,
            "text": self.text,
            "rating": self.rating,
            "status": self.status(version),
            "order_status": self.order_status,
            "published_at": format!("{:.6}", self.published),
            "comments_amount": self.comments.iter().filter(|comment| comment.is_published(now)).count(),
            "photos_amount": self.photos.len(),
            "videos_amount": self.videos.len(),
            "is_rating_participant": self.counts_for_rating,
        })
    }

    /// A row with its pictures and videos.
    pub(crate) fn info(&self, id: &str, version: Version, now: Timestamp) -> Value {
        let mut row = self.row(id, version, now);
        let photo = |name: &Uuid| json!({ "url": media(name, "jpg"), "width": 300, "height": 300 });
        let video = |name: &Uuid| {
            json!({
                "url": media(name, "mp4"),
                "preview_url": media(name, "jpg"),
                "short_video_preview_url": media(name, "jpg"),
                "width": 300,
                "height": 300,
            })
        };
        if let Some(fields) = row.as_object_mut() {
            fields.insert("likes_amount".to_owned(), json!(self.likes));
            fields.insert("dislikes_amount".to_owned(), json!(0));
            fields.insert("photos".to_owned(), self.photos.iter().map(photo).collect());
            fields.insert("videos".to_owned(), self.videos.iter().map(video).collect());
        }
        row
    }
}

/// Which generation of the review methods is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

/// Address of what a buyer has added to a review or a claim.
pub(crate) fn media(name: &Uuid, extension: &str) -> String {
    format!("https://cdn1.ozone.ru/s3/rp-photo-1/{name}.{extension}")
}

/// Reviews of every status, with and without words, pictures and comments.
pub(crate) fn grow(shop: &mut Shop, dice: &mut Dice, count: usize, now: Timestamp) {
    const STATUSES: [Status; 4] = [Status::New, Status::Processed, Status::Viewed, Status::New];
    let scripts = REVIEWS.iter().cycle().zip(STATUSES.into_iter().cycle()).take(count).enumerate();
    for (place, (&(rating, text, answer), status)) in scripts {
        let Some(product) = dice.one(&shop.products).cloned() else { return };
        let at = dice.before(now, 3_600 * (1 + 7 * place as i64), 3_600 * (7 + 7 * place as i64));
        let mut comments = Vec::new();
        let mut comment = |own, text: &str, hours| {
            let at = after(at, SignedDuration::from_hours(hours));
            comments.push(Comment::published(ids::uuid_at(at, dice), own, text, at));
        };
        if status == Status::Processed {
            comment(true, answer, 0);
            if place % 8 == 1 {
                comment(false, "Спасибо за ответ!", 1);
            }
        }
        let media = |dice: &mut Dice, count: usize| (0..count).map(|_| dice.uuid()).collect::<Vec<Uuid>>();
        let review = Review {
            rating,
            status,
            order_status: if place % 6 == 5 { "CANCELLED" } else { "DELIVERED" },
            photos: media(dice, if place % 3 == 0 { 1 + place % 2 } else { 0 }),
            videos: media(dice, usize::from(place % 7 == 3)),
            counts_for_rating: place % 5 != 4,
            likes: dice.below(9) as u8,
            comments,
            ..Review::written(&product, &text.replace("{item}", product.good.name), at, place)
        };
        let id = ids::uuid_at(at, dice);
        shop.reviews.put(id, review);
    }
}
