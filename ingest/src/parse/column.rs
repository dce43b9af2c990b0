//! One column of a page: its texts, cast as the map says, with what was assumed and what does not fit.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use wardwatch_schema::map::{Binding, Column, Kind, Part};

use super::cast::{self, CastError};
use super::page::Page;
use super::source::ColumnSource;
use super::wall_clock::{Assumed, instant};

/// Longest identifier: more would not fit an index.
pub(crate) const LONGEST_ID: usize = 200;
const NOT_A_DATE: &str = "is not a date in a format of the map, between 1850 and 2200";
const NOT_A_TIME: &str = "is not a time of day in a format of the map";

/// A date and, where it is said, a time of day.
type WallClock = (NaiveDate, Option<NaiveTime>);

/// A column of the warehouse, as a page has it.
#[derive(Debug)]
pub(super) struct CastColumn<'p> {
    /// Its name in the warehouse.
    pub(super) name: &'p str,
    /// A record without a value here is no record.
    pub(super) required: bool,
    /// By place on the page.
    pub(super) values: Values<'p>,
    /// What was assumed, by place on the page.
    pub(super) flags: BTreeMap<usize, String>,
    /// Why the text does not fit, by place on the page.
    pub(super) defects: BTreeMap<usize, &'static str>,
}

/// The values of a column, by place on the page.
#[derive(Debug)]
pub(super) enum Values<'p> {
    /// Identifiers, texts, enumerated values and decimal numbers.
    Texts(Vec<Option<Cow<'p, str>>>),
    /// Calendar dates.
    Dates(Vec<Option<NaiveDate>>),
    /// Instants.
    Instants(Vec<Option<DateTime<Utc>>>),
}

impl Values<'_> {
    fn has(&self, place: usize) -> bool {
        match self {
            Self::Texts(texts) => texts[place].is_some(),
            Self::Dates(dates) => dates[place].is_some(),
            Self::Instants(instants) => instants[place].is_some(),
        }
    }
}

impl<'p> CastColumn<'p> {
    /// Casts a column of the page.
    pub(super) fn cast(
        zone: Tz,
        (name, column): (&'p str, &'p Column),
        source: &'p Sources,
        page: &'p Page,
    ) -> Result<Self, CastError> {
        let mut cast = Self {
            name,
            required: column.required,
            values: Values::Texts(Vec::new()),
            flags: BTreeMap::new(),
            defects: BTreeMap::new(),
        };
        cast.values = match column.kind {
            Kind::Timestamp => cast.instants(zone, column, source, page)?,
            kind => {
                let texts = source.own.texts(page);
                match kind {
                    Kind::Id => cast.ids(texts),
                    Kind::Enum => cast.enumerated(column, texts),
                    Kind::Decimal => cast.decimals(texts)?,
                    Kind::Date => cast.dates(column, &texts)?,
                    Kind::Text | Kind::Timestamp => Values::Texts(texts),
                }
            }
        };
        Ok(cast)
    }

    /// The text of an identifier, text, enumerated value or decimal number.
    pub(super) fn text(&self, place: usize) -> Option<&str> {
        match &self.values {
            Values::Texts(texts) => texts[place].as_deref(),
            Values::Dates(_) | Values::Instants(_) => None,
        }
    }

    /// Why a record cannot be taken.
    pub(super) fn fault(&self, place: usize) -> Option<&'static str> {
        if !self.defects.is_empty()
            && let Some(defect) = self.defects.get(&place)
        {
            return Some(defect);
        }
        (self.required && !self.values.has(place)).then_some("is missing")
    }

    fn ids(&mut self, mut texts: Vec<Option<Cow<'p, str>>>) -> Values<'p> {
        for (place, text) in texts.iter_mut().enumerate() {
            if text.as_ref().is_some_and(|text| text.len() > LONGEST_ID) {
                self.defects.insert(place, "is longer than 200 bytes");
                *text = None;
            }
        }
        Values::Texts(texts)
    }

    fn enumerated(&mut self, column: &'p Column, mut texts: Vec<Option<Cow<'p, str>>>) -> Values<'p> {
        for (place, text) in texts.iter_mut().enumerate() {
            let Some(said) = text.as_deref() else { continue };
            let value = column.values.get(said);
            if value.is_none() {
                self.defects.insert(place, "is none of the values that the map lists");
            }
            *text = value.map(|value| Cow::Borrowed(value.as_str()));
        }
        Values::Texts(texts)
    }

    fn decimals(&mut self, texts: Vec<Option<Cow<'p, str>>>) -> Result<Values<'p>, CastError> {
        for (place, is_decimal) in cast::decimals(self.name, &texts)?.into_iter().enumerate() {
            if is_decimal == Some(false) {
                self.defects.insert(place, "is not a decimal number");
            }
        }
        Ok(Values::Texts(texts))
    }

    fn dates(&mut self, column: &Column, texts: &[Option<Cow<'p, str>>]) -> Result<Values<'p>, CastError> {
        let mut dates = cast::dates(self.name, texts, &column.formats)?;
        for (place, date) in dates.iter_mut().enumerate() {
            *date = date.filter(|date| is_plausible(*date));
            if texts[place].is_some() && date.is_none() {
                self.defects.insert(place, NOT_A_DATE);
            }
        }
        Ok(Values::Dates(dates))
    }

    fn instants(
        &mut self,
        zone: Tz,
        column: &Column,
        source: &'p Sources,
        page: &'p Page,
    ) -> Result<Values<'p>, CastError> {
        let mut instants = Vec::with_capacity(page.len());
        for (place, wall) in self.wall_clock(column, source, page)?.into_iter().enumerate() {
            let read = wall.and_then(|wall| self.instant(place, zone, column, wall));
            instants.push(read);
        }
        Ok(Values::Instants(instants))
    }

    fn instant(&mut self, place: usize, zone: Tz, column: &Column, (date, time): WallClock) -> Option<DateTime<Utc>> {
        if !is_plausible(date) {
            self.defects.insert(place, NOT_A_DATE);
            return None;
        }
        let (at, assumed) = instant(zone, date, time, column.prefer);
        if assumed != Assumed::Nothing {
            self.flags.extend(assumed.flag(self.name).map(|flag| (place, flag)));
        }
        Some(at)
    }

    /// What the hospital's clock showed, from one column or two.
    fn wall_clock(
        &mut self,
        column: &Column,
        source: &'p Sources,
        page: &'p Page,
    ) -> Result<Vec<Option<WallClock>>, CastError> {
        let Some(date) = &column.date else {
            let texts = source.own.texts(page);
            let read = cast::date_times(self.name, &texts, &column.formats)?;
            let split = |at: NaiveDateTime| (at.date(), Some(at.time()));
            return Ok(self.said(&texts, read.into_iter().map(|at| at.map(split)).collect()));
        };
        let (dates, times) = (source.date.texts(page), source.time.texts(page));
        let read_dates = cast::dates(self.name, &dates, &date.formats)?;
        let read_times = match &column.time {
            Some(time) => cast::times(self.name, &times, &time.formats)?,
            None => vec![None; page.len()],
        };
        for place in 0..page.len() {
            if times[place].is_some() && dates[place].is_none() {
                self.defects.insert(place, "has a time of day but no date");
            } else if times[place].is_some() && read_times[place].is_none() {
                self.defects.insert(place, NOT_A_TIME);
            }
        }
        let walls = read_dates.into_iter().zip(read_times).map(|(date, time)| Some((date?, time))).collect();
        Ok(self.said(&dates, walls))
    }

    /// Notes where a text was said and nothing could be read.
    fn said<T>(&mut self, texts: &[Option<Cow<'p, str>>], read: Vec<Option<T>>) -> Vec<Option<T>> {
        for place in 0..texts.len() {
            if texts[place].is_some() && read[place].is_none() {
                self.defects.entry(place).or_insert(NOT_A_DATE);
            }
        }
        read
    }
}

/// Where the texts of a column come from: prepared once a file.
#[derive(Debug)]
pub(super) struct Sources {
    own: ColumnSource,
    date: ColumnSource,
    time: ColumnSource,
}

impl Sources {
    pub(super) fn new(binding: &Binding<'_>, column: &Column) -> Self {
        let part = |part: Option<&Part>| ColumnSource::part(binding, column, part);
        Self {
            own: ColumnSource::new(binding, column),
            date: part(column.date.as_ref()),
            time: part(column.time.as_ref()),
        }
    }
}

fn is_plausible(date: NaiveDate) -> bool {
    (1850..=2200).contains(&date.year())
}
