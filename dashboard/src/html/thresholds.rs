//! `/thresholds`: after how many hours without a test a stay is listed, by department, with what a change would do to the board.
//!
//! Invariant: a threshold is set by who has the right, with its row of the audit, and never replaced: every setting ever made
//! stays in `app.threshold`, and so does the withdrawal of a department's own. Nobody sets past what somebody else set meanwhile,
//! nor for a department of which nobody has heard: it would hold for no patient.

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use wardwatch_identity::audit::{self, Entry, Event};
use wardwatch_schema::database::{self, COMMIT_CHANNEL};

use crate::acting::MayAct;
use crate::error::{AsPage, Problem};
use crate::pages::thresholds as page;
use crate::people::{May, SetThresholds, Who};
use crate::query::Change;
use crate::roster::Shown;
use crate::server::App;
use crate::views::census::Census;
use crate::views::thresholds::Threshold;
use crate::views::{Snapshot, thresholds};
use crate::words::thresholds::{self as said, refused};

const PATH: &str = "/thresholds";
/// What pages are told with the commit.
const TOPIC: &str = "app.threshold";

/// `GET /thresholds`
pub(crate) async fn show(
    who: May<SetThresholds>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Markup, AsPage> {
    let change = Change::parse(&raw.unwrap_or_default())?;
    Ok(drawn(&app, &who, change.as_ref(), None).await?)
}

/// `POST /thresholds`
pub(crate) async fn set(who: MayAct<SetThresholds>, State(app): State<App>, body: String) -> Result<Response, AsPage> {
    let bad = |why: &str| Problem::bad_form_of(PATH, why);
    let asked = Change::parse(&body).map_err(|problem| bad(&problem.message))?.ok_or_else(|| bad(refused::NOTHING))?;
    let (shown, in_force) = present(&app, &who).await?;
    let change = in_the_hospitals_words(&asked, &shown.known.census, &in_force);
    let change = change.ok_or_else(|| bad(refused::DEPARTMENT))?;
    if !write(&app, &who, &change).await? {
        return Ok((StatusCode::CONFLICT, drawn(&app, &who, None, Some(refused::TOO_LATE)).await?).into_response());
    }
    // Where they go from here, the new threshold counts already.
    drop(app.roster.current().await);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, PATH)]).into_response())
}

/// The setting and its row of the audit, in one transaction. Whether it was written: nothing is, where another one is in force
/// than was seen.
async fn write(app: &App, who: &Who, change: &Change) -> Result<bool, sqlx::Error> {
    let (now, department) = (app.clock.now(), change.department.as_deref());
    let mut tx = database::begin(&app.pool).await?;
    let in_force = thresholds::to_be_set(&mut tx, department).await?;
    let is_withdrawn_already = change.hours.is_none() && in_force.is_none();
    if in_force != change.seen || is_withdrawn_already {
        return Ok(false);
    }
    thresholds::set(&mut tx, now, &who.account.name, department, change.hours).await?;
    sqlx::query("SELECT pg_notify($1, $2)").bind(COMMIT_CHANNEL).bind(TOPIC).execute(&mut *tx).await?;
    let about = said::audited(department, change.hours, in_force);
    audit::note(&mut tx, now, &Entry { about: Some(&about), ..who.entry(Event::ThresholdSet) }).await?;
    tx.commit().await?;
    Ok(true)
}

async fn drawn(app: &App, who: &Who, change: Option<&Change>, trouble: Option<&str>) -> Result<Markup, Problem> {
    let (shown, thresholds) = present(app, who).await?;
    let named = |asked: &Change| {
        in_the_hospitals_words(asked, &shown.known.census, &thresholds).ok_or_else(|| asked.of_nowhere())
    };
    let change = change.map(named).transpose()?;
    let view = page::View {
        census: &shown.known.census,
        reviews: &shown.known.reviews,
        as_of: shown.as_of,
        thresholds: &thresholds,
        change: change.as_ref(),
        trouble,
        zone: app.zone,
    };
    Ok(page::draw(&view).seen_by(Some(who)))
}

/// What is known now, and what is in force.
async fn present(app: &App, who: &Who) -> Result<(Shown, Vec<Threshold>), Problem> {
    let shown = app.roster.shown().await?;
    let mut snapshot = Snapshot::take(&app.pool, who).await?;
    Ok((shown, thresholds::in_force(&mut snapshot).await?))
}

/// The change with its department as a stay or a threshold names it; none, where neither does.
fn in_the_hospitals_words(change: &Change, census: &Census, in_force: &[Threshold]) -> Option<Change> {
    let Some(asked) = change.department.as_deref() else { return Some(change.clone()) };
    let set = || in_force.iter().filter_map(|threshold| threshold.department.as_deref()).find(|name| *name == asked);
    let name = census.department(asked).or_else(set)?;
    Some(Change { department: Some(name.to_owned()), ..change.clone() })
}
