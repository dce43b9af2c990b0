//! Which maps there are, where they come from, and what each has read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;
use wardwatch_schema::map::MapSet;

/// One version of the map of one feed.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// The feed.
    pub feed: String,
    /// The version.
    pub version: i32,
    /// From which order it applies; absent: from the beginning.
    pub applies_from: Option<DateTime<Utc>>,
    /// The keys that it reads; absent: all.
    pub keys: Option<String>,
    /// `shipped`, the file, or `approved`; `no longer in force` where only objects tell of it.
    pub origin: String,
    /// Who approved it, where somebody did.
    pub approved_by: Option<String>,
    /// When it was approved, where it was.
    pub approved_at: Option<DateTime<Utc>>,
    /// Objects that it has read.
    pub objects: i64,
}

/// All maps in force, and those that have read an object and are so no longer, by feed and version.
pub async fn list(pool: &PgPool, set: &MapSet) -> Result<Vec<Listed>, sqlx::Error> {
    let mut listed: BTreeMap<(String, i32), Listed> = BTreeMap::new();
    for map in set.iter() {
        let entry = Listed {
            applies_from: map.applies_from,
            keys: map.keys.as_ref().map(|keys| keys.glob().glob().to_owned()),
            origin: map.origin.to_string(),
            ..Listed::unknown(&map.feed, map.version)
        };
        listed.insert((map.feed.clone(), map.version), entry);
    }
    let read = sqlx::query!(
        r#"SELECT feed AS "feed!", map_version AS "version!", count(*) AS "objects!" FROM ingest.object
           WHERE feed IS NOT NULL AND map_version IS NOT NULL GROUP BY feed, map_version"#
    );
    for row in read.fetch_all(pool).await? {
        let unknown = || Listed::unknown(&row.feed, row.version);
        listed.entry((row.feed.clone(), row.version)).or_insert_with(unknown).objects = row.objects;
    }
    let approved = sqlx::query!("SELECT feed, version, approved_at, approved_by FROM ingest.column_map");
    for row in approved.fetch_all(pool).await? {
        if let Some(entry) = listed.get_mut(&(row.feed, row.version)) {
            (entry.approved_by, entry.approved_at) = (Some(row.approved_by), Some(row.approved_at));
        }
    }
    Ok(listed.into_values().collect())
}

impl Listed {
    fn unknown(feed: &str, version: i32) -> Self {
        Self {
            feed: feed.to_owned(),
            version,
            applies_from: None,
            keys: None,
            origin: "no longer in force".to_owned(),
            approved_by: None,
            approved_at: None,
            objects: 0,
        }
    }
}
