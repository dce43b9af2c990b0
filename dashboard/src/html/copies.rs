//! Other forms of the board: a file for a spreadsheet, a sheet of paper, a screen in the corridor. Each shows exactly what the
//! filter of its address shows, from its first row to its last, and says how many it does not show.

use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::Markup;
use wardwatch_identity::audit::{Entry, Event};

use super::asked::{Asked, note_search};
use crate::error::{AsPage, Problem};
use crate::pages::{sheet, wallboard as wall};
use crate::people::{May, SeeBoard, Who};
use crate::query::BoardQuery;
use crate::server::App;
use crate::views::board::{ALL, Board, Grouping};
use crate::visits;

/// Stays of one page of the corridor screen. Those for which a screen has no place are shown a turn later.
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
    note_search(&app, &who, &query, "/wallboard").await?;
    let query = visits::resolved(&app, &who, query, visits::Look::OfItself).await;
    let asked = Asked::read(&app, &who, query, "/wallboard").await?;
    let turning = BoardQuery { per_page: ON_A_WALL, ..asked.query.clone() };
    let board = asked.board(&who, &turning, Grouping::Sections);
    let (lost_for, departments) = (asked.shown.lost_for, &who.account.departments);
    Ok(wall::draw(&wall::View { board: &board, query: &turning, departments, lost_for, zone: app.zone }))
}

/// Every row of the filter, which is noted: it leaves the screen.
async fn whole(app: &App, who: &May<SeeBoard>, raw: &str, path: &str) -> Result<(Board, BoardQuery), Problem> {
    let query = BoardQuery::parse(raw, path, app.zone)?;
    let query = visits::resolved(app, who, query, visits::Look::OfItself).await;
    let about = query.link_to(path);
    who.note(app, Entry { about: Some(&about), ..who.entry(Event::BoardCopied) }).await?;
    let asked = Asked::read(app, who, query, path).await?;
    if asked.shown.lost_for.is_some() {
        return Err(Problem::database_down());
    }
    let all = BoardQuery { page: 1, per_page: ALL, ..asked.query.clone() };
    Ok((asked.board(who, &all, Grouping::Sections), all))
}
