//! `GET /metrics`: the ledger in Prometheus' text format, for this machine only.
//!
//! Numbers come from the ledger at every scrape, never from a counter in this process: they survive a restart.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::header;
use axum::response::IntoResponse;

use crate::error::{AsJson, Problem};
use crate::server::App;
use crate::views::Snapshot;
use crate::views::ledger::{self, Ledger};

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`
pub(crate) async fn metrics(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> Result<impl IntoResponse, AsJson> {
    if !peer.ip().to_canonical().is_loopback() {
        return Err(AsJson(Problem::only_from_loopback()));
    }
    let mut snapshot = Snapshot::for_ops(&app.pool).await?;
    let ledger = ledger::read(&mut snapshot).await?;
    Ok(([(header::CONTENT_TYPE, FORMAT)], write(&ledger)))
}

type Sample = (Vec<(&'static str, String)>, f64);

fn write(ledger: &Ledger) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: Vec<Sample>| {
        text.push_str(&block(name, kind, help, &samples));
    };
    family(
        "wardwatch_ingest_records_total",
        "counter",
        "Records by where they stand now; waiting and quarantined fall when re-judged.",
        records(ledger),
    );
    family(
        "wardwatch_ingest_objects",
        "gauge",
        "Objects in the ledger by state; a foreign object has no feed.",
        objects(ledger),
    );
    family(
        "wardwatch_feed_freshness_seconds",
        "gauge",
        "Age of the newest loaded object; absent until one is loaded.",
        by_feed(ledger, |f| f.age_seconds),
    );
    family(
        "wardwatch_feed_stale",
        "gauge",
        "1 when the feed is older than its limit.",
        by_feed(ledger, |f| Some(i64::from(f.is_stale))),
    );
    family(
        "wardwatch_feed_backlog_objects",
        "gauge",
        "Objects seen and not loaded yet.",
        by_feed(ledger, |f| Some(f.not_loaded)),
    );
    family(
        "wardwatch_quarantine_open",
        "gauge",
        "Quarantined records that are not resolved.",
        by_feed(ledger, |f| Some(f.quarantined)),
    );
    family(
        "wardwatch_ingest_drift_objects",
        "gauge",
        "Objects with a header that their map does not know or misses, once a header; held: objects that no map reads.",
        drifted(ledger),
    );
    family(
        "wardwatch_ingest_maps_refused",
        "gauge",
        "Places whose column maps are wrong; the last good ones stay in force.",
        vec![(vec![], ledger.maps_refused as f64)],
    );
    family(
        "wardwatch_waiting_results",
        "gauge",
        "Results that cannot be attributed to exactly one patient.",
        vec![(vec![], ledger.waiting_results as f64)],
    );
    text
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

fn block(name: &str, kind: &str, help: &str, samples: &[Sample]) -> String {
    let mut lines = vec![format!("# HELP {name} {help}"), format!("# TYPE {name} {kind}")];
    for (labels, value) in samples {
        let labels: Vec<String> =
            labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escape(value))).collect();
        let braces = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        lines.push(format!("{name}{braces} {value}"));
    }
    lines.join("\n") + "\n"
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_help_type_and_escaped_labels() {
        let text = block("n", "gauge", "What.", &[(vec![("feed", "a\"b".to_owned())], 2.0), (vec![], 0.5)]);
        assert_eq!(text, "# HELP n What.\n# TYPE n gauge\nn{feed=\"a\\\"b\"} 2\nn 0.5\n");
    }
}
