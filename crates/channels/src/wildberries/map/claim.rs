//! Return claims in our words.

use dragoman_domain::claim::{ClaimFacts, ClaimSort, Decision, Money};
use dragoman_domain::incoming::{Facts, Incoming, IncomingMessage};
use dragoman_domain::lookup::Product;
use dragoman_domain::offer::{Effect, Field, Offer, Takes};
use dragoman_domain::{Author, Direction, Kind, RemoteId};

use super::{Terms, page, public_file, said};
use crate::lenient::Id;
use crate::wildberries::wire::claim::Claim;

/// Reads one claim.
///
/// What the buyer wrote is a message of the buyer; a decision is an event of the thread, because the platform does not say whether
/// the seller or it took it.
///
/// # Errors
/// What a thread cannot do without is missing; the words name the field.
pub(in crate::wildberries) fn claim(raw: &str, terms: &Terms) -> Result<Incoming, String> {
    let claim: Claim = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    let (status, id) = (claim.status.0, claim.id.0);
    let detail = claim.status_ex.map(|status| status.0);
    let filed_at = claim.dt.0;
    let decision = match status {
        1 => Decision::Refused,
        2 => Decision::Approved,
        _ => Decision::Open,
    };
    let decided_at = claim.dt_update.map(|at| at.0).filter(|_| decision != Decision::Open);
    let stage = stage(status, detail);
    let comment = said(claim.wb_comment).unwrap_or_default();
    let photos = claim.photos.iter().flatten().filter_map(|address| public_file(Some(address), "image/webp"));
    let video = claim.video_paths.iter().flatten().filter_map(|address| public_file(Some(address), "video/mp4"));
    let asked = IncomingMessage {
        attachments: photos.chain(video).collect(),
        ..IncomingMessage::new(
            RemoteId(format!("c:{id}")),
            Author::Buyer,
            filed_at,
            claim.user_comment.unwrap_or_default(),
            raw.to_owned(),
        )
    };
    let mut messages = vec![asked];
    if decision != Decision::Open {
        let text = if comment.is_empty() { stage.clone() } else { comment.clone() };
        let id = RemoteId(format!("cd:{id}:{status}.{}", detail.unwrap_or_default()));
        let event = IncomingMessage::new(id, Author::Platform, decided_at.unwrap_or(filed_at), text, raw.to_owned());
        messages.push(IncomingMessage { direction: Direction::System, ..event });
    }
    let idle = claim.actions.as_ref().map(Vec::is_empty);
    let name = said(claim.imt_name);
    let product = claim.nm_id.map(|Id(key)| Product {
        page: page(&key),
        name: name.clone().unwrap_or_default(),
        key,
        ..Product::default()
    });
    Ok(Incoming {
        kind: Kind::Claim,
        remote_id: RemoteId(id),
        facts: Facts {
            subject: name,
            status: Some(detail.map_or(status.to_string(), |detail| format!("{status}.{detail}"))),
            closed: idle.map(|idle| idle && decision != Decision::Open),
            order_no: claim.srid.map(|srid| srid.0),
            product,
            started_at: Some(filed_at),
            // A refused claim may be reconsidered while the platform lists actions; nobody waits for that.
            settled: if decision == Decision::Open { idle } else { Some(true) },
            claim: Some(ClaimFacts {
                sort: ClaimSort::Return,
                reason: String::new(),
                amount: claim.price.map(|amount| money(amount, claim.currency_code)),
                quantity: None,
                decision,
                stage,
                decided_at,
                comment,
                limit: None,
            }),
            offers: claim.actions.map(|actions| actions.iter().map(|action| offer(action, terms)).collect()),
            ..Facts::default()
        },
        messages,
        mark: None,
    })
}

/// What `status_ex` means, in the words of the specification of 2026-10-24. Numbers that are new to us stay numbers.
fn stage(status: u64, detail: Option<u64>) -> String {
    let words = match (status, detail) {
        (_, Some(0)) | (0, None) => "заявка на рассмотрении",
        (_, Some(1)) => "товар остаётся у покупателя, заявка отклонена",
        (_, Some(2)) => "товар сдан на склад Wildberries и отправлен в утилизацию",
        (_, Some(5)) => "товар остаётся у покупателя, заявка одобрена",
        (_, Some(8)) => "товар возвращён в продажу после проверки Wildberries",
        (_, Some(10)) => "товар возвращается продавцу",
        (1, None) => "заявка отклонена",
        (2, None) => "заявка одобрена",
        (status, None) => return status.to_string(),
        (status, Some(detail)) => return format!("{status}.{detail}"),
    };
    words.to_owned()
}

/// An action exactly as the platform lists it; one that is new to us can be taken up too, under its own name.
fn offer(action: &str, terms: &Terms) -> Offer {
    let (effect, label) = match action {
        "approve1" => (Effect::ApproveCheck, "одобрить с проверкой брака"),
        "approve2" => (Effect::ApproveReturn, "одобрить и забрать товар"),
        "autorefund1" => (Effect::RefundKeep, "одобрить без возврата товара"),
        "reject1" => (Effect::Refuse, "отклонить: брак не обнаружен"),
        "reject2" => (Effect::Refuse, "отклонить: добавить фото или видео"),
        "reject3" => (Effect::Refuse, "отклонить: направить в сервисный центр"),
        "rejectcustom" => (Effect::Refuse, "отклонить с комментарием"),
        "approvecc1" => (Effect::ApproveReturn, "одобрить возврат в магазин продавца"),
        "confirmreturngoodcc1" => (Effect::ConfirmReceived, "подтвердить приёмку товара"),
        _ => (Effect::Other, ""),
    };
    let (min, max) = terms.claim_comment;
    let comment = |required| Field { name: "comment".to_owned(), required, takes: Takes::Text { min, max } };
    let fields = match action {
        "rejectcustom" => vec![comment(true)],
        "approvecc1" => vec![comment(false)],
        _ => Vec::new(),
    };
    Offer { name: action.to_owned(), effect, label: label.to_owned(), fields }
}

fn money(Id(amount): Id, currency: Option<Id>) -> Money {
    let code = currency.map(|code| code.0).unwrap_or_default();
    // ISO 4217 numbers of the countries Wildberries trades in; others stay as they are.
    let letters = match code.trim_start_matches('0') {
        "51" => "AMD",
        "156" => "CNY",
        "398" => "KZT",
        "417" => "KGS",
        "498" => "MDL",
        "643" | "810" => "RUB",
        "784" => "AED",
        "840" => "USD",
        "860" => "UZS",
        "933" => "BYN",
        "944" => "AZN",
        "949" => "TRY",
        "972" => "TJS",
        "978" => "EUR",
        "981" => "GEL",
        _ => code.as_str(),
    };
    Money { currency: letters.to_owned(), amount }
}

#[cfg(test)]
mod tests;
