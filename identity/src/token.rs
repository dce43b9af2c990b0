//! Bearer tokens for the JSON API: a program may what the account may that it was made for, within the token's scope and
//! until it expires.
//!
//! Invariant: a token is told once; only its hash is kept.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use wardwatch_schema::database;

use crate::account::{Account, AccountError, Name};
use crate::audit::{self, Entry};
use crate::role::Action;
use crate::secret::Secret;

/// No token lasts longer.
pub const LONGEST: TimeDelta = TimeDelta::days(366);
/// Letters of the longest label.
pub const LONGEST_LABEL: usize = 100;

/// A part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The board.
    Board,
    /// Patients, one by one.
    Patients,
}

impl Scope {
    /// Every part.
    pub const ALL: [Self; 2] = [Self::Board, Self::Patients];

    /// As the database and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Board => "board",
            Self::Patients => "patients",
        }
    }

    /// The right that it needs.
    pub fn action(self) -> Action {
        match self {
            Self::Board => Action::SeeBoard,
            Self::Patients => Action::SeePatients,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No part of the API has this name.
#[derive(Debug, thiserror::Error)]
#[error("a scope is one of board and patients")]
pub struct NoSuchScope;

impl FromStr for Scope {
    type Err = NoSuchScope;

    fn from_str(text: &str) -> Result<Self, NoSuchScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(NoSuchScope)
    }
}

/// What a new token is to be.
#[derive(Debug, Clone)]
pub struct New {
    /// The account whose rights it has.
    pub name: Name,
    /// What it is for, in its owner's words.
    pub label: String,
    /// What of the account's rights it has; empty: all that the API asks for.
    pub scope: Vec<Scope>,
    /// How long it lasts.
    pub lasts: TimeDelta,
}

/// Why a token is not made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It would last too long, or not at all.
    #[error("a token lasts from one minute to a year, such as 30d")]
    Lasts,
    /// The label is too long or unreadable.
    #[error("a label has at most {LONGEST_LABEL} letters, and no control characters")]
    Label,
    /// The account itself may not do what the token is to be for.
    #[error("this account may not see what the token is for: its role decides")]
    Scope,
    /// No account, no randomness, or the database failed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// Makes a token for an account. Answers with its number and the token. `by` says who does it.
pub async fn add(pool: &PgPool, now: DateTime<Utc>, new: &New, by: Entry<'_>) -> Result<(i64, Secret), TokenError> {
    if !(TimeDelta::minutes(1)..=LONGEST).contains(&new.lasts) {
        return Err(TokenError::Lasts);
    }
    if new.label.chars().count() > LONGEST_LABEL || new.label.chars().any(char::is_control) {
        return Err(TokenError::Label);
    }
    let secret = Secret::random().map_err(AccountError::from)?;
    let mut tx = database::begin(pool).await?;
    let owner = sqlx::query!(
        "SELECT account_id, role FROM app.account WHERE name = $1 AND disabled_at IS NULL FOR UPDATE",
        new.name.as_str()
    );
    let owner = owner.fetch_optional(&mut *tx).await?.ok_or_else(|| AccountError::Nobody(new.name.clone()))?;
    let role: crate::Role = owner.role.parse().map_err(AccountError::from)?;
    let asked: &[Scope] = if new.scope.is_empty() { &Scope::ALL } else { &new.scope };
    let scope: Vec<String> =
        asked.iter().filter(|scope| role.may(scope.action())).map(|scope| scope.as_str().to_owned()).collect();
    if scope.is_empty() || !new.scope.is_empty() && scope.len() < new.scope.len() {
        return Err(TokenError::Scope);
    }
    let token_id = sqlx::query_scalar!(
        "INSERT INTO app.token (token_hash, account_id, label, scope, made_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING token_id",
        secret.hash(),
        owner.account_id,
        new.label,
        &scope,
        now,
        now + new.lasts
    );
    let token_id = token_id.fetch_one(&mut *tx).await?;
    let about = format!("{} {token_id}", new.name);
    audit::note(&mut tx, now, &Entry { about: Some(&about), ..by }).await?;
    tx.commit().await?;
    Ok((token_id, secret))
}

/// Whose token it is, while it lasts, and for what.
pub async fn account(
    pool: &PgPool,
    now: DateTime<Utc>,
    secret: &Secret,
) -> Result<Option<(Account, Vec<Action>)>, AccountError> {
    let row = sqlx::query!(
        r#"SELECT a.account_id, a.name, a.role, a.patient_id, a.departments,
               a.second_factor_at IS NOT NULL AS "has_second_factor!", t.scope
           FROM app.token t JOIN app.account a USING (account_id)
           WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND a.disabled_at IS NULL"#,
        secret.hash(),
        now
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
    let scope = row.scope.iter().filter_map(|scope| scope.parse().ok().map(Scope::action)).collect();
    Ok(Some((account, scope)))
}

/// One token, without its words.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its number.
    pub token_id: i64,
    /// What it is for, in its owner's words.
    pub label: String,
    /// What it opens.
    pub scope: Vec<String>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked, where it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The tokens of an account, the newest first.
pub async fn list(pool: &PgPool, name: &str) -> Result<Vec<Token>, sqlx::Error> {
    let tokens = sqlx::query_as!(
        Token,
        "SELECT t.token_id, t.label, t.scope, t.made_at, t.expires_at, t.revoked_at
         FROM app.token t JOIN app.account a USING (account_id)
         WHERE a.name = $1 ORDER BY t.token_id DESC",
        name
    );
    tokens.fetch_all(pool).await
}

/// Revokes a token at once, of this owner only where one is given. Says whether there was one to revoke.
pub async fn revoke(
    pool: &PgPool,
    now: DateTime<Utc>,
    token_id: i64,
    owner: Option<i64>,
    by: Entry<'_>,
) -> Result<bool, sqlx::Error> {
    let mut tx = database::begin(pool).await?;
    let revoked = sqlx::query!(
        "UPDATE app.token SET revoked_at = $2
         WHERE token_id = $1 AND revoked_at IS NULL AND ($3::bigint IS NULL OR account_id = $3)",
        token_id,
        now,
        owner
    );
    if revoked.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let about = token_id.to_string();
    audit::note(&mut tx, now, &Entry { about: Some(&about), ..by }).await?;
    tx.commit().await?;
    Ok(true)
}
