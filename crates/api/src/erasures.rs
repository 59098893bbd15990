//! Erasing a buyer for good: what would go, the erasure itself, and the receipts that prove it.

use axum::extract::State;
use axum::{Extension, Json};
use dragoman_domain::{ConversationId, ReceiptId};
use dragoman_engine::leaving::{Ground, KeptReceipt, Preview, Tally as EngineTally, Whom};
use dragoman_engine::{Engine, Tag};
use dragoman_store::erase::OldBackup as StoreBackup;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::{Body, ById, Path, Query, rows};
use crate::jobs::{Job, JobKind, JobResult, Jobs};
use crate::principal::{Permission, Principal};
use crate::problem::Problem;
use crate::route::{change_in_memory, read};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(read(Permission::Home, &[Tag::Conversation], routes!(preview_erasure)))
        .routes(change_in_memory(
            Permission::Home,
            &[Tag::Inbox, Tag::Conversation, Tag::Outbox, Tag::Quarantine],
            routes!(start_erasure),
        ))
        .routes(read(Permission::Home, &[], routes!(list_receipts)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SameBuyer {
    /// Everything of the conversation's buyer in the same shop.
    #[serde(default)]
    same_buyer: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Erasure {
    /// The conversations, all of one shop.
    #[schema(min_items = 1, max_items = 1_000)]
    conversations: Vec<i64>,
    /// Everything of the buyer of the one conversation named.
    #[serde(default)]
    same_buyer: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReceiptPage {
    /// Only receipts with a smaller number.
    #[param(minimum = 1)]
    before: Option<i64>,
    /// Rows wanted.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// How much an erasure concerns.
#[derive(Clone, Copy, Serialize, ToSchema)]
struct Tally {
    #[schema(minimum = 0)]
    conversations: u64,
    #[schema(minimum = 0)]
    messages: u64,
    /// Earlier texts of messages.
    #[schema(minimum = 0)]
    versions: u64,
    /// The platforms' own texts.
    #[schema(minimum = 0)]
    raw: u64,
    #[schema(minimum = 0)]
    drafts: u64,
    /// Answers and actions of ours.
    #[schema(minimum = 0)]
    outbox: u64,
    #[schema(minimum = 0)]
    files: u64,
    /// Unreadable items that were put aside.
    #[schema(minimum = 0)]
    quarantined: u64,
    /// Cached facts of orders.
    #[schema(minimum = 0)]
    orders: u64,
}

/// A backup that still holds it.
#[derive(Clone, Serialize, ToSchema)]
struct OldBackup {
    /// Its name within the home.
    name: String,
    /// When the program removes it by itself; null = a person has to.
    expires_at: Option<Timestamp>,
}

/// What would be erased.
#[derive(Serialize, ToSchema)]
struct ErasurePreview {
    conversations: Vec<i64>,
    erased: Tally,
    backups: Vec<OldBackup>,
}

/// Proof of an erasure.
#[derive(Clone, Serialize, ToSchema)]
struct Receipt {
    id: i64,
    /// When the rows went.
    at: Timestamp,
    /// `asked`, or `age` where a shop keeps its conversations for some days only.
    ground: &'static str,
    /// Who asked for it.
    by: String,
    shop: i64,
    erased: Tally,
    /// SHA-256 of each conversation's name on its platform, with which nobody finds the buyer.
    conversations: Vec<String>,
    /// When the words had left the search index and the log, too.
    purged_at: Option<Timestamp>,
}

/// What an erasure did.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Erased {
    receipt: Receipt,
    /// Backups that still hold it.
    backups: Vec<OldBackup>,
}

#[derive(Serialize, ToSchema)]
struct Receipts {
    /// Newest first.
    rows: Vec<Receipt>,
}

impl From<EngineTally> for Tally {
    fn from(tally: EngineTally) -> Self {
        let EngineTally { conversations, messages, versions, raw, drafts, outbox, files, quarantined, orders } = tally;
        Self { conversations, messages, versions, raw, drafts, outbox, files, quarantined, orders }
    }
}

impl From<StoreBackup> for OldBackup {
    fn from(StoreBackup { name, expires_at }: StoreBackup) -> Self {
        Self { name, expires_at }
    }
}

impl From<KeptReceipt> for Receipt {
    fn from(KeptReceipt { id, at, receipt }: KeptReceipt) -> Self {
        Self {
            id: id.0,
            at,
            ground: match receipt.ground {
                Ground::Asked => "asked",
                Ground::Age => "age",
            },
            by: receipt.by,
            shop: receipt.shop.0,
            erased: receipt.erased.into(),
            conversations: receipt.conversations,
            purged_at: receipt.purged_at,
        }
    }
}

/// What erasing a conversation, or its buyer, would concern. Changes nothing.
#[utoipa::path(get, path = "/api/conversations/{id}/erasure", tag = "history", params(ById, SameBuyer),
    responses((status = 200, body = ErasurePreview)))]
async fn preview_erasure(
    State(engine): State<Engine>,
    Path(ById { id }): Path<ById>,
    Query(SameBuyer { same_buyer }): Query<SameBuyer>,
) -> Result<Json<ErasurePreview>, Problem> {
    let id = ConversationId(id);
    let whom = if same_buyer { Whom::BuyerOf(id) } else { Whom::Conversations(vec![id]) };
    let Preview { conversations, tally, backups } = engine.erasure_preview(whom).await?;
    Ok(Json(ErasurePreview {
        conversations: conversations.into_iter().map(|id| id.0).collect(),
        erased: tally.into(),
        backups: backups.into_iter().map(OldBackup::from).collect(),
    }))
}

/// Erases for good. The same conversations do not come back with a sync; what the buyer writes later does.
#[utoipa::path(post, path = "/api/erasures", tag = "history", request_body = Erasure, responses((status = 202, body = Job)))]
async fn start_erasure(
    State(engine): State<Engine>,
    State(jobs): State<Jobs>,
    Extension(principal): Extension<Principal>,
    Body(Erasure { conversations, same_buyer }): Body<Erasure>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    let whom = match (conversations.as_slice(), same_buyer) {
        ([id], true) => Whom::BuyerOf(ConversationId(*id)),
        (_, true) => {
            return Err(dragoman_engine::Error::invalid("conversations", "name one conversation of the buyer").into());
        }
        (_, false) => Whom::Conversations(conversations.into_iter().map(ConversationId).collect()),
    };
    // Refused at once, not as a job, where there is nothing to do.
    engine.erasure_preview(whom.clone()).await?;
    let (job, reporter) = jobs.start(JobKind::Erasure);
    tokio::spawn(async move {
        let outcome = engine.erase(whom, principal.name()).await.map(|(kept, backups)| {
            let backups = backups.into_iter().map(OldBackup::from).collect();
            reporter.result(JobResult::Erased(Erased { receipt: kept.into(), backups }));
        });
        reporter.end(outcome.map_err(Problem::from));
    });
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// The receipts of erasures and of ageing.
#[utoipa::path(get, path = "/api/receipts", tag = "history", params(ReceiptPage), responses((status = 200, body = Receipts)))]
async fn list_receipts(
    State(engine): State<Engine>,
    Query(ReceiptPage { before, limit }): Query<ReceiptPage>,
) -> Result<Json<Receipts>, Problem> {
    let receipts = engine.receipts(before.map(ReceiptId), rows(limit)?).await?;
    Ok(Json(Receipts { rows: receipts.into_iter().map(Receipt::from).collect() }))
}
