//! Handlers of the pages below Operations.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use maud::Markup;
use serde::de::DeserializeOwned;

use crate::error::{AsPage, Problem};
use crate::pages::ops as pages;
use crate::server::App;
use crate::views::{Snapshot, doubt, open, ops as operations};

type Asked<T> = Result<Path<T>, PathRejection>;

fn asked<T: DeserializeOwned>(path: Asked<T>) -> Result<T, Problem> {
    path.map(|Path(ids)| ids).map_err(|_| Problem::nothing_open())
}

/// `GET /ops`
pub(crate) async fn overview(State(app): State<App>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool).await?;
    let ops = operations::read(&mut snapshot, app.zone).await?;
    Ok(pages::draw(&ops, app.zone))
}

/// `GET /ops/feeds/{name}`
pub(crate) async fn feed(State(app): State<App>, path: Asked<String>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool).await?;
    let found = operations::one(&mut snapshot, &asked(path)?, app.zone).await?.ok_or_else(Problem::nothing_open)?;
    Ok(pages::feed::draw(&found, app.zone))
}

/// `GET /ops/objects/{id}`
pub(crate) async fn object(State(app): State<App>, path: Asked<i64>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool).await?;
    let found = doubt::object(&mut snapshot, asked(path)?).await?;
    let (object, records) = found.ok_or_else(Problem::nothing_open)?;
    let requests = open::requests(&mut snapshot, open::Which::About(object.object_id)).await?;
    Ok(pages::object::draw(&object, &records, &requests, app.acting, app.zone))
}

/// `GET /ops/objects/{id}/records/{number}`
pub(crate) async fn record(State(app): State<App>, path: Asked<(i64, i32)>) -> Result<Markup, AsPage> {
    let (object_id, number) = asked(path)?;
    let mut snapshot = Snapshot::for_ops(&app.pool).await?;
    let record = doubt::record(&mut snapshot, object_id, number).await?.ok_or_else(Problem::nothing_open)?;
    Ok(pages::object::record(&record, app.acting, app.zone))
}

/// `GET /ops/results/{id}`
pub(crate) async fn result(State(app): State<App>, path: Asked<String>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::take(&app.pool).await?;
    let found = doubt::result(&mut snapshot, &asked(path)?).await?;
    let (result, candidates) = found.ok_or_else(Problem::nothing_open)?;
    Ok(pages::result::draw(&result, &candidates, app.acting, app.zone))
}

/// `GET /ops/cases/{number}`
pub(crate) async fn case(State(app): State<App>, path: Asked<String>) -> Result<Markup, AsPage> {
    let case_number = asked(path)?;
    let mut snapshot = Snapshot::take(&app.pool).await?;
    let stays = doubt::case(&mut snapshot, &case_number).await?;
    if stays.is_empty() {
        return Err(Problem::nothing_open().into());
    }
    Ok(pages::case::draw(&case_number, &stays, app.acting, app.zone))
}

/// `GET /ops/requests/{id}`
pub(crate) async fn request(State(app): State<App>, path: Asked<i64>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool).await?;
    let found = open::requests(&mut snapshot, open::Which::One(asked(path)?)).await?;
    let request = found.first().ok_or_else(Problem::nothing_open)?;
    Ok(pages::asked::request(request, app.acting, app.zone))
}

/// `GET /ops/decisions/{id}`
pub(crate) async fn decision(State(app): State<App>, path: Asked<i64>) -> Result<Markup, AsPage> {
    let mut snapshot = Snapshot::for_ops(&app.pool).await?;
    let found = open::decisions(&mut snapshot, Some(asked(path)?)).await?;
    let decision = found.first().ok_or_else(Problem::nothing_open)?;
    Ok(pages::asked::decision(decision, app.acting, app.zone))
}
