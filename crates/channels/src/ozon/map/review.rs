//! Reviews and their comments in our words. No I/O.

use dragoman_domain::incoming::{AnswerState, Facts, Incoming, IncomingMessage};
use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::outbox::Publication;
use dragoman_domain::review::{Purchase, ReviewFacts};
use dragoman_domain::{Author, Kind, RemoteId, Timestamp};
use serde_json::value::RawValue;

use super::json;
use super::question::{offers, product, seen, settled};
use crate::lenient::{Count, Flag, Id};
use crate::ozon::markup;
use crate::ozon::wire::public::{Comment, Medium, Review};

/// A review as a list or its own page has it.
#[derive(Debug)]
pub(in crate::ozon) struct Reviewed {
    pub(in crate::ozon) conversation: Incoming,
    pub(in crate::ozon) sku: String,
    /// How many comments it has.
    pub(in crate::ozon) comments: u64,
    /// It has photos or films, whose addresses only its own page gives.
    pub(in crate::ozon) media: bool,
    /// It is marked as dealt with.
    pub(in crate::ozon) processed: bool,
    /// What tells that something about it has changed.
    pub(in crate::ozon) mark: String,
}

/// The message id of a comment.
pub(in crate::ozon) fn comment_id(comment: &str) -> RemoteId {
    RemoteId(format!("c:{comment}"))
}

/// Reads one review, with its photos and films where they are given.
///
/// # Errors
/// What a thread cannot do without is missing; the words name the field.
pub(in crate::ozon) fn review(raw: &str) -> Result<Reviewed, String> {
    let review: Review = json(raw)?;
    let count = |count: Option<Count>| count.unwrap_or_default().0;
    let (comments, photos, videos) =
        (count(review.comments_amount), count(review.photos_amount), count(review.videos_amount));
    let status = review.status.unwrap_or_default();
    let sku = review.sku.map(|Id(sku)| sku).unwrap_or_default();
    let at = review.published_at.0;
    let attachments = media("photo", "image/*", review.photos).chain(media("video", "video/*", review.videos));
    let message = IncomingMessage {
        attachments: attachments.collect(),
        ..IncomingMessage::new(
            RemoteId(format!("r:{}", review.id)),
            Author::Buyer,
            at,
            review.text.unwrap_or_default().trim().to_owned(),
            raw.to_owned(),
        )
    };
    let processed = settled(&status);
    let facts = Facts {
        // What has comments may have an answer, and what is processed without one wants none.
        settled: processed.filter(|settled| !settled || comments == 0),
        offers: Some(offers(&status)),
        product: product(&sku, None),
        started_at: Some(at),
        seen: seen(&status),
        review: Some(ReviewFacts {
            stars: review
                .rating
                .and_then(|Count(stars)| u8::try_from(stars).ok())
                .filter(|stars| (1..=5).contains(stars)),
            purchase: purchase(review.order_status.as_deref().unwrap_or_default()),
            counts: review.is_rating_participant.map(|Flag(counts)| counts),
            ..ReviewFacts::default()
        }),
        status: (!status.is_empty()).then(|| status.clone()),
        ..Facts::default()
    };
    let conversation =
        Incoming { kind: Kind::Review, remote_id: RemoteId(review.id), facts, messages: vec![message], mark: None };
    Ok(Reviewed {
        conversation,
        sku,
        comments,
        media: photos > 0 || videos > 0,
        processed: processed == Some(true),
        mark: format!("{status}:{comments}:{photos}:{videos}"),
    })
}

/// One comment, and what became of it if it is ours.
#[derive(Debug)]
pub(in crate::ozon) struct Remark {
    pub(in crate::ozon) message: IncomingMessage,
    /// Where our own comment stands.
    pub(in crate::ozon) own: Option<AnswerState>,
}

/// Reads one comment.
///
/// # Errors
/// What a message cannot do without is missing; the words name the field.
pub(in crate::ozon) fn comment(raw: &str) -> Result<Remark, String> {
    let comment: Comment = json(raw)?;
    let flag = |flag: Option<Flag>| flag.map(|Flag(set)| set);
    let author = match (flag(comment.is_owner), flag(comment.is_official)) {
        (Some(true), _) => Author::Seller,
        // What Ozon means by official is not written; it is surely neither ours nor a buyer's.
        (_, Some(true)) => Author::Platform,
        _ => Author::OtherBuyer,
    };
    let publication = match (flag(comment.is_published), flag(comment.is_rejected)) {
        (_, Some(true)) => Publication::Refused,
        (Some(false), _) => Publication::Pending,
        // Before 2026 only what had passed moderation was listed, and nothing was said about it.
        _ => Publication::Public,
    };
    let own = (author == Author::Seller).then(|| AnswerState {
        publication,
        reason: if publication == Publication::Refused {
            comment.deviation_reason.unwrap_or_default()
        } else {
            String::new()
        },
    });
    let text = comment.text.unwrap_or_default().trim().to_owned();
    let message = IncomingMessage::new(comment_id(&comment.id), author, comment.published_at.0, text, raw.to_owned());
    Ok(Remark { message, own })
}

/// What became of our newest comment, and when it was written.
pub(in crate::ozon) fn newest_own(remarks: &[Remark]) -> Option<(Timestamp, AnswerState)> {
    let own = remarks.iter().filter_map(|remark| Some((remark.message.sent_at, remark.own.clone()?)));
    own.max_by_key(|(at, _)| *at)
}

/// Photos and films lie on public hosts, so their addresses need no key.
fn media(word: &str, mime: &str, items: Option<Vec<Box<RawValue>>>) -> impl Iterator<Item = AttachmentStub> {
    let addresses = items.unwrap_or_default().into_iter().filter_map(|item| json::<Medium>(item.get()).ok());
    let stubs = addresses.filter(|medium| medium.url.starts_with("https://")).map(|medium| AttachmentStub {
        name: Some(markup::last_segment(&medium.url))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| word.to_owned()),
        mime: Some(markup::mime_of(&markup::last_segment(&medium.url)))
            .filter(|mime| !mime.is_empty())
            .unwrap_or(mime)
            .to_owned(),
        size: None,
        source: medium.url,
        state: AttachmentState::Remote,
    });
    stubs.collect::<Vec<_>>().into_iter()
}

fn purchase(order_status: &str) -> Option<Purchase> {
    match order_status.to_ascii_uppercase().as_str() {
        "DELIVERED" => Some(Purchase::Kept),
        "CANCELLED" => Some(Purchase::Cancelled),
        _ => None,
    }
}
