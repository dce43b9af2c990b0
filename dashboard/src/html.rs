//! Handlers of the pages: read the address, fetch, hand to the page.

pub(crate) mod ops;
pub(crate) mod own;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use wardwatch_identity::access::{self, Reach};

use crate::error::{AsPage, Problem};
use crate::pages;
use crate::people::{May, SeeBoard, SeePatients, Who};
use crate::query::{BoardQuery, PatientsQuery};
use crate::server::App;
use crate::views::{Snapshot, board as boards, board::Grouping, patient as one, patients as list};

/// The header with which the script asks for the part that changes.
pub(crate) const FRAGMENT: &str = "x-fragment";

/// `GET /`
pub(crate) async fn board(
    who: May<SeeBoard>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AsPage> {
    let query = BoardQuery::parse(&raw.unwrap_or_default(), "/", app.zone)?;
    who.note_search(&app, query.text.as_deref()).await?;
    let mut snapshot = Snapshot::take(&app.pool, &who).await?;
    let board = boards::read(&mut snapshot, &query, Grouping::Sections, &who.account.departments).await?;
    let departments = who.account.departments.as_slice();
    let view = pages::board::View { board: &board, query: &query, departments, zone: app.zone };
    let is_fragment = query.fragment || headers.contains_key(FRAGMENT);
    let markup =
        if is_fragment { pages::board::fragment(&view) } else { pages::board::draw(&view).seen_by(Some(&who)) };
    Ok(([(header::VARY, HeaderValue::from_static(FRAGMENT))], markup).into_response())
}

/// `GET /patients`
pub(crate) async fn patients(
    who: May<SeePatients>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Markup, AsPage> {
    let query = PatientsQuery::parse(&raw.unwrap_or_default())?;
    who.note_search(&app, query.text.as_deref()).await?;
    let mut snapshot = Snapshot::take(&app.pool, &who).await?;
    let patients = list::read(&mut snapshot, &query).await?;
    Ok(pages::patients::draw(&patients, &query, snapshot.now, app.zone).seen_by(Some(&who)))
}

/// `GET /patients/{id}`
pub(crate) async fn patient(
    who: May<SeePatients>,
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, AsPage> {
    let Path(id) = path.map_err(|_| Problem::no_such_patient())?;
    let mut snapshot = Snapshot::take(&app.pool, &who).await?;
    let patient = one::find(&mut snapshot, &id).await?.ok_or_else(Problem::no_such_patient)?;
    let reach = access::reach(&mut snapshot.tx, app.clock.now(), &who.account, &patient.id).await?;
    drop(snapshot);
    let broken_until = match reach {
        Reach::Within => None,
        Reach::Broken(until) => Some(until),
        Reach::Beyond => {
            let page = pages::beyond::draw(&patient.id, &who.account.departments, false).seen_by(Some(&who));
            return Ok((StatusCode::FORBIDDEN, page).into_response());
        }
    };
    who.note_patient(&app, &patient.id, broken_until.is_some()).await?;
    Ok(pages::patient::draw(&patient, broken_until, app.zone).seen_by(Some(&who)).into_response())
}

/// Any other address: whether there is a page is told only to those who are signed in.
pub(crate) async fn not_found(_who: Who) -> AsPage {
    AsPage(Problem::no_such_page())
}

/// Any other method.
pub(crate) async fn method_not_allowed() -> AsPage {
    AsPage(Problem::method_not_allowed())
}
