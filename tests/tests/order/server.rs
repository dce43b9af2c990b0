//! One Postgres for a test, and an empty warehouse for each delivery.
//!
//! Warehouses are emptied and used again: making a database takes longer than loading a small history.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{Executor, PgPool};
use wardwatch_demo::Postgres;
use wardwatch_schema::database;
use wardwatch_tests::model::{Instant, Model};
use wardwatch_tests::people;

use crate::history::History;

const TEMPLATE: &str = "migrated";

/// The server, with its template.
pub(crate) struct Server {
    postgres: Postgres,
    pool: PgPool,
    databases: AtomicU64,
    empty: Mutex<Vec<Warehouse>>,
}

impl Server {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let postgres = Postgres::start_temporary(vec![("fsync".into(), "off".into())]).await?;
        postgres.create_database(TEMPLATE, None).await?;
        let template = database::connect(&postgres.url(TEMPLATE)).await?;
        database::migrate(&template).await?;
        template.execute(include_str!("told.sql")).await?;
        people::seed(&template).await?;
        template.close().await;
        let pool = database::connect(&postgres.url("postgres")).await?;
        Ok(Self { postgres, pool, databases: AtomicU64::new(0), empty: Mutex::default() })
    }

    /// An empty warehouse.
    pub(crate) async fn warehouse(&self) -> anyhow::Result<Warehouse> {
        if let Some(warehouse) = self.empty.lock().ok().and_then(|mut empty| empty.pop()) {
            return Ok(warehouse);
        }
        let name = format!("warehouse_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.postgres.create_database(&name, Some(TEMPLATE)).await?;
        let url = self.postgres.url(&name);
        let pool = database::connect(&url).await?;
        Ok(Warehouse { pool, url })
    }

    /// What a history comes to. The hashes are Postgres's own, not the loader's.
    pub(crate) async fn model(&self, history: &History) -> anyhow::Result<Model> {
        let texts: Vec<String> = history.files.iter().map(crate::file::File::text).collect();
        let hash = "SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex')
                    FROM unnest($1::text[]) WITH ORDINALITY AS said (text, place) ORDER BY place";
        let hashes: Vec<String> = sqlx::query_scalar(hash).bind(&texts).fetch_all(&self.pool).await?;
        Ok(Model::fold(&history.objects(&hashes), &history.decisions))
    }
}

/// A warehouse of its own.
pub(crate) struct Warehouse {
    pub(crate) pool: PgPool,
    pub(crate) url: String,
}

impl Warehouse {
    /// Everything but the stays, as the model tells it.
    pub(crate) async fn told(&self) -> sqlx::Result<Vec<String>> {
        self.lines("SELECT line FROM told.warehouse", None).await
    }

    /// The stays as they are kept.
    pub(crate) async fn kept_stays(&self) -> sqlx::Result<Vec<String>> {
        self.lines("SELECT told.stay(s) FROM monitor.stay s", None).await
    }

    /// The stays from the base tables, with all that is known.
    pub(crate) async fn derived_stays(&self) -> sqlx::Result<Vec<String>> {
        self.lines("SELECT told.stay(s) FROM monitor.derive_stay(NULL, 'infinity') s", None).await
    }

    /// The stays that are open or in conflict at a moment.
    pub(crate) async fn stays_at(&self, moment: Instant) -> sqlx::Result<Vec<String>> {
        self.lines("SELECT told.stay(s) FROM monitor.stay_at($1) s", Some(moment)).await
    }

    /// The same from the base tables.
    pub(crate) async fn derived_stays_at(&self, moment: Instant) -> sqlx::Result<Vec<String>> {
        let derive = "SELECT told.stay(s) FROM monitor.derive_stay(NULL, $1) s
                      WHERE least(s.admitted_at, s.released_at) <= $1 AND (s.released_at IS NULL OR s.released_at > $1 OR s.conflict IS NOT NULL)
                        AND coalesce(s.decided NOT IN ('other_patient', 'left'), true)";
        self.lines(derive, Some(moment)).await
    }

    async fn lines(&self, query: &'static str, moment: Option<Instant>) -> sqlx::Result<Vec<String>> {
        let query = sqlx::query_scalar(query);
        let query = if let Some(moment) = moment { query.bind(moment) } else { query };
        let mut lines: Vec<String> = query.fetch_all(&self.pool).await?;
        lines.sort();
        Ok(lines)
    }

    /// Empties it for the next delivery.
    pub(crate) async fn give_back(self, server: &Server) -> sqlx::Result<()> {
        sqlx::query("SELECT told.empty_all()").execute(&self.pool).await?;
        if let Ok(mut empty) = server.empty.lock() {
            empty.push(self);
        }
        Ok(())
    }
}
