//! Somebody of each role, already signed in, in every warehouse that was migrated here: a scenario says who looks, and only
//! those about signing in do it by hand.

use std::sync::LazyLock;

use anyhow::Context as _;
use sqlx::PgPool;
use wardwatch_identity::{Role, Secret, password};

use crate::Tested;

/// What each of them types.
pub const PASSWORD: &str = "only for these tests, 48 hours";
/// Whose record the patient may see.
pub const PATIENT: &str = "10007";

static SESSIONS: LazyLock<Vec<(Role, Secret)>> =
    LazyLock::new(|| Role::ALL.iter().filter_map(|role| Some((*role, Secret::random().ok()?))).collect());
static HASH: LazyLock<Option<String>> = LazyLock::new(|| password::hash(PASSWORD).ok());

/// Makes an account of each role, named after it, with a session.
pub async fn seed(pool: &PgPool) -> Tested {
    for (role, session) in SESSIONS.iter() {
        let patient = (*role == Role::Patient).then_some(PATIENT);
        add(pool, role.as_str(), *role, patient).await?;
        let opened = "INSERT INTO app.session (token_hash, account_id, started_at, used_at, ends_at)
            SELECT $2, account_id, now(), now(), now() + interval '12 hours' FROM app.account WHERE name = $1";
        sqlx::query(opened).bind(role.as_str()).bind(session.hash()).execute(pool).await?;
    }
    Ok(())
}

/// Makes an account with the password of all of them.
pub async fn add(pool: &PgPool, name: &str, role: Role, patient: Option<&str>) -> Tested {
    let made = "INSERT INTO app.account (name, role, patient_id, password_hash, password_set_at, made_at)
        VALUES ($1, $2, $3, $4, now(), now())";
    let hash = HASH.as_deref().context("the password cannot be hashed")?;
    sqlx::query(made).bind(name).bind(role.as_str()).bind(patient).bind(hash).execute(pool).await?;
    Ok(())
}

/// The value of the cookie of somebody with this role.
pub fn session(role: Role) -> Tested<&'static str> {
    let session = SESSIONS.iter().find(|(of, _)| *of == role);
    session.map(|(_, secret)| secret.reveal()).context("no randomness")
}

/// The header that their browser sends.
pub fn cookie(role: Role) -> Tested<String> {
    Ok(format!("wardwatch={}", session(role)?))
}
