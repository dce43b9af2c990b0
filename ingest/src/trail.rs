//! The trail of what is decided on the command line. What is decided on a page is noted by the dashboard, where it is asked
//! for.
//!
//! Invariant: a row is there when the decision is. Nobody else appends until the transaction ends: note last.

use sqlx::postgres::PgConnection;

/// One row to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decided<'a> {
    /// What was asked for, in a few words: a kind and a number.
    pub(crate) about: &'a str,
    /// Who, as they say themselves.
    pub(crate) by: &'a str,
    /// For which patient.
    pub(crate) patient_id: Option<&'a str>,
    /// Why.
    pub(crate) reason: Option<&'a str>,
}

/// Appends a row.
pub(crate) async fn note(connection: &mut PgConnection, decided: &Decided<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT app.append_decision($1, $2, $3, $4)",
        decided.about,
        decided.by,
        decided.patient_id,
        decided.reason
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}
