//! Long work of the API, followed from its beginning to its end.

use std::pin::pin;

use dragoman_api::{ErrorCode, Problem};
use futures::StreamExt as _;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failure::{Failure, Outcome};
use crate::home::{Home, OWNERS};
use crate::output::read;

/// What a job says before it ends.
#[derive(Debug)]
pub(crate) enum News {
    /// How far it is.
    Progress(Step),
    /// Something it brought.
    Result(Value),
}

/// How far a job is.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Step {
    pub(crate) done: u64,
    pub(crate) total: Option<u64>,
    pub(crate) left: Option<u64>,
    pub(crate) shop: Option<i64>,
    pub(crate) stream: Option<String>,
    pub(crate) waiting_until: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Started {
    id: i64,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Progress(Step),
    Result(Map<String, Value>),
    Done,
    Failed { problem: Problem },
}

/// Starts a job and returns when it has ended. If the owner of the home ends first, the next one is given the same job, which
/// goes on from what is stored.
pub(crate) async fn carry_out(
    home: &mut Home,
    path: &str,
    request: &Value,
    mut hear: impl FnMut(News) -> Outcome,
) -> Outcome {
    let mut owners = 0;
    loop {
        match attempt(home, path, request, &mut hear).await {
            Err(Failure::Problem(problem)) if home.owner_ended(problem.code) && owners < OWNERS => {
                owners += 1;
                home.forget();
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(home: &mut Home, path: &str, request: &Value, hear: &mut impl FnMut(News) -> Outcome) -> Outcome {
    let Started { id } = read(&home.call(Method::POST, path, Some(request.clone())).await?)?;
    let mut lines = pin!(home.api().await?.stream(&format!("/api/jobs/{id}/lines")).await?);
    while let Some(line) = lines.next().await {
        match read(&line?)? {
            Line::Progress(step) => hear(News::Progress(step))?,
            Line::Result(result) => hear(News::Result(Value::Object(result)))?,
            Line::Done => return Ok(()),
            Line::Failed { problem } => return Err(problem.into()),
        }
    }
    Err(Problem::new(ErrorCode::HomeInUse, "the owner of this home ended before the work did").into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_lines_of_a_job_are_read() {
        let line = json!({"type": "progress", "done": 5, "total": null, "left": 2, "shop": 1, "stream": "recent", "waiting_until": null});
        assert!(matches!(read(&line), Ok(Line::Progress(Step { done: 5, left: Some(2), .. }))));
        let line = json!({"type": "result", "shop": 1, "problem": null});
        assert!(
            matches!(read(&line), Ok(Line::Result(result)) if Value::from(result.clone()) == json!({"shop": 1, "problem": null}))
        );
        let problem = Problem::new(ErrorCode::Stopping, "later");
        let line = json!({"type": "failed", "problem": problem});
        assert!(matches!(read(&line), Ok(Line::Failed { problem: read }) if read == problem));
        assert!(matches!(read(&json!({"type": "done"})), Ok(Line::Done)));
    }
}
