//! Handlers of the pages: read the address, fetch, hand to the page.

pub(crate) mod ops;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;

use crate::error::{AsPage, Problem};
use crate::pages;
use crate::query::{BoardQuery, PatientsQuery};
use crate::server::App;
use crate::views::{Snapshot, board as boards, board::Grouping, patient as one, patients as list};

/// The header with which the script asks for the part that changes.
const FRAGMENT: &str = "x-fragment";

/// `GET /`
pub(crate) async fn board(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AsPage> {
    let query = BoardQuery::parse(&raw.unwrap_or_default(), "/", app.zone)?;
    let mut snapshot = Snapshot::take(&app.pool).await?;
    let board = boards::read(&mut snapshot, &query, Grouping::Sections).await?;
    let view = pages::board::View { board: &board, query: &query, zone: app.zone };
    let is_fragment = query.fragment || headers.contains_key(FRAGMENT);
    let markup = if is_fragment { pages::board::fragment(&view) } else { pages::board::draw(&view) };
    Ok(([(header::VARY, HeaderValue::from_static(FRAGMENT))], markup).into_response())
}

/// `GET /patients`
pub(crate) async fn patients(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Markup, AsPage> {
    let query = PatientsQuery::parse(&raw.unwrap_or_default())?;
    let mut snapshot = Snapshot::take(&app.pool).await?;
    let patients = list::read(&mut snapshot, &query).await?;
    Ok(pages::patients::draw(&patients, &query, snapshot.now, app.zone))
}

/// `GET /patients/{id}`
pub(crate) async fn patient(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Markup, AsPage> {
    let Path(id) = path.map_err(|_| Problem::no_such_patient())?;
    let mut snapshot = Snapshot::take(&app.pool).await?;
    let patient = one::find(&mut snapshot, &id).await?.ok_or_else(Problem::no_such_patient)?;
    Ok(pages::patient::draw(&patient, app.zone))
}

/// Any other address.
pub(crate) async fn not_found() -> AsPage {
    AsPage(Problem::no_such_page())
}

/// Any other method.
pub(crate) async fn method_not_allowed() -> AsPage {
    AsPage(Problem::method_not_allowed())
}
