//! The people of the shops: they read, answer, decide, attach, change and take back, through the API.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dragoman_api::{ErrorCode, Problem};
use dragoman_hub::Api;
use dragoman_tests::house::House;
use dragoman_tests::house::deed::{self, PICTURE};
use dragoman_tests::house::ledger::Promise;
use dragoman_tests::house::process::Process;
use http::Method;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

/// An action that is about to be handed in.
pub(crate) struct Deed {
    conversation: i64,
    body: Value,
    key: Uuid,
    sort: &'static str,
}

/// What became of a deed: its item, or why there is none.
type Heard = (Deed, Result<Value, Problem>);

/// Everybody who answers.
pub(crate) struct Desk {
    house: Arc<House>,
    api: Option<Api>,
    shops: Vec<i64>,
    busy: HashSet<i64>,
    knocking: JoinSet<Heard>,
    sorts: Vec<&'static str>,
    /// What the owners said is in the outbox.
    pub(crate) promises: Vec<Promise>,
    /// Actions that were refused at once, by the code.
    pub(crate) refused: BTreeMap<String, usize>,
    /// Calls made while an owner lived.
    pub(crate) calls: usize,
    /// Real seconds of each.
    pub(crate) took: Vec<f64>,
    /// Calls that nobody answered, or that failed inside.
    pub(crate) unanswered: Vec<String>,
}

impl Desk {
    pub(crate) fn new(house: &Arc<House>, numbers: &BTreeMap<String, i64>) -> Self {
        Self {
            house: Arc::clone(house),
            api: None,
            shops: numbers.values().copied().collect(),
            busy: HashSet::new(),
            knocking: JoinSet::new(),
            sorts: Vec::new(),
            promises: Vec::new(),
            refused: BTreeMap::new(),
            calls: 0,
            took: Vec::new(),
            unanswered: Vec::new(),
        }
    }

    /// Waits until a new owner answers with its vault open.
    pub(crate) async fn meets_owner(&mut self, owner: &mut Process) {
        self.api = None;
        loop {
            assert!(!owner.has_ended().unwrap(), "an owner ends only when it is killed");
            if let Some(api) = self.house.api().await {
                let keys = api.call(Method::GET, "/api/vault", None).await;
                if keys.is_ok_and(|keys| keys["ready"] == true) {
                    self.api = Some(api);
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn call(&mut self, method: Method, path: &str, body: Option<Value>) -> Option<Value> {
        let api = self.api.as_ref().expect("the people of this campaign ask while there is an owner");
        let began = Instant::now();
        let answer = api.call(method, path, body).await;
        self.calls += 1;
        self.took.push(began.elapsed().as_secs_f64());
        match answer {
            Ok(answer) => Some(answer),
            Err(problem) => {
                self.note(path, &problem);
                None
            }
        }
    }

    /// A refusal is an answer; a fault inside or nobody there is none.
    fn note(&mut self, what: &str, problem: &Problem) {
        let word = format!("{:?}", problem.code);
        if matches!(problem.code, ErrorCode::Internal | ErrorCode::HomeInUse | ErrorCode::Stopping) {
            self.unanswered.push(format!("{what}: {problem}"));
        }
        *self.refused.entry(word).or_default() += 1;
    }

    /// What the screens ask for all the time.
    pub(crate) async fn looks(&mut self, dice: &mut StdRng) {
        let paths = ["/api/conversations?folder=needs&limit=50", "/api/counts", "/api/outbox?limit=50", "/api/shops"];
        for path in paths {
            self.call(Method::GET, path, None).await;
        }
        let word = ["доставка", "退货", "заказ", "№0000012"].choose(dice).unwrap();
        let query: String = url::form_urlencoded::byte_serialize(word.as_bytes()).collect();
        self.call(Method::GET, &format!("/api/search?q={query}&limit=20"), None).await;
    }

    /// Prepares so many actions in conversations that nobody works on.
    pub(crate) async fn deeds(&mut self, count: usize, dice: &mut StdRng) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let mut tries = 0;
        while deeds.len() < count && tries < count * 6 + 6 {
            tries += 1;
            let shop = *self.shops.choose(dice).unwrap();
            let (kind, turn) = match dice.random_range(0..100) {
                0..45 => ("chat", "ours"),
                45..65 => ("question", "ours"),
                65..82 => ("review", "ours"),
                82..90 => ("claim", "ours"),
                90..92 => ("ticket", "ours"),
                92..96 => ("question", "none"),
                _ => ("review", "none"),
            };
            let turn = if turn == "ours" { "&turn=ours" } else { "" };
            let path = format!("/api/conversations?shop={shop}&kind={kind}{turn}&limit=100");
            let Some(page) = self.call(Method::GET, &path, None).await else { continue };
            let free = |row: &&Value| row["id"].as_i64().is_some_and(|id| !self.busy.contains(&id));
            let rows: Vec<&Value> = page["rows"].as_array().unwrap().iter().filter(free).collect();
            let Some(id) = rows.choose(dice).and_then(|row| row["id"].as_i64()) else { continue };
            let Some(detail) = self.call(Method::GET, &format!("/api/conversations/{id}?limit=5"), None).await else {
                continue;
            };
            let number = self.sorts.len() + deeds.len();
            if let Some((sort, body)) = self.chosen(&detail, turn.is_empty(), number, dice).await {
                if sort != "reply" || kind != "chat" {
                    self.busy.insert(id);
                }
                deeds.push(Deed { conversation: id, body, key: Uuid::from_u128(dice.random()), sort });
            }
        }
        deeds
    }

    /// What to do in a conversation, among what it offers.
    async fn chosen(
        &mut self,
        detail: &Value,
        answered: bool,
        number: usize,
        dice: &mut StdRng,
    ) -> Option<(&'static str, Value)> {
        let offers = |name: &str| {
            detail["actions"].as_array().is_some_and(|actions| actions.iter().any(|it| it["action"] == name))
        };
        let text = format!("Здравствуйте! Ответ {number}: всё проверим.");
        if answered {
            let own = detail["messages"].as_array()?.iter().rev().find(|message| message["direction"] == "out");
            let target = own?["id"].as_i64()?;
            if offers("edit") && detail["editable"] == true {
                return Some(("edit", json!({ "action": "edit", "text": text, "undo_s": 0 })));
            }
            let deletes = offers("delete") && own?["version"] != 0;
            return deletes.then(|| ("delete", json!({ "action": "delete", "target": target, "undo_s": 0 })));
        }
        let kind = detail["kind"].as_str()?;
        let acts: Vec<&Value> = detail["offers"].as_array()?.iter().collect();
        if kind == "claim" || (!acts.is_empty() && kind != "chat" && dice.random_bool(0.05)) {
            let offer = acts.choose(dice)?;
            return Some(("act", deed::act(offer)));
        }
        if kind == "question" && offers("reject") && dice.random_bool(0.05) {
            return Some(("reject", json!({ "action": "reject", "text": text, "undo_s": 0 })));
        }
        if !offers("reply") {
            return None;
        }
        let mut body = deed::reply(&text, 0);
        if kind == "chat" && dice.random_bool(0.15) {
            let key = Uuid::from_u128(dice.random());
            let api = self.api.as_ref()?;
            let path = format!("/api/uploads?name=photo-{number}.png");
            match api.upload(&path, PICTURE.into(), key).await {
                Ok(_) => body["files"] = json!([key]),
                Err(problem) => self.note("an upload", &problem),
            }
            return Some(("reply with a file", body));
        }
        Some(("reply", body))
    }

    /// Hands them in and hears what becomes of them.
    pub(crate) async fn hands_in(&mut self, deeds: Vec<Deed>) {
        for deed in deeds {
            let api = self.api.as_ref().expect("there is an owner");
            let path = format!("/api/conversations/{}/actions", deed.conversation);
            let began = Instant::now();
            let answer = api.call_with_key(Method::POST, &path, Some(deed.body.clone()), deed.key).await;
            self.calls += 1;
            self.took.push(began.elapsed().as_secs_f64());
            self.hears((deed, answer));
        }
    }

    /// Hands them in side by side, again and again while nobody answers.
    pub(crate) fn hands_in_meanwhile(&mut self, deeds: Vec<Deed>) {
        for deed in deeds {
            let house = Arc::clone(&self.house);
            self.knocking.spawn(async move {
                let answer = house.act(deed.conversation, &deed.body, deed.key).await;
                (deed, answer)
            });
        }
    }

    /// Waits for the answers to what was handed in meanwhile.
    pub(crate) async fn hears_all(&mut self) {
        while let Some(heard) = self.knocking.join_next().await {
            self.calls += 1;
            self.hears(heard.unwrap());
        }
    }

    fn hears(&mut self, (deed, answer): Heard) {
        match answer {
            Ok(item) => {
                // An answer with a file may leave in parts; the key is that of the first, which has the words.
                let text = deed.body["text"].as_str().unwrap_or_default().to_owned();
                assert!(item["id"].is_i64(), "an item has a number: {item}");
                self.promises.push(Promise { uid: deed.key, text });
                self.sorts.push(deed.sort);
            }
            Err(problem) => self.note(&format!("{} in {}", deed.sort, deed.conversation), &problem),
        }
    }

    /// Has shops that rest because of their key looked at again.
    pub(crate) async fn checks_paused_shops(&mut self) {
        let shops = self.call(Method::GET, "/api/shops", None).await.unwrap();
        for shop in shops["rows"].as_array().unwrap() {
            if shop["pause"] != "" {
                self.call(Method::POST, &format!("/api/shops/{}/check", shop["id"]), None).await;
            }
        }
    }

    /// Promises by what they are.
    pub(crate) fn tally(&self) -> BTreeMap<&str, usize> {
        let mut tally = BTreeMap::new();
        for sort in &self.sorts {
            *tally.entry(*sort).or_default() += 1;
        }
        tally
    }
}
