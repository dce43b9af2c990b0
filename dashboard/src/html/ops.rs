//! Handlers of the pages below Operations.

use std::collections::BTreeSet;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use maud::Markup;
use serde::de::DeserializeOwned;
use wardwatch_identity::Action;

use crate::acting::Acting;
use crate::error::{AsPage, Problem};
use crate::pages::ops as pages;
use crate::people::{May, SeeOps, Who};
use crate::server::App;
use crate::views::{Snapshot, doubt, open, ops as operations};

type Asked<T> = Result<Path<T>, PathRejection>;

fn asked<T: DeserializeOwned>(path: Asked<T>) -> Result<T, Problem> {
    path.map(|Path(ids)| ids).map_err(|_| Problem::nothing_open())
}

/// Whether this reader may act on column maps.
fn on_maps(app: &App, who: &Who) -> Acting {
    if who.may(Action::ApproveMaps) { app.acting } else { Acting::Off }
}

/// `GET /ops`
pub(crate) async fn overview(who: May<SeeOps>, State(app): State<App>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool, &who).await?;
    let ops = operations::read(&mut snapshot, app.zone).await?;
    drop(snapshot);
    who.note_doubt(&app, "overview", &[]).await?;
    let copy = app.downtime.as_ref().map(|downtime| downtime.standing(app.clock.now()));
    Ok(pages::draw(&ops, copy, app.zone).seen_by(Some(&who)))
}

/// `GET /ops/feeds/{name}`
pub(crate) async fn feed(who: May<SeeOps>, State(app): State<App>, path: Asked<String>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool, &who).await?;
    let found = operations::one(&mut snapshot, &asked(path)?, app.zone).await?.ok_or_else(Problem::nothing_open)?;
    Ok(pages::feed::draw(&found, app.zone).seen_by(Some(&who)))
}

/// `GET /ops/objects/{id}`
pub(crate) async fn object(who: May<SeeOps>, State(app): State<App>, path: Asked<i64>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool, &who).await?;
    let found = doubt::object(&mut snapshot, asked(path)?).await?;
    let (object, records) = found.ok_or_else(Problem::nothing_open)?;
    let requests = open::requests(&mut snapshot, open::Which::About(object.object_id)).await?;
    drop(snapshot);
    let named: BTreeSet<&str> = records.iter().filter_map(|record| record.patient_id.as_deref()).collect();
    if !named.is_empty() {
        who.note_doubt(&app, &format!("object {}", object.object_id), &Vec::from_iter(named)).await?;
    }
    Ok(pages::object::draw(&object, &records, &requests, (app.acting, on_maps(&app, &who)), app.zone)
        .seen_by(Some(&who)))
}

/// `GET /ops/objects/{id}/records/{number}`
pub(crate) async fn record(
    who: May<SeeOps>,
    State(app): State<App>,
    path: Asked<(i64, i32)>,
) -> Result<Markup, AsPage> {
    let (object_id, number) = asked(path)?;
    let mut snapshot = Snapshot::for_ops(&app.pool, &who).await?;
    let record = doubt::record(&mut snapshot, object_id, number).await?.ok_or_else(Problem::nothing_open)?;
    drop(snapshot);
    let named: Vec<&str> = record.record.patient_id.as_deref().into_iter().collect();
    who.note_doubt(&app, &format!("record {number} of object {object_id}"), &named).await?;
    Ok(pages::object::record(&record, app.acting, app.zone).seen_by(Some(&who)))
}

/// `GET /ops/results/{id}`
pub(crate) async fn result(who: May<SeeOps>, State(app): State<App>, path: Asked<String>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::take(&app.pool, &who).await?;
    let result_id = asked(path)?;
    let found = doubt::result(&mut snapshot, &result_id).await?;
    let (result, candidates) = found.ok_or_else(Problem::nothing_open)?;
    drop(snapshot);
    let named: Vec<&str> = candidates.iter().map(|candidate| candidate.patient_id.as_str()).collect();
    who.note_doubt(&app, &format!("result {result_id}"), &named).await?;
    Ok(pages::result::draw(&result, &candidates, app.acting, app.zone).seen_by(Some(&who)))
}

/// `GET /ops/cases/{number}`
pub(crate) async fn case(who: May<SeeOps>, State(app): State<App>, path: Asked<String>) -> Result<Markup, AsPage> {
    let case_number = asked(path)?;
    let mut snapshot = Snapshot::take(&app.pool, &who).await?;
    let stays = doubt::case(&mut snapshot, &case_number).await?;
    if stays.is_empty() {
        return Err(Problem::nothing_open().into());
    }
    drop(snapshot);
    let named: Vec<&str> = stays.iter().map(|stay| stay.patient_id.as_str()).collect();
    who.note_doubt(&app, &format!("case {case_number}"), &named).await?;
    Ok(pages::case::draw(&case_number, &stays, app.acting, app.zone).seen_by(Some(&who)))
}

/// `GET /ops/requests/{id}`
pub(crate) async fn request(who: May<SeeOps>, State(app): State<App>, path: Asked<i64>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool, &who).await?;
    let found = open::requests(&mut snapshot, open::Which::One(asked(path)?)).await?;
    let request = found.first().ok_or_else(Problem::nothing_open)?;
    drop(snapshot);
    if let Some(named) = request.patient_id.as_deref() {
        who.note_doubt(&app, &format!("request {}", request.request_id), &[named]).await?;
    }
    Ok(pages::asked::request(request, on_maps(&app, &who), app.zone).seen_by(Some(&who)))
}

/// `GET /ops/decisions/{id}`
pub(crate) async fn decision(who: May<SeeOps>, State(app): State<App>, path: Asked<i64>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool, &who).await?;
    let found = open::decisions(&mut snapshot, Some(asked(path)?)).await?;
    let decision = found.first().ok_or_else(Problem::nothing_open)?;
    drop(snapshot);
    if let Some(named) = decision.patient_id.as_deref() {
        who.note_doubt(&app, &format!("decision {}", decision.decision_id), &[named]).await?;
    }
    Ok(pages::asked::decision(decision, app.acting, app.zone).seen_by(Some(&who)))
}
