//! `GET /metrics`: the ledger in Prometheus' text format, for this machine only.
//!
//! Numbers come from the ledger at every scrape, never from a counter in this process: they survive a restart. How old the copy is
//! that this process itself writes stands beside them.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use chrono::TimeDelta;

use crate::error::{AsJson, Problem};
use crate::people::address::Client;
use crate::server::App;
use crate::views::Snapshot;
use crate::views::ledger::{self, Ledger, StageDuration, Unloaded};

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`
pub(crate) async fn metrics(State(app): State<App>, Client(client): Client) -> Result<impl IntoResponse, AsJson> {
    if !client.is_loopback() {
        return Err(AsJson(Problem::only_from_loopback()));
    }
    let mut snapshot = Snapshot::of_program(&app.pool).await?;
    let ledger = ledger::read(&mut snapshot).await?;
    let copy_age = app.downtime.as_ref().map(|downtime| downtime.age(app.clock.now()));
    Ok(([(header::CONTENT_TYPE, FORMAT)], write(&ledger, copy_age)))
}

type Sample = (Vec<(&'static str, String)>, f64);

fn write(ledger: &Ledger, copy_age: Option<TimeDelta>) -> String {
    let families = [feed_families(ledger), object_families(ledger), stage_families(ledger), doubt_families(ledger)];
    let own = copy_age.map(copy_family);
    families.concat().iter().chain(&own).map(Family::text).collect()
}

/// One metric with all its samples.
#[derive(Debug, Clone)]
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    samples: Vec<Sample>,
}

fn counter(name: &'static str, help: &'static str, samples: Vec<Sample>) -> Family {
    Family { name, kind: "counter", help, samples }
}

fn gauge(name: &'static str, help: &'static str, samples: Vec<Sample>) -> Family {
    Family { name, kind: "gauge", help, samples }
}

/// There where ops have chosen a folder.
fn copy_family(age: TimeDelta) -> Family {
    gauge(
        "wardwatch_downtime_copy_age_seconds",
        "Since this dashboard last wrote the downtime copy; since it was started, where it has not written one.",
        vec![(vec![], age.num_seconds() as f64)],
    )
}

fn feed_families(ledger: &Ledger) -> Vec<Family> {
    let unloaded = |value: fn(&Unloaded) -> Option<i64>| -> Vec<Sample> {
        let samples = ledger.unloaded.iter().filter_map(|u| Some((vec![("feed", u.feed.clone())], value(u)? as f64)));
        samples.collect()
    };
    vec![
        gauge(
            "wardwatch_feed_freshness_seconds",
            "Age of the newest loaded object; absent until one is loaded.",
            by_feed(ledger, |f| f.age_seconds),
        ),
        gauge(
            "wardwatch_feed_stale",
            "1 when the feed is older than its limit.",
            by_feed(ledger, |f| Some(i64::from(f.is_stale))),
        ),
        gauge(
            "wardwatch_feed_backlog_objects",
            "Objects seen and not loaded yet.",
            by_feed(ledger, |f| Some(f.not_loaded)),
        ),
        gauge(
            "wardwatch_feed_backlog_seconds",
            "Since when the oldest object of the backlog is known; absent where there is none.",
            unloaded(|u| u.oldest_seconds),
        ),
        gauge(
            "wardwatch_feed_backlog_age_seconds",
            "Age of the oldest object of the backlog, by the earlier of its order time and last_modified; absent where there is none.",
            unloaded(|u| u.age_seconds),
        ),
        gauge(
            "wardwatch_feed_retried_objects",
            "Objects of the backlog that were tried in vain.",
            unloaded(|u| Some(u.tried)),
        ),
        gauge(
            "wardwatch_feed_retries",
            "Attempts in vain at the objects of the backlog.",
            unloaded(|u| Some(u.attempts)),
        ),
    ]
}

fn object_families(ledger: &Ledger) -> Vec<Family> {
    vec![
        gauge(
            "wardwatch_ingest_records",
            "Records by where they stand now; waiting and quarantined fall when re-judged.",
            records(ledger),
        ),
        counter(
            "wardwatch_ingest_retries_total",
            "Attempts in vain at objects, loaded since or not; absent where none ever was.",
            ledger.errors.iter().map(|errors| (vec![("feed", errors.feed.clone())], errors.retries as f64)).collect(),
        ),
        gauge(
            "wardwatch_ingest_objects",
            "Objects in the ledger by state; a foreign object has no feed.",
            objects(ledger),
        ),
        gauge(
            "wardwatch_ingest_drift_objects",
            "Objects with a header that their map does not know or misses, once a header; held: objects that no map reads.",
            drifted(ledger),
        ),
        gauge(
            "wardwatch_sweep_age_seconds",
            "Since the bucket was last listed from end to end, the prefix for which that is longest; absent until all were.",
            ledger.sweep_age_seconds.map(|age| (vec![], age as f64)).into_iter().collect(),
        ),
        gauge(
            "wardwatch_ingest_maps_refused",
            "Places whose column maps are wrong; the last good ones stay in force.",
            vec![(vec![], ledger.maps_refused as f64)],
        ),
    ]
}

fn stage_families(ledger: &Ledger) -> Vec<Family> {
    let stages = |value: fn(&StageDuration) -> f64| -> Vec<Sample> {
        let labels = |s: &StageDuration| vec![("feed", s.feed.clone()), ("stage", s.stage.clone())];
        ledger.stages.iter().map(|stage| (labels(stage), value(stage))).collect()
    };
    vec![
        counter(
            "wardwatch_ingest_stage_seconds_total",
            "Seconds that batches took, by stage: read, stage, merge, stays, settle.",
            stages(|s| s.seconds),
        ),
        counter(
            "wardwatch_ingest_stage_batches_total",
            "Batches that went through the stage.",
            stages(|s| s.batches as f64),
        ),
    ]
}

/// What somebody should look at, without what was dismissed.
fn doubt_families(ledger: &Ledger) -> Vec<Family> {
    vec![
        gauge("wardwatch_feed_held_objects", "Objects that no map reads.", by_feed(ledger, |f| Some(f.held))),
        gauge(
            "wardwatch_feed_failed_objects",
            "Objects that cannot be read, or were gone before.",
            by_feed(ledger, |f| Some(f.failed)),
        ),
        gauge(
            "wardwatch_feed_last_error_timestamp_seconds",
            "When something last went wrong; absent where nothing ever did.",
            ledger.errors.iter().map(|error| (vec![("feed", error.feed.clone())], error.at as f64)).collect(),
        ),
        gauge(
            "wardwatch_quarantine_open",
            "Quarantined records that are not resolved.",
            by_feed(ledger, |f| Some(f.quarantined)),
        ),
        gauge(
            "wardwatch_waiting_results",
            "Results that cannot be attributed to exactly one patient.",
            vec![(vec![], ledger.waiting_results as f64)],
        ),
    ]
}

fn records(ledger: &Ledger) -> Vec<Sample> {
    let outcomes =
        ledger.books.iter().flat_map(|books| books.outcomes().map(|(outcome, count)| (books, outcome, count)));
    outcomes
        .map(|(books, outcome, count)| {
            (vec![("feed", books.feed.clone()), ("outcome", outcome.to_owned())], count as f64)
        })
        .collect()
}

fn objects(ledger: &Ledger) -> Vec<Sample> {
    let sample = |o: &ledger::Objects| (vec![("feed", o.feed.clone()), ("state", o.state.clone())], o.count as f64);
    ledger.objects.iter().map(sample).collect()
}

fn drifted(ledger: &Ledger) -> Vec<Sample> {
    let sample = |d: &ledger::Drifted| (vec![("feed", d.feed.clone()), ("kind", d.kind.clone())], d.objects as f64);
    ledger.drifted.iter().map(sample).collect()
}

fn by_feed(ledger: &Ledger, value: impl Fn(&crate::views::feeds::Feed) -> Option<i64>) -> Vec<Sample> {
    let samples = ledger.feeds.iter().filter_map(|feed| Some((vec![("feed", feed.name.clone())], value(feed)? as f64)));
    samples.collect()
}

impl Family {
    fn text(&self) -> String {
        let Self { name, kind, help, samples } = self;
        let mut lines = vec![format!("# HELP {name} {help}"), format!("# TYPE {name} {kind}")];
        for (labels, value) in samples {
            let labels: Vec<String> =
                labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escape(value))).collect();
            let braces = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            lines.push(format!("{name}{braces} {value}"));
        }
        lines.join("\n") + "\n"
    }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_help_type_and_escaped_labels() {
        let family = gauge("n", "What.", vec![(vec![("feed", "a\"b".to_owned())], 2.0), (vec![], 0.5)]);
        assert_eq!(family.text(), "# HELP n What.\n# TYPE n gauge\nn{feed=\"a\\\"b\"} 2\nn 0.5\n");
    }

    #[test]
    fn the_age_of_the_copy_has_a_sample_of_its_own() {
        let text = copy_family(TimeDelta::minutes(4)).text();
        assert!(text.ends_with("wardwatch_downtime_copy_age_seconds 240\n"), "{text}");
    }
}
