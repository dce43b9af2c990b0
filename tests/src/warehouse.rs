//! A database of its own for a scenario, in a Postgres that the process shares.
//!
//! Invariant: the cluster goes when the last warehouse of the process goes; each database starts as the migrations
//! leave it, or empty where that is asked for.

use std::path::{Path, PathBuf};
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

use crate::{Tested, people, until};

const MIGRATED: &str = "migrated";
const WAITING: &str =
    "FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

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

    /// A migrated warehouse with a server of its own, which may be stopped and started.
    pub async fn alone() -> Tested<Self> {
        Self::create_in(start_cluster().await?, Some(MIGRATED)).await
    }

    async fn create(template: Option<&str>) -> Tested<Self> {
        Self::create_in(cluster().await?, template).await
    }

    async fn create_in(cluster: Arc<Postgres>, template: Option<&str>) -> Tested<Self> {
        let name = format!("warehouse_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        cluster.create_database(&name, template).await?;
        let pool = PgPoolOptions::new().max_connections(4).connect(&cluster.url(&name)).await?;
        Ok(Self { pool, name, cluster })
    }

    /// Its address, for the superuser.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// The socket that its server listens on.
    pub fn socket(&self) -> Tested<PathBuf> {
        let url = Url::parse(&self.url())?;
        let (_, directory) = url.query_pairs().find(|(name, _)| name == "host").context("a socket's directory")?;
        Ok(Path::new(directory.as_ref()).join(".s.PGSQL.5432"))
    }

    /// The name of its database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its server keeps a table.
    pub async fn file_of(&self, table: &str) -> Tested<PathBuf> {
        let below: String =
            sqlx::query_scalar("SELECT pg_relation_filepath($1)").bind(table).fetch_one(&self.pool).await?;
        Ok(self.cluster.home().join("data").join(below))
    }

    /// Stops a server of its own as a power cut would; it stays down until [`Warehouse::restart_server`].
    pub async fn crash_server(&mut self) -> Tested {
        Ok(self.own_server()?.crash().await?)
    }

    /// Starts a server of its own again.
    pub async fn restart_server(&mut self) -> Tested {
        Ok(self.own_server()?.restart().await?)
    }

    fn own_server(&mut self) -> Tested<&mut Postgres> {
        Arc::get_mut(&mut self.cluster).context("other warehouses stand on this server: take Warehouse::alone")
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
        until(condition, async || {
            Ok(self.one(&format!("SELECT coalesce(({condition}), false)")).await? == Value::Bool(true))
        })
        .await
    }

    /// Waits until somebody waits for a lock of a table. Other scenarios stand on the same server, where the table has the same
    /// number.
    pub async fn until_locked_out(&self, table: &str) -> Tested {
        self.until(&format!("EXISTS (SELECT {WAITING} AND relation = '{table}'::regclass)")).await
    }

    /// Ends the connections that wait for a lock.
    pub async fn cut_off_who_waits(&self) -> Tested {
        self.tell(&format!("SELECT pg_terminate_backend(pid) {WAITING}")).await
    }

    /// Waits until an object stands in a state.
    pub async fn until_state(&self, key: &str, state: &str) -> Tested {
        self.until(&format!("EXISTS (SELECT FROM ingest.object WHERE key = '{key}' AND state = '{state}')")).await
    }

    /// Ages every lease until it has run out, by the database's clock. Waits for the transactions that hold the rows.
    pub async fn expire_leases(&self) -> Tested {
        self.tell("UPDATE ingest.object SET leased_until = now() - interval '1 second' WHERE state = 'leased'").await
    }

    /// Rows whose object is not done, which no moment may show.
    pub async fn half_loaded(&self) -> Tested<Value> {
        let tables = ["warehouse.patient", "warehouse.admission", "warehouse.lab_test", "warehouse.lab_result"];
        let mut objects: Vec<String> = ["first_object", "last_object"]
            .iter()
            .flat_map(|sighting| tables.map(|table| format!("SELECT {sighting} FROM {table}")))
            .collect();
        objects.push("SELECT object_id FROM ingest.quarantine".to_owned());
        let said = objects.join(" UNION ALL ");
        self.one(&format!(
            "SELECT count(*) FROM ({said}) said (object_id) JOIN ingest.object o USING (object_id)
             WHERE o.state NOT IN ('done', 'gone') OR o.loaded_at IS NULL"
        ))
        .await
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
    let started = start_cluster().await?;
    *shared = Arc::downgrade(&started);
    Ok(started)
}

async fn start_cluster() -> Tested<Arc<Postgres>> {
    let settings = [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let started = Arc::new(Postgres::start_temporary(settings).await?);
    started.create_database(MIGRATED, None).await?;
    let pool = database::connect(&started.url(MIGRATED)).await?;
    database::migrate(&pool).await?;
    people::seed(&pool).await?;
    pool.close().await;
    Ok(started)
}
