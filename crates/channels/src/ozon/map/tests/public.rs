use dragoman_domain::offer::Effect;
use dragoman_domain::outbox::Publication;
use dragoman_domain::review::Purchase;
use serde_json::{Value, json};

use super::super::{question, review};
use super::*;

// Shapes as documented for /v1/question/* and /v2/review/*, Ozon 2026-09; contents are made up.

fn asked() -> Value {
    json!({
        "id": "019294ff-6888-7009-89d8-26569e4e450d", "sku": 646_399_170, "text": "Можно выбрать цвет?",
        "author_name": "Пользователь OZON", "status": "NEW", "answers_count": 0, "published_at": "2026-04-02T10:09:29.099284Z",
        "product_url": "https://www.ozon.ru/product/646399170/", "question_link": "https://www.ozon.ru/product/646399170/questions/?qid=290125772",
    })
}

fn with(mut json: Value, changes: Value) -> String {
    for (field, value) in changes.as_object().unwrap() {
        json[field] = value.clone();
    }
    json.to_string()
}

#[test]
fn a_question_is_one_message_of_the_buyer() {
    let raw = asked().to_string();
    let question = question::question(&raw).unwrap();
    let (thread, facts) = (&question.conversation, &question.conversation.facts);
    assert_eq!((thread.kind, thread.remote_id.as_str()), (Kind::Question, "019294ff-6888-7009-89d8-26569e4e450d"));
    assert_eq!((question.sku.as_str(), question.answers, question.mark.as_str()), ("646399170", 0, "NEW:0"));
    let [message] = thread.messages.as_slice() else { panic!("{thread:?}") };
    assert_eq!((message.direction, message.raw.as_str()), (Direction::In, raw.as_str()));
    assert_eq!(message.remote_id.as_str(), "q:019294ff-6888-7009-89d8-26569e4e450d");
    assert_eq!((facts.settled, facts.seen, facts.buyer.as_deref()), (Some(false), Some(false), None));
    assert_eq!(facts.product.as_ref().unwrap().key, "646399170");
    let offers = facts.offers.as_ref().unwrap();
    assert_eq!((offers[0].name.as_str(), offers[0].effect), ("processed", Effect::Settle));
}

#[test]
fn a_processed_question_asks_nothing_more() {
    let read = |changes| question::question(&with(asked(), changes)).unwrap().conversation.facts;
    let processed = read(json!({"status": "PROCESSED", "answers_count": "2", "author_name": "Анна"}));
    assert_eq!(
        (processed.settled, processed.offers, processed.buyer.as_deref()),
        (Some(true), Some(vec![]), Some("Анна"))
    );
    assert_eq!(read(json!({"status": "UNPROCESSED"})).settled, Some(false));
    assert_eq!(read(json!({"status": "SLEEPING"})).settled, None, "an unknown word decides nothing");
    assert_eq!(
        read(json!({"product_url": "https://evil.example/"})).product.unwrap().page,
        "https://www.ozon.ru/product/646399170/"
    );
}

#[test]
fn a_question_without_its_words_or_date_is_set_aside() {
    for broken in [json!({"text": null}), json!({"published_at": "yesterday"}), json!({"id": 7})] {
        assert!(question::question(&with(asked(), broken.clone())).is_err(), "{broken}");
    }
    for odd in [json!({"sku": null}), json!({"sku": "646399170"}), json!({"status": 7}), json!({"answers_count": "0"})]
    {
        assert!(question::question(&with(asked(), odd.clone())).is_ok(), "{odd}");
    }
}

#[test]
fn other_buyers_answers_are_not_taken_for_ours() {
    let answer = r#"{"id":"a1","question_id":"q","sku":646399170,"text":" Да ","author_name":"ООО Чай","published_at":"2026-04-03T10:00:00Z"}"#;
    let own = question::answer(answer, |_, name| name == "ООО Чай").unwrap();
    assert_eq!((own.author, own.direction, own.text.as_str()), (Author::Seller, Direction::Out, "Да"));
    assert_eq!(own.remote_id.as_str(), "a:a1");
    assert_eq!(question::answer(answer, |_, _| false).unwrap().author, Author::OtherBuyer);
    assert_eq!(question::answer(answer, |id, _| id == "a1").unwrap().author, Author::Seller);
}

fn reviewed() -> Value {
    json!({
        "id": "0187310a-97d9-dfcf-3039-82d809f0e233", "sku": 646_399_170, "text": "Пришло без крышки", "rating": 2, "status": "NEW",
        "order_status": "DELIVERED", "published_at": "2026-09-24T14:15:22Z", "comments_amount": 0, "photos_amount": 1,
        "videos_amount": 0, "is_rating_participant": true,
    })
}

#[test]
fn a_review_keeps_its_stars_and_facts() {
    let review = review::review(&reviewed().to_string()).unwrap();
    assert!(review.media && !review.processed);
    let facts = &review.conversation.facts;
    let told = facts.review.as_ref().unwrap();
    assert_eq!((told.stars, told.purchase, told.counts), (Some(2), Some(Purchase::Kept), Some(true)));
    assert_eq!((facts.settled, review.mark.as_str()), (Some(false), "NEW:0:1:0"));
    assert_eq!(review.conversation.messages[0].remote_id.as_str(), "r:0187310a-97d9-dfcf-3039-82d809f0e233");
    for rating in [json!(0), json!(6), json!("x"), Value::Null] {
        let odd = review::review(&with(reviewed(), json!({"rating": rating}))).unwrap();
        assert_eq!(odd.conversation.facts.review.unwrap().stars, None);
    }
    assert_eq!(review::review(&with(reviewed(), json!({"text": null}))).unwrap().conversation.messages[0].text, "");
}

#[test]
fn processed_without_a_comment_is_settled_and_with_one_is_left_to_it() {
    let settled = |status: &str, comments: u64| {
        let raw = with(reviewed(), json!({"status": status, "comments_amount": comments}));
        review::review(&raw).unwrap().conversation.facts.settled
    };
    assert_eq!(settled("PROCESSED", 0), Some(true));
    assert_eq!(settled("PROCESSED", 1), None);
    for status in ["NEW", "VIEWED", "UNPROCESSED"] {
        assert_eq!(settled(status, 1), Some(false), "{status}");
    }
}

#[test]
fn photos_and_films_of_a_review_are_attachments() {
    let raw = with(
        reviewed(),
        json!({
            "photos": [{"url": "https://cdn1.ozone.ru/s3/rp-photo/a.jpg", "width": 10, "height": 10}, {"url": "javascript:1"}, null],
            "videos": [{"url": "https://v.ozone.ru/vod/b.m3u8", "preview_url": "https://cdn1.ozone.ru/s3/b.jpg"}],
        }),
    );
    let attachments = review::review(&raw).unwrap().conversation.messages.remove(0).attachments;
    let told: Vec<_> = attachments.iter().map(|stub| (stub.name.as_str(), stub.mime.as_str())).collect();
    assert_eq!(told, [("a.jpg", "image/jpeg"), ("b.m3u8", "video/*")]);
}

fn remark(changes: Value) -> review::Remark {
    let comment = json!({"id": "c1", "text": "Спасибо", "published_at": "2026-09-25T10:00:00Z", "is_owner": true, "is_official": true, "parent_comment_id": ""});
    review::comment(&with(comment, changes)).unwrap()
}

#[test]
fn each_state_of_our_comment_is_told() {
    for (changes, publication, reason) in [
        (json!({"is_published": true, "is_rejected": false}), Publication::Public, ""),
        (json!({}), Publication::Public, ""),
        (json!({"is_published": false, "is_rejected": false}), Publication::Pending, ""),
        (
            json!({"is_published": false, "is_rejected": true, "deviation_reason": "контакты"}),
            Publication::Refused,
            "контакты",
        ),
        (json!({"is_rejected": "true"}), Publication::Refused, ""),
    ] {
        let remark = remark(changes.clone());
        let own = remark.own.unwrap();
        assert_eq!((own.publication, own.reason.as_str()), (publication, reason), "{changes}");
        assert_eq!((remark.message.remote_id.as_str(), remark.message.direction), ("c:c1", Direction::Out));
    }
}

#[test]
fn a_buyers_comment_is_no_answer_of_ours() {
    let buyer = remark(json!({"is_owner": false, "is_official": false}));
    assert_eq!((buyer.message.author, buyer.own), (Author::OtherBuyer, None));
    assert_eq!(remark(json!({"is_owner": null, "is_official": true})).message.author, Author::Platform);
}

#[test]
fn the_newest_comment_of_ours_counts() {
    let older = remark(json!({"is_published": true}));
    let newer = remark(json!({"id": "c2", "published_at": "2026-09-26T10:00:00Z", "is_rejected": true}));
    let (_, state) = review::newest_own(&[older, newer]).unwrap();
    assert_eq!(state.publication, Publication::Refused);
}
