//! The rights as values: a handler's signature says what it needs.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use chrono::TimeDelta;
use wardwatch_identity::Action;
use wardwatch_identity::audit::{Entry, Event};

use super::who::{Who, told};
use crate::error::Problem;
use crate::server::App;

/// A right that a handler can ask for.
pub(crate) trait Right: Send + Sync {
    const ACTION: Action;
}

macro_rules! rights {
    ($($right:ident)*) => {$(
        #[doc = concat!("The right to do `Action::", stringify!($right), "`.")]
        #[derive(Debug)]
        pub(crate) struct $right;

        impl Right for $right {
            const ACTION: Action = Action::$right;
        }
    )*};
}

rights! { SeeBoard FollowChanges SeePatients BreakGlass ReviewStays SetThresholds SeeOwnRecord EditOwnContact SeeOps ActOnDoubts SeeAudit ReviewAccess }

/// Somebody who has the right.
#[derive(Debug)]
pub(crate) struct May<R> {
    who: Who,
    right: PhantomData<R>,
}

impl<R> Deref for May<R> {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.who
    }
}

impl<R: Right> FromRequestParts<App> for May<R> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let who = Who::from_request_parts(parts, app).await?;
        if who.lacks_second_factor(app) {
            return Err(told(parts, Problem::second_factor_needed()));
        }
        if who.may(R::ACTION) {
            return Ok(Self { who, right: PhantomData });
        }
        let about = format!("{:?}", R::ACTION);
        let once_within = Some(TimeDelta::minutes(1));
        let refused = Entry { about: Some(&about), once_within, ..who.entry(Event::Refused) };
        let noted = who.note(app, refused).await;
        Err(told(parts, noted.err().unwrap_or_else(|| Problem::not_yours(who.account.role))))
    }
}
