//! `/thresholds`: after how many hours without a test a stay is listed, by department, with what a change would do to the board.
//!
//! Invariant: a threshold is set by who has the right, with its row of the audit, and never replaced: every setting ever made
//! stays in `app.threshold`, and so does the withdrawal of a department's own. Nobody sets past what somebody else set meanwhile.

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use url::form_urlencoded;
use wardwatch_identity::audit::{self, Entry, Event};
use wardwatch_schema::database::{self, COMMIT_CHANNEL};

use crate::acting::MayAct;
use crate::error::{AsPage, Problem};
use crate::pages::thresholds as page;
use crate::people::{May, SetThresholds, Who};
use crate::roster::Shown;
use crate::server::App;
use crate::views::{Snapshot, thresholds};
use crate::words::form;
use crate::words::thresholds::{self as said, refused};

const PATH: &str = "/thresholds";
const MOST_HOURS: i32 = 8_760;
const LONGEST_NAME: usize = 200;
/// What pages are told with the commit.
const TOPIC: &str = "app.threshold";

/// A change that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Null: the hospital's.
    pub(crate) department: Option<String>,
    /// Null: the department's own is withdrawn, and the hospital's holds there again.
    pub(crate) hours: Option<i32>,
    /// The hours in force when it was asked for.
    pub(crate) seen: Option<i32>,
}

/// `GET /thresholds`
pub(crate) async fn show(
    who: May<SetThresholds>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Markup, AsPage> {
    let change = Change::read(raw.unwrap_or_default().as_bytes()).map_err(|why| Problem::bad_form_of(PATH, &why))?;
    Ok(drawn(&app, &who, change.as_ref(), None).await?)
}

/// `POST /thresholds`
pub(crate) async fn set(who: MayAct<SetThresholds>, State(app): State<App>, body: String) -> Result<Response, AsPage> {
    let change = Change::read(body.as_bytes()).map_err(|why| Problem::bad_form_of(PATH, &why))?;
    let change = change.ok_or_else(|| Problem::bad_form_of(PATH, refused::NOTHING))?;
    if !write(&app, &who, &change).await? {
        return Ok((StatusCode::CONFLICT, drawn(&app, &who, None, Some(refused::TOO_LATE)).await?).into_response());
    }
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
    let shown: Shown = app.roster.shown().await?;
    let mut snapshot = Snapshot::take(&app.pool, who).await?;
    let thresholds = thresholds::in_force(&mut snapshot).await?;
    let view = page::View {
        census: &shown.known.census,
        as_of: shown.as_of,
        thresholds: &thresholds,
        change,
        trouble,
        zone: app.zone,
    };
    Ok(page::draw(&view).seen_by(Some(who)))
}

impl Change {
    /// Nothing where neither hours are given nor a withdrawal.
    fn read(form: &[u8]) -> Result<Option<Self>, String> {
        let (mut department, mut hours, mut seen, mut withdraws) = (None, None, None, false);
        for (name, value) in form_urlencoded::parse(form) {
            let value = value.trim();
            match &*name {
                _ if value.is_empty() => {}
                "department" if value.chars().count() > LONGEST_NAME || value.chars().any(char::is_control) => {
                    return Err(refused::DEPARTMENT.to_owned());
                }
                "department" => department = Some(value.to_owned()),
                "withdraw" => withdraws = value == "yes",
                "hours" => hours = Some(value.parse().map_err(|_| form::NO_HOURS)?),
                "seen" => seen = Some(value.parse().map_err(|_| form::NOT_WHOLE)?),
                _ => return Err(form::unknown_field(&name)),
            }
        }
        match (hours, withdraws) {
            (Some(_), true) => Err(refused::BOTH.to_owned()),
            (None, true) if department.is_none() => Err(refused::HOSPITAL.to_owned()),
            (None, true) => Ok(Some(Self { department, hours: None, seen })),
            (None, false) => Ok(None),
            (Some(1..=MOST_HOURS), false) => Ok(Some(Self { department, hours, seen })),
            (Some(_), false) => Err(refused::hours(MOST_HOURS)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Change;

    #[test]
    fn a_change_is_read_strictly() {
        let read = |form: &str| Change::read(form.as_bytes());
        let change = read("department=ICU&hours=24&seen=48").unwrap().unwrap();
        assert_eq!((change.department.as_deref(), change.hours, change.seen), (Some("ICU"), Some(24), Some(48)));
        let withdrawn = read("department=ICU&withdraw=yes&seen=24").unwrap().unwrap();
        assert_eq!((withdrawn.department.as_deref(), withdrawn.hours, withdrawn.seen), (Some("ICU"), None, Some(24)));
        assert_eq!(read("department=&hours=").unwrap(), None);
        for form in [
            "hours=0",
            "hours=8761",
            "hours=x",
            "hours=24&by=ada",
            "department=a%00&hours=24",
            "withdraw=yes",
            "department=ICU&hours=1&withdraw=yes",
        ] {
            assert!(read(form).is_err(), "{form}");
        }
    }
}
