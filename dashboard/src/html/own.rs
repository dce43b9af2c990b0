//! Handlers of a patient's own record and of the audit.

use axum::extract::{RawQuery, State};
use maud::Markup;
use wardwatch_identity::access;
use wardwatch_identity::audit::{Entry, Event};

use crate::error::{AsPage, Problem};
use crate::pages;
use crate::people::contact::Entered;
use crate::people::{May, SeeAudit, SeeOwnRecord, Who};
use crate::query::AuditQuery;
use crate::server::App;
use crate::views::{Snapshot, audit as trail, own as one};

/// `GET /me`: whose record it is stands in the account, never in the address.
pub(crate) async fn me(
    who: May<SeeOwnRecord>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Markup, AsPage> {
    let patient_id = who.account.patient_id.as_deref().ok_or_else(|| Problem::not_yours(who.account.role))?;
    Ok(page(&app, &who, patient_id, &[], raw.as_deref() == Some("saved")).await?)
}

/// The page, with what was typed into the form where it is not taken.
pub(crate) async fn page(
    app: &App,
    who: &Who,
    patient_id: &str,
    entered: &[Entered],
    is_saved: bool,
) -> Result<Markup, Problem> {
    who.note(app, Entry { patient_id: Some(patient_id), ..who.view(Event::OwnRecordViewed) }).await?;
    let mut snapshot = Snapshot::take(&app.pool, who).await?;
    let own = one::read(&mut snapshot, patient_id).await?;
    let form = pages::own::Form { entered, is_saved };
    Ok(pages::own::draw(&own, &form, app.zone).seen_by(Some(who)))
}

/// `GET /audit`
pub(crate) async fn audit(
    who: May<SeeAudit>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Markup, AsPage> {
    let query = AuditQuery::parse(&raw.unwrap_or_default())?;
    let words = query.words();
    let about = Some(words.as_str()).filter(|words| !words.is_empty());
    who.note(&app, Entry { about, patient_id: query.patient.as_deref(), ..who.view(Event::AuditSearched) }).await?;
    let mut snapshot = Snapshot::for_ops(&app.pool, &who).await?;
    let rows = trail::read(&mut snapshot, &query, app.zone).await?;
    let openings = access::to_review(&mut snapshot.tx).await?;
    Ok(pages::audit::draw(&rows, &openings, &query, app.zone).seen_by(Some(&who)))
}
