//! The chats a seller has with Ozon: support tickets, managers and notices of every type.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    chat::{Author, Chat, Context, Message, Quirks},
    ids,
    shop::Shop,
};

/// Type, whether it is closed, and what was said, newest last.
type Talk = (&'static str, bool, &'static [(Author, &'static str)]);

const TALKS: [Talk; 10] = [
    (
        "SELLER_SUPPORT",
        false,
        &[
            (Author::Seller, "Поставка 2000012345 не принимается на складе третий день, акт приложен."),
            (Author::Bot, "Здравствуйте! Я виртуальный помощник, передаю вопрос специалисту."),
            (Author::Support, "Здравствуйте! Ваше обращение принято, ответим в течение дня."),
        ],
    ),
    ("UNSPECIFIED", false, &[(Author::Notification, "Изменились условия акции «Распродажа недели».")]),
    ("SELLER_API_UPDATES", false, &[(Author::Notification, "Методы v2 отключаются, перейдите на v3.")]),
    ("SELLER_API_NOTIFICATIONS", false, &[(Author::Notification, "Ключ API действует ещё 14 дней.")]),
    ("SELLER_NOTIFICATION_LOGISTICS", false, &[(Author::Crm, "Поставка принята на склад Хоругвино.")]),
    ("SELLER_NOTIFICATION_UPDATE_CONTENT", false, &[(Author::Notification, "Карточка товара прошла проверку.")]),
    (
        "SELLER_PERSONAL_MANAGER_UNITY_CRM",
        false,
        &[(Author::Crm, "Добрый день! Я ваш новый менеджер."), (Author::Crm, "Когда вам удобно созвониться?")],
    ),
    ("SELLER_BUSINESS_DEVELOPMENT_GROUP", false, &[(Author::Crm, "Предлагаем участие в осенней акции.")]),
    // Neither this type nor this author is in any document: new ones appear without notice.
    ("SELLER_PARTNER_CLUB", false, &[(Author::Stranger, "Приглашаем на встречу партнёров.")]),
    (
        "SELLER_SUPPORT",
        true,
        &[
            (Author::Seller, "Где посмотреть отчёт о реализации за октябрь?"),
            (Author::Support, "В разделе «Финансы», документы за месяц."),
            (Author::Bot, "Обращение закрыто. Оцените ответ."),
        ],
    ),
];

/// Chats with Ozon are the freshest, so that the first page holds no buyer.
pub(crate) fn grow(shop: &mut Shop, now: Timestamp) {
    let Some(product) = shop.products.first().cloned() else { return };
    for (place, (kind, closed, talk)) in TALKS.into_iter().enumerate() {
        let last = shop.dice.before(now, 1, 240);
        let mut messages = Vec::with_capacity(talk.len());
        let mut at = last;
        for (salt, &(author, words)) in talk.iter().enumerate().rev() {
            let data = vec![words.to_owned()];
            messages.push(Message { id: ids::at(at, 4_000 + place), at, visible: at, author, data, image: None });
            at = shop.dice.before(at, 600, 3_600 * (1 + salt as i64));
        }
        messages.reverse();
        let read = messages.iter().rfind(|message| message.author == Author::Seller).map(|message| message.id);
        let chat = Chat {
            kind,
            rank: ids::at(last, 4_000 + place),
            created: messages.first().map_or(last, |message| message.at),
            closed,
            disabled: false,
            buyer: String::new(),
            product: Arc::clone(&product),
            order: None,
            messages,
            read: read.unwrap_or_default(),
            quirks: Quirks { cyrillic: false, label: false, context: Context::Empty },
            follow_ups: 0,
        };
        let id = shop.dice.uuid().to_string();
        shop.insert(id, chat);
    }
}
