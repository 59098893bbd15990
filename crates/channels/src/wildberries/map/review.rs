//! Reviews in our words.

use dragoman_domain::incoming::{AnswerState, Facts, Incoming, IncomingMessage};
use dragoman_domain::lookup::Product;
use dragoman_domain::message::AttachmentStub;
use dragoman_domain::offer::{Effect, Offer};
use dragoman_domain::outbox::{Publication, later};
use dragoman_domain::review::{Purchase, ReviewFacts, SizeFit};
use dragoman_domain::{Author, Kind, RemoteId, SignedDuration};

use super::{Terms, product, public_file, said};
use crate::wildberries::wire::review::{PhotoLink, Review, Video};
use crate::wildberries::wire::{Answer, SHOWN};

/// Name of the only offer a review can have.
pub(in crate::wildberries) const RETURN: &str = "return";

/// The thread's id of a review's answer; an edited answer keeps it.
pub(in crate::wildberries) fn answer_id(review: &str) -> RemoteId {
    RemoteId(format!("ra:{review}"))
}

/// Reads one review with its answer. `awaits` = the platform lists it among those that await one.
///
/// The answer carries no date (specification of 2026-10-24): it stands right behind its review, and until when it may be changed
/// cannot be told unless the platform begins to say when it was given.
///
/// # Errors
/// What a thread cannot do without is missing; the words name the field.
pub(in crate::wildberries) fn review(raw: &str, awaits: bool, terms: &Terms) -> Result<Incoming, String> {
    let review: Review = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    let created_at = review.created_date.0;
    let text = words(&review);
    let attachments = attachments(&review);
    let answer = match &review.answer {
        Some(raw) => {
            let answer: Answer = serde_json::from_str(raw.get()).map_err(|error| format!("answer: {error}"))?;
            Some((answer, raw.get().to_owned()))
        }
        None => None,
    };
    // The archive takes in what was processed, what nobody answered for a month, and stars without words or photos (4.3).
    let archived = review.state.as_deref() == Some(SHOWN)
        || (text.is_empty() && attachments.is_empty())
        || created_at < terms.now.saturating_sub(terms.archive_after).unwrap_or_default();
    let settled = !awaits && answer.is_none() && archived;
    let size = review.product_details.as_ref().and_then(|details| details.size.clone());
    let stars =
        review.product_valuation.and_then(|count| u8::try_from(count.0).ok()).filter(|stars| (1..=5).contains(stars));
    let facts = ReviewFacts {
        stars,
        purchase: review.order_status.as_deref().and_then(purchase),
        purchased_at: review.last_order_created_at.map(|moment| moment.0),
        size_fit: review.matching_size.as_deref().and_then(size_fit),
        // `0` stands for goods that come in one size.
        size: said(size).filter(|size| size != "0").unwrap_or_default(),
        color: said(review.color).unwrap_or_default(),
        tags: review.bables.unwrap_or_default().into_iter().filter_map(|tag| said(Some(tag))).collect(),
        counts: None,
        adds_to: review.parent_feedback_id.map(|id| RemoteId(id.0)),
        added_by: review.child_feedback_id.map(|id| RemoteId(id.0)),
        return_offered_at: review.return_product_orders_date.map(|moment| moment.0),
    };
    let id = review.id.0;
    let message = IncomingMessage::new(RemoteId(format!("r:{id}")), Author::Buyer, created_at, text, raw.to_owned());
    let mut messages = vec![IncomingMessage { attachments, ..message }];
    let mut given = Facts { unanswered: answer.is_none(), ..Facts::default() };
    if let Some((answer, raw)) = answer {
        let answered_at = answer.create_date.map(|moment| moment.0);
        given.editable = answer.editable.map(|flag| flag.0);
        given.edit_until = answered_at.and_then(|at| terms.edit_until(at));
        given.answer = answer.state.as_deref().and_then(publication);
        // The list gives answers no date; all that is sure is that they came after the review.
        let sent_at = answered_at.unwrap_or_else(|| later(created_at, SignedDuration::from_millis(1)));
        messages.push(IncomingMessage::new(answer_id(&id), Author::Seller, sent_at, answer.text, raw));
    }
    let product: Option<Product> = review.product_details.and_then(product);
    Ok(Incoming {
        kind: Kind::Review,
        remote_id: RemoteId(id),
        facts: Facts {
            subject: product.as_ref().map(|product| product.name.clone()).filter(|name| !name.is_empty()),
            buyer: said(review.user_name),
            status: review.state,
            product,
            seen: review.was_viewed.map(|flag| flag.0),
            started_at: Some(created_at),
            settled: Some(settled),
            review: Some(facts),
            offers: review.is_able_return_product_orders.map(|able| offers(able.0)),
            ..given
        },
        messages,
        mark: None,
    })
}

/// The buyer's words, then what was liked and what was not, line by line.
fn words(review: &Review) -> String {
    let text = said(review.text.clone());
    let pros = said(review.pros.clone()).map(|pros| format!("+ {pros}"));
    let cons = said(review.cons.clone()).map(|cons| format!("− {cons}"));
    [text, pros, cons].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn attachments(review: &Review) -> Vec<AttachmentStub> {
    let photos = review.photo_links.iter().flatten().filter_map(|raw| {
        let PhotoLink { full_size, mini_size } = serde_json::from_str(raw.get()).ok()?;
        let address = said(full_size).or(said(mini_size));
        public_file(address.as_deref(), "")
    });
    let video = review.video.as_ref();
    let poster = video.and_then(|Video { preview_image, .. }| public_file(preview_image.as_deref(), ""));
    let playlist = video.and_then(|Video { link, .. }| public_file(link.as_deref(), "application/vnd.apple.mpegurl"));
    photos.chain(poster).chain(playlist).collect()
}

fn purchase(status: &str) -> Option<Purchase> {
    match status {
        "buyout" => Some(Purchase::Kept),
        "rejected" => Some(Purchase::Refused),
        "returned" => Some(Purchase::Returned),
        _ => None,
    }
}

/// The specification's prose spells `ok` with Cyrillic letters.
fn size_fit(word: &str) -> Option<SizeFit> {
    match word.to_lowercase().replace('о', "o").replace('к', "k").as_str() {
        "ok" => Some(SizeFit::Fits),
        "smaller" => Some(SizeFit::Smaller),
        "bigger" => Some(SizeFit::Larger),
        _ => None,
    }
}

/// Where moderation stands. `rejectedAntispam` is known to a client library only (read 2026-10-24).
fn publication(state: &str) -> Option<AnswerState> {
    let publication = match state {
        SHOWN => Publication::Public,
        "none" | "reviewRequired" => Publication::Pending,
        "rejected" | "rejectedAntispam" => Publication::Refused,
        _ => return None,
    };
    // Of its reasons the platform tells only this one.
    let reason = if state == "rejectedAntispam" { state.to_owned() } else { String::new() };
    Some(AnswerState { publication, reason })
}

fn offers(able: bool) -> Vec<Offer> {
    let offer =
        Offer { name: RETURN.to_owned(), effect: Effect::OfferReturn, label: String::new(), fields: Vec::new() };
    if able { vec![offer] } else { Vec::new() }
}

#[cfg(test)]
mod tests;
