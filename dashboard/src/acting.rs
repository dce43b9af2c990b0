//! Who may act on a page.
//!
//! Invariant: a handler that acts on a stay, a doubt or a threshold takes a [`MayAct`] of the right that it needs, which exists
//! only where acting is on, for somebody whose role may.
//! That the form comes from a page of this very server is seen to before ([`crate::people::origin`]).

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;

use crate::error::Problem;
use crate::people::{May, Right, Who};
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
    pub(crate) fn of(setting: bool) -> Self {
        if setting { Self::On } else { Self::Off }
    }

    pub(crate) fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Somebody who has the right, where pages may act.
#[derive(Debug)]
pub(crate) struct MayAct<R>(May<R>);

impl<R> Deref for MayAct<R> {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.0
    }
}

impl<R: Right> FromRequestParts<App> for MayAct<R> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let may = May::from_request_parts(parts, app).await?;
        if app.acting.is_on() { Ok(Self(may)) } else { Err(Problem::acting_is_off().into_page()) }
    }
}
