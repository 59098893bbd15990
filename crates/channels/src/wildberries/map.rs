//! Theirs to ours; no I/O. Questions and products here, everything else in a module of its own.

pub(super) mod chat;
pub(super) mod claim;
pub(super) mod news;
pub(super) mod review;

use dragoman_domain::incoming::{AnswerState, Facts, Incoming, IncomingMessage};
use dragoman_domain::lookup::{Product, product_page};
use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::outbox::Publication;
use dragoman_domain::{Author, Channel, Kind, RemoteId};
use jiff::{SignedDuration, Timestamp};

use super::wire::{Answer, Card, Photo, ProductDetails, Question, REJECTED, SHOWN};

/// What reading depends on beside the platform's words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// The present.
    pub(super) now: Timestamp,
    /// How long an answer may be changed after it was given.
    pub(super) edit_window: SignedDuration,
    /// How long a review may wait before the platform puts it into the archive.
    pub(super) archive_after: SignedDuration,
    /// Length of a comment on a claim's decision, shortest and longest.
    pub(super) claim_comment: (u32, u32),
}

impl Terms {
    /// Until when an answer of that instant may be changed.
    fn edit_until(&self, answered_at: Timestamp) -> Option<Timestamp> {
        answered_at.checked_add(self.edit_window).ok()
    }
}

/// State of a question that awaits an answer.
const FRESH: &str = "suppliersPortalSynch";

/// The thread's id of a question's answer.
///
/// An edited answer keeps it, so that an edit is a new version of one message and not a second one.
pub(super) fn answer_id(question: &str) -> RemoteId {
    RemoteId(format!("a:{question}"))
}

/// Reads one question with its answer.
///
/// # Errors
/// What a thread cannot do without is missing; the words name the field.
pub(super) fn question(raw: &str, terms: &Terms) -> Result<Incoming, String> {
    let question: Question = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    let id = question.id.0;
    let asked_at = question.created_date.0;
    let mut messages =
        vec![IncomingMessage::new(RemoteId(format!("q:{id}")), Author::Buyer, asked_at, question.text, raw.to_owned())];
    let mut answer = None;
    if let Some(raw) = question.answer {
        let read: Answer = serde_json::from_str(raw.get()).map_err(|error| format!("answer: {error}"))?;
        // Without its own date an answer stands right behind its question.
        let sent_at = read.create_date.map_or(asked_at, |moment| moment.0);
        let text = read.text.clone();
        messages.push(IncomingMessage::new(answer_id(&id), Author::Seller, sent_at, text, raw.get().to_owned()));
        answer = Some(read);
    }
    let answer = answer.as_ref();
    // The answer itself says nothing of its moderation: a question that has one and is still new has one that nobody sees yet.
    let published = match question.state.as_deref() {
        Some(SHOWN) => Some(Publication::Public),
        Some(FRESH) => Some(Publication::Pending),
        _ => None,
    };
    let product = question.product_details.and_then(product);
    Ok(Incoming {
        kind: Kind::Question,
        remote_id: RemoteId(id),
        facts: Facts {
            subject: product.as_ref().map(|product| product.name.clone()).filter(|name| !name.is_empty()),
            closed: question.state.as_deref().map(|state| state == REJECTED),
            status: question.state,
            product,
            seen: question.was_viewed.map(|flag| flag.0),
            started_at: Some(asked_at),
            editable: answer.and_then(|answer| answer.editable).map(|flag| flag.0),
            edit_until: answer.and_then(|answer| answer.create_date).and_then(|at| terms.edit_until(at.0)),
            unanswered: answer.is_none(),
            answer: answer.and(published).map(|publication| AnswerState { publication, reason: String::new() }),
            ..Facts::default()
        },
        messages,
        mark: None,
    })
}

/// A text that says something.
fn said(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// An attachment on a public host; `None` if it has no address. Some addresses come without a scheme.
fn public_file(address: Option<&str>, mime: &str) -> Option<AttachmentStub> {
    let address = address.map(str::trim).filter(|address| !address.is_empty())?;
    let source = if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() };
    let name = source.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
    let mime = if mime.is_empty() { mime_of(&name) } else { mime };
    Some(AttachmentStub { mime: mime.to_owned(), name, size: None, source, state: AttachmentState::Remote })
}

/// A media type by the ending of a name, empty when it says nothing.
fn mime_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("mp4") => "video/mp4",
        Some("pdf") => "application/pdf",
        _ => "",
    }
}

fn product(details: ProductDetails) -> Option<Product> {
    let key = details.nm_id?.0;
    Some(Product {
        page: page(&key),
        name: details.product_name.unwrap_or_default(),
        article: details.supplier_article.unwrap_or_default(),
        key,
        ..Product::default()
    })
}

/// A product as its card has it.
pub(super) fn card(card: Card) -> Product {
    let key = card.nm_id.0;
    Product {
        page: page(&key),
        name: card.title.unwrap_or_default(),
        article: card.vendor_code.unwrap_or_default(),
        picture: card.photos.into_iter().flatten().find_map(photo).unwrap_or_default(),
        key,
        ..Product::default()
    }
}

/// A product of which only the number is known, with the address its picture should have.
pub(super) fn bare_product(key: &str) -> Option<Product> {
    let number: u64 = key.parse().ok()?;
    Some(Product { key: key.to_owned(), page: page(key), picture: picture_address(number), ..Product::default() })
}

fn page(key: &str) -> String {
    product_page(Channel::Wildberries, key).unwrap_or_default()
}

/// Large enough for a conversation, small enough for a list.
fn photo(photo: Photo) -> Option<String> {
    [photo.c516x688, photo.big, photo.square, photo.c246x328, photo.tm]
        .into_iter()
        .flatten()
        .find(|address| !address.is_empty())
}

/// The last `vol` of each picture host, the first host being 01. Wildberries extends the list without notice; beyond it each
/// host holds 216 more. Source: third-party code, February 2026; host 10 agrees with the official example.
const HOSTS_END_AT: [u64; 25] = [
    143, 287, 431, 719, 1007, 1061, 1115, 1169, 1313, 1601, 1655, 1919, 2045, 2189, 2405, 2621, 2837, 3053, 3269, 3485,
    3701, 3917, 4133, 4349, 4565,
];
const VOLS_PER_HOST: u64 = 216;

/// Where the main picture of a product should be, for keys without the right to read cards.
fn picture_address(number: u64) -> String {
    let (vol, part) = (number / 100_000, number / 1_000);
    let host = match HOSTS_END_AT.iter().position(|end| vol <= *end) {
        Some(at) => at + 1,
        None => {
            let beyond = vol.saturating_sub(4_566) / VOLS_PER_HOST;
            usize::try_from(beyond).unwrap_or(usize::MAX).saturating_add(HOSTS_END_AT.len() + 1)
        }
    };
    format!("https://basket-{host:02}.wbbasket.ru/vol{vol}/part{part}/{number}/images/c516x688/1.webp")
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
    use dragoman_domain::Direction;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Documented shape of an unanswered question, wildberries 2026-10; the words are our own.
    fn unanswered() -> Value {
        json!({
            "id": "n5um6IUBQOOSTxXoo0gV", "text": "Подойдёт ли к модели 2025 года?", "createdDate": "2026-04-02T09:18:08.769513469Z",
            "state": "suppliersPortalSynch", "answer": null,
            "productDetails": {"nmId": 14917842, "imtId": 11157265, "productName": "Чехол", "supplierArticle": "CH-01",
                               "supplierName": "", "brandName": "Brand", "size": "0"},
            "wasViewed": false, "isWarned": false
        })
    }

    pub(super) fn terms() -> Terms {
        Terms {
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
            edit_window: SignedDuration::from_hours(60 * 24),
            archive_after: SignedDuration::from_hours(30 * 24),
            claim_comment: (10, 1000),
        }
    }

    fn read(raw: &str) -> Result<Incoming, String> {
        question(raw, &terms())
    }

    fn with(changes: Value) -> String {
        let mut question = unanswered();
        for (field, value) in changes.as_object().unwrap() {
            question[field] = value.clone();
        }
        question.to_string()
    }

    #[test]
    fn an_unanswered_question_is_one_message_of_the_buyer() {
        let raw = unanswered().to_string();
        let thread = read(&raw).unwrap();
        assert_eq!((thread.kind, thread.remote_id.as_str()), (Kind::Question, "n5um6IUBQOOSTxXoo0gV"));
        assert_eq!(thread.messages.len(), 1);
        let message = &thread.messages[0];
        assert_eq!((message.remote_id.as_str(), message.direction), ("q:n5um6IUBQOOSTxXoo0gV", Direction::In));
        assert_eq!(message.sent_at.to_string(), "2026-04-02T09:18:08.769513469Z");
        assert_eq!(message.raw, raw, "unknown fields such as size are kept");
        let facts = thread.facts;
        assert_eq!(
            (facts.subject.as_deref(), facts.closed, facts.seen, facts.editable),
            (Some("Чехол"), Some(false), Some(false), None)
        );
        let product = facts.product.unwrap();
        assert_eq!((product.key.as_str(), product.article.as_str()), ("14917842", "CH-01"));
        assert_eq!(product.page, "https://www.wildberries.ru/catalog/14917842/detail.aspx");
    }

    #[test]
    fn an_answer_keeps_its_id_when_it_is_edited() {
        let answered = |text: &str, editable| {
            let answer = json!({"text": text, "editable": editable, "createDate": "2026-04-02T10:00:00Z"});
            read(&with(json!({"state": "wbRu", "wasViewed": true, "answer": answer}))).unwrap()
        };
        let (first, second) = (answered("Да", true), answered("Да, подойдёт", false));
        assert_eq!(first.messages[1].remote_id, second.messages[1].remote_id);
        assert_eq!(first.messages[1].remote_id.as_str(), "a:n5um6IUBQOOSTxXoo0gV");
        assert_eq!((second.messages[1].text.as_str(), second.messages[1].direction), ("Да, подойдёт", Direction::Out));
        assert_eq!((first.facts.editable, second.facts.editable), (Some(true), Some(false)));
        assert_eq!(first.facts.edit_until.unwrap().to_string(), "2026-06-01T10:00:00Z");
        assert_eq!(serde_json::from_str::<Value>(&second.messages[1].raw).unwrap()["text"], "Да, подойдёт");
    }

    #[test]
    fn an_answer_is_public_once_its_question_is_and_pending_before() {
        let of = |state: &str| {
            let answer = json!({"text": "Да", "createDate": "2026-04-02T10:00:00Z"});
            read(&with(json!({"state": state, "answer": answer})))
                .unwrap()
                .facts
                .answer
                .map(|answer| answer.publication)
        };
        assert_eq!(of("wbRu"), Some(Publication::Public));
        assert_eq!(of("suppliersPortalSynch"), Some(Publication::Pending));
        assert_eq!((of("none"), of("somethingNew")), (None, None));
        assert_eq!(read(&with(json!({"state": "wbRu"}))).unwrap().facts.answer, None, "nothing to publish");
    }

    #[test]
    fn a_rejected_question_is_closed_and_unknown_states_survive() {
        assert_eq!(read(&with(json!({"state": "none"}))).unwrap().facts.closed, Some(true));
        let facts = read(&with(json!({"state": "somethingNew"}))).unwrap().facts;
        assert_eq!((facts.status.as_deref(), facts.closed), (Some("somethingNew"), Some(false)));
    }

    #[test]
    fn decorations_of_odd_shape_do_not_hide_a_read() {
        for odd in [
            json!({"productDetails": null}),
            json!({"productDetails": []}),
            json!({"wasViewed": "perhaps"}),
            json!({"state": 7}),
            json!({"productDetails": {"nmId": null}}),
            json!({"answer": {"text": "Да", "createDate": "yesterday"}}),
        ] {
            assert!(read(&with(odd.clone())).is_ok(), "{odd}");
        }
        let thread =
            read(&with(json!({"productDetails": {"nmId": "9223372036854775808", "productName": ""}}))).unwrap();
        assert_eq!(thread.facts.product.unwrap().key, "9223372036854775808");
        assert_eq!(thread.facts.subject, None);
    }

    #[test]
    fn what_a_thread_cannot_do_without_is_named() {
        for (broken, field) in [
            (json!({"id": null}), "id"),
            (json!({"text": null}), "null"),
            (json!({"createdDate": "02.04.2026"}), "no date"),
            (json!({"answer": {"editable": true}}), "answer"),
            (json!({"answer": "Да"}), "answer"),
        ] {
            let cause = read(&with(broken.clone())).unwrap_err();
            assert!(cause.contains(field), "{broken}: {cause}");
        }
    }

    #[test]
    fn an_answer_without_a_date_stands_behind_its_read() {
        let thread = read(&with(json!({"answer": {"text": "Да"}}))).unwrap();
        assert_eq!(thread.messages[1].sent_at, thread.messages[0].sent_at);
    }

    #[test]
    fn a_card_gives_name_article_and_the_first_picture_there_is() {
        let of = |photos: Value| {
            let value =
                json!({"nmID": 14917842, "title": "Чехол", "vendorCode": "CH-01", "photos": photos, "video": 7});
            card(
                serde_json::from_value::<Value>(value)
                    .and_then(|value| serde_json::from_str(&value.to_string()))
                    .unwrap(),
            )
        };
        let product = of(json!([{"big": "https://b/1.webp", "tm": "https://t/1.webp"}, {"big": "https://b/2.webp"}]));
        assert_eq!((product.name.as_str(), product.picture.as_str()), ("Чехол", "https://b/1.webp"));
        for none in [json!(null), json!([]), json!([{}]), json!("?")] {
            assert_eq!(of(none.clone()).picture, "", "{none}");
        }
    }

    #[test]
    fn the_address_of_a_picture_follows_from_the_number() {
        // Official example of the card list, 2026-10, and the edges of the table.
        for (number, host) in [
            (159_206_280, "10"),
            (14_917_842, "02"),
            (1, "01"),
            (456_599_999, "25"),
            (456_600_000, "26"),
            (478_200_000, "27"),
        ] {
            assert!(picture_address(number).starts_with(&format!("https://basket-{host}.wbbasket.ru/vol")), "{number}");
        }
        assert_eq!(
            picture_address(14_917_842),
            "https://basket-02.wbbasket.ru/vol149/part14917/14917842/images/c516x688/1.webp"
        );
        assert_eq!(bare_product("not a number"), None);
        assert!(bare_product(&u64::MAX.to_string()).is_some());
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_fail_hard(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn no_damage_to_a_question_makes_reading_fail_hard(at in 0_usize..400, byte in any::<u8>()) {
            let mut bytes = unanswered().to_string().into_bytes();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _ = read(&String::from_utf8_lossy(&bytes));
        }
    }
}
