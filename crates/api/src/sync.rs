//! A round of fetching, asked for by a person.

use axum::Json;
use axum::extract::State;
use dragoman_domain::ShopId;
use dragoman_engine::sync::{StreamReport as EngineReport, SyncProgress, SyncRequest};
use dragoman_engine::{Engine, Tag};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::Body;
use crate::jobs::{Job, JobKind, JobResult, Jobs, Progress, Reporter};
use crate::principal::Permission;
use crate::problem::Problem;
use crate::route::change_in_memory;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(change_in_memory(Permission::Answer, &[Tag::Shops], routes!(start_sync)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Sync {
    /// These shops; every shop when empty.
    #[serde(default)]
    #[schema(max_items = 1_000)]
    shops: Vec<i64>,
    /// All history instead of the usual days.
    #[serde(default)]
    deep: bool,
}

/// What a sync did for one stream.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct StreamReport {
    shop: i64,
    /// Empty when the shop could not be asked at all.
    stream: String,
    /// Messages seen.
    #[schema(minimum = 0)]
    fetched: u64,
    #[schema(minimum = 0)]
    new: u64,
    #[schema(minimum = 0)]
    changed: u64,
    /// Items put aside.
    #[schema(minimum = 0)]
    quarantined: u64,
    /// Why it stopped early.
    problem: Option<Problem>,
}

impl From<EngineReport> for StreamReport {
    fn from(report: EngineReport) -> Self {
        let EngineReport { shop, stream, fetched, new, changed, quarantined, problem } = report;
        Self { shop: shop.0, stream, fetched, new, changed, quarantined, problem: problem.map(Problem::from) }
    }
}

/// Fetches what awaits an answer and what is new, then carries out the outbox. Follow the job for its reports.
#[utoipa::path(post, path = "/api/sync", tag = "sync", request_body = Sync, responses((status = 202, body = Job)))]
async fn start_sync(
    State(engine): State<Engine>,
    State(jobs): State<Jobs>,
    Body(Sync { shops, deep }): Body<Sync>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    for shop in &shops {
        engine.shop(ShopId(*shop)).await?;
    }
    let (job, reporter) = jobs.start(JobKind::Sync);
    let request = SyncRequest { shops: shops.into_iter().map(ShopId).collect(), deep };
    tokio::spawn(carry_out(engine, request, reporter));
    Ok((StatusCode::ACCEPTED, Json(job)))
}

async fn carry_out(engine: Engine, request: SyncRequest, reporter: Reporter) {
    let (sender, mut steps) = mpsc::unbounded_channel();
    let telling = async {
        while let Some(step) = steps.recv().await {
            match step {
                SyncProgress::Step { shop, stream, fetched, left } => {
                    let (shop, stream) = (Some(shop.0), Some(stream));
                    reporter.progress(Progress { done: fetched, left, shop, stream, ..Progress::default() });
                }
                SyncProgress::Waiting { shop, stream, until } => {
                    let (shop, stream, waiting_until) = (Some(shop.0), Some(stream), Some(until));
                    reporter.progress(Progress { shop, stream, waiting_until, ..Progress::default() });
                }
                SyncProgress::Done(report) => reporter.result(JobResult::Stream(report.into())),
            }
        }
    };
    // The sender goes with the sync, which ends the telling.
    let (outcome, ()) = tokio::join!(engine.sync(request, sender), telling);
    reporter.end(outcome.map(drop).map_err(Problem::from));
}
