//! The trail: who did what, to which patient, when, from where and why.
//!
//! Invariant: [`note`] is the only way in, and the database's roles have no other; each row's hash covers the row before it,
//! so that [`verify`] finds a row that was changed or taken away. Whoever owns the database could write the whole chain anew:
//! keep the head that `verify` tells in another place.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::types::PgInterval;
use sqlx::{PgConnection, PgPool};
use wardwatch_schema::database;

use crate::account::Account;
use crate::role::Role;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Somebody signed in.
    SignedIn,
    /// The password was right, and the code of the second factor was asked for.
    CodeAsked,
    /// A name or a password was wrong.
    SignInFailed,
    /// Too many tried.
    SignInThrottled,
    /// Somebody signed out.
    SignedOut,
    /// Somebody asked for what their role may not see or do.
    Refused,
    /// A patient's record was opened.
    PatientViewed,
    /// A patient opened their own record.
    OwnRecordViewed,
    /// A patient of another department was opened, for a reason.
    GlassBroken,
    /// Such an opening was reviewed.
    AccessReviewed,
    /// Somebody took the board away on paper or as a file.
    BoardCopied,
    /// Somebody acknowledged a stay, took care of it, or said something about it.
    StayReviewed,
    /// Somebody said after how many hours without a test a stay is listed.
    ThresholdSet,
    /// A patient changed how they can be reached.
    ContactChanged,
    /// Patients were searched for.
    PatientsSearched,
    /// A program took the board out of here, with a token.
    BoardExported,
    /// Something in doubt was opened: a record's text, a result, a case.
    DoubtViewed,
    /// A decision was taken or a request made.
    Asked,
    /// The audit was searched.
    AuditSearched,
    /// An account was made.
    AccountAdded,
    /// An account was disabled.
    AccountDisabled,
    /// An account was given a new password.
    PasswordReset,
    /// The departments that an account is limited to were changed.
    DepartmentsSet,
    /// Somebody changed their own password.
    PasswordChanged,
    /// Somebody set up a second factor.
    SecondFactorAdded,
    /// Somebody gave up their second factor, or lost it.
    SecondFactorRemoved,
    /// Somebody ended another session of theirs.
    SessionEnded,
    /// A bearer token was made.
    TokenAdded,
    /// A bearer token was revoked.
    TokenRevoked,
}

impl Event {
    /// As it stands in the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed in",
            Self::CodeAsked => "code asked",
            Self::SignInFailed => "sign-in failed",
            Self::SignInThrottled => "sign-in throttled",
            Self::SignedOut => "signed out",
            Self::Refused => "refused",
            Self::PatientViewed => "patient viewed",
            Self::OwnRecordViewed => "own record viewed",
            Self::GlassBroken => "break-glass",
            Self::AccessReviewed => "access reviewed",
            Self::BoardCopied => "board copied",
            Self::StayReviewed => "stay reviewed",
            Self::ThresholdSet => "threshold set",
            Self::ContactChanged => "contact changed",
            Self::PatientsSearched => "patients searched",
            Self::BoardExported => "board exported",
            Self::DoubtViewed => "doubt viewed",
            Self::Asked => "asked",
            Self::AuditSearched => "audit searched",
            Self::AccountAdded => "account added",
            Self::AccountDisabled => "account disabled",
            Self::PasswordReset => "password reset",
            Self::DepartmentsSet => "departments set",
            Self::PasswordChanged => "password changed",
            Self::SecondFactorAdded => "second factor added",
            Self::SecondFactorRemoved => "second factor removed",
            Self::SessionEnded => "session ended",
            Self::TokenAdded => "token added",
            Self::TokenRevoked => "token revoked",
        }
    }
}

/// One row to be.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Who; `None` where nobody has proven a name.
    pub actor: Option<&'a str>,
    /// With which role.
    pub role: Option<Role>,
    /// What.
    pub event: Event,
    /// To which patient.
    pub patient_id: Option<&'a str>,
    /// From where.
    pub address: Option<IpAddr>,
    /// What else it is about.
    pub about: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
    /// Notes it only where the same was not noted within this time: a page that renews itself is one view.
    pub once_within: Option<TimeDelta>,
}

impl<'a> Entry<'a> {
    /// By somebody who is known.
    pub fn by(account: &'a Account, address: IpAddr, event: Event) -> Self {
        let nobody = Self::by_nobody(Some(address), event);
        Self { actor: Some(&account.name), role: Some(account.role), ..nobody }
    }

    /// By somebody who is not known.
    pub fn by_nobody(address: Option<IpAddr>, event: Event) -> Self {
        Self { actor: None, role: None, event, patient_id: None, address, about: None, reason: None, once_within: None }
    }

    /// By whoever may run the program on the machine itself.
    pub fn by_command_line(event: Event) -> Self {
        Self { actor: Some("command line"), ..Self::by_nobody(None, event) }
    }
}

/// One row to be, on its own.
#[derive(Debug, Clone)]
pub struct Row {
    at: DateTime<Utc>,
    actor: Option<String>,
    role: Option<Role>,
    event: Event,
    patient_id: Option<String>,
    address: Option<IpAddr>,
    about: Option<String>,
    reason: Option<String>,
    once_within: Option<TimeDelta>,
}

impl Row {
    /// A row that needs nobody's words any more.
    pub fn of(at: DateTime<Utc>, entry: &Entry<'_>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            at,
            actor: owned(entry.actor),
            role: entry.role,
            event: entry.event,
            patient_id: owned(entry.patient_id),
            address: entry.address,
            about: owned(entry.about),
            reason: owned(entry.reason),
            once_within: entry.once_within,
        }
    }
}

/// Appends rows, one after the other; answers for each with its number, or with none where the same was noted within its time.
/// They are there when the connection's transaction commits, and nobody else appends until then: call this last.
pub async fn note_all(connection: &mut PgConnection, rows: &[Row]) -> Result<Vec<Option<i64>>, sqlx::Error> {
    let at: Vec<_> = rows.iter().map(|row| row.at).collect();
    let actors: Vec<_> = rows.iter().map(|row| row.actor.as_deref()).collect();
    let roles: Vec<_> = rows.iter().map(|row| row.role.map(Role::as_str)).collect();
    let actions: Vec<_> = rows.iter().map(|row| row.event.as_str()).collect();
    let patients: Vec<_> = rows.iter().map(|row| row.patient_id.as_deref()).collect();
    let addresses: Vec<_> = rows.iter().map(|row| row.address.map(|it| it.to_canonical().to_string())).collect();
    let about: Vec<_> = rows.iter().map(|row| row.about.as_deref()).collect();
    let reasons: Vec<_> = rows.iter().map(|row| row.reason.as_deref()).collect();
    let once_within: Vec<_> =
        rows.iter().map(|row| row.once_within.and_then(|length| PgInterval::try_from(length).ok())).collect();
    sqlx::query_scalar(
        "SELECT app.append_audit(n.at, n.actor, n.role, n.action, n.patient_id, n.address, n.about, n.reason, n.once_within)
         FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::interval[])
             AS n (at, actor, role, action, patient_id, address, about, reason, once_within)",
    )
    .bind(at)
    .bind(actors)
    .bind(roles)
    .bind(actions)
    .bind(patients)
    .bind(addresses)
    .bind(about)
    .bind(reasons)
    .bind(once_within)
    .fetch_all(connection)
    .await
}

/// Appends a row. It is there when the connection's transaction commits, and nobody else appends until then: call this last.
pub async fn note(connection: &mut PgConnection, now: DateTime<Utc>, entry: &Entry<'_>) -> Result<(), sqlx::Error> {
    note_all(connection, &[Row::of(now, entry)]).await.map(drop)
}

/// Appends a row in a transaction of its own.
pub async fn note_now(pool: &PgPool, now: DateTime<Utc>, entry: &Entry<'_>) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    note(&mut connection, now, entry).await
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Rows that follow on each other.
    pub rows: i64,
    /// Hash of the last of them, in hex: to be kept elsewhere.
    pub head: String,
    /// What is wrong, where anything is.
    pub fault: Option<Fault>,
}

/// The first thing that is wrong with the chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A row is not there.
    #[error("row {0} is missing")]
    Missing(i64),
    /// A row, or one before it, is not what was written.
    #[error("row {0} was altered")]
    Altered(i64),
    /// The rows end elsewhere than the chain.
    #[error("the chain ends with row {0}, and that is not where the rows end")]
    End(i64),
}

struct Kept {
    audit_id: i64,
    at: DateTime<Utc>,
    actor: Option<String>,
    role: Option<String>,
    action: String,
    patient_id: Option<String>,
    address: Option<String>,
    about: Option<String>,
    reason: Option<String>,
    hash: Vec<u8>,
}

/// Follows the chain from its beginning to its end, without holding anybody up.
pub async fn verify(pool: &PgPool) -> Result<Verdict, sqlx::Error> {
    let mut tx = database::begin_snapshot(pool).await?;
    let end = sqlx::query!("SELECT rows, hash FROM app.audit_head").fetch_one(&mut *tx).await?;
    let query = sqlx::query_as!(
        Kept,
        "SELECT audit_id, at, actor, role, action, patient_id, address, about, reason, hash FROM app.audit ORDER BY audit_id"
    );
    let mut rows = query.fetch(&mut *tx);
    let (mut hash, mut count) = (vec![0; 32], 0);
    let mut fault = None;
    while let Some(row) = rows.try_next().await? {
        fault = judge(&row, count + 1, &hash);
        if fault.is_some() {
            break;
        }
        (hash, count) = (row.hash, row.audit_id);
    }
    let at_end = (count, &hash) == (end.rows, &end.hash);
    let fault = fault.or_else(|| (!at_end).then_some(Fault::End(end.rows)));
    Ok(Verdict { rows: count, head: hex::encode(hash), fault })
}

fn judge(row: &Kept, expected: i64, before: &[u8]) -> Option<Fault> {
    if row.audit_id != expected {
        return Some(Fault::Missing(expected));
    }
    (row.hash != hash_of(row, before)).then_some(Fault::Altered(expected))
}

/// As `app.append_audit` takes it: computed here once more, so that an altered function is found too.
fn hash_of(row: &Kept, before: &[u8]) -> Vec<u8> {
    let at = row.at.timestamp_micros().to_string();
    let said = [
        Some(&at),
        row.actor.as_ref(),
        row.role.as_ref(),
        Some(&row.action),
        row.patient_id.as_ref(),
        row.address.as_ref(),
        row.about.as_ref(),
        row.reason.as_ref(),
    ];
    let mut text = row.audit_id.to_string();
    for word in said {
        text += &word.map_or_else(|| ",-".to_owned(), |word| format!(",{}:{word}", word.len()));
    }
    Sha256::new().chain_update(before).chain_update(text).finalize().to_vec()
}
