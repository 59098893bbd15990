//! Long work that goes on although nobody waits for it: a sync, a backup, an import.
//!
//! Starting one answers at once with its number; its lines can be followed from the beginning by anybody, so that a client
//! that lost its connection misses nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use futures::Stream;
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::erasures::Erased;
use crate::extract::{ById, Path};
use crate::history::{BackedUp, Exported, Imported};
use crate::principal::Permission;
use crate::problem::{ErrorCode, Problem};
use crate::route::read;
use crate::sync::StreamReport;

/// Finished jobs remembered.
const REMEMBERED: usize = 64;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(read(Permission::Read, &[], routes!(get_job))).routes(read(
        Permission::Read,
        &[],
        routes!(follow_job),
    ))
}

/// A piece of long work.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Job {
    id: i64,
    kind: JobKind,
    state: JobState,
    /// How far it is, as it last said.
    progress: Option<Progress>,
    /// What it brought so far.
    results: Vec<JobResult>,
    /// Why it failed.
    problem: Option<Problem>,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobKind {
    Sync,
    Backup,
    Import,
    Export,
    Erasure,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum JobState {
    Running,
    Done,
    Failed,
}

/// How far a job is.
#[derive(Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = JobProgress)]
pub(crate) struct Progress {
    /// Units done: messages of a sync, bytes of an import, pages of a backup.
    #[schema(minimum = 0)]
    pub(crate) done: u64,
    /// Units in all, where that is known.
    #[schema(minimum = 0)]
    pub(crate) total: Option<u64>,
    /// Steps still to come, as far as is known.
    #[schema(minimum = 0)]
    pub(crate) left: Option<u64>,
    /// The shop it is at.
    pub(crate) shop: Option<i64>,
    /// The stream it is at.
    pub(crate) stream: Option<String>,
    /// It waits for a quota until then.
    pub(crate) waiting_until: Option<Timestamp>,
}

/// Something a job brought.
#[derive(Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum JobResult {
    Stream(StreamReport),
    Imported(Imported),
    BackedUp(BackedUp),
    Erased(Erased),
    Exported(Exported),
}

/// A line of a job that is followed.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Progress(Progress),
    Result(JobResult),
    Done,
    Failed { problem: Problem },
}

/// All jobs of this process.
#[derive(Clone, Default)]
pub(crate) struct Jobs(Arc<Mutex<Register>>);

#[derive(Default)]
struct Register {
    last: i64,
    jobs: BTreeMap<i64, watch::Sender<Job>>,
}

/// A running job's way to say how it goes. Dropped without [`Reporter::end`] the job counts as failed.
pub(crate) struct Reporter(watch::Sender<Job>);

impl Jobs {
    /// Registers a job; whoever carries it out reports through the second value.
    pub(crate) fn start(&self, kind: JobKind) -> (Job, Reporter) {
        let mut register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        register.last += 1;
        let job = Job {
            id: register.last,
            kind,
            state: JobState::Running,
            progress: None,
            results: Vec::new(),
            problem: None,
        };
        let sender = watch::Sender::new(job.clone());
        register.jobs.insert(job.id, sender.clone());
        while register.jobs.len() > REMEMBERED {
            let ended = register.jobs.iter().find(|(_, job)| job.borrow().state != JobState::Running);
            let Some(id) = ended.map(|(id, _)| *id) else { break };
            register.jobs.remove(&id);
        }
        (job, Reporter(sender))
    }

    fn watch(&self, id: i64) -> Result<watch::Receiver<Job>, Problem> {
        let register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        register.jobs.get(&id).map(watch::Sender::subscribe).ok_or_else(|| {
            Problem::new(ErrorCode::NotFound, format!("there is no job {id}"))
                .with("what", "job")
                .with("id", id.to_string())
        })
    }
}

impl Reporter {
    pub(crate) fn progress(&self, progress: Progress) {
        self.0.send_modify(|job| job.progress = Some(progress));
    }

    pub(crate) fn result(&self, result: JobResult) {
        self.0.send_modify(|job| job.results.push(result));
    }

    pub(crate) fn end(self, outcome: Result<(), Problem>) {
        self.0.send_modify(|job| match outcome {
            Ok(()) => job.state = JobState::Done,
            Err(problem) => {
                job.state = JobState::Failed;
                job.problem = Some(problem);
            }
        });
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.0.send_if_modified(|job| {
            let lost = job.state == JobState::Running;
            if lost {
                job.state = JobState::Failed;
                job.problem = Some(Problem::new(ErrorCode::Internal, "the work ended without a word"));
            }
            lost
        });
    }
}

/// How a job stands.
#[utoipa::path(get, path = "/api/jobs/{id}", tag = "jobs", params(ById), responses((status = 200, body = Job)))]
async fn get_job(State(jobs): State<Jobs>, Path(ById { id }): Path<ById>) -> Result<Json<Job>, Problem> {
    Ok(Json(jobs.watch(id)?.borrow().clone()))
}

/// A job's lines from its beginning to its end, as JSON lines.
///
/// `{"type":"result",…}` for each result, `{"type":"progress",…}` when it changes, and at last `{"type":"done"}` or
/// `{"type":"failed","problem":…}`.
#[utoipa::path(get, path = "/api/jobs/{id}/lines", tag = "jobs", params(ById),
    responses((status = 200, content_type = "application/x-ndjson", body = String)))]
async fn follow_job(State(jobs): State<Jobs>, Path(ById { id }): Path<ById>) -> Result<Response, Problem> {
    let mut response = Response::new(Body::from_stream(lines(jobs.watch(id)?)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}

struct Follower {
    job: watch::Receiver<Job>,
    results: usize,
    progress: Option<Progress>,
    ended: bool,
}

fn lines(job: watch::Receiver<Job>) -> impl Stream<Item = Result<Bytes, serde_json::Error>> {
    let follower = Follower { job, results: 0, progress: None, ended: false };
    futures::stream::unfold(follower, |mut follower| async move {
        loop {
            let news = follower.news();
            if !news.is_empty() {
                return Some((in_lines(&news), follower));
            }
            if follower.ended || follower.job.changed().await.is_err() {
                return None;
            }
        }
    })
}

impl Follower {
    /// What was not told yet.
    fn news(&mut self) -> Vec<Line> {
        if self.ended {
            return Vec::new();
        }
        let job = self.job.borrow_and_update();
        let mut news: Vec<_> = job.results.iter().skip(self.results).cloned().map(Line::Result).collect();
        self.results = job.results.len();
        if job.progress != self.progress {
            self.progress.clone_from(&job.progress);
            news.extend(job.progress.clone().map(Line::Progress));
        }
        match (job.state, &job.problem) {
            (JobState::Running, _) => return news,
            (JobState::Failed, Some(problem)) => news.push(Line::Failed { problem: problem.clone() }),
            (JobState::Done | JobState::Failed, _) => news.push(Line::Done),
        }
        drop(job);
        self.ended = true;
        news
    }
}

fn in_lines(news: &[Line]) -> Result<Bytes, serde_json::Error> {
    let mut text = Vec::new();
    for line in news {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

    use futures::StreamExt;
    use serde_json::{Value, json};

    use super::*;

    async fn follow(jobs: &Jobs, id: i64) -> Vec<Value> {
        let text: Vec<u8> = lines(jobs.watch(id).unwrap()).map(Result::unwrap).collect::<Vec<_>>().await.concat();
        text.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    fn imported(messages: u64) -> JobResult {
        JobResult::Imported(Imported { conversations: 1, messages, known: 0 })
    }

    #[tokio::test]
    async fn whoever_comes_late_reads_all_results_and_the_end() {
        let jobs = Jobs::default();
        let (job, reporter) = jobs.start(JobKind::Import);
        reporter.result(imported(1));
        reporter.progress(Progress { done: 5, ..Progress::default() });
        reporter.result(imported(2));
        reporter.end(Ok(()));
        let lines = follow(&jobs, job.id).await;
        let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["result", "result", "progress", "done"]);
        assert_eq!(lines[1]["messages"], 2);
    }

    #[tokio::test]
    async fn whoever_follows_hears_of_the_failure() {
        let jobs = Jobs::default();
        let (job, reporter) = jobs.start(JobKind::Backup);
        let following = tokio::spawn({
            let jobs = jobs.clone();
            async move { follow(&jobs, job.id).await }
        });
        tokio::task::yield_now().await;
        reporter.end(Err(Problem::new(ErrorCode::DiskFull, "full")));
        let lines = following.await.unwrap();
        assert_eq!(lines[0]["problem"]["code"], json!("disk_full"));
    }

    #[tokio::test]
    async fn a_job_whose_work_vanished_counts_as_failed() {
        let jobs = Jobs::default();
        let (job, reporter) = jobs.start(JobKind::Sync);
        drop(reporter);
        assert_eq!(follow(&jobs, job.id).await[0]["type"], "failed");
    }

    #[test]
    fn old_jobs_are_forgotten_and_running_ones_are_not() {
        let jobs = Jobs::default();
        let (first, _running) = jobs.start(JobKind::Sync);
        for _ in 0..REMEMBERED * 2 {
            jobs.start(JobKind::Sync).1.end(Ok(()));
        }
        assert!(jobs.watch(first.id).is_ok());
        assert!(jobs.watch(first.id + 1).is_err());
    }
}
