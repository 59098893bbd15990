//! The two streams against a list that changes between calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dragoman_channels::Failure;
use dragoman_domain::Timestamp;
use dragoman_domain::incoming::{Cursor, Page};
use serde_json::{Value, json};

use crate::mock::{Reply, Seen};
use crate::shop::{ALL_RIGHTS, NOW, Shop, envelope, question, rights};

const UNANSWERED: &str = "questions_unanswered";
const RECENT: &str = "questions_recent";

/// The second it was asked in, and the answer.
type Asked = (i64, Option<String>);

#[derive(Clone, Default)]
struct Desk {
    questions: Arc<Mutex<BTreeMap<String, Asked>>>,
    /// Whether somebody has viewed everything.
    viewed: Arc<Mutex<bool>>,
}

impl Desk {
    fn ask(&self, id: &str, second: i64) {
        self.questions.lock().unwrap().insert(id.to_owned(), (second, None));
        *self.viewed.lock().unwrap() = false;
    }

    fn answer(&self, id: &str) {
        self.questions.lock().unwrap().get_mut(id).unwrap().1 = Some("Да".to_owned());
    }

    fn view(&self) {
        *self.viewed.lock().unwrap() = true;
    }

    fn reply(&self, seen: &Seen) -> Reply {
        let query: BTreeMap<&str, &str> = seen.query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let number = |name| query.get(name).map(|text| text.parse::<i64>().unwrap());
        let all = self.questions.lock().unwrap();
        let unanswered = all.values().filter(|(_, answer)| answer.is_none()).count();
        let data = match seen.path.as_str() {
            "/api/v1/new-feedbacks-questions" => {
                json!({"hasNewQuestions": !*self.viewed.lock().unwrap() && unanswered > 0, "hasNewFeedbacks": false})
            }
            "/api/v1/questions/count-unanswered" => json!({"countUnanswered": unanswered, "countUnansweredToday": 0}),
            "/api/v1/questions" => {
                let answered = query["isAnswered"] == "true";
                let mut rows: Vec<_> = all
                    .iter()
                    .filter(|(_, (_, answer))| answer.is_some() == answered)
                    .filter(|(_, (at, _))| number("dateFrom").is_none_or(|from| *at >= from))
                    .filter(|(_, (at, _))| number("dateTo").is_none_or(|to| *at <= to))
                    .collect();
                rows.sort_by_key(|(id, (at, _))| (std::cmp::Reverse(*at), (*id).clone()));
                let (skip, take) = (number("skip").unwrap(), number("take").unwrap());
                assert!(skip + take <= 10_000 && query["order"] == "dateDesc", "{}", seen.query);
                let rows: Vec<Value> = rows
                    .into_iter()
                    .skip(skip as usize)
                    .take(take as usize)
                    .map(|(id, (at, answer))| question(id, Timestamp::from_second(*at).unwrap(), answer.as_deref()))
                    .collect();
                json!({"countUnanswered": unanswered, "countArchive": all.len() - unanswered, "questions": rows})
            }
            other => panic!("an unexpected call to {other}"),
        };
        Reply::json(200, &envelope(data))
    }

    async fn open(&self) -> Shop {
        let desk = self.clone();
        Shop::start(rights(ALL_RIGHTS), move |seen| desk.reply(seen)).await
    }
}

fn now() -> i64 {
    NOW.parse::<Timestamp>().unwrap().as_second()
}

fn ids(pages: &[Page]) -> Vec<String> {
    pages.iter().flat_map(|page| &page.conversations).map(|thread| thread.remote_id.to_string()).collect()
}

fn paths(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.path.trim_start_matches("/api/v1/")).collect()
}

#[tokio::test]
async fn a_first_pass_brings_everything_newest_first_once_and_ends_with_a_sweep() {
    let desk = Desk::default();
    for number in 0..1_200 {
        desk.ask(&format!("q{number:04}"), now() - number);
    }
    let shop = desk.open().await;
    let (pages, _, seen) = shop.run(UNANSWERED, Cursor::default(), false).await;
    let ids = ids(&pages);
    assert_eq!(ids, (0..1_200).map(|number| format!("q{number:04}")).collect::<Vec<_>>());
    assert_eq!(seen.len(), 3);
    let sweeps: Vec<_> = pages.iter().map(|page| page.sweep.map(Timestamp::as_second)).collect();
    assert_eq!(sweeps, [None, None, Some(now())], "the sweep counts from the pass's beginning");
    assert_eq!(pages.iter().map(|page| page.left).collect::<Vec<_>>(), [Some(2), Some(1), Some(0)]);
}

#[tokio::test]
async fn questions_answered_during_a_pass_hide_no_others() {
    let desk = Desk::default();
    for number in 0..1_100 {
        desk.ask(&format!("q{number:04}"), now() - number);
    }
    let shop = desk.open().await;
    let first = shop.step(UNANSWERED, &Cursor::default(), false).await.unwrap();
    for number in 0..200 {
        desk.answer(&format!("q{number:04}"));
    }
    let (rest, _, _) = shop.run(UNANSWERED, first.next.clone(), false).await;
    let mut met = ids(&[first]);
    met.extend(ids(&rest));
    assert_eq!(met.len(), 1_100);
}

#[tokio::test]
async fn a_quiet_shop_costs_two_small_calls() {
    let desk = Desk::default();
    desk.ask("old", now() - 1_000);
    desk.view();
    let shop = desk.open().await;
    let (_, cursor, _) = shop.run(UNANSWERED, Cursor::default(), false).await;
    let (pages, _, seen) = shop.run(UNANSWERED, cursor, false).await;
    assert_eq!(paths(&seen), ["new-feedbacks-questions", "questions/count-unanswered"]);
    assert!(ids(&pages).is_empty() && pages.iter().all(|page| page.sweep.is_none()));
}

#[tokio::test]
async fn a_new_question_is_found_by_the_flag_without_listing_the_rest() {
    let desk = Desk::default();
    desk.ask("old", now() - 1_000);
    let shop = desk.open().await;
    let (_, cursor, _) = shop.run(UNANSWERED, Cursor::default(), false).await;
    desk.ask("new", now() - 1_000);
    desk.ask("newer", now() - 10);
    let (pages, cursor, seen) = shop.run(UNANSWERED, cursor, false).await;
    assert_eq!(ids(&pages), ["newer", "new"], "the one of a second known before among them");
    assert_eq!(paths(&seen), ["new-feedbacks-questions", "questions"]);
    assert!(seen[1].query.contains(&format!("dateFrom={}", now() - 1_000)), "{}", seen[1].query);
    let (pages, _, seen) = shop.run(UNANSWERED, cursor, false).await;
    assert!(ids(&pages).is_empty(), "still unviewed, but nothing new");
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn a_question_somebody_viewed_before_us_is_found_by_the_count() {
    let desk = Desk::default();
    desk.ask("old", now() - 1_000);
    let shop = desk.open().await;
    let (_, cursor, _) = shop.run(UNANSWERED, Cursor::default(), false).await;
    desk.ask("new", now() - 10);
    desk.view();
    let (pages, _, _) = shop.run(UNANSWERED, cursor, false).await;
    assert_eq!(ids(&pages), ["new", "old"]);
}

#[tokio::test]
async fn an_answer_given_elsewhere_leads_to_a_pass_with_a_sweep() {
    let desk = Desk::default();
    desk.ask("one", now() - 1_000);
    desk.ask("two", now() - 900);
    let shop = desk.open().await;
    let (_, cursor, _) = shop.run(UNANSWERED, Cursor::default(), false).await;
    desk.answer("one");
    let (pages, _, _) = shop.run(UNANSWERED, cursor, false).await;
    assert_eq!(ids(&pages), ["two"]);
    assert!(pages.last().unwrap().sweep.is_some());
}

#[tokio::test]
async fn a_pass_is_made_every_quarter_of_an_hour_even_if_nothing_seems_new() {
    let desk = Desk::default();
    desk.ask("old", now() - 1_000);
    desk.view();
    let shop = desk.open().await;
    let (_, cursor, _) = shop.run(UNANSWERED, Cursor::default(), false).await;
    shop.clock.advance(Duration::from_secs(901));
    let (pages, _, seen) = shop.run(UNANSWERED, cursor, false).await;
    assert_eq!(paths(&seen), ["questions"]);
    assert!(pages.last().unwrap().sweep.is_some());
}

#[tokio::test]
async fn a_cursor_that_cannot_be_read_starts_over() {
    let desk = Desk::default();
    desk.ask("old", now() - 1_000);
    let shop = desk.open().await;
    for cursor in ["", "{", "null", "{\"at\":\"elsewhere\"}"] {
        let (pages, _, _) = shop.run(UNANSWERED, Cursor(cursor.to_owned()), false).await;
        assert_eq!(ids(&pages), ["old"], "{cursor}");
    }
}

#[tokio::test]
async fn history_is_as_long_as_the_pack_says_and_all_of_it_when_asked_for() {
    let desk = Desk::default();
    for (id, days) in [("today", 0), ("spring", 200), ("month", 30), ("years", 1_000)] {
        desk.ask(id, now() - days * 86_400 - 5);
        desk.answer(id);
    }
    let shop = desk.open().await;
    let (pages, cursor, _) = shop.run(RECENT, Cursor::default(), false).await;
    assert_eq!(ids(&pages), ["today", "month"]);
    assert!(pages.iter().all(|page| page.sweep.is_none()));
    let (pages, cursor, _) = shop.run(RECENT, cursor, true).await;
    assert_eq!(ids(&pages), ["spring", "years"], "only what was not read before");
    let (pages, _, _) = shop.run(RECENT, cursor, true).await;
    assert_eq!(ids(&pages), ["today"], "then the recent window again");
}

#[tokio::test]
async fn what_was_asked_and_answered_elsewhere_while_we_were_away_is_found() {
    let desk = Desk::default();
    let shop = desk.open().await;
    let (_, cursor, _) = shop.run(RECENT, Cursor::default(), false).await;
    shop.clock.advance(Duration::from_secs(21 * 86_400));
    for day in 0..21 {
        desk.ask(&format!("day{day:02}"), now() + day * 86_400);
        desk.answer(&format!("day{day:02}"));
    }
    let (pages, _, _) = shop.run(RECENT, cursor, false).await;
    assert_eq!(ids(&pages).len(), 21);
    assert_eq!(pages[0].conversations[0].messages.len(), 2, "question and answer");
}

#[tokio::test]
async fn one_bad_question_is_set_aside_and_the_pass_goes_on() {
    let at = NOW.parse().unwrap();
    let mut bad = question("bad", at, None);
    bad["createdDate"] = json!("вчера");
    let list = json!({"countUnanswered": 3, "questions": [question("one", at, None), bad, Value::Null, question("two", at, None)]});
    let shop = Shop::saying(Reply::json(200, &envelope(list))).await;
    let page = shop.step(UNANSWERED, &Cursor::default(), false).await.unwrap();
    assert_eq!(ids(std::slice::from_ref(&page)), ["one", "two"]);
    assert_eq!((page.unreadable.len(), page.unreadable[0].remote_id.as_str()), (2, "bad"));
    assert_eq!(page.unreadable[0].stream, UNANSWERED);
    assert!(page.unreadable[0].raw.contains("вчера") && !page.unreadable[0].cause.contains("Вопрос"));
    assert!(page.sweep.is_some() && !page.more);
}

#[tokio::test]
async fn static_paging_ends_with_a_clear_word() {
    let at: Timestamp = NOW.parse().unwrap();
    let rows: Vec<Value> = (0..500)
        .map(|number| question(&format!("q{number}"), Timestamp::from_second(at.as_second() - number).unwrap(), None))
        .collect();
    let shop = Shop::saying(Reply::json(200, &envelope(json!({"countUnanswered": 24, "questions": rows})))).await;
    let mut cursor = Cursor::default();
    for _ in 0..10 {
        match shop.step(UNANSWERED, &cursor, false).await {
            Ok(page) => {
                assert!(page.more && page.sweep.is_none(), "a pass that proves nothing must not end with a sweep");
                cursor = page.next;
            }
            Err(failure) => {
                return assert!(
                    matches!(&failure, Failure::Endless { why } if why.contains("same page")),
                    "{failure:?}"
                );
            }
        }
    }
    panic!("it goes on and on");
}

#[tokio::test]
async fn a_generic_mocks_single_example_is_one_question_and_the_end() {
    let at = "2022-02-01T11:18:08.769513469Z".parse().unwrap();
    let list =
        json!({"countUnanswered": 24, "countArchive": 508, "questions": [question("2ncBtX4B9I0UHoornoqG", at, None)]});
    let shop = Shop::saying(Reply::json(200, &envelope(list))).await;
    let (pages, _, seen) = shop.run(UNANSWERED, Cursor::default(), false).await;
    assert_eq!(ids(&pages), ["2ncBtX4B9I0UHoornoqG"]);
    assert_eq!(seen.len(), 2);
}

/// Sixty questions on the list, of sixty-one that are counted.
fn one_too_many(seen: &Seen) -> Reply {
    let newest = NOW.parse::<Timestamp>().unwrap().as_second() - 60;
    let query: BTreeMap<&str, &str> = seen.query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let to = query.get("dateTo").map_or(i64::MAX, |to| to.parse().unwrap());
    let shown = (0..60).map(|number| (number, newest - number)).filter(|(_, at)| *at <= to);
    let rows: Vec<Value> =
        shown.map(|(number, at)| question(&format!("q{number}"), Timestamp::from_second(at).unwrap(), None)).collect();
    let data = match seen.path.as_str() {
        "/api/v1/questions" => json!({"countUnanswered": 61, "questions": rows}),
        "/api/v1/questions/count" => json!(61),
        "/api/v1/questions/count-unanswered" => json!({"countUnanswered": 61, "countUnansweredToday": 0}),
        _ => json!({"hasNewQuestions": false, "hasNewFeedbacks": false}),
    };
    Reply::json(200, &envelope(data))
}

#[tokio::test]
async fn what_is_counted_and_never_shown_is_told_once_and_the_polling_goes_on() {
    let shop = Shop::start(rights(ALL_RIGHTS), one_too_many).await;
    let (mut cursor, mut swept) = (Cursor::default(), false);
    let failure = loop {
        match shop.step(UNANSWERED, &cursor, false).await {
            Ok(page) => {
                assert!(page.more, "the word is still to be said");
                swept |= page.sweep.is_some();
                cursor = page.next;
            }
            Err(failure) => break failure,
        }
    };
    assert!(matches!(&failure, Failure::Incomplete { why } if why.contains("counts 1 more")), "{failure:?}");
    assert!(swept, "what was answered elsewhere is found all the same");
    for minutes in [3, 20] {
        shop.clock.advance(Duration::from_secs(minutes * 60));
        let (pages, next, _) = shop.run(UNANSWERED, cursor, false).await;
        assert!(!pages.is_empty(), "nothing is told anew");
        cursor = next;
    }
}
