//! Sessions: who is signed in, until when.
//!
//! Invariant: a session is known by a fresh secret, ends after its idle and its absolute limit, and is over at once when its
//! row or its account goes; a browser has one of an account and no second. The browser holds the secret, the database its hash.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};

use crate::account::{Account, AccountError};
use crate::secret::Secret;

/// Without anything done by hand for so long, a session ends. A page that renews itself does nothing by hand.
pub const IDLE: TimeDelta = TimeDelta::hours(1);
/// A session ends after so long, whatever is done.
pub const ABSOLUTE: TimeDelta = TimeDelta::hours(12);
/// How exactly it is noted that something was done.
const TOUCH: TimeDelta = TimeDelta::minutes(1);

/// How long one has to type the code of the second factor.
const FOR_THE_CODE: TimeDelta = TimeDelta::minutes(5);

/// What a session is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Somebody is signed in.
    SignedIn,
    /// The code of the second factor is still asked for.
    AwaitsCode,
}

/// Somebody whose session lasts.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who.
    pub account: Account,
    /// The number of the session.
    pub session_id: i64,
    /// When something was last done by hand, as it is noted: to the minute.
    pub used_at: DateTime<Utc>,
    /// Its absolute limit.
    pub ends_at: DateTime<Utc>,
}

impl Signed {
    /// Whether the session has reached neither its idle nor its absolute limit.
    pub fn lasts(&self, now: DateTime<Utc>) -> bool {
        self.ends_at > now && self.used_at > now - IDLE
    }

    /// Whether it is time to note once more that something is done by hand.
    pub fn is_to_be_touched(&self, now: DateTime<Utc>) -> bool {
        now - self.used_at > TOUCH
    }
}

/// Opens a session, in place of the one that the browser had: what it presents, and what the same form, sent twice at once, has
/// opened for it a moment ago.
pub(crate) async fn open(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    account_id: i64,
    address: IpAddr,
    former: Option<&Secret>,
    device: Option<&Secret>,
    purpose: Purpose,
) -> Result<Secret, AccountError> {
    if let Some(former) = former {
        end(connection, former).await?;
    }
    let secret = Secret::random()?;
    let lasts = if purpose == Purpose::SignedIn { ABSOLUTE } else { FOR_THE_CODE };
    let opened = sqlx::query!(
        "INSERT INTO app.session (token_hash, account_id, device_hash, started_at, used_at, ends_at, address, awaits_code)
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7)
         ON CONFLICT (account_id, device_hash) DO UPDATE
         SET token_hash = excluded.token_hash, started_at = excluded.started_at, used_at = excluded.used_at,
             ends_at = excluded.ends_at, address = excluded.address, awaits_code = excluded.awaits_code,
             codes_left = excluded.codes_left",
        secret.hash(),
        account_id,
        device.map(Secret::hash),
        now,
        now + lasts,
        address.to_canonical().to_string(),
        purpose == Purpose::AwaitsCode
    );
    opened.execute(connection).await?;
    Ok(secret)
}

/// Takes one of the codes that may be tried in a session that waits for one; says how many are left, or nothing where none was.
pub(crate) async fn take_try(pool: &PgPool, pending: &Secret) -> Result<Option<i16>, sqlx::Error> {
    let taken = sqlx::query_scalar!(
        "UPDATE app.session SET codes_left = codes_left - 1 WHERE token_hash = $1 AND codes_left > 0 RETURNING codes_left",
        pending.hash()
    );
    taken.fetch_optional(pool).await
}

/// Whose session it is, while it lasts. `by_hand`: somebody did something, so that the idle limit starts anew.
pub async fn account(
    pool: &PgPool,
    now: DateTime<Utc>,
    secret: &Secret,
    by_hand: bool,
) -> Result<Option<Signed>, AccountError> {
    let hash = secret.hash();
    let row = sqlx::query!(
        r#"SELECT a.account_id, a.name, a.role, a.patient_id, a.departments,
               a.second_factor_at IS NOT NULL AS "has_second_factor!", s.session_id, s.used_at, s.ends_at
           FROM app.session s JOIN app.account a USING (account_id)
           WHERE s.token_hash = $1 AND NOT s.awaits_code AND a.disabled_at IS NULL AND s.ends_at > $2 AND s.used_at > $3"#,
        hash,
        now,
        now - IDLE
    );
    let Some(row) = row.fetch_optional(pool).await? else { return Ok(None) };
    let account = Account {
        id: row.account_id,
        name: row.name,
        role: row.role.parse()?,
        patient_id: row.patient_id,
        departments: row.departments,
        has_second_factor: row.has_second_factor,
    };
    let mut signed = Signed { account, session_id: row.session_id, used_at: row.used_at, ends_at: row.ends_at };
    if by_hand && signed.is_to_be_touched(now) {
        let touch = sqlx::query!("UPDATE app.session SET used_at = $2 WHERE token_hash = $1", hash, now);
        touch.execute(pool).await?;
        signed.used_at = now;
    }
    Ok(Some(signed))
}

/// One session of an account.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its number.
    pub session_id: i64,
    /// When one signed in.
    pub started_at: DateTime<Utc>,
    /// When somebody last did something.
    pub used_at: DateTime<Utc>,
    /// From where one signed in.
    pub address: Option<String>,
}

/// The sessions of an account that last, the newest first.
pub async fn list(pool: &PgPool, now: DateTime<Utc>, account_id: i64) -> Result<Vec<Listed>, sqlx::Error> {
    let sessions = sqlx::query_as!(
        Listed,
        "SELECT session_id, started_at, used_at, address FROM app.session
         WHERE account_id = $1 AND NOT awaits_code AND ends_at > $2 AND used_at > $3 ORDER BY started_at DESC, session_id DESC",
        account_id,
        now,
        now - IDLE
    );
    sessions.fetch_all(pool).await
}

/// Ends a session of an account by its number. Says whether there was one.
pub async fn end_one(connection: &mut PgConnection, account_id: i64, session_id: i64) -> Result<bool, sqlx::Error> {
    let one = sqlx::query!("DELETE FROM app.session WHERE account_id = $1 AND session_id = $2", account_id, session_id);
    Ok(one.execute(connection).await?.rows_affected() == 1)
}

/// Ends a session. One that is over is no error.
pub async fn end(connection: &mut PgConnection, secret: &Secret) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM app.session WHERE token_hash = $1", secret.hash()).execute(connection).await?;
    Ok(())
}

/// Ends the sessions of an account but one.
pub async fn end_others(connection: &mut PgConnection, account_id: i64, kept: &Secret) -> Result<(), sqlx::Error> {
    let others =
        sqlx::query!("DELETE FROM app.session WHERE account_id = $1 AND token_hash <> $2", account_id, kept.hash());
    others.execute(connection).await?;
    Ok(())
}

/// Forgets sessions whose time is over.
pub async fn forget_ended(pool: &PgPool, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let ended = sqlx::query!("DELETE FROM app.session WHERE ends_at <= $1 OR used_at <= $2", now, now - IDLE);
    ended.execute(pool).await?;
    Ok(())
}
