//! The buyers, and Ozon's people, who write through the day.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use dragoman_tests::house::House;
use dragoman_tests::house::snapshot::Snapshot;
use rand::rngs::StdRng;
use rand::{Rng as _, seq::IndexedRandom as _};
use serde_json::{Value, json};

use super::texts;

/// Said now and then, and to be found in the inbox only.
pub(crate) const PHONE: &str = "+79215557391";
/// The same.
pub(crate) const NAME: &str = "Канарейкина Ольга Ильинична";
/// Talks of a shop that go on side by side; older ones come to rest.
const TALKS: usize = 60;

/// Everybody who writes.
pub(crate) struct Crowd {
    house: Arc<House>,
    shops: Vec<(String, String)>,
    /// By shop and kind.
    talks: HashMap<(usize, &'static str), Vec<String>>,
    /// Shop and kind of each message, by its number.
    said: Vec<(usize, &'static str)>,
}

impl Crowd {
    pub(crate) fn new(house: &Arc<House>) -> Self {
        let shops = house.world().shops().iter().map(|shop| (shop.channel.clone(), shop.name.clone())).collect();
        let mut crowd = Self { house: Arc::clone(house), shops, talks: HashMap::new(), said: Vec::new() };
        let snapshot = house.snapshot().unwrap();
        // Tickets are opened by the seller; those there are at the beginning go on.
        for (place, (_, shop)) in crowd.shops.iter().enumerate() {
            let tickets = format!(
                "SELECT c.remote_id FROM conversation c JOIN shop s ON s.id = c.shop
                 WHERE s.name = '{shop}' AND c.kind = 'ticket' AND c.closed = 0"
            );
            crowd.talks.insert((place, "ticket"), texts(&snapshot, &tickets));
        }
        crowd
    }

    /// Some write now.
    pub(crate) async fn writes(&mut self, count: usize, dice: &mut StdRng) {
        for _ in 0..count {
            let shop = dice.random_range(0..self.shops.len());
            let kind = match (self.shops[shop].0.as_str(), dice.random_range(0..100)) {
                (_, 0..55) => "chat",
                (_, 55..76) => "question",
                (_, 76..92) => "review",
                ("ozon", 92..94) => "cancellation",
                ("ozon", 94..96) => "ticket",
                _ => "claim",
            };
            self.says(shop, kind, dice).await;
        }
    }

    async fn says(&mut self, shop: usize, kind: &'static str, dice: &mut StdRng) {
        let number = self.said.len();
        let words = ["Когда доставка?", "Размер не подошёл, 退货.", "Спасибо, всё хорошо!", "Где мой заказ? 物流"];
        let mut text = format!("№{number:07} {}", words.choose(dice).unwrap());
        if number.is_multiple_of(11) {
            text = format!("{text} Звоните {PHONE}, {NAME}");
        }
        let name = &self.shops[shop].1;
        let talks = self.talks.entry((shop, kind)).or_default();
        // Wildberries' questions have one turn each, and a claim is told once.
        let goes_on = match kind {
            "ticket" => true,
            "chat" => talks.len() >= TALKS / 3 && dice.random_bool(0.85),
            "question" | "review" => !talks.is_empty() && dice.random_bool(0.1),
            _ => false,
        };
        let in_talk = talks.choose(dice).cloned().filter(|_| goes_on);
        let mut asked = match &in_talk {
            Some(conversation) => json!({ "shop": name, "conversation": conversation, "text": text }),
            None => json!({ "shop": name, "kind": kind, "text": text }),
        };
        if kind == "ticket" && in_talk.is_none() {
            asked["kind"] = "chat".into();
        }
        if kind == "review" && in_talk.is_none() && self.shops[shop].0 == "wildberries" {
            asked["stars"] = dice.random_range(1..=5).into();
        }
        if kind == "chat" && self.shops[shop].0 == "wildberries" && dice.random_bool(0.05) {
            asked["with"] = json!(["picture"]);
        }
        // Not every order can be claimed twice, nor every talk be taken up again: then it is a question.
        let (kind, answer) = match self.house.control("buyer", &asked).await {
            Ok(answer) => (kind, answer),
            Err(_) => {
                let asked = json!({ "shop": name, "kind": "question", "text": text });
                ("question", self.house.control("buyer", &asked).await.unwrap())
            }
        };
        let id = answer.get("conversation").and_then(Value::as_str).unwrap().to_owned();
        let talks = self.talks.entry((shop, kind)).or_default();
        if !talks.contains(&id) {
            talks.push(id);
            if talks.len() > TALKS {
                talks.remove(0);
            }
        }
        self.said.push((shop, kind));
    }

    /// How much was written.
    pub(crate) fn written(&self) -> usize {
        self.said.len()
    }

    /// By kind.
    pub(crate) fn tally(&self) -> BTreeMap<&str, usize> {
        let mut tally = BTreeMap::new();
        for (_, kind) in &self.said {
            *tally.entry(*kind).or_default() += 1;
        }
        tally
    }

    /// What of it is not in the inbox exactly once, in the shop it was written to; and how much of it is only among what was put
    /// aside as unreadable, with its text, where a person sees it.
    pub(crate) fn apart(&self, snapshot: &Snapshot) -> (Vec<String>, usize) {
        let mut stored = numbers(
            snapshot,
            "SELECT s.name, m.text FROM message m JOIN shop s ON s.id = m.shop WHERE m.direction <> 'out'",
        );
        let aside = numbers(snapshot, "SELECT s.name, q.raw FROM quarantine q JOIN shop s ON s.id = q.shop");
        let (mut apart, mut only_aside) = (Vec::new(), 0);
        for (number, (shop, kind)) in self.said.iter().enumerate() {
            let place = (self.shops[*shop].1.clone(), number);
            match stored.remove(&place).unwrap_or(0) {
                1 => {}
                0 if aside.contains_key(&place) => only_aside += 1,
                times => apart.push(format!("{kind} №{number:07} to {} is stored {times} times", place.0)),
            }
        }
        apart.extend(stored.keys().map(|(shop, number)| format!("№{number:07} is in {shop}, where nobody wrote it")));
        (apart, only_aside)
    }
}

/// How often each number is in the texts of each shop.
fn numbers(snapshot: &Snapshot, sql: &str) -> HashMap<(String, usize), usize> {
    let mut found = HashMap::new();
    let mut statement = snapshot.inbox.prepare(sql).unwrap();
    let texts = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    for (shop, text) in texts.map(Result::unwrap) {
        for number in text.split('№').skip(1).filter_map(|rest| rest.get(..7)?.parse().ok()) {
            *found.entry((shop.clone(), number)).or_default() += 1;
        }
    }
    found
}
