//! Signing in, from what was typed to a session, told in one function.
//!
//! Invariant: an unknown name, a disabled account and a wrong password get the same answer after the same work; each try is
//! in the audit before it is answered. Who brings nothing by which a browser is known asks nothing of the database before they
//! have a place in the queue.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use wardwatch_schema::clock::Clock;
use wardwatch_schema::database;

use crate::account::{Account, AccountError, Name};
use crate::audit::{self, Entry, Event};
use crate::password::{HashError, Passwords, Place};
use crate::secret::Secret;
use crate::session::{self, Purpose};
use crate::throttle::{self, Known, Throttle, Wait};

/// How long a browser is known.
const DEVICE_KNOWN_FOR: TimeDelta = TimeDelta::days(180);
/// How long a network is known from which an account has signed in.
const NETWORK_KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// What somebody typed, and from where.
#[derive(Clone)]
pub struct Attempt {
    /// What stands in the field for the name.
    pub name: String,
    /// What stands in the field for the password.
    pub password: String,
    /// Where it comes from.
    pub address: IpAddr,
    /// The secret of the browser, where it has one.
    pub device: Option<Secret>,
    /// The session that it had.
    pub former: Option<Secret>,
}

/// Somebody signed in.
#[derive(Debug)]
pub struct Opened {
    /// Who.
    pub account: Account,
    /// For the browser: the session.
    pub session: Secret,
    /// For the browser: how it is known again.
    pub device: Secret,
}

/// What the right password leads to.
#[derive(Debug)]
pub enum Entered {
    /// Somebody is signed in.
    Signed(Opened),
    /// A code of the second factor is asked for; this is the session until it is given.
    CodeNeeded(Secret),
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Name or password is wrong; it is not said which.
    #[error("name or password is wrong")]
    Wrong,
    /// Too many tries.
    #[error("too many tries")]
    Throttled(Wait),
    /// The session in which a code was asked for has ended.
    #[error("the time for the code is over")]
    Over,
    /// Too many sign in at this moment, or hashing failed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// An account cannot be read, or no session be opened.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// The door of one process.
pub struct Door {
    pub(crate) pool: PgPool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) throttle: Throttle,
    pub(crate) passwords: Passwords,
}

pub(crate) struct Found {
    account: Account,
    pub(crate) hash: String,
    is_disabled: bool,
}

impl Door {
    /// A door to the accounts of this database.
    pub fn new(pool: PgPool, clock: Arc<dyn Clock>) -> Self {
        Self { pool, throttle: Throttle::new(Arc::clone(&clock)), clock, passwords: Passwords::default() }
    }

    /// How many passwords were hashed and compared so far: one for each attempt that was let in, whomever it named.
    pub fn compared(&self) -> u64 {
        self.passwords.compared()
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, attempt: Attempt) -> Result<Entered, SignInError> {
        let now = self.clock.now();
        let name = attempt.name.parse::<Name>().ok();
        let place = match self.admit(now, name.as_ref(), &attempt).await {
            Ok(place) => place,
            Err(refused @ (SignInError::Throttled(_) | SignInError::Hash(_))) => {
                self.note_throttled(now, attempt.address).await?;
                return Err(refused);
            }
            Err(error) => return Err(error),
        };
        let found = self.find(name.as_ref()).await?;
        let hash = found.as_ref().map(|found| found.hash.clone());
        let fits = place.fits(hash, &attempt.password).await?;
        match found {
            Some(found) if fits && !found.is_disabled => self.enter(now, found.account, attempt).await,
            found => {
                self.note_failed(now, attempt.address, found.as_ref()).await?;
                Err(SignInError::Wrong)
            }
        }
    }

    /// Lets somebody try, or sends them away before the account is read or anything hashed.
    async fn admit(&self, now: DateTime<Utc>, name: Option<&Name>, attempt: &Attempt) -> Result<Place, SignInError> {
        let (name, address) = (name.map(Name::as_str), attempt.address);
        let looked_for = name.unwrap_or_default();
        let browser = self.known_browser(now, looked_for, attempt.device.as_ref()).await?;
        let (place, known) = if let Some(browser) = browser {
            (self.passwords.queue_up(true)?, browser)
        } else {
            self.throttle.admit_from(address).map_err(SignInError::Throttled)?;
            let place = self.passwords.queue_up(false)?;
            (place, self.known_network(now, looked_for, address).await?)
        };
        self.throttle.admit_at(name, address, &known).map_err(SignInError::Throttled)?;
        Ok(place)
    }

    /// Heeds what the throttle says of whoever has shown who they are, and notes where it sends them away.
    pub(crate) async fn heed(
        &self,
        now: DateTime<Utc>,
        address: IpAddr,
        admitted: Result<(), Wait>,
    ) -> Result<(), SignInError> {
        let Err(wait) = admitted else { return Ok(()) };
        self.note_throttled(now, address).await?;
        Err(SignInError::Throttled(wait))
    }

    pub(crate) async fn find(&self, name: Option<&Name>) -> Result<Option<Found>, SignInError> {
        let row = sqlx::query!(
            r#"SELECT account_id, name, role, patient_id, departments, password_hash, disabled_at,
                   second_factor_at IS NOT NULL AS "has_second_factor!"
               FROM app.account WHERE name = $1"#,
            name.map_or("", Name::as_str)
        );
        let Some(row) = row.fetch_optional(&self.pool).await? else { return Ok(None) };
        let role = row.role.parse().map_err(AccountError::from)?;
        let account = Account {
            id: row.account_id,
            name: row.name,
            role,
            patient_id: row.patient_id,
            departments: row.departments,
            has_second_factor: row.has_second_factor,
        };
        Ok(Some(Found { account, hash: row.password_hash, is_disabled: row.disabled_at.is_some() }))
    }

    /// The password was right.
    async fn enter(&self, now: DateTime<Utc>, account: Account, attempt: Attempt) -> Result<Entered, SignInError> {
        let Attempt { address, device, former, .. } = attempt;
        let mut tx = database::begin(&self.pool).await?;
        let entered = if account.has_second_factor {
            let awaits = Purpose::AwaitsCode;
            let (former, device) = (former.as_ref(), device.as_ref());
            let pending = session::open(&mut tx, now, account.id, address, former, device, awaits).await?;
            audit::note(&mut tx, now, &Entry::by(&account, address, Event::CodeAsked)).await?;
            Entered::CodeNeeded(pending)
        } else {
            Entered::Signed(self.open(&mut tx, now, account, address, device, former.as_ref(), None).await?)
        };
        tx.commit().await?;
        Ok(entered)
    }

    /// Session, what is known again, and audit.
    #[expect(clippy::too_many_arguments, reason = "all that a session is opened with, in one place")]
    pub(crate) async fn open(
        &self,
        connection: &mut PgConnection,
        now: DateTime<Utc>,
        account: Account,
        address: IpAddr,
        device: Option<Secret>,
        former: Option<&Secret>,
        how: Option<&str>,
    ) -> Result<Opened, SignInError> {
        let device = device.map_or_else(Secret::random, Ok).map_err(AccountError::from)?;
        let signed_in = Purpose::SignedIn;
        let session = session::open(connection, now, account.id, address, former, Some(&device), signed_in).await?;
        remember(connection, now, account.id, address, &device).await?;
        audit::note(connection, now, &Entry { reason: how, ..Entry::by(&account, address, Event::SignedIn) }).await?;
        Ok(Opened { account, session, device })
    }

    /// Whoever is signed in shows once more that they know the password; guessing at it is as slow as at the door.
    pub(crate) async fn prove(
        &self,
        account: &Account,
        address: IpAddr,
        password: &str,
        why: &str,
    ) -> Result<(), SignInError> {
        let (now, known) = (self.clock.now(), Known::Browser(b"prove".to_vec()));
        self.heed(now, address, self.throttle.admit_at(Some(&account.name), address, &known)).await?;
        let place = self.passwords.queue_up(true)?;
        let hash = self.find(account.name.parse().ok().as_ref()).await?.map(|found| found.hash);
        if place.fits(hash, password).await? {
            return Ok(());
        }
        self.note_wrong(now, account, address, why).await?;
        Err(SignInError::Wrong)
    }

    /// The browser, where the account has signed in by it before.
    pub(crate) async fn known_browser(
        &self,
        now: DateTime<Utc>,
        name: &str,
        device: Option<&Secret>,
    ) -> Result<Option<Known>, sqlx::Error> {
        let Some(device) = device else { return Ok(None) };
        let is_known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM app.device d JOIN app.account a USING (account_id)
                   WHERE d.device_hash = $1 AND a.name = $2 AND d.seen_at > $3) AS "is_known!""#,
            device.hash(),
            name,
            now - DEVICE_KNOWN_FOR
        );
        Ok(is_known.fetch_one(&self.pool).await?.then(|| Known::Browser(device.hash())))
    }

    /// Whether the account has signed in from the same network lately. It is asked for a name that nobody has, too, so that
    /// all names take the same work.
    pub(crate) async fn known_network(
        &self,
        now: DateTime<Utc>,
        name: &str,
        address: IpAddr,
    ) -> Result<Known, sqlx::Error> {
        let is_known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM app.known_network n JOIN app.account a USING (account_id)
                   WHERE a.name = $1 AND n.network = $2 AND n.seen_at > $3) AS "is_known!""#,
            name,
            throttle::remembered(address),
            now - NETWORK_KNOWN_FOR
        );
        Ok(if is_known.fetch_one(&self.pool).await? { Known::Network } else { Known::No })
    }

    /// Whoever has shown who they are gave a wrong password or code.
    pub(crate) async fn note_wrong(
        &self,
        now: DateTime<Utc>,
        account: &Account,
        address: IpAddr,
        what: &str,
    ) -> Result<(), sqlx::Error> {
        let entry = Entry { reason: Some(what), ..Entry::by(account, address, Event::SignInFailed) };
        audit::note_now(&self.pool, now, &entry).await
    }

    async fn note_failed(&self, now: DateTime<Utc>, address: IpAddr, found: Option<&Found>) -> Result<(), sqlx::Error> {
        let tried = found.map(|found| found.account.name.as_str());
        let entry = Entry { about: tried, ..Entry::by_nobody(Some(address), Event::SignInFailed) };
        audit::note_now(&self.pool, now, &entry).await
    }

    /// Once a minute from each address, and seldom in all: a storm of tries fills no audit.
    async fn note_throttled(&self, now: DateTime<Utc>, address: IpAddr) -> Result<(), sqlx::Error> {
        if self.throttle.is_to_be_noted(address) {
            audit::note_now(&self.pool, now, &Entry::by_nobody(Some(address), Event::SignInThrottled)).await?;
        }
        Ok(())
    }
}

/// Remembers the browser and the network from which an account has signed in.
async fn remember(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    account_id: i64,
    address: IpAddr,
    device: &Secret,
) -> Result<(), sqlx::Error> {
    let browser = sqlx::query!(
        "INSERT INTO app.device (device_hash, account_id, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (device_hash, account_id) DO UPDATE SET seen_at = excluded.seen_at",
        device.hash(),
        account_id,
        now
    );
    browser.execute(&mut *connection).await?;
    let Some(network) = throttle::remembered(address) else { return Ok(()) };
    let place = sqlx::query!(
        "INSERT INTO app.known_network (account_id, network, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (account_id, network) DO UPDATE SET seen_at = excluded.seen_at",
        account_id,
        network,
        now
    );
    place.execute(connection).await?;
    Ok(())
}
