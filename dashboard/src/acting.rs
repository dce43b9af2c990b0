//! Who may act on a page.
//!
//! Invariant: a handler that writes takes a [`MayAct`], which exists only where acting is on, for somebody whose role may.
//! That the form comes from a page of this very server is seen to before ([`crate::people::origin`]).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;

use crate::error::Problem;
use crate::people::{ActOnDoubts, May, Who};
use crate::server::App;

/// Whether pages may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acting {
    /// They only show.
    Off,
    /// They may.
    On,
}

impl Acting {
    /// What the setting means.
    pub(crate) fn of(setting: Option<bool>) -> Self {
        if setting == Some(false) { Self::Off } else { Self::On }
    }

    pub(crate) fn is_on(self) -> bool {
        self == Self::On
    }
}

/// The right to ask the ingest daemon for something, and whose it is.
#[derive(Debug)]
pub(crate) struct MayAct(May<ActOnDoubts>);

impl MayAct {
    /// Whoever asks.
    pub(crate) fn who(&self) -> &Who {
        &self.0
    }
}

impl FromRequestParts<App> for MayAct {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let may = May::from_request_parts(parts, app).await?;
        if app.acting.is_on() { Ok(Self(may)) } else { Err(Problem::acting_is_off().into_page()) }
    }
}
