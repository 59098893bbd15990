//! How chats grow: a script, its moments, and the oddities the contract knows.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    archive::Archive,
    chat::{Author, BUYER, Chat, Context, Image, Message, Quirks},
    ids,
    postings::Posting,
    product::Product,
    shop::Shop,
};
use crate::{
    Options,
    time::after,
    world::{
        dice::Dice,
        words::{ALWAYS_TALKED, DIALOGUES, Dialogue, Speaker},
    },
};

const DAY: i64 = 86_400;
/// First group of the order numbers of archived chats; the others begin with a zero or one.
const OLD_ORDERS: usize = 3_000_000_000;

pub(crate) fn grow_chat(shop: &mut Shop, options: &Options, place: usize, now: Timestamp) {
    let dice = &mut shop.dice;
    let always = place < ALWAYS_TALKED;
    let script = if always { DIALOGUES.get(place) } else { dice.one(DIALOGUES) };
    let (Some(&script), Some(product)) = (script, dice.one(&shop.products).cloned()) else { return };
    let answered = if always { place.is_multiple_of(2) } else { dice.chance(options.size.answered) };
    let answers: Vec<usize> = answers(script).collect();
    // An answered chat runs to the end of its script, another stops before one of the seller's lines.
    let end = if answered { script.len() } else { dice.one(&answers).copied().unwrap_or(script.len()) };
    let history = options.size.history_days.max(1) * DAY;
    // An answer may be sent for 48 hours only, so what awaits one is fresh, and one in ten is a lost cause.
    let fresh = !answered && (always || dice.chance(0.9));
    let last = if fresh { dice.before(now, 300, 40 * 3_600) } else { dice.before(now, history.min(3 * DAY), history) };
    let moments = moments(dice, last, end);
    let at = moments.first().map_or(last, |&first| dice.before(first, 120, 5 * 3_600));
    let order = dice.chance(0.6).then(|| {
        let postings = Posting::grow(dice, &product, after(at, SignedDuration::from_secs(-DAY)));
        let number = postings.first().map(|posting| posting.order.clone());
        shop.postings.extend(postings);
        number
    });
    let mut chat = Chat {
        kind: if dice.chance(0.1) { "BUYER_SELLER_SELECT" } else { BUYER },
        rank: ids::at(last, place),
        created: at,
        closed: false,
        disabled: !always && dice.chance(0.03),
        buyer: (100_000 + dice.below(90_000_000)).to_string(),
        product,
        order: order.flatten(),
        messages: Vec::new(),
        read: 0,
        quirks: quirks(dice, place),
        follow_ups: 0,
    };
    chat.messages = spoken_lines(script, &moments, &chat.product, place, || dice.uuid().simple().to_string());
    if place % 25 == 7 {
        // Seen in production: a message without any content.
        if let Some(first) = chat.messages.first_mut() {
            first.data.clear();
        }
    }
    if place == 5
        && let Some(last) = chat.messages.last_mut()
    {
        last.id = ids::oversized(last.id);
    }
    if place == 6
        && let Some(first) = chat.messages.first_mut()
    {
        first.author = Author::Courier;
    }
    let own = chat.last_of(Author::Seller).map(|message| message.id);
    chat.read = own.unwrap_or_default();
    let id = shop.dice.uuid().to_string();
    shop.insert(id, chat);
}

/// Chat number so and so of an archive: answered and read, unless it is one of those that wait.
pub(crate) fn old_chat(archive: &Archive, number: usize) -> Option<Chat> {
    let dice = &mut archive.dice(number);
    let script = dice.one(DIALOGUES).copied().unwrap_or_default();
    let waits = archive.waits(number);
    let end = if waits { answers(script).next() } else { None };
    let moments = moments(dice, archive.moment(number), end.unwrap_or(script.len()));
    let created = moments.first().copied().unwrap_or(archive.moment(number));
    let product = archive.product(number)?;
    let mut pictures = 0;
    let messages = spoken_lines(script, &moments, product, super::archive::SALT, || {
        pictures += 1;
        format!("{}/{pictures}", archive.id(number))
    });
    let last = messages.last().map_or(0, |message| message.id);
    Some(Chat {
        kind: BUYER,
        rank: archive.rank(number),
        created,
        closed: false,
        disabled: dice.chance(0.03),
        buyer: (100_000 + dice.below(90_000_000)).to_string(),
        product: Arc::clone(product),
        order: dice.chance(0.6).then(|| old_order(number)),
        messages,
        read: if waits { 0 } else { last },
        quirks: quirks(dice, number),
        follow_ups: 0,
    })
}

fn old_order(number: usize) -> String {
    format!("{:010}-{:04}", OLD_ORDERS + number, 1 + number % 9_000)
}

/// The postings of an order of an archived chat.
pub(crate) fn old_postings(archive: &Archive, order: &str) -> Vec<Posting> {
    let first = order.split('-').next().and_then(|group| group.parse::<usize>().ok());
    let number = first.and_then(|group| group.checked_sub(OLD_ORDERS)).filter(|&number| number < archive.count);
    let Some(number) = number.filter(|&number| old_order(number) == order) else { return Vec::new() };
    let Some(chat) = old_chat(archive, number).filter(|chat| chat.order.is_some()) else { return Vec::new() };
    let bought = after(chat.created, SignedDuration::from_secs(-DAY));
    Posting::of_order(&mut archive.dice(number), order, &chat.product, bought)
}

/// Places of the seller's lines in a script.
fn answers(script: Dialogue) -> impl Iterator<Item = usize> {
    script.iter().enumerate().filter(|(_, (speaker, _))| *speaker == Speaker::Seller).map(|(at, _)| at)
}

/// So many moments that end at `last`.
fn moments(dice: &mut Dice, last: Timestamp, count: usize) -> Vec<Timestamp> {
    let mut moments = Vec::with_capacity(count);
    let mut at = last;
    for _ in 0..count {
        moments.push(at);
        at = dice.before(at, 120, 5 * 3_600);
    }
    moments.reverse();
    moments
}

/// As much of a script as there are moments.
fn spoken_lines(
    script: Dialogue,
    moments: &[Timestamp],
    product: &Product,
    place: usize,
    mut name_picture: impl FnMut() -> String,
) -> Vec<Message> {
    let lines = script.iter().zip(moments);
    let message = |(&(speaker, words), &at): (&(Speaker, &str), &Timestamp)| {
        let (data, image) = spoken(speaker, &words.replace("{item}", product.good.name), place, &mut name_picture);
        let author = if speaker == Speaker::Seller { Author::Seller } else { Author::Customer };
        Message { id: ids::at(at, place), at, visible: at, author, data, image }
    };
    lines.map(message).collect()
}

/// The content of a line: pictures come alone, after the words, or in the middle of them.
fn spoken(
    speaker: Speaker,
    words: &str,
    place: usize,
    name_picture: impl FnOnce() -> String,
) -> (Vec<String>, Option<Image>) {
    if speaker != Speaker::Picture {
        return (vec![words.to_owned()], None);
    }
    let picture = format!("![](https://api-seller.ozon.ru/v2/chat/file/messenger/{}.jpg)", name_picture());
    let data = match (words.is_empty(), place % 2) {
        (true, _) => vec![picture],
        (false, 0) => vec![words.to_owned(), picture],
        (false, _) => vec![format!("{words} {picture}")],
    };
    let state = match place % 9 {
        8 => "MODERATION",
        4 => "FAILED",
        _ => "SUCCESS",
    };
    (data, Some(Image::Settled(state)))
}

pub(crate) fn quirks(dice: &mut Dice, place: usize) -> Quirks {
    Quirks {
        cyrillic: place % 3 == 1,
        label: place % 4 == 2,
        context: *dice
            .one(&[Context::Full, Context::Full, Context::Full, Context::Empty, Context::Null, Context::Missing])
            .unwrap_or(&Context::Full),
    }
}
