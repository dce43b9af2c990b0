//! Patients of departments that a clinician is not limited to: opened for a reason, reviewed by administrators.

use axum::Form;
use axum::extract::rejection::{FormRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use wardwatch_identity::access::{self, LONGEST_REASON, Reach};

use super::{BreakGlass, May, ReviewAccess};
use crate::error::{AsPage, Problem};
use crate::pages::beyond;
use crate::parts::person;
use crate::server::App;
use crate::views::{Snapshot, patient};
use crate::words::form as words;

/// The form.
#[derive(Deserialize)]
pub(crate) struct Why {
    #[serde(default)]
    reason: String,
}

/// `POST /patients/{id}/break-glass`
pub(crate) async fn break_glass(
    who: May<BreakGlass>,
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    form: Result<Form<Why>, FormRejection>,
) -> Result<Response, AsPage> {
    let Path(id) = path.map_err(|_| Problem::no_such_patient())?;
    let Form(Why { reason }) = form.map_err(|unread| Problem::unread_form(&unread, "/patients", words::NO_REASON))?;
    let mut snapshot = Snapshot::take(&app.pool, &who).await?;
    patient::traces(&mut snapshot, &id).await?.ok_or_else(Problem::no_such_patient)?;
    let now = app.clock.now();
    let reach = access::reach(&mut snapshot.tx, now, &who.account, &id).await?;
    drop(snapshot);
    if reach == Reach::Beyond {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON || reason.contains('\0') {
            let page = beyond::draw(&id, &who.account.departments, true).seen_by(Some(&who));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        access::break_glass(&app.pool, now, &who.account, who.address, &id, reason).await?;
    }
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, person::address(&id))]).into_response())
}

/// The form of a review.
#[derive(Deserialize)]
pub(crate) struct Reviewed {
    opening: i64,
}

/// `POST /audit/reviews`
pub(crate) async fn review(
    who: May<ReviewAccess>,
    State(app): State<App>,
    form: Result<Form<Reviewed>, FormRejection>,
) -> Result<Response, AsPage> {
    let Form(reviewed) = form.map_err(|unread| Problem::unread_form(&unread, "/audit", words::NO_OPENING))?;
    access::review(&app.pool, app.clock.now(), &who.account, who.address, reviewed.opening).await?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, "/audit")]).into_response())
}
