//! Refuses a column map that cannot be right. Each refusal says what to write instead.

use super::fields::{Field, field_of, fields, is_known};
use super::formats::{Says, ambiguous, defect};
use super::{Column, Condition, How, Kind, Unknown};
use crate::feed::Target;

/// What is wrong with a column, whatever its table.
pub(super) fn column(name: &str, column: &Column) -> Result<(), String> {
    if !is_known(name) {
        return Err("the warehouse has no column of this name".to_owned());
    }
    one_place(column)?;
    formats(column)?;
    translation(column)?;
    computed(column)?;
    if column.constant.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Err("a constant needs a text".to_owned());
    }
    if (column.kind == Kind::Enum) == column.values.is_empty() {
        return Err("an enum needs values = { \"text\" = \"what it becomes\" }, and nothing else takes them".to_owned());
    }
    Ok(())
}

fn one_place(column: &Column) -> Result<(), String> {
    let places = [
        !column.headers.is_empty(),
        column.combine.is_some(),
        column.constant.is_some(),
        column.compute.is_some(),
        column.date.is_some(),
    ];
    let said = places.iter().filter(|is_said| **is_said).count();
    if said != 1 {
        return Err(format!(
            "its text must come from one place (headers, combine, constant, compute, or date and time), not {said}"
        ));
    }
    if column.combine.as_ref().is_some_and(|combine| combine.headers.len() < 2) {
        return Err("combine needs two headers or more; give one as headers = [\"…\"]".to_owned());
    }
    if column.joined_headers().iter().chain(column.header_groups().concat().iter()).any(|name| name.trim().is_empty()) {
        return Err("a header name is empty".to_owned());
    }
    let parts = [&column.date, &column.time].into_iter().flatten();
    if parts.into_iter().any(|part| part.headers.is_empty()) {
        return Err("date and time name no header".to_owned());
    }
    if column.date.is_some() && column.kind != Kind::Timestamp {
        return Err("date and time are the parts of a timestamp".to_owned());
    }
    if column.date.is_none() && column.time.is_some() {
        return Err("a time of day needs a date beside it".to_owned());
    }
    Ok(())
}

fn formats(column: &Column) -> Result<(), String> {
    let own = match column.kind {
        Kind::Date => Some(Says::Date),
        Kind::Timestamp if column.date.is_none() => Some(Says::DateTime),
        _ => None,
    };
    match own {
        Some(says) => formats_of(&column.formats, says)?,
        None if !column.formats.is_empty() => return Err("formats belong to a date, or to a timestamp of one column; here they stand in date and time, or not at all".to_owned()),
        None => {}
    }
    if let Some(date) = &column.date {
        formats_of(&date.formats, Says::Date)?;
    }
    column.time.as_ref().map_or(Ok(()), |time| formats_of(&time.formats, Says::Time))
}

fn formats_of(formats: &[String], says: Says) -> Result<(), String> {
    if formats.is_empty() {
        return Err("a date needs formats, such as formats = [\"%Y-%m-%d\"]".to_owned());
    }
    if let Some(defect) = formats.iter().find_map(|format| defect(format, says)) {
        return Err(defect);
    }
    let formats: Vec<&str> = formats.iter().map(String::as_str).collect();
    match ambiguous(&formats) {
        Some((a, b)) => Err(format!("the formats {a:?} and {b:?} read one text as two dates: keep one of them")),
        None => Ok(()),
    }
}

/// The columns whose dates could be confused: what one writes, the other reads as another day.
pub(super) fn confusable<'c>(columns: &[(&'c str, &Column)]) -> Option<(&'c str, String)> {
    let mut before: Vec<&str> = Vec::new();
    for (name, column) in columns {
        let own = column.date.as_ref().map_or(&column.formats, |date| &date.formats);
        before.extend(own.iter().map(String::as_str));
        if let Some((a, b)) = ambiguous(&before) {
            let reason = format!("the formats {a:?} and {b:?} read one text as two dates and may not stand in one map");
            return Some((name, reason));
        }
    }
    None
}

fn translation(column: &Column) -> Result<(), String> {
    if column.translate.is_empty() {
        return match column.unknown {
            Some(_) => {
                Err("unknown says what becomes of texts that translate does not name, and there is none".to_owned())
            }
            None => Ok(()),
        };
    }
    let Some(unknown) = column.unknown else {
        return Err("translate needs unknown = \"keep\" or \"reject\", for the texts that it does not name".to_owned());
    };
    if column.kind == Kind::Enum || column.date.is_some() {
        return Err("translate belongs neither to an enum (which has values) nor to date and time".to_owned());
    }
    if unknown == Unknown::Reject && !matches!(column.kind, Kind::Text | Kind::Id) {
        return Err("unknown = \"reject\" is for text and id; what is no number or date is rejected anyway".to_owned());
    }
    if column.translate.values().any(|text| text.trim().is_empty()) {
        return Err("translate makes a text empty: name it among the nulls".to_owned());
    }
    Ok(())
}

fn computed(column: &Column) -> Result<(), String> {
    let Some(compute) = &column.compute else { return Ok(()) };
    if column.kind != Kind::Id {
        return Err("compute makes an id: type = \"id\"".to_owned());
    }
    if compute.headers.is_empty() {
        return Err("compute names no header".to_owned());
    }
    let separates = compute.separator.as_deref().is_none_or(|text| !text.is_empty() && !text.contains('\\'));
    if !separates || (compute.how == How::Hash && compute.separator.is_some()) {
        return Err("the separator of joined texts is a text without a backslash; a hash has none".to_owned());
    }
    Ok(())
}

/// What is wrong with a condition.
pub(super) fn condition(condition: &Condition) -> Result<(), String> {
    if condition.headers.is_empty() {
        return Err("a condition names no header".to_owned());
    }
    let lists = [&condition.one_of, &condition.none_of];
    let said = lists.iter().filter(|list| list.is_some()).count() + usize::from(condition.present.is_some());
    if said != 1 {
        return Err(format!("a condition says one of one_of, none_of and present, not {said}"));
    }
    if lists.into_iter().flatten().any(Vec::is_empty) {
        return Err("a condition lists no text".to_owned());
    }
    Ok(())
}

/// What is wrong with a column of this table.
pub(super) fn column_of(target: Target, name: &str, column: &Column) -> Result<(), String> {
    let Some(field) = field_of(target, name) else {
        let known: Vec<&str> = fields(target).iter().map(|field| field.name).collect();
        return Err(format!("{} has no such column; it has {}", target.table(), known.join(", ")));
    };
    if !field.kinds.contains(&column.kind) {
        return Err(format!("type must be {}", kinds(field)));
    }
    if field.is_needed && !column.required && column.constant.is_none() {
        return Err("no row can be without it: required = true".to_owned());
    }
    Ok(())
}

fn kinds(field: &Field) -> String {
    let names: Vec<String> = field.kinds.iter().map(|kind| format!("{kind:?}").to_lowercase()).collect();
    names.join(" or ")
}

/// The columns that no row of this table can be without.
pub(super) fn needed(target: Target) -> impl Iterator<Item = &'static str> {
    fields(target).iter().filter(|field| field.is_needed).map(|field| field.name)
}
