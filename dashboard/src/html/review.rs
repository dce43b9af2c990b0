//! Handlers of the page on which somebody acts on one stay.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use url::form_urlencoded;

use crate::error::{AsPage, Problem};
use crate::html::refuse_patients;
use crate::pages::review as page;
use crate::parts::person;
use crate::people::{May, ReviewStays, Who};
use crate::query::present_only;
use crate::reviewing::{Typed, require_reach, way_back};
use crate::server::App;
use crate::views::Snapshot;
use crate::views::board::State;
use crate::views::census::{Census, Entry};
use crate::views::review::{self, Review, Standing};

/// The stay that a page is about, as the census has it.
pub(crate) struct Reviewed {
    pub(crate) patient_id: String,
    pub(crate) case_number: String,
    pub(crate) entry: Entry,
    pub(crate) state: State,
    pub(crate) standing: Standing,
    pub(crate) as_of: DateTime<Utc>,
    /// Everything that was ever done about it, the newest first.
    pub(crate) history: Vec<Review>,
    /// Whether the reader sees it because they broke the glass.
    pub(crate) is_broken_open: bool,
}

/// `GET /patients/{id}/stays/{case}`
pub(crate) async fn show(
    who: May<ReviewStays>,
    Shared(app): Shared<App>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AsPage> {
    let Path((id, case)) = path.map_err(|_| Problem::no_such_patient())?;
    let raw = raw.unwrap_or_default();
    present_only(&raw, &person::path("/patients", &[&id, "stays", &case]), &["back"])?;
    let stay = find(&app, &who, &id, &case).await?;
    who.note_patient(&app, &id, stay.is_broken_open).await?;
    let back = form_urlencoded::parse(raw.as_bytes()).find(|(name, _)| name == "back");
    let back = back.map_or_else(|| "/".to_owned(), |(_, said)| way_back(&said));
    let view = page::View {
        stay: &stay,
        back: &back,
        trouble: None,
        typed: None,
        acting: app.acting,
        who: &who,
        zone: app.zone,
    };
    Ok(page::draw(&view).seen_by(Some(&who)).into_response())
}

/// The page again, with what is wrong and what was typed. It shows the patient, which is noted.
pub(crate) async fn again(app: &App, who: &Who, stay: &Reviewed, refused: &Refused<'_>) -> Result<Response, Problem> {
    who.note_patient(app, &stay.patient_id, stay.is_broken_open).await?;
    let back = refused.typed.back();
    let (trouble, typed) = (Some(refused.why), Some(refused.typed));
    let view = page::View { stay, back: &back, trouble, typed, acting: app.acting, who, zone: app.zone };
    Ok((refused.status, page::draw(&view).seen_by(Some(who))).into_response())
}

/// Why nothing was written.
pub(crate) struct Refused<'a> {
    pub(crate) status: StatusCode,
    pub(crate) why: &'a str,
    pub(crate) typed: &'a Typed,
}

/// The stay, where the reader may act on it and it is not over.
pub(crate) async fn find(app: &App, who: &Who, id: &str, case: &str) -> Result<Reviewed, Problem> {
    refuse_patients(who)?;
    if id.contains('\0') || case.contains('\0') {
        return Err(Problem::no_such_patient());
    }
    let is_broken_open = require_reach(app, who, id).await?;
    let shown = app.roster.shown().await?;
    let census = &shown.known.census;
    let place = census.place(id, case).ok_or_else(Problem::no_open_stay)?;
    let entry = census.entry(place).clone();
    let state = Census::state(&entry, shown.as_of);
    let mut snapshot = Snapshot::take(&app.pool, who).await?;
    let mut history = review::of_patient(&mut snapshot, id).await?;
    history.retain(|review| review.case_number == case);
    let standing = Standing::of(history.iter().cloned()).in_doubt(entry.doubted_at);
    let (patient_id, case_number) = (id.to_owned(), case.to_owned());
    let as_of = shown.as_of;
    Ok(Reviewed { patient_id, case_number, entry, state, standing, as_of, history, is_broken_open })
}
