//! Handlers of the pages: read the address, fetch, hand to the page.

pub(crate) mod asked;
pub(crate) mod copies;
pub(crate) mod ops;
pub(crate) mod own;
pub(crate) mod review;
pub(crate) mod thresholds;

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use maud::Markup;

use self::asked::{Asked, note_search};
use crate::drawn::{self, Drawn, Look};
use crate::error::{AsPage, Problem};
use crate::opening::{self, Opening};
use crate::pages;
use crate::pages::leads::Leads;
use crate::pages::told::Told;
use crate::parts::person;
use crate::people::{May, SeeBoard, SeePatients, Who};
use crate::query::{BoardQuery, PatientsQuery, present_only};
use crate::roster::Shown;
use crate::server::App;
use crate::views::review::Standing;
use crate::views::{Snapshot, board::Grouping, patients as list};
use crate::visits;

/// The header with which the script asks for the part that changes.
pub(crate) const FRAGMENT: &str = "x-fragment";

/// What somebody has just done is told for so long.
const TOLD_FOR: TimeDelta = TimeDelta::minutes(1);

/// `GET /`
pub(crate) async fn board(
    who: May<SeeBoard>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AsPage> {
    let query = BoardQuery::parse(&raw.unwrap_or_default(), "/", app.zone)?;
    note_search(&app, &who, &query, "/").await?;
    let is_whole = !headers.contains_key(FRAGMENT);
    let look = if who.by_hand { visits::Look::ByHand } else { visits::Look::OfItself };
    let query = visits::resolved(&app, &who, query, look).await;
    let asked = Asked::read(&app, &who, query, "/").await?;
    let draw = || drawn(&app, &who, &asked, is_whole).into_string();
    // What is not live grows older by the second; another moment than the present was asked of the database.
    let is_shared = asked.shown.lost_for.is_none() && asked.query.as_of.is_none();
    let look = Look::of(&who, &asked.query, is_whole);
    let page = match (is_shared, is_whole) {
        (true, true) => app.pages.get(&asked.shown, look, draw).await,
        (true, false) => app.pages.update(&asked.shown, look, drawn::version_had(&headers), draw).await,
        (false, _) => Arc::new(Drawn::of(draw())),
    };
    let varies = HeaderValue::from_static("x-fragment, x-since, accept-encoding");
    Ok(([(header::VARY, varies)], page.answer(&headers)).into_response())
}

fn drawn(app: &App, who: &Who, asked: &Asked, is_whole: bool) -> Markup {
    let (query, shown) = (&asked.query, &asked.shown);
    let board = asked.board(who, query, Grouping::Sections);
    let told = if is_whole { told(who, query, shown, board.page) } else { None };
    let view = pages::board::View {
        board: &board,
        query,
        reader: &who.account,
        acting: app.acting,
        told: told.as_ref(),
        lost_for: shown.lost_for,
        zone: app.zone,
    };
    if is_whole { pages::board::draw(&view).seen_by(Some(who)) } else { pages::board::fragment(&view) }
}

/// What the reader has done within the last minute.
fn told<'a>(who: &Who, query: &BoardQuery, shown: &'a Shown, page: i64) -> Option<Told<'a>> {
    let known = &shown.known;
    let review = known.newest_by(&who.account.name).filter(|review| shown.as_of - review.at < TOLD_FOR)?;
    let place = known.census.place(&review.patient_id, &review.case_number)?;
    let seen = known.reviews.standing(place).map_or(review.number, Standing::seen);
    let back = query.link(|query| query.page = page);
    Some(Told { review, seen, person: &known.census.entry(place).person, back })
}

/// What stands in memory is of everybody.
pub(crate) fn refuse_patients(who: &Who) -> Result<(), Problem> {
    if who.account.patient_id.is_some() { Err(Problem::not_yours(who.account.role)) } else { Ok(()) }
}

/// `GET /patients`
pub(crate) async fn patients(
    who: May<SeePatients>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Markup, AsPage> {
    let query = PatientsQuery::parse(&raw.unwrap_or_default())?;
    who.note_list(&app, query.text.as_deref(), query.after.as_deref()).await?;
    let mut snapshot = Snapshot::take(&app.pool, &who).await?;
    let mut patients = list::read(&mut snapshot, &query).await?;
    if let Some(shown) = app.roster.live() {
        patients.flag_look_alikes(&shown.known.census);
    }
    Ok(pages::patients::draw(&patients, &query, snapshot.now, app.zone).seen_by(Some(&who)))
}

/// `GET /patients/{id}`
pub(crate) async fn patient(
    who: May<SeePatients>,
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AsPage> {
    let Path(id) = path.map_err(|_| Problem::no_such_patient())?;
    present_only(&raw.unwrap_or_default(), &person::address(&id), &[])?;
    Ok(match opening::open(&app, &who, &id).await? {
        Opening::Open(patient, broken_until) => {
            let shown = app.roster.live();
            let feeds = shown.as_ref().map(|shown| shown.known.census.feeds.as_slice());
            pages::patient::draw(&patient, feeds, broken_until, Leads::of(&who.account), app.zone)
                .seen_by(Some(&who))
                .into_response()
        }
        Opening::Beyond => {
            let page = pages::beyond::draw(&id, &who.account.departments, false).seen_by(Some(&who));
            (StatusCode::FORBIDDEN, page).into_response()
        }
    })
}

/// Any other address: whether there is a page is told only to those who are signed in.
pub(crate) async fn not_found(_who: Who) -> AsPage {
    AsPage(Problem::no_such_page())
}

/// Any other method: told to everybody, and to those who are signed in with their navigation.
pub(crate) async fn method_not_allowed(_who: Result<Who, Response>) -> AsPage {
    AsPage(Problem::method_not_allowed())
}
