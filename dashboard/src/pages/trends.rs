//! Lab trends: for each test and unit one chart, drawn here as SVG, with its numbers in a table beside it.
//!
//! Invariant: values of different units never share an axis, and neither do results that may be somebody else's. A band is drawn
//! only where the source gives a range. What the chart shows, the table says: who sees no chart misses nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::time;
use crate::views::patient::{JudgedResult, Patient};
use crate::words::{label, orders, trends as words};

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 170.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;
/// Tables beside charts show so many of the newest values.
const SHOWN: usize = 12;

/// The values of one test in one unit, the oldest first.
struct Series<'a> {
    test: &'a str,
    unit: Option<&'a str>,
    points: Vec<Point<'a>>,
}

struct Point<'a> {
    at: DateTime<Utc>,
    value: f64,
    judged: &'a JudgedResult,
}

/// The limits of what is usual, as the source gives them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    low: Option<f64>,
    high: Option<f64>,
}

/// The section of trends; nothing where no test was performed twice.
pub(crate) fn draw(patient: &Patient, zone: Tz) -> Markup {
    let all = series(patient);
    html! {
        @if !all.is_empty() {
            section #trends data-key="trends" aria-labelledby="heading-trends" {
                h2 #heading-trends { (words::heading(all.len())) }
                div.trends { @for (number, one) in all.iter().enumerate() { (trend(one, number, zone)) } }
            }
        }
    }
}

fn series(patient: &Patient) -> Vec<Series<'_>> {
    let mut found: BTreeMap<(&str, Option<&str>), Vec<Point<'_>>> = BTreeMap::new();
    for order in &patient.orders {
        let Some(test) = order.test.as_ref().and_then(|test| test.current.value.name.as_deref()) else { continue };
        for judged in &order.results {
            let said = &judged.result.current.value;
            let value = said.value.as_deref().and_then(number);
            if let Some(value) = value {
                let points = found.entry((test, said.unit.as_deref())).or_default();
                points.push(Point { at: said.performed_at, value, judged });
            }
        }
    }
    let mut all: Vec<Series<'_>> = found
        .into_iter()
        .filter(|(_, points)| points.len() > 1)
        .map(|((test, unit), points)| Series { test, unit, points })
        .collect();
    for one in &mut all {
        one.points.sort_by_key(|point| point.at);
    }
    all
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| value.is_finite())
}

/// `0 - 14`, `<5`, `>= 60`: anything else is no range.
fn range(text: &str) -> Option<Range> {
    let text = text.trim();
    let after = |signs: [&str; 3]| signs.iter().find_map(|sign| text.strip_prefix(sign)).and_then(number);
    if let Some(high) = after(["<=", "≤", "<"]) {
        return Some(Range { low: None, high: Some(high) });
    }
    if let Some(low) = after([">=", "≥", ">"]) {
        return Some(Range { low: Some(low), high: None });
    }
    let (low, high) = text.split_once(" - ").or_else(|| text.split_once('–')).or_else(|| text.split_once('-'))?;
    let (low, high) = (number(low)?, number(high)?);
    (low <= high).then_some(Range { low: Some(low), high: Some(high) })
}

impl Series<'_> {
    /// The one range that all its results give.
    fn range(&self) -> Option<Range> {
        let mut said = self.points.iter().map(|point| point.judged.result.current.value.reference_range.as_deref());
        let first = said.next()??;
        said.all(|other| other == Some(first)).then(|| range(first)).flatten()
    }

    /// That range as the source writes it.
    fn said_range(&self) -> Option<&str> {
        self.range()?;
        self.points.first()?.judged.result.current.value.reference_range.as_deref()
    }
}

/// From values and times to places on the drawing.
struct Scale {
    from: DateTime<Utc>,
    seconds: f64,
    /// Of the values and of the limits of the reference range.
    lowest: f64,
    highest: f64,
    /// What is left free below and above.
    margin: f64,
}

impl Scale {
    fn of(series: &Series<'_>, range: Option<Range>) -> Option<Self> {
        let (first, last) = (series.points.first()?, series.points.last()?);
        let limits = range.into_iter().flat_map(|range| [range.low, range.high]).flatten();
        let values: Vec<f64> = series.points.iter().map(|point| point.value).chain(limits).collect();
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let margin = if highest > lowest { (highest - lowest) * 0.08 } else { lowest.abs().max(1.0) * 0.1 };
        let seconds = ((last.at - first.at).num_seconds() as f64).max(1.0);
        Some(Self { from: first.at, seconds, lowest, highest, margin })
    }

    fn x(&self, at: DateTime<Utc>) -> f64 {
        LEFT + (at - self.from).num_seconds() as f64 / self.seconds * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let (top, whole) = (self.highest + self.margin, self.highest - self.lowest + 2.0 * self.margin);
        TOP + (top - value) / whole * (HEIGHT - TOP - BOTTOM)
    }
}

fn trend(series: &Series<'_>, number: usize, zone: Tz) -> Markup {
    let range = series.range();
    html! {
        article.trend data-test=(series.test) data-unit=[series.unit] {
            h3 id={ "trend-" (number) } { (series.test) " " span.unit { (words::unit(series.unit, series.said_range())) } }
            @if let Some(scale) = Scale::of(series, range) { (chart(series, &scale, range, number, zone)) }
            (table(series, number, zone))
        }
    }
}

fn chart(series: &Series<'_>, scale: &Scale, range: Option<Range>, number: usize, zone: Tz) -> Markup {
    let line: Vec<String> =
        series.points.iter().map(|point| format!("{:.1},{:.1}", scale.x(point.at), scale.y(point.value))).collect();
    html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby={ "trend-" (number) " sum-" (number) } {
            title id={ "sum-" (number) } { (summary(series, zone)) }
            @if let Some(range) = range { (band(scale, range)) }
            line.axis x1=(LEFT) y1=(HEIGHT - BOTTOM) x2=(WIDTH - RIGHT) y2=(HEIGHT - BOTTOM) {}
            line.axis x1=(LEFT) y1=(TOP) x2=(LEFT) y2=(HEIGHT - BOTTOM) {}
            (value_marks(scale))
            @if let (Some(first), Some(last)) = (series.points.first(), series.points.last()) {
                text.tick x=(LEFT) y=(HEIGHT - 8.0) { (time::date_time(first.at, zone)) }
                text.tick.end x=(WIDTH - RIGHT) y=(HEIGHT - 8.0) { (time::date_time(last.at, zone)) }
            }
            polyline.trace points=(line.join(" ")) {}
            @for point in &series.points { (dot(point, scale)) }
        }
    }
}

fn band(scale: &Scale, range: Range) -> Markup {
    let top = range.high.map_or(TOP, |high| scale.y(high));
    let bottom = range.low.map_or(HEIGHT - BOTTOM, |low| scale.y(low));
    html! { rect.band x=(LEFT) y={ (format!("{top:.1}")) } width=(WIDTH - LEFT - RIGHT) height={ (format!("{:.1}", bottom - top)) } {} }
}

fn value_marks(scale: &Scale) -> Markup {
    html! {
        (value_mark(scale, scale.lowest))
        @if scale.highest > scale.lowest { (value_mark(scale, scale.highest)) }
    }
}

fn value_mark(scale: &Scale, value: f64) -> Markup {
    let y = format!("{:.1}", scale.y(value));
    html! {
        line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
        text.tick.end x=(LEFT - 6.0) y=(format!("{:.1}", scale.y(value) + 4.0)) { (short(value)) }
    }
}

/// A usual value is a dot, one that the laboratory calls abnormal a square, one with an anomaly a cross over it.
fn dot(point: &Point<'_>, scale: &Scale) -> Markup {
    let (x, y) = (scale.x(point.at), scale.y(point.value));
    let is_abnormal = is_abnormal(point.judged);
    html! {
        @if is_abnormal { rect.abnormal x=(format!("{:.1}", x - 4.5)) y=(format!("{:.1}", y - 4.5)) width="9" height="9" {} }
        @else { circle.usual cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="4" {} }
        @if !point.judged.anomalies.is_empty() {
            path.odd d=(format!("M{:.1} {:.1}l14 14m0-14l-14 14", x - 7.0, y - 7.0)) {}
        }
    }
}

fn is_abnormal(judged: &JudgedResult) -> bool {
    let status = judged.result.current.value.status.as_deref();
    status.is_some_and(|status| status.to_ascii_lowercase().contains("abnormal"))
}

/// Three figures are enough to see a trend; the table has them all.
fn short(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn summary(series: &Series<'_>, zone: Tz) -> String {
    let (Some(first), Some(last)) = (series.points.first(), series.points.last()) else { return String::new() };
    let said = |point: &Point<'_>| (short(point.value), time::date_time(point.at, zone));
    let ((first, first_at), (last, last_at)) = (said(first), said(last));
    let (first, last) = (words::At { value: &first, at: &first_at }, words::At { value: &last, at: &last_at });
    words::summary(series.points.len(), &first, &last)
}

fn table(series: &Series<'_>, number: usize, zone: Tz) -> Markup {
    html! {
        table.values aria-labelledby={ "trend-" (number) } {
            caption { (words::caption(SHOWN, series.points.len())) }
            thead { tr { th scope="col" { (label::PERFORMED) } th.number scope="col" { (words::VALUE) } th scope="col" { (words::STATUS) } th scope="col" { (label::NOTES) } } }
            tbody {
                @for point in series.points.iter().rev().take(SHOWN) {
                    @let said = &point.judged.result.current.value;
                    tr {
                        th scope="row" { (time::at(said.performed_at, zone)) }
                        td.number { (said.value.as_deref().unwrap_or_default()) @if let Some(range) = said.reference_range.as_ref().filter(|_| series.range().is_none()) { span.by { (words::range(range)) } } }
                        td { @if is_abnormal(point.judged) { "■ " } (said.status.as_deref().unwrap_or(words::NO_STATUS)) }
                        td { @for anomaly in &point.judged.anomalies { p.anomaly { "✕ " (orders::anomaly(*anomaly)) } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_only_where_it_is_one() {
        let both = |low, high| Some(Range { low: Some(low), high: Some(high) });
        assert_eq!(range("0 - 14"), both(0.0, 14.0));
        assert_eq!(range("3.5-5.1"), both(3.5, 5.1));
        assert_eq!(range("-2 - 2"), both(-2.0, 2.0));
        assert_eq!(range("<5"), Some(Range { low: None, high: Some(5.0) }));
        assert_eq!(range(">= 60"), Some(Range { low: Some(60.0), high: None }));
        for none in ["NA", "", "negative", "5 - 3", "1 - x", "inf - 3"] {
            assert_eq!(range(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_drawn() {
        assert_eq!(number(" 0.8887474439 "), Some(0.888_747_443_9));
        assert!(["positive", "NaN", "inf", "<5", ""].into_iter().all(|text| number(text).is_none()));
    }
    #[test]
    fn the_axis_is_marked_where_the_values_end() {
        let marks = |lowest: f64, highest: f64| {
            let scale = Scale { from: DateTime::UNIX_EPOCH, seconds: 1.0, lowest, highest, margin: 1.0 };
            let marks = value_marks(&scale).into_string();
            marks.split("</text>").filter_map(|mark| Some(mark.rsplit_once('>')?.1.to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(marks(12.6471, 577.7647), ["12.6", "578"]);
        assert_eq!(marks(4.0, 4.0), ["4.00"], "one value, one mark");
    }
}
