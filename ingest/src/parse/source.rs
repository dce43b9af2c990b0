//! Where the text of a warehouse column comes from in a record, and which records are kept: prepared once a file.
//!
//! Invariant: a text is a function of the record and the map alone. What is nothing stays nothing: no id is computed from
//! half of its columns.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use wardwatch_schema::map::{Binding, Column, Compute, Condition, How, Kind, Part};

use super::page::Page;

/// The text of one column, or of the date or time of a timestamp, in every record of a file.
#[derive(Debug)]
pub(super) struct ColumnSource {
    from: From,
    nulls: Vec<String>,
    /// White space around the text is a part of it.
    is_verbatim: bool,
    translate: BTreeMap<String, String>,
}

/// Places are those of the header.
#[derive(Debug)]
enum From {
    Nothing,
    Field(usize),
    Constant(String),
    Combined(Vec<usize>, String),
    Joined(Vec<usize>, String),
    Hashed(Vec<usize>),
}

impl ColumnSource {
    /// The text of a column. The parts of a timestamp are asked for with [`ColumnSource::part`].
    pub(super) fn new(binding: &Binding<'_>, column: &Column) -> Self {
        let from = match (&column.combine, &column.constant, &column.compute) {
            (Some(combine), _, _) => {
                From::all(binding, &combine.headers, |places| From::Combined(places, combine.separator.clone()))
            }
            (_, Some(text), _) => From::Constant(text.clone()),
            (_, _, Some(compute)) => From::computed(binding, compute),
            _ => From::field(binding, &column.headers),
        };
        Self::reading(from, binding, column)
    }

    /// The text of the date or the time of a timestamp of two columns.
    pub(super) fn part(binding: &Binding<'_>, column: &Column, part: Option<&Part>) -> Self {
        let from = part.map_or(From::Nothing, |part| From::field(binding, &part.headers));
        Self::reading(from, binding, column)
    }

    fn reading(from: From, binding: &Binding<'_>, column: &Column) -> Self {
        Self {
            from,
            nulls: column.nulls.as_ref().unwrap_or(&binding.map.nulls).clone(),
            is_verbatim: column.kind == Kind::Text,
            translate: column.translate.clone(),
        }
    }

    /// The texts of all records of a page.
    pub(super) fn texts<'p>(&'p self, page: &'p Page) -> Vec<Option<Cow<'p, str>>> {
        (0..page.len()).map(|record| self.text(|place| page.field(record, place))).collect()
    }

    /// The text of the record whose fields these are; `None` where it says nothing.
    pub(super) fn text<'r>(&'r self, field: impl Fn(usize) -> Option<&'r str>) -> Option<Cow<'r, str>> {
        let said = |place: &usize| said(field(*place)?, &self.nulls);
        let text = match &self.from {
            From::Nothing => return None,
            From::Field(place) if self.is_verbatim => {
                said(place)?;
                Cow::Borrowed(field(*place)?)
            }
            From::Field(place) => Cow::Borrowed(said(place)?),
            From::Constant(text) => Cow::Borrowed(text.as_str()),
            From::Combined(places, separator) => combined(places.iter().filter_map(said), separator)?,
            From::Joined(places, separator) => joined(places.iter().map(said), separator)?,
            From::Hashed(places) => hashed(places.iter().map(said))?,
        };
        if self.translate.is_empty() {
            return Some(text);
        }
        Some(self.translate.get(text.trim()).map_or(text, |translated| Cow::Borrowed(translated.as_str())))
    }
}

impl From {
    fn field(binding: &Binding<'_>, headers: &[String]) -> Self {
        binding.place(headers).map_or(Self::Nothing, Self::Field)
    }

    fn all(binding: &Binding<'_>, headers: &[String], from: impl Fn(Vec<usize>) -> Self) -> Self {
        let places: Option<Vec<usize>> = headers.chunks(1).map(|header| binding.place(header)).collect();
        places.map_or(Self::Nothing, from)
    }

    fn computed(binding: &Binding<'_>, compute: &Compute) -> Self {
        let separator = compute.separator.as_deref().unwrap_or("-");
        Self::all(binding, &compute.headers, |places| match compute.how {
            How::Join => Self::Joined(places, separator.to_owned()),
            How::Hash => Self::Hashed(places),
        })
    }
}

/// A field without the white space around it, unless it means nothing.
fn said<'r>(field: &'r str, nulls: &[String]) -> Option<&'r str> {
    let trimmed = field.trim();
    (!nulls.iter().any(|null| null == trimmed)).then_some(trimmed)
}

fn combined<'r>(mut texts: impl Iterator<Item = &'r str>, separator: &str) -> Option<Cow<'r, str>> {
    let first = texts.next()?;
    let Some(second) = texts.next() else { return Some(Cow::Borrowed(first)) };
    let mut whole = [first, second].join(separator);
    for text in texts {
        whole.push_str(separator);
        whole.push_str(text);
    }
    Some(Cow::Owned(whole))
}

fn joined<'r>(texts: impl Iterator<Item = Option<&'r str>>, separator: &str) -> Option<Cow<'r, str>> {
    let behind_backslash = format!("\\{separator}");
    let escaped = |text: &str| text.replace('\\', "\\\\").replace(separator, &behind_backslash);
    let texts: Option<Vec<String>> = texts.map(|text| text.map(escaped)).collect();
    Some(Cow::Owned(texts?.join(separator)))
}

fn hashed<'r>(texts: impl Iterator<Item = Option<&'r str>>) -> Option<Cow<'r, str>> {
    let mut hasher = Sha256::new();
    for text in texts {
        let text = text?;
        // With the length before it, no two lists of texts are hashed as the same bytes.
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    Some(Cow::Owned(hex::encode(&hasher.finalize()[..16])))
}

/// The condition that a map states of the records that it keeps.
#[derive(Debug)]
pub(super) struct Keep {
    conditions: Vec<(Option<usize>, Condition)>,
    nulls: Vec<String>,
}

impl Keep {
    /// The conditions of the map that reads a file.
    pub(super) fn new(binding: &Binding<'_>) -> Self {
        let placed = |condition: &Condition| (binding.place(&condition.headers), condition.clone());
        Self { conditions: binding.map.keep.iter().map(placed).collect(), nulls: binding.map.nulls.clone() }
    }

    /// Whether the record whose fields these are meets all conditions. One that does not is skipped.
    pub(super) fn keeps<'r>(&self, field: impl Fn(usize) -> Option<&'r str>) -> bool {
        self.conditions.iter().all(|(place, condition)| {
            let text = place.and_then(&field).and_then(|text| said(text, &self.nulls));
            meets(condition, text)
        })
    }
}

fn meets(condition: &Condition, text: Option<&str>) -> bool {
    let is_in = |list: &[String]| text.is_some_and(|text| list.iter().any(|one| one == text));
    let one_of = condition.one_of.as_deref().is_none_or(is_in);
    let none_of = condition.none_of.as_deref().is_none_or(|list| !is_in(list));
    one_of && none_of && condition.present.is_none_or(|present| present == text.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardwatch_schema::map::{ColumnMap, Header, MapOrigin, MapSet, parse};

    fn map(columns: &str) -> ColumnMap {
        let text = format!("feed = \"f\"\nversion = 1\nnulls = [\"\", \"NA\"]\n{columns}");
        parse(MapOrigin::Approved, &text).unwrap()
    }

    /// The texts of the map's first column in some records of this header.
    fn texts(columns: &str, header: &[&str], records: &[&[&str]]) -> Vec<Option<String>> {
        let mut maps = MapSet::default();
        maps.add(map(columns));
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let header = Header { names: &header, delimiter: b',' };
        let binding = maps.choose("f", header, "k", "2026-11-21T00:00:00Z".parse().unwrap()).unwrap();
        let source = ColumnSource::new(&binding, binding.map.columns.values().next().unwrap());
        let text = |record: &&[&str]| source.text(|place| record.get(place).copied()).map(Cow::into_owned);
        records.iter().map(text).collect()
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn a_plain_text_is_borrowed_verbatim_and_an_id_is_trimmed() {
        let records: [&[&str]; 3] = [&[" a "], &[" NA"], &[]];
        let read =
            |kind: &str| texts(&format!("[columns.room]\nheaders = [\"r\"]\ntype = \"{kind}\""), &["R"], &records);
        assert_eq!(read("text"), [Some(" a ".to_owned()), None, None]);
        assert_eq!(read("id"), [Some("a".to_owned()), None, None]);
        let borrowed =
            ColumnSource { from: From::Field(0), nulls: vec![], is_verbatim: true, translate: BTreeMap::new() };
        assert!(matches!(borrowed.text(|_| Some("a")), Some(Cow::Borrowed("a"))), "nothing is allocated");
    }

    #[test]
    fn columns_are_combined_in_the_order_of_the_map_without_what_is_nothing() {
        let columns = "[columns.room]\ncombine = { headers = [\"ward\", \"bed\"], separator = \"/\" }\ntype = \"text\"";
        let records: [&[&str]; 4] = [&["7", "B"], &["NA", "B"], &["7", ""], &["", "NA"]];
        let expected = [Some("B/7"), Some("B"), Some("7"), None];
        let found = texts(columns, &["bed", "ward"], &[&["7", "B"], &["NA", "B"], &["7", ""], &["", "NA"]]);
        assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
        assert_eq!(texts(columns, &["ward", "bed"], &records)[0].as_deref(), Some("7/B"));
    }

    #[test]
    fn a_constant_stands_in_every_record() {
        let columns = "[columns.department]\nconstant = \"ICU\"\ntype = \"text\"\n\
             [columns.room]\nheaders = [\"x\"]\ntype = \"text\"";
        assert_eq!(texts(columns, &["x"], &[&["1"], &["NA"]]), some(&["ICU", "ICU"]));
    }

    #[test]
    fn texts_are_translated_and_unknown_ones_kept_where_the_map_says_so() {
        let columns = "[columns.result_status]\nheaders = [\"s\"]\ntype = \"text\"\nunknown = \"keep\"\n\
             translate = { H = \"Abnormal High\" }";
        let found = texts(columns, &["s"], &[&["H"], &[" H "], &["L"], &["NA"]]);
        assert_eq!(found[..3], some(&["Abnormal High", "Abnormal High", "L"]));
        assert_eq!(found[3], None);
    }

    #[test]
    fn unknown_texts_that_the_map_rejects_make_an_enumeration() {
        let map = map("[columns.result_status]\nheaders = [\"s\"]\ntype = \"text\"\nunknown = \"reject\"\n\
             translate = { H = \"Abnormal High\" }");
        let column = &map.columns["result_status"];
        assert_eq!((column.kind, column.values["H"].as_str()), (Kind::Enum, "Abnormal High"));
    }

    #[test]
    fn a_joined_id_is_stable_under_column_order_and_never_the_same_for_other_texts() {
        let columns = "[columns.test_id]\ncompute = { headers = [\"a\", \"b\"], how = \"join\" }\ntype = \"id\"";
        assert_eq!(texts(columns, &["a", "b"], &[&["1", "2"]]), texts(columns, &["b", "a"], &[&["2", "1"]]));
        let found = texts(columns, &["a", "b"], &[&["1-2", "3"], &["1", "2-3"], &["1\\", "2-3"], &["1", "2"]]);
        assert_eq!(found, some(&["1\\-2-3", "1-2\\-3", "1\\\\-2\\-3", "1-2"]));
        assert_eq!(texts(columns, &["a", "b"], &[&["1", "NA"], &["", "2"]]), [None, None], "half an id is none");
    }

    #[test]
    fn a_hashed_id_is_stable_under_column_order_and_tells_lists_apart() {
        let columns = "[columns.test_id]\ncompute = { headers = [\"a\", \"b\"], how = \"hash\" }\ntype = \"id\"";
        let one = texts(columns, &["a", "b"], &[&["12", "3"], &["1", "23"], &["12", "NA"]]);
        // The first half of the SHA-256 of both lengths and texts: it may never change, or every id would.
        assert_eq!(one[0].as_deref(), Some("40b69f422048cb9fd1f1f861c3b300c3"));
        assert!(one[0] != one[1] && one[2].is_none());
        assert_eq!(one[0], texts(columns, &["b", "a"], &[&["3", "12"]])[0]);
    }

    #[test]
    fn records_are_kept_by_conditions() {
        let kept = |condition: &str, text: &str| {
            let mut maps = MapSet::default();
            maps.add(map(&format!("[[keep]]\nheaders = [\"type\"]\n{condition}\n[columns]")));
            let names = ["type".to_owned()];
            let header = Header { names: &names, delimiter: b',' };
            let binding = maps.choose("f", header, "k", "2026-11-21T00:00:00Z".parse().unwrap()).unwrap();
            Keep::new(&binding).keeps(|_| Some(text))
        };
        for (condition, in_list, out_of_list, nothing) in [
            ("one_of = [\"A\", \"B\"]", true, false, false),
            ("none_of = [\"A\", \"B\"]", false, true, true),
            ("present = true", true, true, false),
            ("present = false", false, false, true),
        ] {
            let found = (kept(condition, " B"), kept(condition, "C"), kept(condition, "NA"));
            assert_eq!(found, (in_list, out_of_list, nothing), "{condition}");
        }
    }
}
