//! Renews the maps in force while the daemon runs.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::Notify;
use wardwatch_schema::database::answered;
use wardwatch_schema::feed::Feed;
use wardwatch_schema::map::{MapError, MapSet};

use super::{Maps, MapsError, Texts, note_in_force, release};
use crate::backoff::longer_wait;
use crate::pipeline::Pipeline;

/// Looks every so often whether directory or warehouse hold other maps, and puts them in force. Never ends by itself.
pub async fn keep_current(pipeline: Pipeline, every: Duration, found: Arc<Notify>) {
    let (mut seen, mut failures) = (Seen::default(), 0);
    loop {
        tokio::time::sleep(longer_wait(every, failures)).await;
        let renewed = pipeline.maps.renew(&pipeline.pool, &pipeline.feeds, &mut seen).await;
        // A wrong map is looked at as often as a right one: whoever corrects it waits for the answer.
        failures = if matches!(renewed, Err(MapsError::Database(_))) { failures + 1 } else { 0 };
        match renewed {
            Ok(false) => {}
            Ok(true) => found.notify_waiters(),
            Err(error) => {
                let reason = error.to_string();
                if seen.refusal.as_ref() != Some(&reason) {
                    tracing::error!("ingest.maps: {reason}; the maps in force stay");
                }
                seen.refusal = Some(reason);
            }
        }
    }
}

/// What was seen at the last look.
#[derive(Debug, Default)]
struct Seen {
    texts: Option<Texts>,
    /// What was logged of them.
    refusal: Option<String>,
}

impl Maps {
    /// Reads all maps anew where their texts are other ones; says whether others are in force now.
    async fn renew(&self, pool: &PgPool, feeds: &[Feed], seen: &mut Seen) -> Result<bool, MapsError> {
        let texts = match answered(Texts::read(pool, self.directory.as_deref())).await {
            Err(MapsError::Map(error)) => {
                seen.texts = None;
                return Err(self.refused(pool, error).await);
            }
            read => read?,
        };
        if seen.texts.as_ref() == Some(&texts) {
            return Ok(false);
        }
        match texts.set(feeds) {
            Ok(set) => {
                let is_other = self.put_in_force(pool, set, feeds).await?;
                let no_trouble = sqlx::query!("DELETE FROM ingest.map_trouble WHERE place = $1", self.place());
                answered(no_trouble.execute(pool)).await?;
                *seen = Seen { texts: Some(texts), refusal: None };
                Ok(is_other)
            }
            Err(error) => {
                let refused = self.refused(pool, error).await;
                // What could not be told to the warehouse is told at the next look.
                seen.texts = matches!(refused, MapsError::Map(_)).then_some(texts);
                Err(refused)
            }
        }
    }

    async fn put_in_force(&self, pool: &PgPool, set: MapSet, feeds: &[Feed]) -> Result<bool, sqlx::Error> {
        let before = self.current();
        let changed = before.changed_feeds(&set);
        if changed.is_empty() {
            return Ok(false);
        }
        let set = self.in_force.send_replace(Arc::new(set));
        debug_assert!(Arc::ptr_eq(&set, &before), "nobody else puts maps in force");
        let told = async {
            note_in_force(pool, &self.current(), feeds).await?;
            // Another daemon may have noted the same maps before, while workers of this one still held objects.
            release(pool, &changed).await
        };
        if let Err(error) = answered(told).await {
            self.in_force.send_replace(before);
            return Err(error);
        }
        tracing::info!(feeds = ?changed, "ingest.maps: other column maps are in force");
        Ok(true)
    }

    fn place(&self) -> String {
        self.directory.as_ref().map_or_else(|| "approved maps".to_owned(), |directory| directory.display().to_string())
    }

    /// Writes a refusal where `status` and `/ops` read it.
    async fn refused(&self, pool: &PgPool, error: MapError) -> MapsError {
        let written = sqlx::query!(
            "INSERT INTO ingest.map_trouble (place, reason, noticed_at) VALUES ($1, $2, now())
             ON CONFLICT (place) DO UPDATE SET reason = excluded.reason, noticed_at = excluded.noticed_at
                 WHERE map_trouble.reason <> excluded.reason",
            self.place(),
            error.to_string()
        );
        match answered(written.execute(pool)).await {
            Ok(_) => error.into(),
            Err(error) => error.into(),
        }
    }
}
