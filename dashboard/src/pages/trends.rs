//! Lab trends: for each test and unit one chart, drawn here as SVG, with its numbers in a table beside it.
//!
//! Invariant: values of different units never share an axis. A value of which the source names several units is on none; those of
//! which it names no unit, as of a ratio or a titre, have an axis of their own, which says so. A result that may be somebody else's,
//! or that is dated in the future, is on none. A band is drawn only where the source gives a range. What the chart shows, the table
//! says: who sees no chart misses nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::parts::{number, time};
use crate::views::patient::{JudgedResult, Patient, sole_unit};
use crate::words::{label, orders, trends as words};

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 170.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;
/// So many of the newest values stand beside a chart at once; more hide in a disclosure.
const SHOWN: usize = 12;

/// The values of one test in one unit, the oldest first.
struct Series<'a> {
    test: &'a str,
    /// As the source writes it, but for the same unit again and again; null: it gives none.
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
            section #trends data-key="trends" data-list aria-labelledby="heading-trends" {
                h2 #heading-trends data-key="heading" { (words::heading(&number::size(all.len()))) }
                div.trends data-key="each" data-list { @for (number, one) in all.iter().enumerate() { (trend(one, number, zone)) } }
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
            if let Some(value) = said.value.as_deref().and_then(number) {
                let unit = said.unit.as_deref().map(|unit| sole_unit(unit).unwrap_or(unit));
                let unit = unit.filter(|unit| !unit.is_empty());
                found.entry((test, unit)).or_default().push(Point { at: said.performed_at, value, judged });
            }
        }
    }
    let mut all: Vec<Series<'_>> =
        found.into_iter().map(|((test, unit), points)| Series { test, unit, points }).collect();
    all.retain(|one| one.certain().len() > 1);
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
    /// What can be drawn: a value that is dated in the future stands nowhere on a line of time.
    fn certain(&self) -> Vec<&Point<'_>> {
        self.points.iter().filter(|point| !point.judged.result.current.value.future_dated).collect()
    }

    /// Whether the source names no two units, of which one is the values'.
    fn has_one_unit(&self) -> bool {
        self.unit.is_none_or(|unit| sole_unit(unit).is_some())
    }

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
    fn of(points: &[&Point<'_>], range: Option<Range>) -> Option<Self> {
        let (first, last) = (points.first()?, points.last()?);
        let limits = range.into_iter().flat_map(|range| [range.low, range.high]).flatten();
        let values: Vec<f64> = points.iter().map(|point| point.value).chain(limits).collect();
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
    html! {
        article.trend data-key={ (series.test) "|" (series.unit.unwrap_or_default()) } data-test=(series.test) data-unit=[series.unit] {
            h3 id={ "trend-" (number) } { (series.test) " " span.unit { (words::unit(series.unit, series.said_range())) } }
            @if series.has_one_unit() { (chart(series, number, zone)) } @else { p.none { (words::SEVERAL_UNITS) } }
            (tables(series, number, zone))
        }
    }
}

fn chart(series: &Series<'_>, number: usize, zone: Tz) -> Markup {
    let (points, range) = (series.certain(), series.range());
    let Some(scale) = Scale::of(&points, range) else { return html! {} };
    let line: Vec<String> =
        points.iter().map(|point| format!("{:.1},{:.1}", scale.x(point.at), scale.y(point.value))).collect();
    html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby={ "trend-" (number) " sum-" (number) } {
            title id={ "sum-" (number) } { (summary(&points, series.unit.is_some(), zone)) }
            @if let Some(range) = range { (band(&scale, range)) }
            line.axis x1=(LEFT) y1=(HEIGHT - BOTTOM) x2=(WIDTH - RIGHT) y2=(HEIGHT - BOTTOM) {}
            line.axis x1=(LEFT) y1=(TOP) x2=(LEFT) y2=(HEIGHT - BOTTOM) {}
            (value_marks(&scale))
            @if series.unit.is_none() { text.tick x=(LEFT + 6.0) y=(TOP) { (words::UNIT_NOT_GIVEN) } }
            @if let (Some(first), Some(last)) = (points.first(), points.last()) {
                text.tick x=(LEFT) y=(HEIGHT - 8.0) { (time::date_time(first.at, zone)) }
                text.tick.end x=(WIDTH - RIGHT) y=(HEIGHT - 8.0) { (time::date_time(last.at, zone)) }
            }
            polyline.trace points=(line.join(" ")) {}
            @for point in &points { (dot(point, &scale)) }
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

/// A usual value is a ring, one of which the laboratory says anything else a square, one of which it says nothing a small dot;
/// over one with an anomaly stands a cross.
fn dot(point: &Point<'_>, scale: &Scale) -> Markup {
    let (x, y) = (scale.x(point.at), scale.y(point.value));
    html! {
        @match verdict(point.judged) {
            Verdict::Usual => circle.usual cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="4" {},
            Verdict::Unusual => rect.unusual x=(format!("{:.1}", x - 4.5)) y=(format!("{:.1}", y - 4.5)) width="9" height="9" {},
            Verdict::Unsaid => circle.unsaid cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="2.5" {},
        }
        @if !point.judged.anomalies.is_empty() {
            path.odd d=(format!("M{:.1} {:.1}l14 14m0-14l-14 14", x - 7.0, y - 7.0)) {}
        }
    }
}

/// What the laboratory says of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Usual,
    Unusual,
    Unsaid,
}

/// Its words are its own: only one of them is known to be good news.
fn verdict(judged: &JudgedResult) -> Verdict {
    match judged.result.current.value.status.as_deref().map(str::trim) {
        None | Some("") => Verdict::Unsaid,
        Some(said) if said.eq_ignore_ascii_case("normal") => Verdict::Usual,
        Some(_) => Verdict::Unusual,
    }
}

/// Three figures are enough to see a trend, however small it is; the table has them all.
fn short(value: f64) -> String {
    let rounded = format!("{value:.2e}");
    let exponent: i32 = rounded.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or_default();
    let decimals = usize::try_from(2 - exponent).unwrap_or_default();
    format!("{value:.decimals$}")
}

fn summary(points: &[&Point<'_>], has_unit: bool, zone: Tz) -> String {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return String::new() };
    let said = |point: &Point<'_>| (short(point.value), time::date_time(point.at, zone));
    let ((first, first_at), (last, last_at)) = (said(first), said(last));
    let (first, last) = (words::At { value: &first, at: &first_at }, words::At { value: &last, at: &last_at });
    words::summary(&number::size(points.len()), has_unit, &first, &last)
}

/// Every value of the series, the newest first.
fn tables(series: &Series<'_>, number: usize, zone: Tz) -> Markup {
    let newest: Vec<&Point<'_>> = series.points.iter().rev().collect();
    let (shown, hidden) = newest.split_at(newest.len().min(SHOWN));
    html! {
        div.beside {
            (table(series, shown, number, zone))
            @if !hidden.is_empty() {
                details { summary { (words::earlier(&number::size(hidden.len()))) } (table(series, hidden, number, zone)) }
            }
        }
    }
}

fn table(series: &Series<'_>, points: &[&Point<'_>], number: usize, zone: Tz) -> Markup {
    html! {
        table.values aria-labelledby={ "trend-" (number) } {
            caption { (words::CAPTION) }
            thead { tr { th scope="col" { (label::PERFORMED) } th.number scope="col" { (words::VALUE) } th scope="col" { (words::STATUS) } th scope="col" { (label::NOTES) } } }
            tbody {
                @for point in points {
                    @let said = &point.judged.result.current.value;
                    tr {
                        th scope="row" { (time::at(said.performed_at, zone)) }
                        td.number { (said.value.as_deref().unwrap_or_default()) @if let Some(range) = said.reference_range.as_ref().filter(|_| series.range().is_none()) { span.by { (words::range(range)) } } }
                        td { @if verdict(point.judged) == Verdict::Unusual { "■ " } (said.status.as_deref().unwrap_or(words::NO_STATUS)) }
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
    use crate::pages::tests::text;
    use crate::views::patient::invented::{self, ago, judged, odd, order, ranged, result};
    use crate::views::patient::{Anomaly, Order};

    /// The section of a patient with these results of one test.
    fn drawn(results: Vec<JudgedResult>) -> String {
        of(vec![order("Lactate", 70, results)])
    }

    fn of(orders: Vec<Order>) -> String {
        draw(&Patient { orders, ..invented::patient(invented::stay(76)) }, Tz::UTC).into_string()
    }

    fn count(html: &str, part: &str) -> usize {
        html.matches(part).count()
    }

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

    #[test]
    fn three_figures_are_told_however_small_a_value_is() {
        let told = [0.004, 0.000_123_4, -0.05, 0.0, 9.996, 1_234.0].map(short);
        assert_eq!(told, ["0.00400", "0.000123", "-0.0500", "0.00", "10.0", "1234"]);
    }

    #[test]
    fn who_sees_no_chart_is_told_of_it_and_has_every_value() {
        let html = drawn((0..20).map(|hours| result(&format!("0.{hours:02}"), "mmol/L", hours)).collect());
        assert!(html.contains("role=\"img\" aria-labelledby=\"trend-0 sum-0\""), "{html}");
        assert!(html.contains("<h3 id=\"trend-0\">Lactate "), "{html}");
        let (_, sum) = html.split_once("<title id=\"sum-0\">").unwrap();
        assert!(sum.starts_with("20 values, from 0.190 on 20-Nov-2026 15:15 to 0.00 on 21-Nov-2026 10:15"), "{sum}");
        for hours in 0..20 {
            assert_eq!(count(&html, &format!("<td class=\"number\">0.{hours:02}</td>")), 1, "{hours}");
        }
        assert_eq!(count(&html, "<circle"), 20);
        assert!(html.contains("<summary>Earlier values (8)</summary>"), "{html}");
    }

    #[test]
    fn a_band_is_drawn_only_where_the_source_gives_one_range() {
        let twice = |first: &str, second: &str| {
            drawn(vec![ranged(result("1", "mmol/L", 9), first), ranged(result("2", "mmol/L", 5), second)])
        };
        assert_eq!(count(&twice("0 - 2", "0 - 2"), "class=\"band\""), 1);
        assert_eq!(count(&twice("0 - 2", "0 - 3"), "class=\"band\""), 0);
        assert_eq!(count(&twice("negative", "negative"), "class=\"band\""), 0);
        assert_eq!(count(&drawn(vec![result("1", "mmol/L", 9), result("2", "mmol/L", 5)]), "class=\"band\""), 0);
    }

    #[test]
    fn values_of_two_units_are_two_charts_and_one_unit_said_twice_is_one() {
        let results = |units: [&str; 4]| units.map(|unit| result("1", unit, 5)).to_vec();
        assert_eq!(count(&drawn(results(["mmol/L", "mg/dL", "mmol/L", "mg/dL"])), "<svg"), 2);
        assert_eq!(count(&drawn(results(["mg/dL", "mg/dL, mg/dL", "mg/dL", "mg/dL"])), "<svg"), 1);
        let two = of(["Lactate", "Urea"].map(|test| order(test, 70, results(["mg/dL"; 4]))).to_vec());
        assert_eq!((count(&two, "<svg"), count(&two, "<article")), (2, 2), "each test has its own");
    }

    #[test]
    fn a_value_of_which_nobody_knows_the_unit_is_told_and_not_drawn() {
        let html = drawn(vec![result("7.25", "K/uL, M/uL, g/dL", 9), result("8.5", "K/uL, M/uL, g/dL", 5)]);
        assert_eq!(count(&html, "<svg"), 0);
        assert!(html.contains("several units") && html.contains("7.25") && html.contains("8.5"), "{html}");
    }

    #[test]
    fn values_without_a_unit_have_an_axis_of_their_own_that_says_so() {
        let unitless = |value: &str, hours, unit: Option<&str>| {
            let mut judged = result(value, "", hours);
            judged.result.current.value.unit = unit.map(str::to_owned);
            judged
        };
        let results = vec![unitless("1.1", 9, None), unitless("1.2", 5, Some(" "))];
        let html = drawn(results.clone());
        assert_eq!(count(&html, "<svg"), 1);
        assert!(text(&html).contains("Lactate (unit not given)"), "{html}");
        let (chart, _) = html.split_once("</svg>").unwrap();
        for said in ["2 values, unit not given, from 1.10", ">unit not given</text>"] {
            assert!(chart.contains(said), "{said}: {chart}");
        }
        let mixed = drawn([results, vec![result("80", "%", 8), result("90", "%", 4)]].concat());
        let charts: Vec<&str> = mixed.split("<svg").skip(1).map(|rest| rest.split("</svg>").next().unwrap()).collect();
        assert_eq!(charts.len(), 2, "{mixed}");
        assert!(charts.iter().all(|chart| count(chart, "class=\"unsaid\"") == 2), "{charts:?}");
        assert_eq!(charts.iter().filter(|chart| chart.contains("unit not given")).count(), 1, "{charts:?}");
    }

    #[test]
    fn what_is_dated_in_the_future_is_on_no_axis_and_marked_in_the_table() {
        let future = odd(result("900", "mmol/L", -30), Anomaly::FutureDated);
        let html = drawn(vec![result("1", "mmol/L", 9), result("2", "mmol/L", 5), future.clone()]);
        let (chart, table) = html.split_once("</svg>").unwrap();
        assert_eq!(count(chart, "<circle"), 2);
        assert!(!chart.contains("900") && !chart.contains("22-Nov-2026") && chart.contains("2 values"), "{chart}");
        assert!(table.contains("900") && table.contains("✕ Dated later than its file"), "{table}");
        assert_eq!(drawn(vec![result("1", "mmol/L", 9), future]), "", "one value is no trend");
    }

    #[test]
    fn only_what_the_laboratory_calls_normal_is_usual() {
        let said = ["Normal", "normal ", "Abnormal High", "critical", "H"];
        let results = said.map(|status| judged(result("1", "mmol/L", 5), status)).into_iter();
        let html = drawn(results.chain([result("1", "mmol/L", 4)]).collect());
        let marks = ["usual", "unusual", "unsaid"].map(|mark| count(&html, &format!("class=\"{mark}\"")));
        assert_eq!(marks, [2, 3, 1]);
        let text = text(&html);
        assert!(text.contains("■ critical") && !text.contains("■ Normal"), "{text}");
    }

    #[test]
    fn an_anomaly_is_crossed_out_and_named() {
        let early = odd(result("1", "mmol/L", 80), Anomaly::BeforeOrder);
        let html = drawn(vec![early, result("2", "mmol/L", 5)]);
        assert_eq!(count(&html, "<path class=\"odd\""), 1);
        assert!(html.contains("✕ Performed before it was ordered"), "{html}");
        assert!(html.contains(&time::date_time(ago(80), Tz::UTC)));
    }
}
