//! `doctor`: looks at everything that loading needs, and says what is missing and what to do.
//!
//! Invariant: nothing is changed, neither in the warehouse nor in the bucket. A failing check stops only those that need
//! it. What is found holds no secret and no patient's data.

mod bucket;
mod clock;
mod machine;
mod warehouse;

use std::fmt::Display;

use serde::Serialize;
use sqlx::PgPool;
use wardwatch_schema::config::Config;
use wardwatch_schema::feed::Feed;
use wardwatch_schema::map::MapSet;

use crate::maps;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// Loading works, but somebody should look.
    Warning,
    /// Loading does not work.
    Failed,
    /// What the check needs has failed.
    NotChecked,
}

impl State {
    /// As a person reads it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::NotChecked => "not checked",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it ended.
    pub state: State,
    /// What was found and, unless all is well, what to do.
    pub found: String,
}

impl Check {
    fn of(name: &'static str, state: State, found: &impl Display) -> Self {
        // One line, whatever an error holds.
        let found = found.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { name, state, found }
    }

    fn ok(name: &'static str, found: impl Display) -> Self {
        Self::of(name, State::Ok, &found)
    }

    fn warning(name: &'static str, found: impl Display) -> Self {
        Self::of(name, State::Warning, &found)
    }

    fn failed(name: &'static str, found: impl Display) -> Self {
        Self::of(name, State::Failed, &found)
    }

    fn needs(name: &'static str, what: &str) -> Self {
        Self::of(name, State::NotChecked, &format!("needs {what}"))
    }
}

/// All checks.
#[derive(Debug, Serialize)]
pub struct Findings {
    /// Whether none failed.
    pub ok: bool,
    /// In the order in which they were made.
    pub checks: Vec<Check>,
}

impl Findings {
    fn of(checks: Vec<Check>) -> Self {
        Self { ok: checks.iter().all(|check| check.state != State::Failed), checks }
    }
}

const CONFIGURATION: &str = "configuration";
const FEEDS: &str = "feeds";
const MAPS: &str = "column maps";

/// All that can be said where the configuration cannot be read.
pub fn unreadable_configuration(reason: &str) -> Findings {
    let others = [warehouse::NAMES.as_slice(), &bucket::NAMES, &[FEEDS, MAPS]].concat();
    let mut checks = vec![Check::failed(CONFIGURATION, reason)];
    checks.extend(others.into_iter().map(|name| Check::needs(name, "the configuration")));
    checks.push(machine::spool());
    checks.push(Check::needs(warehouse::OPEN, "the configuration"));
    Findings::of(checks)
}

/// Makes all checks.
pub async fn examine(config: &Config) -> Findings {
    let feeds = config.feeds();
    let mut checks = vec![configuration(config)];
    let (found, pool) = warehouse::examine(config).await;
    checks.extend(found);
    let (found, listed) = bucket::examine(config, feeds.as_deref().unwrap_or_default()).await;
    checks.extend(found);
    match &feeds {
        Ok(feeds) => {
            checks.push(keys(feeds, &listed, pool.as_ref()).await);
            checks.push(column_maps(config, feeds, pool.as_ref()).await);
        }
        Err(_) => checks.extend([FEEDS, MAPS].map(|name| Check::needs(name, "the feeds of the configuration"))),
    }
    checks.push(machine::spool());
    checks.push(warehouse::open_problems(pool.as_ref()).await);
    Findings::of(checks)
}

fn configuration(config: &Config) -> Check {
    let said = [
        config.require_timezone().map(drop),
        config.require_bucket().map(drop),
        config.require_database_url().map(drop),
        config.feeds().map(drop),
    ];
    let wrong: Vec<String> = said.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
    match config.timezone {
        Some(zone) if wrong.is_empty() => {
            Check::ok(CONFIGURATION, format!("time zone {zone}; bucket and database are given"))
        }
        _ => Check::failed(CONFIGURATION, wrong.join("; ")),
    }
}

/// Whether each feed has a limit, and keys: among those that were listed, or in the ledger.
async fn keys(feeds: &[Feed], listed: &bucket::Keys, pool: Option<&PgPool>) -> Check {
    let known = match pool {
        Some(pool) => warehouse::feeds_with_objects(pool).await,
        None => Vec::new(),
    };
    if !listed.is_known && pool.is_none() {
        return Check::needs(FEEDS, "the bucket or the database");
    }
    let has_keys = |feed: &&Feed| listed.feeds.contains(&feed.name) || known.contains(&feed.name);
    let (with, without): (Vec<&Feed>, Vec<&Feed>) = feeds.iter().partition(has_keys);
    if without.is_empty() {
        let told: Vec<String> = with.iter().map(|feed| format!("{feed} ({})", limit(feed))).collect();
        return Check::ok(FEEDS, format!("all have keys: {}", told.join(", ")));
    }
    let names: Vec<String> = without.iter().map(ToString::to_string).collect();
    Check::warning(
        FEEDS,
        format!(
            "no key of {} among the first {} of the bucket, nor in the ledger: do the sources write there, and do feeds.<source>.<name>.keys match",
            names.join(", "),
            listed.count
        ),
    )
}

fn limit(feed: &Feed) -> String {
    feed.freshness_limit.map_or_else(|| "static".to_owned(), |limit| format!("stale after {} s", limit.as_secs()))
}

async fn column_maps(config: &Config, feeds: &[Feed], pool: Option<&PgPool>) -> Check {
    let directory = config.maps.as_deref();
    let loaded = match pool {
        Some(pool) => maps::load(pool, directory, feeds).await.map_err(|error| error.to_string()),
        None => {
            MapSet::load(directory).and_then(|set| set.check(feeds).map(|()| set)).map_err(|error| error.to_string())
        }
    };
    let beside = if pool.is_some() { "" } else { ", without the approved ones, which the database keeps" };
    match loaded {
        Ok(set) => Check::ok(MAPS, format!("{} are sound{beside}", set.iter().count())),
        Err(error) => Check::failed(MAPS, format!("{error}: correct it, or no daemon starts")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_do_not_fail_and_a_finding_is_one_line() {
        let checks = vec![Check::warning("a", "b\n  c"), Check::needs("d", "e")];
        assert_eq!(checks[0].found, "b c");
        assert!(Findings::of(checks.clone()).ok);
        assert!(!Findings::of([checks, vec![Check::failed("f", "g")]].concat()).ok);
    }
}
