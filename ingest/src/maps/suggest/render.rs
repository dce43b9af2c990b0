//! Writes a proposal as TOML, with what speaks for each change as a comment above it. No value of the file is written.

use std::fmt::Write as _;

use toml::Value;
use wardwatch_schema::map::{Column, How, Kind, Prefer, Unknown, fields};

use super::Proposed;
use super::comment::evidence;
use super::decide::Decision;
use super::evidence::Part;

/// The proposal as a file.
pub(super) fn render(proposed: &Proposed<'_>, refusal: Option<&str>) -> String {
    let mut text = String::new();
    head(&mut text, proposed, refusal);
    for condition in 0..proposed.base.keep.len() {
        keep(&mut text, proposed, condition);
    }
    for field in fields(proposed.origin.target) {
        if let Some(column) = proposed.base.columns.get(field.name) {
            self::column(&mut text, proposed, field.name, column);
        }
    }
    text
}

fn head(text: &mut String, proposed: &Proposed<'_>, refusal: Option<&str>) {
    let (origin, base) = (proposed.origin, proposed.base);
    let records = proposed.sample.records.len();
    line(
        text,
        &format!("# Proposed by wardwatch-ingest map suggest from {} ({records} records looked at),", origin.key),
    );
    line(text, &format!("# after version {} of the map of {}. Nobody has approved it.", base.version, base.feed));
    match refusal {
        None => {
            line(
                text,
                "# It reads that file. Read every line, try it with `map check`, then give it to `map approve`.",
            );
        }
        Some(refusal) => line(text, &format!("# It does NOT read that file yet: {refusal}.")),
    }
    let unmapped = unmapped(proposed);
    if !unmapped.is_empty() {
        line(text, &format!("# Not named by any column, kept with each row in `extra`: {}", unmapped.join(", ")));
    }
    line(text, &format!("feed = {}", quoted(&base.feed)));
    line(text, &format!("version = {}", proposed.version));
    if let Some(from) = proposed.applies_from() {
        line(text, "# The header is the old one, so the order of the objects tells them apart: from this file on.");
        line(text, &format!("applies_from = {}", quoted(&from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))));
    }
    if let Some(keys) = &base.keys {
        line(text, &format!("keys = {}", quoted(keys.glob().glob())));
    }
    if proposed.sample.delimiter != b',' {
        line(text, &format!("delimiter = {}", quoted(&char::from(proposed.sample.delimiter).to_string())));
    }
    line(text, &format!("nulls = {}", list(&base.nulls)));
}

fn unmapped(proposed: &Proposed<'_>) -> Vec<String> {
    let is_taken = |header: &String| {
        proposed.decisions.all.iter().any(|(wanted, decision)| match decision {
            Decision::Renamed(candidate, _) => candidate.header == *header,
            _ => wanted.present.as_ref() == Some(header),
        })
    };
    let headers = proposed.sample.header.iter().map(|header| header.trim().to_owned());
    headers.filter(|header| !is_taken(header)).collect()
}

fn keep(text: &mut String, proposed: &Proposed<'_>, place: usize) {
    let condition = &proposed.base.keep[place];
    line(text, "");
    evidence(text, proposed, "", Part::Joined(place));
    line(text, "[[keep]]");
    line(text, &format!("headers = {}", list(&headers(proposed, "", Part::Joined(place), &condition.headers))));
    for (name, texts) in [("one_of", &condition.one_of), ("none_of", &condition.none_of)] {
        if let Some(texts) = texts {
            line(text, &format!("{name} = {}", list(texts)));
        }
    }
    if let Some(present) = condition.present {
        line(text, &format!("present = {present}"));
    }
}

fn column(text: &mut String, proposed: &Proposed<'_>, name: &str, column: &Column) {
    line(text, "");
    let parts: Vec<Part> = parts(column).collect();
    for part in &parts {
        evidence(text, proposed, name, *part);
    }
    let is_absent = |part: &Part| matches!(proposed.decisions.of(name, *part), Some((_, Decision::Absent)));
    if !parts.is_empty() && parts.iter().all(is_absent) {
        return;
    }
    line(text, &format!("[columns.{name}]"));
    place(text, proposed, name, column);
    let kind = if column.kind == Kind::Enum { "enum".to_owned() } else { format!("{:?}", column.kind).to_lowercase() };
    line(text, &format!("type = {}", quoted(&kind)));
    let own = formats(proposed, name, Part::Own, &column.formats);
    if !own.is_empty() {
        line(text, &format!("formats = {}", list(&own)));
    }
    for (key, is_said) in [("required", column.required), ("expected", column.expected)] {
        if is_said {
            line(text, &format!("{key} = true"));
        }
    }
    if column.prefer == Prefer::Later {
        line(text, "prefer = \"later\"");
    }
    if let Some(nulls) = &column.nulls {
        line(text, &format!("nulls = {}", list(nulls)));
    }
    values(text, column);
}

fn parts(column: &Column) -> impl Iterator<Item = Part> {
    let own = (!column.headers.is_empty()).then_some(Part::Own);
    let joined = (0..column.joined_headers().len()).map(Part::Joined);
    let date = column.date.as_ref().map(|_| Part::Date);
    own.into_iter().chain(joined).chain(date).chain(column.time.as_ref().map(|_| Part::Time))
}

/// Where the text comes from.
fn place(text: &mut String, proposed: &Proposed<'_>, name: &str, column: &Column) {
    let joined: Vec<String> = column
        .joined_headers()
        .chunks(1)
        .enumerate()
        .flat_map(|(place, header)| headers(proposed, name, Part::Joined(place), header))
        .collect();
    if !column.headers.is_empty() {
        line(text, &format!("headers = {}", list(&headers(proposed, name, Part::Own, &column.headers))));
    }
    if let Some(constant) = &column.constant {
        line(text, &format!("constant = {}", quoted(constant)));
    }
    if let Some(combine) = &column.combine {
        line(text, &format!("combine = {{ headers = {}, separator = {} }}", list(&joined), quoted(&combine.separator)));
    }
    if let Some(compute) = &column.compute {
        let how = if compute.how == How::Join { "join" } else { "hash" };
        let separator = compute.separator.as_ref().map(|text| format!(", separator = {}", quoted(text)));
        line(
            text,
            &format!("compute = {{ headers = {}, how = \"{how}\"{} }}", list(&joined), separator.unwrap_or_default()),
        );
    }
    for (key, part, said) in [("date", Part::Date, &column.date), ("time", Part::Time, &column.time)] {
        if let Some(said) = said {
            let (headers, formats) =
                (headers(proposed, name, part, &said.headers), formats(proposed, name, part, &said.formats));
            line(text, &format!("{key} = {{ headers = {}, formats = {} }}", list(&headers), list(&formats)));
        }
    }
}

fn values(text: &mut String, column: &Column) {
    let table = |pairs: &std::collections::BTreeMap<String, String>| {
        let pairs: Vec<String> = pairs.iter().map(|(from, to)| format!("{} = {}", quoted(from), quoted(to))).collect();
        format!("{{ {} }}", pairs.join(", "))
    };
    if !column.values.is_empty() {
        line(text, &format!("values = {}", table(&column.values)));
    }
    if !column.translate.is_empty() {
        line(text, &format!("translate = {}", table(&column.translate)));
        let unknown = if column.unknown == Some(Unknown::Reject) { "reject" } else { "keep" };
        line(text, &format!("unknown = \"{unknown}\""));
    }
}

fn headers(proposed: &Proposed<'_>, column: &str, part: Part, old: &[String]) -> Vec<String> {
    match proposed.decisions.of(column, part) {
        Some((_, Decision::Renamed(candidate, _))) => vec![candidate.header.clone()],
        _ => old.to_vec(),
    }
}

fn formats(proposed: &Proposed<'_>, column: &str, part: Part, old: &[String]) -> Vec<String> {
    match proposed.decisions.of(column, part) {
        Some((_, Decision::Format(format) | Decision::Renamed(_, Some(format)))) => vec![format.clone()],
        _ => old.to_vec(),
    }
}

pub(super) fn line(text: &mut String, line: &str) {
    let written = writeln!(text, "{line}");
    debug_assert!(written.is_ok(), "a String takes every write");
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| self::quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}
