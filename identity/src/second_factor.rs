//! The second factor: a code of an authenticator app that changes every thirty seconds (TOTP, RFC 6238), or a recovery code
//! where the app is lost.
//!
//! Invariant: no code is taken twice; guessing at codes is slower than at passwords, and after a few wrong ones the password is
//! asked for again; a second factor is set up or given up by whoever knows the password, and counts once a first code has
//! shown that the app has it.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use sqlx::PgConnection;
use totp_rs::{Builder, Secret as Shared, Totp};
use wardwatch_schema::database;

use crate::account::{Account, AccountError};
use crate::audit::{self, Entry, Event};
use crate::secret::{self, NoRandomness, Secret};
use crate::session;
use crate::sign_in::{Door, Opened, SignInError};
use crate::throttle::Known;

const SHARED_BYTES: usize = 20;
const RECOVERY_CODES: usize = 10;

/// What an authenticator app is given, by typing or by a picture.
#[derive(Clone)]
pub struct Key {
    /// In letters, for typing.
    pub letters: String,
    /// As an address, for a picture.
    pub address: String,
}

/// Who is at the door with the right password.
struct Pending {
    account: Account,
    shared: Vec<u8>,
}

impl Door {
    /// Makes a secret for an authenticator app; it counts from [`Door::confirm_second_factor`] on.
    pub async fn begin_second_factor(
        &self,
        account: &Account,
        address: IpAddr,
        password: &str,
    ) -> Result<Key, SignInError> {
        self.prove(account, address, password, "setting up a second factor").await?;
        let mut shared = [0; SHARED_BYTES];
        OsRng.try_fill_bytes(&mut shared).map_err(|_| AccountError::from(NoRandomness))?;
        let begun = sqlx::query!(
            "UPDATE app.account SET second_factor = $2 WHERE account_id = $1 AND second_factor_at IS NULL",
            account.id,
            &shared
        );
        if begun.execute(&self.pool).await?.rows_affected() != 1 {
            return Err(SignInError::Wrong);
        }
        let letters = Shared::from(shared).to_base32();
        let address = format!("otpauth://totp/Wardwatch:{}?secret={letters}&issuer=Wardwatch", account.name);
        Ok(Key { letters, address })
    }

    /// Takes the first code; answers with the recovery codes, which are told once. Every other session ends.
    pub async fn confirm_second_factor(
        &self,
        account: &Account,
        address: IpAddr,
        kept: &Secret,
        code: &str,
    ) -> Result<Vec<String>, SignInError> {
        let now = self.clock.now();
        self.heed(now, address, self.throttle.admit_code(&account.name, address, &Known::No)).await?;
        let shared = sqlx::query_scalar!(
            "SELECT second_factor FROM app.account WHERE account_id = $1 AND second_factor_at IS NULL",
            account.id
        );
        let shared = shared.fetch_optional(&self.pool).await?.flatten().ok_or(SignInError::Wrong)?;
        let Some(step) = step_of(&shared, code, now) else {
            self.note_wrong(now, account, address, "code for setting up a second factor").await?;
            return Err(SignInError::Wrong);
        };
        let mut tx = database::begin(&self.pool).await?;
        let confirmed = sqlx::query!(
            "UPDATE app.account SET second_factor_at = $2, second_factor_step = $3
             WHERE account_id = $1 AND second_factor_at IS NULL AND second_factor = $4",
            account.id,
            now,
            step,
            shared
        );
        if confirmed.execute(&mut *tx).await?.rows_affected() != 1 {
            return Err(SignInError::Wrong);
        }
        let codes = make_recovery_codes(&mut tx, account.id).await?;
        session::end_others(&mut tx, account.id, kept).await?;
        audit::note(&mut tx, now, &Entry::by(account, address, Event::SecondFactorAdded)).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Gives up the second factor.
    pub async fn remove_second_factor(
        &self,
        account: &Account,
        address: IpAddr,
        password: &str,
    ) -> Result<(), SignInError> {
        self.prove(account, address, password, "giving up the second factor").await?;
        let mut tx = database::begin(&self.pool).await?;
        forget(&mut tx, account.id).await?;
        audit::note(&mut tx, self.clock.now(), &Entry::by(account, address, Event::SecondFactorRemoved)).await?;
        Ok(tx.commit().await?)
    }

    /// Signs in who is at the door with the right password, by a code. The session is a fresh one.
    pub async fn take_code(
        &self,
        pending: &Secret,
        address: IpAddr,
        device: Option<Secret>,
        code: &str,
    ) -> Result<Opened, SignInError> {
        let now = self.clock.now();
        let Some(found) = self.pending(pending, now).await? else { return Err(SignInError::Over) };
        let name = &found.account.name;
        let known = match self.known_browser(now, name, device.as_ref()).await? {
            Some(browser) => browser,
            None => self.known_network(now, name, address).await?,
        };
        self.heed(now, address, self.throttle.admit_code(name, address, &known)).await?;
        // Before it is compared, so that many at once are no more than one after the other.
        let Some(left) = session::take_try(&self.pool, pending).await? else { return Err(SignInError::Over) };
        let mut tx = database::begin(&self.pool).await?;
        let Some(how) = use_code(&mut tx, &found, code, now).await? else {
            drop(tx);
            self.note_wrong(now, &found.account, address, "code").await?;
            return Err(self.after_a_wrong_code(pending, left).await?);
        };
        let opened = self.open(&mut tx, now, found.account, address, device, Some(pending), Some(how)).await?;
        tx.commit().await?;
        Ok(opened)
    }

    /// The session ends where no code is left to be tried.
    async fn after_a_wrong_code(&self, pending: &Secret, left: i16) -> Result<SignInError, sqlx::Error> {
        if left > 0 {
            return Ok(SignInError::Wrong);
        }
        let mut connection = self.pool.acquire().await?;
        session::end(&mut connection, pending).await?;
        Ok(SignInError::Over)
    }

    async fn pending(&self, pending: &Secret, now: DateTime<Utc>) -> Result<Option<Pending>, SignInError> {
        let row = sqlx::query!(
            r#"SELECT a.account_id, a.name, a.role, a.patient_id, a.departments, a.second_factor AS "shared!"
               FROM app.session s JOIN app.account a USING (account_id)
               WHERE s.token_hash = $1 AND s.awaits_code AND s.ends_at > $2 AND a.disabled_at IS NULL
                 AND a.second_factor_at IS NOT NULL"#,
            pending.hash(),
            now
        );
        let Some(row) = row.fetch_optional(&self.pool).await? else { return Ok(None) };
        let account = Account {
            id: row.account_id,
            name: row.name,
            role: row.role.parse().map_err(AccountError::from)?,
            patient_id: row.patient_id,
            departments: row.departments,
            has_second_factor: true,
        };
        Ok(Some(Pending { account, shared: row.shared }))
    }
}

/// Uses up a code of the app or a recovery code, and says which it was.
async fn use_code(
    connection: &mut PgConnection,
    pending: &Pending,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, SignInError> {
    if let Some(step) = step_of(&pending.shared, code, now) {
        let used = sqlx::query!(
            "UPDATE app.account SET second_factor_step = $2 WHERE account_id = $1 AND second_factor_step < $2",
            pending.account.id,
            step
        );
        return Ok((used.execute(connection).await?.rows_affected() == 1).then_some("with a code"));
    }
    let used = sqlx::query!(
        "UPDATE app.recovery_code SET used_at = $3 WHERE code_hash = $2 AND account_id = $1 AND used_at IS NULL",
        pending.account.id,
        secret::hash_of(&plain(code)),
        now
    );
    Ok((used.execute(connection).await?.rows_affected() == 1).then_some("with a recovery code"))
}

/// A recovery code as it is kept: without the marks between its groups, in small letters.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).take(64).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn totp(shared: &[u8]) -> Option<Totp> {
    Builder::new().with_secret(Shared::new(shared.into())).build().ok()
}

/// The step of time whose code this is: now, the one before, or the one after.
fn step_of(shared: &[u8], code: &str, now: DateTime<Utc>) -> Option<i64> {
    let digits: String = code.chars().filter(|letter| !letter.is_whitespace()).take(7).collect();
    let is_code = digits.len() == 6 && digits.chars().all(|digit| digit.is_ascii_digit());
    let now = u64::try_from(now.timestamp()).ok()?;
    let step = is_code.then(|| totp(shared)?.check(&digits, now)).flatten()?;
    i64::try_from(step).ok()
}

async fn make_recovery_codes(connection: &mut PgConnection, account_id: i64) -> Result<Vec<String>, SignInError> {
    let codes = (0..RECOVERY_CODES).map(|_| secret::random_code()).collect::<Result<Vec<_>, _>>();
    let codes = codes.map_err(AccountError::from)?;
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| secret::hash_of(&plain(code))).collect();
    sqlx::query!("DELETE FROM app.recovery_code WHERE account_id = $1", account_id).execute(&mut *connection).await?;
    let kept = sqlx::query!(
        "INSERT INTO app.recovery_code (account_id, code_hash) SELECT $1, unnest($2::bytea[])",
        account_id,
        &hashes
    );
    kept.execute(connection).await?;
    Ok(codes)
}

/// Forgets the second factor of an account and its recovery codes.
pub(crate) async fn forget(connection: &mut PgConnection, account_id: i64) -> Result<(), sqlx::Error> {
    let forgotten = sqlx::query!(
        "UPDATE app.account SET second_factor = NULL, second_factor_at = NULL, second_factor_step = NULL WHERE account_id = $1",
        account_id
    );
    forgotten.execute(&mut *connection).await?;
    sqlx::query!("DELETE FROM app.recovery_code WHERE account_id = $1", account_id).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// RFC 6238, appendix B, of whose eight digits the last six are taken.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        let shared = b"12345678901234567890";
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(step_of(shared, code, at), Some(seconds / 30), "{code}");
            let spaced = format!("{} {}", &code[..3], &code[3..]);
            assert_eq!(step_of(shared, &spaced, at + TimeDelta::seconds(30)), Some(seconds / 30), "one step late");
            assert_eq!(step_of(shared, code, at + TimeDelta::seconds(90)), None, "three steps late");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        let shared = b"12345678901234567890";
        let at = DateTime::from_timestamp(59, 0).unwrap();
        for text in ["", "28708", "2870822", "28708a", "٢٨٧٠٨٢", "287082\0", "-287082"] {
            assert_eq!(step_of(shared, text, at), None, "{text:?}");
        }
    }

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        assert_eq!(plain(" ABCDE-23456 "), "abcde23456");
        assert_eq!(plain(&"a".repeat(10_000)).len(), 64);
    }
}
