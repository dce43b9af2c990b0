//! Other forms of the board: a file for a spreadsheet, a sheet of paper, a screen in the corridor. Each shows exactly what the
//! filter of its address shows, from its first row to its last, and says how many it does not show.

use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::Markup;
use wardwatch_identity::audit::{Entry, Event};

use super::known;
use crate::error::{AsPage, Problem};
use crate::pages::{sheet, wallboard as wall};
use crate::people::{May, SeeBoard, Who};
use crate::query::BoardQuery;
use crate::server::App;
use crate::views::board::{self, ALL, Board, Grouping, Reader};
use crate::visits;

/// Stays that one turn of the corridor screen shows.
const ON_A_WALL: i64 = 12;

/// `GET /board.csv`
pub(crate) async fn csv(
    who: May<SeeBoard>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AsPage> {
    let (board, query) = whole(&app, &who, &raw.unwrap_or_default(), "/board.csv").await?;
    let name = format!("attachment; filename=\"board-{}.csv\"", board.as_of.format("%Y%m%dT%H%M%SZ"));
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, sheet::csv(&board, &query, &stamp(&app, &who))).into_response())
}

/// `GET /print`
pub(crate) async fn print(
    who: May<SeeBoard>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AsPage> {
    let (board, query) = whole(&app, &who, &raw.unwrap_or_default(), "/print").await?;
    Ok(sheet::draw(&board, &query, &stamp(&app, &who)).into_response())
}

fn stamp<'a>(app: &App, who: &'a Who) -> sheet::Stamp<'a> {
    sheet::Stamp { by: Some(&who.account.name), departments: &who.account.departments, zone: app.zone }
}

/// `GET /wallboard`
pub(crate) async fn wallboard(
    who: May<SeeBoard>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Markup, AsPage> {
    let query = BoardQuery::parse(&raw.unwrap_or_default(), "/wallboard", app.zone)?;
    who.note_search(&app, query.text.as_deref()).await?;
    let query = visits::resolved(&app, &who, query, visits::Look::OfItself).await;
    let (shown, known) = known(&app, &who, &query).await?;
    let as_of = query.as_of.as_ref().map_or(shown.as_of, |as_of| as_of.at);
    let reader = Reader { account: &who.account.name, departments: &who.account.departments, as_of };
    let turning = BoardQuery { per_page: ON_A_WALL, ..query };
    let board = board::page(&known.census, &known.reviews, &turning, Grouping::Sections, &reader);
    let (lost_for, departments) = (shown.lost_for, &who.account.departments);
    Ok(wall::draw(&wall::View { board: &board, query: &turning, departments, lost_for, zone: app.zone }))
}

/// Every row of the filter, which is noted: it leaves the screen.
async fn whole(app: &App, who: &May<SeeBoard>, raw: &str, path: &str) -> Result<(Board, BoardQuery), Problem> {
    let query = BoardQuery::parse(raw, path, app.zone)?;
    let query = visits::resolved(app, who, query, visits::Look::OfItself).await;
    let about = query.link_to(path);
    who.note(app, Entry { about: Some(&about), ..who.entry(Event::BoardCopied) }).await?;
    let (shown, known) = known(app, who, &query).await?;
    if shown.lost_for.is_some() {
        return Err(Problem::database_down());
    }
    let as_of = query.as_of.as_ref().map_or(shown.as_of, |as_of| as_of.at);
    let reader = Reader { account: &who.account.name, departments: &who.account.departments, as_of };
    let all = BoardQuery { page: 1, per_page: ALL, ..query };
    Ok((board::page(&known.census, &known.reviews, &all, Grouping::Sections, &reader), all))
}
