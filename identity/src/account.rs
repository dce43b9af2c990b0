//! Accounts: made, disabled and reset on the command line; there is no public registration.
//!
//! Invariant: every change is noted in the audit in the same transaction, and an account that is disabled or reset has no
//! session and no token left when that transaction commits.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use wardwatch_schema::database;

use crate::audit::{self, Entry, Event};
use crate::password::{self, HashError};
use crate::role::{Action, NoSuchRole, Role};
use crate::second_factor;
use crate::secret::{self, NoRandomness};

/// The name of an account, in small letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

/// What was typed is no name.
#[derive(Debug, thiserror::Error)]
#[error("a name has 1 to 64 letters a to z, digits and . _ @ -, and starts with a letter or digit")]
pub struct NoName;

impl Name {
    /// Its letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Self, NoName> {
        let text = text.trim();
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let fits = text.len() <= 64 && starts_well && text.chars().all(is_allowed);
        if fits { Ok(Self(text.to_ascii_lowercase())) } else { Err(NoName) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Number in the database.
    pub id: i64,
    /// Name, in small letters.
    pub name: String,
    /// What the account is for.
    pub role: Role,
    /// Whose record a patient may see.
    pub patient_id: Option<String>,
    /// The departments that a clinician is limited to; empty: all.
    pub departments: Vec<String>,
    /// Whether a code is asked for beside the password.
    pub has_second_factor: bool,
}

impl Account {
    /// Whether the account may do this: what its role may, and where it is limited to departments nothing that shows
    /// patients of all of them.
    pub fn may(&self, action: Action) -> bool {
        let shows_all = matches!(action, Action::SeeOps | Action::ActOnDoubts);
        self.role.may(action) && (self.departments.is_empty() || !shows_all)
    }
}

/// Why an account is not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name is taken.
    #[error("there is an account {0} already: choose another name, or account reset gives it a new password")]
    Taken(Name),
    /// Nobody has this name.
    #[error("there is no account {0} that is not disabled")]
    Nobody(Name),
    /// A patient without a record, or somebody else with one.
    #[error(
        "--patient ID says whose record a patient may see: it is given with --role patient, and with no other role"
    )]
    WhosePatient,
    /// Departments of somebody who is no clinician.
    #[error("--department limits what a clinician sees: it is given with --role clinician, and with no other role")]
    WhoseDepartments,
    /// No feed has named the patient.
    #[error("no feed has named a patient with this id: check it (leading zeros matter)")]
    UnknownPatient,
    /// The password is not taken.
    #[error(transparent)]
    Password(#[from] password::Refused),
    /// The password cannot be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// No random password.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// The database holds a role that this program does not know.
    #[error(transparent)]
    Role(#[from] NoSuchRole),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// What a new account is to be.
#[derive(Debug, Clone)]
pub struct New {
    /// Its name.
    pub name: Name,
    /// Its role.
    pub role: Role,
    /// Whose record it may see, for a patient.
    pub patient_id: Option<String>,
    /// The departments that a clinician is limited to; empty: all.
    pub departments: Vec<String>,
}

/// Makes an account; answers with its password where none was given.
pub async fn add(
    pool: &PgPool,
    now: DateTime<Utc>,
    new: &New,
    password: Option<&str>,
) -> Result<Option<String>, AccountError> {
    if (new.role == Role::Patient) != new.patient_id.is_some() {
        return Err(AccountError::WhosePatient);
    }
    if new.role != Role::Clinician && !new.departments.is_empty() {
        return Err(AccountError::WhoseDepartments);
    }
    let (hash, fresh) = hash_or_make(&new.name, password)?;
    let mut tx = database::begin(pool).await?;
    let added = sqlx::query!(
        "INSERT INTO app.account (name, role, patient_id, password_hash, password_set_at, made_at, departments)
         VALUES ($1, $2, $3, $4, $5, $5, $6) ON CONFLICT (name) DO NOTHING",
        new.name.as_str(),
        new.role.as_str(),
        new.patient_id,
        hash,
        now,
        &new.departments
    );
    if added.execute(&mut *tx).await?.rows_affected() != 1 {
        return Err(AccountError::Taken(new.name.clone()));
    }
    let entry = changed(Event::AccountAdded, &new.name);
    audit::note(
        &mut tx,
        now,
        &Entry { patient_id: new.patient_id.as_deref(), reason: Some(new.role.as_str()), ..entry },
    )
    .await?;
    tx.commit().await?;
    Ok(fresh)
}

/// Gives an account a new password and ends its sessions and tokens; answers with the password where none was given. Whoever
/// has lost phone and recovery codes has their second factor forgotten, too.
pub async fn reset(
    pool: &PgPool,
    now: DateTime<Utc>,
    name: &Name,
    password: Option<&str>,
    forgets_second_factor: bool,
) -> Result<Option<String>, AccountError> {
    let (hash, fresh) = hash_or_make(name, password)?;
    let mut tx = database::begin(pool).await?;
    let account = sqlx::query_scalar!(
        "UPDATE app.account SET password_hash = $2, password_set_at = $3 WHERE name = $1 AND disabled_at IS NULL RETURNING account_id",
        name.as_str(),
        hash,
        now
    );
    let account_id = account.fetch_optional(&mut *tx).await?.ok_or_else(|| AccountError::Nobody(name.clone()))?;
    end_everything(&mut tx, now, account_id).await?;
    if forgets_second_factor {
        second_factor::forget(&mut tx, account_id).await?;
        audit::note(&mut tx, now, &changed(Event::SecondFactorRemoved, name)).await?;
    }
    audit::note(&mut tx, now, &changed(Event::PasswordReset, name)).await?;
    Ok(tx.commit().await.map(|()| fresh)?)
}

/// Limits a clinician to these departments; with none, the limit is lifted and all are seen.
pub async fn set_departments(
    pool: &PgPool,
    now: DateTime<Utc>,
    name: &Name,
    departments: &[String],
) -> Result<(), AccountError> {
    let mut tx = database::begin(pool).await?;
    let role = sqlx::query_scalar!(
        "SELECT role FROM app.account WHERE name = $1 AND disabled_at IS NULL FOR UPDATE",
        name.as_str()
    );
    let role = role.fetch_optional(&mut *tx).await?.ok_or_else(|| AccountError::Nobody(name.clone()))?;
    if role.parse::<Role>()? != Role::Clinician {
        return Err(AccountError::WhoseDepartments);
    }
    let set = sqlx::query!("UPDATE app.account SET departments = $2 WHERE name = $1", name.as_str(), departments);
    set.execute(&mut *tx).await?;
    let said = if departments.is_empty() { "all".to_owned() } else { departments.join(", ") };
    let entry = Entry { reason: Some(&said), ..changed(Event::DepartmentsSet, name) };
    audit::note(&mut tx, now, &entry).await?;
    Ok(tx.commit().await?)
}

/// One account, as a list tells it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// Whose record a patient may see.
    pub patient_id: Option<String>,
    /// What a clinician is limited to.
    pub departments: Vec<String>,
    /// Whether a code is asked for beside the password.
    pub has_second_factor: bool,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was disabled, if it was.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// Every account, by name.
pub async fn list(pool: &PgPool) -> Result<Vec<Listed>, sqlx::Error> {
    let accounts = sqlx::query_as!(
        Listed,
        r#"SELECT name, role, patient_id, departments, second_factor_at IS NOT NULL AS "has_second_factor!", made_at, disabled_at
           FROM app.account ORDER BY name"#
    );
    accounts.fetch_all(pool).await
}

/// Disables an account: its sessions and tokens end at once.
pub async fn disable(pool: &PgPool, now: DateTime<Utc>, name: &Name) -> Result<(), AccountError> {
    let mut tx = database::begin(pool).await?;
    let account = sqlx::query_scalar!(
        "UPDATE app.account SET disabled_at = $2 WHERE name = $1 AND disabled_at IS NULL RETURNING account_id",
        name.as_str(),
        now
    );
    let account_id = account.fetch_optional(&mut *tx).await?.ok_or_else(|| AccountError::Nobody(name.clone()))?;
    end_everything(&mut tx, now, account_id).await?;
    audit::note(&mut tx, now, &changed(Event::AccountDisabled, name)).await?;
    Ok(tx.commit().await?)
}

/// Refuses an id that no feed has named: a mistyped one would open another person's record.
pub async fn expect_patient(pool: &PgPool, patient_id: &str) -> Result<(), AccountError> {
    let is_known = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM warehouse.patient WHERE patient_id = $1)
              OR EXISTS (SELECT FROM warehouse.admission WHERE patient_id = $1) AS "is_known!""#,
        patient_id
    );
    if is_known.fetch_one(pool).await? { Ok(()) } else { Err(AccountError::UnknownPatient) }
}

fn hash_or_make(name: &Name, password: Option<&str>) -> Result<(String, Option<String>), AccountError> {
    if let Some(password) = password {
        password::check(password, name.as_str())?;
        return Ok((password::hash(password)?, None));
    }
    let fresh = secret::random_password()?;
    Ok((password::hash(&fresh)?, Some(fresh)))
}

async fn end_everything(connection: &mut PgConnection, now: DateTime<Utc>, account_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM app.session WHERE account_id = $1", account_id).execute(&mut *connection).await?;
    sqlx::query!("DELETE FROM app.device WHERE account_id = $1", account_id).execute(&mut *connection).await?;
    sqlx::query!("DELETE FROM app.known_network WHERE account_id = $1", account_id).execute(&mut *connection).await?;
    let tokens = sqlx::query!(
        "UPDATE app.token SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
        account_id,
        now
    );
    tokens.execute(connection).await?;
    Ok(())
}

fn changed(event: Event, name: &Name) -> Entry<'_> {
    Entry { about: Some(name.as_str()), ..Entry::by_command_line(event) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_in_small_letters() {
        assert_eq!(" Ada.Byron@ward-3 ".parse::<Name>().unwrap().as_str(), "ada.byron@ward-3");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "a".repeat(65);
        for text in ["", " ", "-ada", "ada byron", "ada\0", "ädä", "a'--", "a\nb", &long] {
            assert!(text.parse::<Name>().is_err(), "{text:?}");
        }
    }
}
