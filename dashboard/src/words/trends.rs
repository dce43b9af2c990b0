//! Lab trends: the chart's name and sum, and the tables beside it.

pub(crate) fn heading(count: &str) -> String {
    format!("Trends ({count})")
}

/// Many values have none by their nature, such as a ratio; of others it is forgotten.
pub(crate) const UNIT_NOT_GIVEN: &str = "unit not given";

/// After the name of the test; the range where all its results give the same.
pub(crate) fn unit(unit: Option<&str>, range: Option<&str>) -> String {
    let unit = unit.unwrap_or(UNIT_NOT_GIVEN);
    match range {
        Some(range) => format!("({unit}, range {range})"),
        None => format!("({unit})"),
    }
}

/// A value and when it was performed.
pub(crate) struct At<'a> {
    pub(crate) value: &'a str,
    pub(crate) at: &'a str,
}

/// The chart for those who do not see it; `has_unit`: whether the source gives one.
pub(crate) fn summary(count: &str, has_unit: bool, first: &At<'_>, last: &At<'_>) -> String {
    let unit = if has_unit { String::new() } else { format!(", {UNIT_NOT_GIVEN}") };
    format!(
        "{count} values{unit}, from {} on {} to {} on {}; the table has them all",
        first.value, first.at, last.value, last.at
    )
}

/// In place of the chart.
pub(crate) const SEVERAL_UNITS: &str =
    "No chart: the source names several units and does not say which of them a value has.";

pub(crate) const CAPTION: &str = "Newest first";

/// Opens the values that do not stand in sight at once.
pub(crate) fn earlier(count: &str) -> String {
    format!("Earlier values ({count})")
}

pub(crate) const VALUE: &str = "Value";
pub(crate) const STATUS: &str = "Status";
pub(crate) const NO_STATUS: &str = "none";

pub(crate) fn range(range: &str) -> String {
    format!("range {range}")
}
