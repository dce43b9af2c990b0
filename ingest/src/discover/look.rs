//! Looks at single keys: bare names that are replaced in place, and what an event tells of.
//!
//! Invariant: what is recorded is what the bucket says now, never what an event said.

use futures::TryStreamExt;
use wardwatch_schema::database::answered;

use super::{DiscoverError, Found};
use crate::bucket::Listed;
use crate::ledger::{self, Span};
use crate::pipeline::Pipeline;

/// Looks at one key. Where versions are kept, `thorough` lists them even when the newest one is known or deleted.
pub(super) async fn look(pipeline: &Pipeline, key: &str, thorough: bool) -> Result<Found, DiscoverError> {
    let Pipeline { pool, bucket, feeds, .. } = pipeline;
    let asked_at = answered(ledger::now(pool)).await?;
    let told: Vec<Listed> = bucket.head(key).await?.into_iter().collect();
    if bucket.has_versions().await? {
        let is_new = answered(ledger::count_missing(pool, &bucket.name, &told)).await? > 0;
        return if is_new || thorough { look_at_versions(pipeline, key).await } else { Ok(Found::default()) };
    }
    let changes =
        answered(ledger::see(pool, &bucket.name, feeds, (&Span::key(key), Some(asked_at)), &told, false)).await?;
    Ok(Found { new: changes.new, gone: changes.gone, unsettled: 0 })
}

/// Records the versions of a key, from the newest one on, until a page of them is known.
async fn look_at_versions(pipeline: &Pipeline, key: &str) -> Result<Found, DiscoverError> {
    let Pipeline { pool, bucket, feeds, .. } = pipeline;
    let mut unknown = Vec::new();
    let mut versions = bucket.pages_of_versions(key);
    while let Some(page) = versions.try_next().await? {
        let missing = answered(ledger::count_missing(pool, &bucket.name, &page)).await?;
        let some_are_known = missing < page.len() as u64;
        unknown.extend(page);
        if some_are_known {
            break;
        }
    }
    let changes = answered(ledger::see(pool, &bucket.name, feeds, (&Span::key(key), None), &unknown, true)).await?;
    Ok(Found { new: changes.new, ..Found::default() })
}
