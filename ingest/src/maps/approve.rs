//! A person approves a map: it is in force from then on, and the held objects of its feed are tried again.
//!
//! Invariant: an approved version never changes, and no version that has read objects gets another text.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use wardwatch_schema::database;
use wardwatch_schema::feed::Feed;
use wardwatch_schema::map::{self, ColumnMap, MapError, MapOrigin, MapSet};

use crate::trail::{self, Decided};

/// Why a map is not approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// The map is wrong.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The version exists.
    #[error(
        "version {version} of the column map of {feed} exists already ({origin}) and never changes: give this one version {next}"
    )]
    Exists {
        /// The feed.
        feed: String,
        /// The version.
        version: i32,
        /// Where it is.
        origin: String,
        /// The next free version.
        next: i32,
    },
    /// The version is no longer in force, but has read objects.
    #[error(
        "version {version} of the column map of {feed} has read {objects} objects with another text: give this one version {next}"
    )]
    HasRead {
        /// The feed.
        feed: String,
        /// The version.
        version: i32,
        /// How many.
        objects: i64,
        /// The next free version.
        next: i32,
    },
    /// No feed of this name is configured.
    #[error("feed {0} is not configured: correct it in the map, or add the feed to the configuration")]
    Feed(String),
    /// The warehouse failed.
    #[error("the warehouse failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// What an approval did.
#[derive(Debug, serde::Serialize)]
pub struct Approved {
    /// Feed of the map.
    pub feed: String,
    /// Its version.
    pub version: i32,
    /// Whether it was approved before, with the same text.
    pub was_approved: bool,
    /// Held objects that are tried again.
    pub released: i64,
    /// Objects of keys and orders to which it applies, which other versions have read.
    pub read_by_others: i64,
}

/// Approves the map of this text. `path` names it in errors, `by` is who approves, perhaps with a reason.
pub async fn approve(
    pool: &PgPool,
    feeds: &[Feed],
    in_force: &MapSet,
    map: (&str, &str),
    (by, reason): (&str, Option<&str>),
) -> Result<Approved, ApproveError> {
    let mut transaction = database::begin(pool).await?;
    let approved = approve_within(&mut transaction, feeds, in_force, map, (by, reason)).await?;
    let about = format!("approve_map {} v{}", approved.feed, approved.version);
    trail::note(&mut transaction, &Decided { about: &about, by, patient_id: None, reason }).await?;
    transaction.commit().await?;
    Ok(approved)
}

/// The same, in the transaction of the connection.
pub async fn approve_within(
    connection: &mut PgConnection,
    feeds: &[Feed],
    in_force: &MapSet,
    (path, text): (&str, &str),
    (by, reason): (&str, Option<&str>),
) -> Result<Approved, ApproveError> {
    let map = map::parse(MapOrigin::File(path.to_owned()), text)?;
    if !feeds.iter().any(|feed| feed.name == map.feed) {
        return Err(ApproveError::Feed(map.feed));
    }
    map.check(feeds)?;
    // Two approvals of one version would otherwise both find it free.
    sqlx::query!("LOCK TABLE ingest.column_map IN SHARE ROW EXCLUSIVE MODE").execute(&mut *connection).await?;
    let approved_before = sqlx::query_scalar!(
        "SELECT toml FROM ingest.column_map WHERE feed = $1 AND version = $2",
        map.feed,
        map.version
    )
    .fetch_optional(&mut *connection)
    .await?;
    let was_approved = approved_before.as_deref() == Some(text);
    if !was_approved {
        let next = next_version(connection, in_force, &map.feed).await?;
        refuse_other_text(connection, in_force, &map, (approved_before.is_some(), next)).await?;
        sqlx::query!(
            "INSERT INTO ingest.column_map (feed, version, toml, approved_at, approved_by, reason)
             VALUES ($1, $2, $3, now(), $4, $5)",
            map.feed,
            map.version,
            text,
            by,
            reason
        )
        .execute(&mut *connection)
        .await?;
    }
    let released = super::release(&mut *connection, std::slice::from_ref(&map.feed)).await?;
    let read_by_others = read_by_others(connection, &map).await?;
    Ok(Approved { feed: map.feed, version: map.version, was_approved, released: released as i64, read_by_others })
}

async fn refuse_other_text(
    connection: &mut PgConnection,
    in_force: &MapSet,
    map: &ColumnMap,
    (was_approved, next): (bool, i32),
) -> Result<(), ApproveError> {
    let (feed, version) = (map.feed.clone(), map.version);
    let known = in_force.get(&feed, version);
    let is_same = known.is_some_and(|known| known.text == map.text);
    let origin = known.map(|known| known.origin.to_string());
    if let Some(origin) = origin.or(was_approved.then(|| "approved".to_owned())).filter(|_| !is_same) {
        return Err(ApproveError::Exists { feed, version, origin, next });
    }
    let objects = sqlx::query_scalar!(
        r#"SELECT count(*) AS "objects!" FROM ingest.object WHERE feed = $1 AND map_version = $2"#,
        feed,
        version
    )
    .fetch_one(connection)
    .await?;
    if objects > 0 && !is_same {
        return Err(ApproveError::HasRead { feed, version, objects, next });
    }
    Ok(())
}

/// The lowest version above all that are in force, approved, or have read an object.
async fn next_version(connection: &mut PgConnection, in_force: &MapSet, feed: &str) -> Result<i32, sqlx::Error> {
    let highest = sqlx::query_scalar!(
        r#"SELECT greatest(
               (SELECT max(version) FROM ingest.column_map WHERE feed = $1),
               (SELECT max(map_version) FROM ingest.object WHERE feed = $1),
               0
           ) AS "highest!""#,
        feed
    )
    .fetch_one(connection)
    .await?;
    let in_force = in_force.iter().filter(|map| map.feed == feed).map(|map| map.version).max();
    Ok(highest.max(in_force.unwrap_or_default()) + 1)
}

async fn read_by_others(connection: &mut PgConnection, map: &ColumnMap) -> Result<i64, sqlx::Error> {
    let read = sqlx::query!(
        "SELECT key, order_time FROM ingest.object
         WHERE feed = $1 AND state IN ('done', 'gone') AND map_version <> $2 AND order_time >= $3",
        map.feed,
        map.version,
        map.applies_from.unwrap_or(DateTime::<Utc>::UNIX_EPOCH)
    );
    let read = read.fetch_all(connection).await?;
    Ok(read.iter().filter(|object| map.applies(&object.key, object.order_time)).count() as i64)
}
