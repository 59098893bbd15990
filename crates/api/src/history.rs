//! Backup, import and export. A restore needs the home for itself, so it is no call to a running Router.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use dragoman_domain::{ConversationId, ShopId};
use dragoman_engine::export::{self as engine_export, Format, What};
use dragoman_engine::history::{ImportReport, Progress as EngineProgress};
use dragoman_engine::{Engine, Tag};
use dragoman_store::backup::BackupInfo;
use dragoman_store::export::Part;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::Body;
use crate::jobs::{Job, JobKind, JobResult, Jobs, Progress};
use crate::principal::Permission;
use crate::problem::{ErrorCode, Problem};
use crate::route::change_in_memory;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(change_in_memory(Permission::Home, &[], routes!(start_backup)))
        .routes(change_in_memory(Permission::Home, &[Tag::Inbox, Tag::Shops], routes!(start_import)))
        .routes(change_in_memory(Permission::Home, &[], routes!(start_export)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Backup {
    /// Whole path of the file to write, on the machine of the home.
    #[schema(min_length = 1, max_length = 4_096)]
    path: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Import {
    format: ImportFormat,
    /// Whole path of the file to read, on the machine of the home.
    #[schema(min_length = 1, max_length = 4_096)]
    path: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ImportFormat {
    /// JSON lines: each conversation followed by its messages.
    Jsonl,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Export {
    format: ExportFormat,
    /// Whole path of the file to write, on the machine of the home.
    #[schema(min_length = 1, max_length = 4_096)]
    path: String,
    /// Whether a file that is there may be replaced.
    #[serde(default)]
    replace: bool,
    /// Only this shop.
    shop: Option<i64>,
    /// Only messages written then or later.
    from: Option<Timestamp>,
    /// Only messages written before.
    to: Option<Timestamp>,
    /// Only this conversation, whole; then neither shop nor times.
    conversation: Option<i64>,
    /// With the conversation everything of its buyer in the same shop.
    #[serde(default)]
    same_buyer: bool,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ExportFormat {
    /// JSON lines: each conversation followed by its messages, as an import reads them.
    Jsonl,
    /// One row per message, for spreadsheets.
    Csv,
    /// One page for people.
    Html,
}

impl Export {
    fn what(&self) -> Result<What, Problem> {
        let part = Part { shop: self.shop.map(ShopId), from: self.from, to: self.to };
        match self.conversation.map(ConversationId) {
            None if self.same_buyer => {
                Err(Problem::new(ErrorCode::Invalid, "same_buyer: name a conversation of the buyer")
                    .with("field", "same_buyer"))
            }
            None => Ok(What::History(part)),
            Some(_) if part != Part::default() => {
                let text = "conversation: it is exported whole; leave out shop, from and to";
                Err(Problem::new(ErrorCode::Invalid, text).with("field", "conversation"))
            }
            Some(id) if self.same_buyer => Ok(What::BuyerOf(id)),
            Some(id) => Ok(What::Conversation(id)),
        }
    }
}

/// What an export wrote.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Exported {
    #[schema(minimum = 0)]
    conversations: u64,
    #[schema(minimum = 0)]
    messages: u64,
}

/// What an import did.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Imported {
    #[schema(minimum = 0)]
    pub(crate) conversations: u64,
    /// Messages that are new.
    #[schema(minimum = 0)]
    pub(crate) messages: u64,
    /// Messages that were here before.
    #[schema(minimum = 0)]
    pub(crate) known: u64,
}

/// What a verified copy holds.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct BackedUp {
    #[schema(minimum = 0)]
    shops: u64,
    #[schema(minimum = 0)]
    conversations: u64,
    #[schema(minimum = 0)]
    messages: u64,
}

impl From<BackupInfo> for BackedUp {
    fn from(BackupInfo { shops, conversations, messages, .. }: BackupInfo) -> Self {
        Self { shops, conversations, messages }
    }
}

impl From<ImportReport> for Imported {
    fn from(ImportReport { conversations, messages, known }: ImportReport) -> Self {
        Self { conversations, messages, known }
    }
}

impl From<EngineProgress> for Progress {
    fn from(EngineProgress { done, total }: EngineProgress) -> Self {
        Self { done, total: Some(total), ..Self::default() }
    }
}

/// Writes a verified copy of the inbox while it is in use.
#[utoipa::path(post, path = "/api/backups", tag = "history", request_body = Backup, responses((status = 202, body = Job)))]
async fn start_backup(
    State(engine): State<Engine>,
    State(jobs): State<Jobs>,
    Body(Backup { path }): Body<Backup>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    let path = whole_path(path)?;
    let (job, reporter) = jobs.start(JobKind::Backup);
    tokio::spawn(async move {
        let reporter = Arc::new(reporter);
        let telling = Arc::clone(&reporter);
        let outcome = engine.backup(path, move |step| telling.progress(step.into())).await;
        if let Ok(info) = &outcome {
            reporter.result(JobResult::BackedUp(info.clone().into()));
        }
        if let Some(reporter) = Arc::into_inner(reporter) {
            reporter.end(outcome.map(drop).map_err(Problem::from));
        }
    });
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Stores the conversations of a file. The same file twice changes nothing.
#[utoipa::path(post, path = "/api/imports", tag = "history", request_body = Import, responses((status = 202, body = Job)))]
async fn start_import(
    State(engine): State<Engine>,
    State(jobs): State<Jobs>,
    Body(Import { format: ImportFormat::Jsonl, path }): Body<Import>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    let path = whole_path(path)?;
    let (job, reporter) = jobs.start(JobKind::Import);
    tokio::spawn(async move {
        let reporter = Arc::new(reporter);
        let telling = Arc::clone(&reporter);
        let outcome = engine.import_jsonl(path, move |step| telling.progress(step.into())).await;
        if let Ok(report) = &outcome {
            reporter.result(JobResult::Imported((*report).into()));
        }
        if let Some(reporter) = Arc::into_inner(reporter) {
            reporter.end(outcome.map(drop).map_err(Problem::from));
        }
    });
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Writes history, or one conversation, or everything of one buyer, into a file.
#[utoipa::path(post, path = "/api/exports", tag = "history", request_body = Export, responses((status = 202, body = Job)))]
async fn start_export(
    State(engine): State<Engine>,
    State(jobs): State<Jobs>,
    Body(export): Body<Export>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    let what = export.what()?;
    let Export { format, path, replace, .. } = export;
    let path = whole_path(path)?;
    let format = match format {
        ExportFormat::Jsonl => Format::Jsonl,
        ExportFormat::Csv => Format::Csv,
        ExportFormat::Html => Format::Html,
    };
    let (job, reporter) = jobs.start(JobKind::Export);
    tokio::spawn(async move {
        let reporter = Arc::new(reporter);
        let telling = Arc::clone(&reporter);
        let outcome = engine.export(what, format, path, replace, move |step| telling.progress(step.into())).await;
        if let Ok(engine_export::Exported { conversations, messages }) = &outcome {
            let exported = Exported { conversations: *conversations, messages: *messages };
            reporter.result(JobResult::Exported(exported));
        }
        if let Some(reporter) = Arc::into_inner(reporter) {
            reporter.end(outcome.map(drop).map_err(Problem::from));
        }
    });
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// The owner of a home was started somewhere; a path is only clear from the root.
fn whole_path(path: String) -> Result<PathBuf, Problem> {
    let path = PathBuf::from(path);
    if path.is_absolute() {
        return Ok(path);
    }
    Err(Problem::new(ErrorCode::Invalid, "path: give the whole path, from the root").with("field", "path"))
}
