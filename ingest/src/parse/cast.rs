//! Casts the text columns of a chunk, explicitly and by the column map, with polars.
//!
//! Every column is read as text: no inference, which would eat leading zeros. A cast that fails leaves a null beside a
//! text, and the caller rejects that record. Errors of polars quote values and are never passed on.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveTime};
use polars::prelude::*;

/// Texts of one column; `None` where the file says nothing.
pub(super) type Texts<'p> = [Option<Cow<'p, str>>];

/// A cast that polars refused as a whole: a fault of the map, not of the data.
#[derive(Debug, thiserror::Error)]
#[error("column {column} cannot be read with the formats of its map: correct them in the maps directory")]
pub struct CastError {
    /// The warehouse column.
    pub column: String,
}

const TEXT: &str = "text";

/// Dates, in the first of the formats that reads each text.
pub(super) fn dates(column: &str, texts: &Texts<'_>, formats: &[String]) -> Result<Vec<Option<NaiveDate>>, CastError> {
    let read = |format: &String| col(TEXT).str().to_date(strptime(format));
    let series = cast(column, texts, coalesce(&formats.iter().map(read).collect::<Vec<_>>()))?;
    let days = series.date().map_err(|_| failed(column))?;
    Ok(days.as_date_iter().collect())
}

/// Times of day, in the first of the formats that reads each text.
pub(super) fn times(column: &str, texts: &Texts<'_>, formats: &[String]) -> Result<Vec<Option<NaiveTime>>, CastError> {
    let read = |format: &String| col(TEXT).str().to_time(strptime(format));
    let series = cast(column, texts, coalesce(&formats.iter().map(read).collect::<Vec<_>>()))?;
    let times = series.time().map_err(|_| failed(column))?;
    Ok(times.as_time_iter().collect())
}

/// Date and time of day from one column.
pub(super) fn date_times(
    column: &str,
    texts: &Texts<'_>,
    formats: &[String],
) -> Result<Vec<Option<chrono::NaiveDateTime>>, CastError> {
    let unit = Some(TimeUnit::Microseconds);
    let read = |format: &String| col(TEXT).str().to_datetime(unit, None, strptime(format), lit("raise"));
    let series = cast(column, texts, coalesce(&formats.iter().map(read).collect::<Vec<_>>()))?;
    let times = series.datetime().map_err(|_| failed(column))?;
    let naive = |micros: i64| DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc());
    Ok(times.physical().iter().map(|micros| micros.and_then(naive)).collect())
}

/// Which texts are decimal numbers that Postgres takes as `numeric`.
pub(super) fn decimals(column: &str, texts: &Texts<'_>) -> Result<Vec<Option<bool>>, CastError> {
    let pattern = lit(r"^[+-]?([0-9]{1,100}(\.[0-9]{0,100})?|\.[0-9]{1,100})([eE][+-]?[0-9]{1,2})?$");
    let series = cast(column, texts, col(TEXT).str().contains(pattern, true))?;
    Ok(series.bool().map_err(|_| failed(column))?.iter().collect())
}

fn strptime(format: &str) -> StrptimeOptions {
    StrptimeOptions { format: Some(format.into()), strict: false, exact: true, cache: true }
}

fn cast(column: &str, texts: &Texts<'_>, expression: Expr) -> Result<Series, CastError> {
    let texts = StringChunked::from_iter_options(TEXT.into(), texts.iter().map(Option::as_deref));
    let frame = DataFrame::new(texts.len(), vec![texts.into_column()]).map_err(|_| failed(column))?;
    let cast = frame.lazy().select([expression.alias(TEXT)]).collect().map_err(|_| failed(column))?;
    let column_of_cast = cast.column(TEXT).map_err(|_| failed(column))?;
    Ok(column_of_cast.as_materialized_series().rechunk())
}

fn failed(column: &str) -> CastError {
    CastError { column: column.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'p>(values: &[&'p str]) -> Vec<Option<Cow<'p, str>>> {
        values.iter().map(|value| Some(Cow::Borrowed(*value))).collect()
    }

    fn formats(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn us_dates_without_padding_are_read_and_impossible_ones_are_not() {
        let read = dates(
            "d",
            &texts(&["1/2/2026", "12/31/2025", "2/30/2026", "31/12/2025", "2026-01-02", "1/2/2026 "]),
            &formats(&["%m/%d/%Y"]),
        );
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
        assert_eq!(read.unwrap(), [day(2026, 1, 2), day(2025, 12, 31), None, None, None, None]);
    }

    #[test]
    fn times_of_day_are_read_with_and_without_padding() {
        let read = times(
            "t",
            &texts(&["9:05:00 AM", "12:00:00 AM", "11:59:59 PM", "13:00:00 PM", "25:00"]),
            &formats(&["%I:%M:%S %p"]),
        );
        let time = |h, m, s| NaiveTime::from_hms_opt(h, m, s);
        assert_eq!(read.unwrap(), [time(9, 5, 0), time(0, 0, 0), time(23, 59, 59), None, None]);
    }

    #[test]
    fn several_formats_are_tried_in_their_order() {
        let read = dates("d", &texts(&["1/2/2026", "2026-01-03"]), &formats(&["%m/%d/%Y", "%Y-%m-%d"])).unwrap();
        assert_eq!(read, [NaiveDate::from_ymd_opt(2026, 1, 2), NaiveDate::from_ymd_opt(2026, 1, 3)]);
    }

    #[test]
    fn one_column_may_hold_date_and_time() {
        let read = date_times("t", &texts(&["2026-11-21T10:15:00"]), &formats(&["%Y-%m-%dT%H:%M:%S"])).unwrap();
        assert_eq!(read[0].unwrap().to_string(), "2026-11-21 10:15:00");
    }

    #[test]
    fn decimals_are_told_from_other_texts() {
        let read =
            decimals("v", &texts(&["0.8887474439", "-1", ".5", "1e5", "1e500", "NaN", "1,5", "<0.5", "", "\u{663}"]))
                .unwrap();
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(read, [yes, yes, yes, yes, no, no, no, no, no, no]);
    }
}
