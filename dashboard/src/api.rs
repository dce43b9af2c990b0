//! Handlers of the JSON API. What they answer stands in `answer`.
//!
//! Times are RFC 3339 in UTC; `idle_hours` is exact to the millisecond; errors are `{"error": {"code", "message"}}`.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use serde_json::{Value, json};
use wardwatch_schema::database;

use crate::answer::{BoardAnswer, ErrorAnswer, PatientAnswer};
use crate::error::{AsJson, Problem};
use crate::html::asked::Asked;
use crate::openapi::parameter;
use crate::opening::{self, Opening};
use crate::parts::person;
use crate::people::{May, SeeBoard, SeePatients, Who};
use crate::query::{BoardQuery, present_only};
use crate::server::App;
use crate::views::Snapshot;
use crate::views::board::Grouping;
use crate::visits;

/// The board: who has been in hospital for longer than the threshold without a new test being performed.
#[utoipa::path(
    get,
    path = "/api/v1/board",
    params(
        ("as_of" = inline(Option<parameter::Moment>), Query, description = "RFC 3339, or the hospital's wall clock where it carries no offset; now unless given"),
        ("hours" = inline(Option<parameter::Hours>), Query, description = "Overrides every threshold"),
        ("department" = Option<String>, Query, max_length = 100, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffd]*$", description = "As the stay of somebody in hospital or a threshold names it, or but for its white space. Stays of no known department are listed in every one, also in one that nobody names"),
        ("state" = Option<String>, Query, pattern = "^(|overdue|chase|unknown)$"),
        ("section" = Option<String>, Query, pattern = "^(|unreadable|main|long_open|acknowledged)$"),
        ("physician" = Option<String>, Query, max_length = 100, pattern = "^( *|[^\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffd]*(\\p{L}|\\p{N})[^\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffd]*)$", description = "How words of the physician's name begin; the whole name finds that one alone. At least one letter or digit"),
        ("days" = inline(Option<parameter::Days>), Query, description = "Without a test for at least so many days"),
        ("mine" = Option<String>, Query, pattern = "^(|yes|no)$", description = "Only stays that the account has taken on"),
        ("due" = inline(Option<parameter::Due>), Query, description = "In place of the board: stays that cross their threshold within so many hours, or by a time of day of the hospital's clock"),
        ("since" = inline(Option<parameter::Since>), Query, description = "Only what has changed since a moment, written as as_of is; or visit: since the account's last visit of the board"),
        ("q" = Option<String>, Query, max_length = 100, pattern = "^( *|[^\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffd]*(\\p{L}|\\p{N})[^\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffd]*)$", description = "A part of a name, id, case or room. At least one letter or digit"),
        ("sort" = Option<String>, Query, pattern = "^(|idle|patient|department|admitted|ordered|state|performed|waiting|physician)$"),
        ("direction" = Option<String>, Query, pattern = "^(|natural|reversed)$"),
        ("page" = inline(Option<parameter::Page>), Query),
        ("per_page" = inline(Option<parameter::PerPage>), Query),
    ),
    responses(
        (status = 200, body = BoardAnswer),
        (status = 400, description = "A parameter cannot be read", body = ErrorAnswer),
        (status = 401, description = "No session and no token, or an expired one", body = ErrorAnswer),
        (status = 403, description = "The account or the token may not see it", body = ErrorAnswer),
        (status = 500, description = "Our own fault", body = ErrorAnswer),
        (status = 503, description = "The database is away, or the warehouse is being rebuilt", body = ErrorAnswer),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn board(
    who: May<SeeBoard>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Json<BoardAnswer>, AsJson> {
    let query = BoardQuery::parse(&raw.unwrap_or_default(), "/api/v1/board", app.zone)?;
    who.note_export(&app, &query.link_to("/api/v1/board")).await?;
    let query = visits::resolved(&app, &who, query, visits::Look::OfItself).await;
    who.note_search(&app, query.text.as_deref()).await?;
    drop(app.roster.current().await?);
    let asked = Asked::read(&app, &who, query, "/api/v1/board").await?;
    let board = asked.board(&who, &asked.query, Grouping::None);
    Ok(Json(BoardAnswer::of(board, asked.query.state)))
}

/// One patient: what every feed says and said, where, and what is in doubt.
#[utoipa::path(
    get,
    path = "/api/v1/patients/{id}",
    params(("id" = String, Path, description = "As the hospital writes it; leading zeros matter")),
    responses(
        (status = 200, body = PatientAnswer),
        (status = 400, description = "It takes no parameter: it tells of the present only", body = ErrorAnswer),
        (status = 401, description = "No session and no token, or an expired one", body = ErrorAnswer),
        (status = 403, description = "The account or the token may not see it", body = ErrorAnswer),
        (status = 404, description = "No feed has named this id", body = ErrorAnswer),
        (status = 500, description = "Our own fault", body = ErrorAnswer),
        (status = 503, description = "The database is away, or the warehouse is being rebuilt", body = ErrorAnswer),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn patient(
    who: May<SeePatients>,
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Json<PatientAnswer>, AsJson> {
    let Path(id) = path.map_err(|_| Problem::no_such_patient())?;
    present_only(&raw.unwrap_or_default(), &person::address(&id), &[])?;
    match opening::open(&app, &who, &id).await? {
        Opening::Open(patient, _) => Ok(Json((*patient).into())),
        Opening::Beyond => Err(Problem::beyond_departments().into()),
    }
}

/// Any other address under `/api`.
pub(crate) async fn not_found(_who: Who) -> AsJson {
    AsJson(Problem::no_such_page())
}

/// `GET /healthz`: this process is alive, whatever the database does.
pub(crate) async fn healthz() -> Json<Value> {
    Json(json!({"status": "alive"}))
}

/// `GET /readyz`: the database is there and fits this program.
pub(crate) async fn readyz(State(app): State<App>) -> Result<Json<Value>, AsJson> {
    drop(Snapshot::of_program(&app.pool).await?);
    database::expect_migrated(&app.pool).await?;
    Ok(Json(json!({"status": "ready"})))
}
