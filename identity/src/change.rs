//! Changing one's own password.
//!
//! Invariant: who does it knows the present one; guessing at it here is as slow as at the door; every other session of the
//! account has ended when it is done; and the audit tells of it only where it was done.

use std::net::IpAddr;
use wardwatch_schema::database;

use crate::account::Account;
use crate::audit::{self, Entry, Event};
use crate::password::{self, HashError, Refused};
use crate::secret::Secret;
use crate::session;
use crate::sign_in::{Door, SignInError};

/// What stands in the form, and whose it is.
pub struct Change<'a> {
    /// Who is signed in.
    pub account: &'a Account,
    /// From where.
    pub address: IpAddr,
    /// The session that goes on.
    pub session: &'a Secret,
    /// The present password.
    pub present: &'a str,
    /// The new one.
    pub new: &'a str,
}

/// Why the password is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The new one is not taken.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The present one is wrong, or too many were tried, or the database failed.
    #[error(transparent)]
    SignIn(#[from] SignInError),
}

impl Door {
    /// Changes a password.
    pub async fn change_password(&self, change: &Change<'_>) -> Result<(), ChangeError> {
        password::check(change.new, &change.account.name)?;
        self.prove(change.account, change.address, change.present, "changing the password").await?;
        let new = change.new.to_owned();
        let hashed = tokio::task::spawn_blocking(move || password::hash(&new)).await;
        let hash = hashed.map_err(|_| SignInError::Hash(HashError::Broken))?.map_err(SignInError::Hash)?;
        Ok(self.store(change, &hash).await?)
    }

    async fn store(&self, change: &Change<'_>, hash: &str) -> Result<(), SignInError> {
        let (now, account) = (self.clock.now(), change.account);
        let mut tx = database::begin(&self.pool).await?;
        let stored = sqlx::query!(
            "UPDATE app.account SET password_hash = $2, password_set_at = $3 WHERE account_id = $1 AND disabled_at IS NULL",
            account.id,
            hash,
            now
        );
        // Disabled since it was found: it gets the same answer as at the door.
        if stored.execute(&mut *tx).await?.rows_affected() != 1 {
            return Err(SignInError::Wrong);
        }
        session::end_others(&mut tx, account.id, change.session).await?;
        audit::note(&mut tx, now, &Entry::by(account, change.address, Event::PasswordChanged)).await?;
        Ok(tx.commit().await?)
    }
}
