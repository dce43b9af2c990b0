//! `/account/sessions`: ends another session of one's own.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use maud::Markup;
use serde::Deserialize;
use wardwatch_identity::audit::{self, Event};
use wardwatch_identity::session;
use wardwatch_schema::database;

use super::{Who, account};
use crate::error::{AsPage, Problem};
use crate::pages::account::Outcome;
use crate::server::App;
use crate::words::form as words;

/// The form.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    session: i64,
}

/// `POST /account/sessions`. A session of somebody else is none.
pub(crate) async fn end(
    who: Who,
    State(app): State<App>,
    form: Result<Form<Chosen>, FormRejection>,
) -> Result<Markup, AsPage> {
    let Form(chosen) = form.map_err(|unread| Problem::unread_form(&unread, "/account", words::NO_SESSION))?;
    let mut tx = database::begin(&app.pool).await?;
    if session::end_one(&mut tx, who.account.id, chosen.session).await? {
        audit::note(&mut tx, app.clock.now(), &who.entry(Event::SessionEnded)).await?;
    }
    tx.commit().await?;
    app.sessions.changed(who.account.id);
    Ok(account::page(&app, &who, Some(&Outcome::SessionEnded)).await?)
}
