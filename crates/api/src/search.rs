//! Full text search. Any line is a query; none can fail.

use axum::Json;
use axum::extract::State;
use dragoman_domain::{Channel, Direction, Kind};
use dragoman_engine::{Engine, Tag};
use dragoman_store::search::{
    Cursor, Hit as Found, Hits, Notice as FoundNotice, NoticeCode, PageRequest, Span as FoundSpan, Total as FoundTotal,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::cursor;
use crate::extract::{Query, rows};
use crate::principal::Permission;
use crate::problem::{ErrorCode, Problem};
use crate::route::read;
use crate::words;

/// Longest query, in Unicode scalar values.
const QUERY_LIMIT: usize = 1_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(read(Permission::Read, &[Tag::Inbox], routes!(search_messages)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Words, "phrases", prefixes*, -exclusions and operators such as `kind:question from:2026-11-01`.
    #[param(max_length = 1_000)]
    q: String,
    /// The `next` of the page before.
    after: Option<String>,
    /// Hits at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// A page of hits.
#[derive(Serialize, ToSchema)]
struct SearchPage {
    /// Newest first.
    rows: Vec<Hit>,
    total: Total,
    /// Where the next page begins; null at the end.
    next: Option<String>,
    /// What of the line was left out.
    notices: Vec<Notice>,
    /// The index is being made anew; some words may not be found yet.
    rebuilding: bool,
}

/// How many hits there are on all pages.
#[derive(Serialize, ToSchema)]
struct Total {
    #[schema(minimum = 0)]
    count: u64,
    /// False: there are so many or more.
    exact: bool,
}

/// A message that was found.
#[derive(Serialize, ToSchema)]
struct Hit {
    conversation: i64,
    message: i64,
    /// A piece of the text around the first word found.
    fragment: String,
    /// The same in pieces, with the words found marked.
    spans: Vec<Span>,
    sent_at: Timestamp,
    #[schema(schema_with = words::direction)]
    direction: Direction,
    shop: i64,
    #[schema(schema_with = words::channel)]
    channel: Channel,
    #[schema(schema_with = words::kind)]
    kind: Kind,
    subject: String,
    buyer: String,
}

/// A piece of a fragment.
#[derive(Serialize, ToSchema)]
struct Span {
    text: String,
    /// These are words that were asked for.
    hit: bool,
}

/// Something of the line that was left out.
#[derive(Serialize, ToSchema)]
struct Notice {
    /// Why.
    #[schema(value_type = String)]
    code: NoticeCode,
    /// The part of the line it is about.
    word: String,
}

impl From<Found> for Hit {
    fn from(found: Found) -> Self {
        Self {
            conversation: found.conversation.0,
            message: found.message.0,
            fragment: found.fragment.iter().map(|span| span.text.as_str()).collect(),
            spans: found.fragment.into_iter().map(|FoundSpan { text, hit }| Span { text, hit }).collect(),
            sent_at: found.sent_at,
            direction: found.direction,
            shop: found.shop.0,
            channel: found.channel,
            kind: found.kind,
            subject: found.subject,
            buyer: found.buyer,
        }
    }
}

impl From<FoundTotal> for Total {
    fn from(total: FoundTotal) -> Self {
        match total {
            FoundTotal::Exact(count) => Self { count, exact: true },
            FoundTotal::AtLeast(count) => Self { count, exact: false },
        }
    }
}

impl From<FoundNotice> for Notice {
    fn from(FoundNotice { code, word }: FoundNotice) -> Self {
        Self { code, word }
    }
}

/// Searches the original texts of all messages.
#[utoipa::path(get, path = "/api/search", tag = "search", params(Asked), responses((status = 200, body = SearchPage)))]
async fn search_messages(
    State(engine): State<Engine>,
    Query(asked): Query<Asked>,
) -> Result<Json<SearchPage>, Problem> {
    if asked.q.chars().count() > QUERY_LIMIT {
        let why = format!("a query may have {QUERY_LIMIT} characters at most");
        return Err(Problem::new(ErrorCode::BadRequest, why).with("where", "query"));
    }
    let after: Option<Cursor> = cursor::read(asked.after.as_deref())?;
    let Hits { hits, total, next, notices, rebuilding } =
        engine.search(&asked.q, PageRequest { after, limit: rows(asked.limit)? }).await?;
    Ok(Json(SearchPage {
        rows: hits.into_iter().map(Hit::from).collect(),
        total: total.into(),
        next: next.map(|place| cursor::write(&place)).transpose()?,
        notices: notices.into_iter().map(Notice::from).collect(),
        rebuilding,
    }))
}
