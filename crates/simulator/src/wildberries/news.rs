//! News of the portal.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde_json::{Value, json};

use crate::{
    platform::{Answer, Call},
    time::{after, moscow},
};

/// Most that one answer holds (specification, 2026-10).
const PAGE: usize = 100;
const FIRST_ID: i64 = 7_369;
const COUNT: i64 = 130;

const PIECES: &[(&str, &str, i64, &str)] = &[
    (
        "Изменения в API «Вопросы и отзывы»",
        "Добавили описание поля answer.state. Подробности — в журнале изменений.",
        8,
        "API",
    ),
    (
        "График работы складов в праздники",
        "Склады принимают поставки по обычному расписанию, кроме 1 января.",
        12,
        "Поставки",
    ),
    (
        "Новые правила рассмотрения заявок на возврат",
        "Ответить на заявку можно из карточки заявки или через API.",
        25,
        "Возвраты",
    ),
    ("Рекомендации по ответам покупателям", "Отвечайте в чатах с покупателями как можно раньше.", 4, "Маркетинг"),
];

/// A refusal without a word (specification, 2026-10).
pub(crate) fn refusal() -> Answer {
    Answer::bytes(StatusCode::BAD_REQUEST, "text/plain", "")
}

/// `GET /api/communications/v2/news`: from a day or from an id on, oldest first.
pub(crate) fn list(begin: Timestamp, call: &Call) -> Answer {
    let day = call.query("from").map(str::parse::<Date>).transpose();
    let id = call.query("fromID").map(str::parse::<i64>).transpose();
    let (Ok(day), Ok(id)) = (day, id) else { return refusal() };
    if day.is_none() && id.is_none() {
        return refusal();
    }
    // One piece every other day; the youngest came out as the world began.
    let at = |number: i64| after(begin, -SignedDuration::from_hours(48 * (COUNT - 1 - number)));
    let rows: Vec<Value> = (0..COUNT)
        .filter(|&number| id.is_none_or(|id| FIRST_ID + number >= id))
        .map(|number| (number, moscow(at(number))))
        .filter(|(_, date)| day.is_none_or(|day| date.get(..10).is_some_and(|date| *date >= *day.to_string())))
        .take(PAGE)
        .filter_map(|(number, date)| {
            let (header, content, kind, name) = PIECES.get(usize::try_from(number).ok()? % PIECES.len())?;
            Some(json!({
                "content": content,
                "date": date,
                "header": header,
                "id": FIRST_ID + number,
                "types": [{ "id": kind, "name": name }],
            }))
        })
        .collect();
    Answer::ok(json!({ "data": rows }))
}
