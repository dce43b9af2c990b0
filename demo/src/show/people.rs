//! One account of each role, with a fresh password at each start: it is printed, and kept nowhere but as a hash.

use anyhow::Context;
use sqlx::PgPool;
use wardwatch_identity::account::{self, AccountError, New};
use wardwatch_identity::{Name, Role};
use wardwatch_schema::clock::{Clock, SystemClock};

/// Somebody who may sign in.
pub(super) struct Person {
    pub(super) role: Role,
    pub(super) name: Name,
    pub(super) password: String,
}

/// Makes the accounts, or gives those of an earlier start new passwords. A patient needs a record to see.
pub(super) async fn sign_up(pool: &PgPool) -> anyhow::Result<Vec<Person>> {
    let patient = sqlx::query_scalar!(
        "SELECT patient_id FROM warehouse.lab_result GROUP BY patient_id ORDER BY count(*) DESC, patient_id LIMIT 1"
    );
    let patient = patient.fetch_optional(pool).await?;
    let mut people = Vec::new();
    for role in Role::ALL {
        let patient_id = (role == Role::Patient).then(|| patient.clone()).flatten();
        if role == Role::Patient && patient_id.is_none() {
            continue;
        }
        let name: Name = format!("demo.{role}").parse()?;
        let password =
            sign_up_one(pool, &New { name: name.clone(), role, patient_id, departments: Vec::new() }).await?;
        people.push(Person { role, name, password });
    }
    Ok(people)
}

async fn sign_up_one(pool: &PgPool, new: &New) -> anyhow::Result<String> {
    let now = SystemClock.now();
    let made = match account::add(pool, now, new, None).await {
        Err(AccountError::Taken(name)) => account::reset(pool, now, &name, None, false).await,
        made => made,
    };
    made?.context("no password was made")
}
