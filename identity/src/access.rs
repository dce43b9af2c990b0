//! Patients of other departments: a clinician who is limited to departments opens one for a reason and for a time
//! ("break-glass"), and somebody reviews it afterwards.
//!
//! Invariant: what is opened is noted in the audit in the same transaction, and stands to be reviewed until somebody did. A
//! patient of whom no department is known is beyond nobody's: a doubt hides no patient.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use wardwatch_schema::database;

use crate::account::Account;
use crate::audit::{self, Entry, Event};

/// How long such a record stays open.
pub const LASTS: TimeDelta = TimeDelta::hours(4);
/// Letters of the longest reason.
pub const LONGEST_REASON: usize = 2_000;

/// How an account stands to a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The patient is, or was, in a department of the account's, or the account has no limit.
    Within,
    /// The glass was broken, until this moment.
    Broken(DateTime<Utc>),
    /// The glass would have to be broken.
    Beyond,
}

/// How an account stands to a patient now.
pub async fn reach(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    account: &Account,
    patient_id: &str,
) -> Result<Reach, sqlx::Error> {
    if account.departments.is_empty() {
        return Ok(Reach::Within);
    }
    let row = sqlx::query!(
        r#"SELECT
               NOT EXISTS (SELECT FROM warehouse.admission a WHERE a.patient_id = $1)
               OR EXISTS (SELECT FROM warehouse.admission a
                          WHERE a.patient_id = $1 AND (a.department IS NULL OR a.department = ANY ($2)))
               OR EXISTS (SELECT FROM warehouse.admission_superseded a
                          WHERE a.patient_id = $1 AND a.department = ANY ($2)) AS "is_within!",
               (SELECT max(b.ends_at) FROM app.break_glass b
                WHERE b.account_id = $3 AND b.patient_id = $1 AND b.ends_at > $4) AS broken_until"#,
        patient_id,
        &account.departments,
        account.id,
        now
    );
    let row = row.fetch_one(connection).await?;
    Ok(match row.broken_until {
        _ if row.is_within => Reach::Within,
        Some(until) => Reach::Broken(until),
        None => Reach::Beyond,
    })
}

/// Opens a patient of another department for [`LASTS`].
pub async fn break_glass(
    pool: &PgPool,
    now: DateTime<Utc>,
    account: &Account,
    address: IpAddr,
    patient_id: &str,
    reason: &str,
) -> Result<(), sqlx::Error> {
    let mut tx = database::begin(pool).await?;
    sqlx::query!(
        "INSERT INTO app.break_glass (account_id, patient_id, reason, opened_at, ends_at) VALUES ($1, $2, $3, $4, $5)",
        account.id,
        patient_id,
        reason,
        now,
        now + LASTS
    )
    .execute(&mut *tx)
    .await?;
    let entry = Entry::by(account, address, Event::GlassBroken);
    audit::note(&mut tx, now, &Entry { patient_id: Some(patient_id), reason: Some(reason), ..entry }).await?;
    tx.commit().await
}

/// One opening that nobody has reviewed.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Its number.
    pub break_glass_id: i64,
    /// Who.
    pub name: String,
    /// Whose record.
    pub patient_id: String,
    /// Why.
    pub reason: String,
    /// When.
    pub opened_at: DateTime<Utc>,
}

/// What stands to be reviewed, the oldest first, at most a hundred.
pub async fn to_review(connection: &mut PgConnection) -> Result<Vec<Opening>, sqlx::Error> {
    let openings = sqlx::query_as!(
        Opening,
        "SELECT b.break_glass_id, a.name, b.patient_id, b.reason, b.opened_at
         FROM app.break_glass b JOIN app.account a USING (account_id)
         WHERE b.reviewed_at IS NULL ORDER BY b.opened_at LIMIT 100"
    );
    openings.fetch_all(connection).await
}

/// Notes that an opening was reviewed. Says whether it stood to be.
pub async fn review(
    pool: &PgPool,
    now: DateTime<Utc>,
    account: &Account,
    address: IpAddr,
    break_glass_id: i64,
) -> Result<bool, sqlx::Error> {
    let mut tx = database::begin(pool).await?;
    let reviewed = sqlx::query_scalar!(
        "UPDATE app.break_glass SET reviewed_at = $2, reviewed_by = $3
         WHERE break_glass_id = $1 AND reviewed_at IS NULL RETURNING patient_id",
        break_glass_id,
        now,
        account.name
    );
    let Some(patient_id) = reviewed.fetch_optional(&mut *tx).await? else { return Ok(false) };
    let about = format!("break-glass {break_glass_id}");
    let entry = Entry::by(account, address, Event::AccessReviewed);
    audit::note(&mut tx, now, &Entry { patient_id: Some(&patient_id), about: Some(&about), ..entry }).await?;
    tx.commit().await?;
    Ok(true)
}
