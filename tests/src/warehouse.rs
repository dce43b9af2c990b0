//! A database of its own for a scenario, in a Postgres that the process shares.
//!
//! Invariant: the cluster goes when the last warehouse of the process goes; each database starts as the migrations
//! leave it, or empty where that is asked for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use anyhow::Context as _;
use serde_json::Value;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::sync::Mutex;
use url::Url;
use wardwatch_demo::Postgres;
use wardwatch_schema::database;

use crate::{Tested, until};

const MIGRATED: &str = "migrated";

static CLUSTER: Mutex<Weak<Postgres>> = Mutex::const_new(Weak::new());
static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// A warehouse, and the pool to look into it.
#[derive(Debug)]
pub struct Warehouse {
    /// Connections of the superuser.
    pub pool: PgPool,
    name: String,
    cluster: Arc<Postgres>,
}

impl Warehouse {
    /// A migrated warehouse with nothing in it.
    pub async fn start() -> Tested<Self> {
        Self::create(Some(MIGRATED)).await
    }

    /// A database that was never migrated.
    pub async fn empty() -> Tested<Self> {
        Self::create(None).await
    }

    async fn create(template: Option<&str>) -> Tested<Self> {
        let cluster = cluster().await?;
        let name = format!("warehouse_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        cluster.create_database(&name, template).await?;
        let pool = PgPoolOptions::new().max_connections(4).connect(&cluster.url(&name)).await?;
        Ok(Self { pool, name, cluster })
    }

    /// Its address, for the superuser.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// The address of another database of the same server.
    pub fn url_of_database(&self, name: &str) -> String {
        self.cluster.url(name)
    }

    /// Its address, for another role.
    pub fn url_as(&self, role: &str, password: Option<&str>) -> Tested<String> {
        let mut url = Url::parse(&self.url())?;
        url.set_username(role).and_then(|()| url.set_password(password)).ok().context("a role fits into a URL")?;
        Ok(url.into())
    }

    /// Makes a login that is a member of a role.
    pub async fn create_login(&self, name: &str, member_of: &str) -> Tested {
        self.tell(&format!("CREATE ROLE {name} LOGIN IN ROLE {member_of}")).await
    }

    /// Makes a login whose password is asked for, although the cluster trusts everybody else.
    pub async fn create_login_with_password(&self, name: &str, password: &str) -> Tested {
        self.tell(&format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'")).await?;
        let rules = self.cluster.home().join("data/pg_hba.conf");
        let others = std::fs::read_to_string(&rules)?;
        std::fs::write(&rules, format!("local all {name} scram-sha-256\n{others}"))?;
        self.tell("SELECT pg_reload_conf()").await?;
        let wrong = self.url_as(name, Some("not the password"))?;
        until("a wrong password is refused", async || Ok(PgPool::connect(&wrong).await.is_err())).await
    }

    /// Runs statements.
    pub async fn tell(&self, statements: &str) -> Tested {
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&self.pool).await?;
        Ok(())
    }

    /// The rows of a query, each as an object by column name.
    pub async fn rows(&self, query: &str) -> Tested<Value> {
        let query = format!("SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]') FROM ({query}) r");
        sqlx::query_scalar(AssertSqlSafe(query.as_str())).fetch_one(&self.pool).await.context(query)
    }

    /// The one value of a query.
    pub async fn one(&self, query: &str) -> Tested<Value> {
        let query = format!("SELECT to_jsonb(r.value) FROM ({query}) r (value)");
        sqlx::query_scalar(AssertSqlSafe(query.as_str())).fetch_one(&self.pool).await.context(query)
    }

    /// Waits until a query answers `true`.
    pub async fn until(&self, condition: &str) -> Tested {
        until(condition, async || Ok(self.one(&format!("SELECT ({condition})")).await? == Value::Bool(true))).await
    }

    /// The digest that `verify` tells.
    pub async fn digest(&self) -> Tested<String> {
        Ok(wardwatch_ingest::verify::digest(&self.pool).await?)
    }
}

async fn cluster() -> Tested<Arc<Postgres>> {
    let mut shared = CLUSTER.lock().await;
    if let Some(running) = shared.upgrade() {
        return Ok(running);
    }
    let settings = [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let started = Arc::new(Postgres::start_temporary(settings).await?);
    started.create_database(MIGRATED, None).await?;
    let pool = database::connect(&started.url(MIGRATED)).await?;
    database::migrate(&pool).await?;
    pool.close().await;
    *shared = Arc::downgrade(&started);
    Ok(started)
}
