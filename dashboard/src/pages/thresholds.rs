//! Thresholds by department, and what a change would do to the board before it is set. Counts only: no patient stands here.
//!
//! Invariant: what is counted as listed is so by the thresholds that stand beside it, whenever the census was read, and as the head of
//! the board counts it: without those who are acknowledged.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};
use url::form_urlencoded::Serializer;

use crate::parts::{layout, number, time};
use crate::query::Change;
use crate::views::census::{Census, Entry};
use crate::views::review::Reviews;
use crate::views::thresholds::Threshold;
use crate::words::{label, thresholds as words, time as lengths};

/// What the page is drawn from.
pub(crate) struct View<'a> {
    pub(crate) census: &'a Census,
    pub(crate) reviews: &'a Reviews,
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) thresholds: &'a [Threshold],
    pub(crate) change: Option<&'a Change>,
    pub(crate) trouble: Option<&'a str>,
    pub(crate) zone: Tz,
}

/// The whole page.
pub(crate) fn draw(view: &View<'_>) -> layout::Sheet {
    let content = html! {
        div #thresholds {
            header.head { div.headline {
                h1 { (label::THRESHOLDS) }
                p.as-of { (words::MEANING) }
            } }
            @if let Some(trouble) = view.trouble { div #trouble.banner role="alert" { p { (words::nothing_set(trouble)) } } }
            div.scroll role="region" aria-label=(words::REGION) tabindex="0" { (table(view)) }
            div.asks { (ask(view)) @if let Some(change) = view.change { (preview(view, change)) } }
        }
    };
    layout::page(&layout::Frame { title: label::THRESHOLDS, place: "/thresholds", is_live: false }, &content)
}

impl View<'_> {
    fn hospital(&self) -> Option<&Threshold> {
        self.thresholds.iter().find(|threshold| threshold.department.is_none())
    }

    fn own(&self, department: &str) -> Option<&Threshold> {
        self.thresholds.iter().find(|threshold| threshold.department.as_deref() == Some(department))
    }

    /// What holds in a department, or where none is named, as it is set now.
    fn hours(&self, department: Option<&str>) -> i32 {
        let own = department.and_then(|department| self.own(department));
        own.or_else(|| self.hospital()).map_or(self.census.hours, |threshold| threshold.hours)
    }

    /// Open stays, each of which counts once; whoever is acknowledged is there a second time, and takes that off again.
    fn stays(&self) -> impl Iterator<Item = (&Entry, i64)> {
        let reviewed = self.reviews.all().map(move |(place, standing)| (self.census.entry(place), standing));
        let acknowledged = reviewed.filter(move |(entry, standing)| {
            let is_here = !entry.is_unreadable() && entry.is_open(self.as_of);
            is_here && standing.is_acknowledged(entry.idle_since, self.as_of)
        });
        self.census.open(self.as_of).map(|entry| (entry, 1)).chain(acknowledged.map(|(entry, _)| (entry, -1)))
    }

    fn is_listed(&self, entry: &Entry, hours: i32) -> bool {
        self.census.judge(entry, self.as_of, Some(hours)).is_some()
    }

    /// Open stays by department, and how many of them are listed; departments with a threshold and no stay, too.
    fn departments(&self) -> BTreeMap<&str, (i64, i64)> {
        let mut counts: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for threshold in self.thresholds {
            if let Some(department) = &threshold.department {
                counts.entry(department).or_default();
            }
        }
        for (entry, once) in self.stays() {
            let Some(department) = entry.department.as_deref() else { continue };
            let count = counts.entry(department).or_default();
            count.0 += once.max(0);
            count.1 += once * i64::from(self.is_listed(entry, self.hours(Some(department))));
        }
        counts
    }
}

fn table(view: &View<'_>) -> Markup {
    html! {
        table.plain {
            caption { (words::CAPTION) }
            thead { tr {
                th scope="col" { (label::DEPARTMENT) }
                @for word in [words::OPEN_STAYS, words::LISTED, words::THRESHOLD] { th.number scope="col" { (word) } }
                @for word in [words::SET, words::CHANGE] { th scope="col" { (word) } }
            } }
            tbody {
                tr {
                    th scope="row" { strong { (words::HOSPITAL) } }
                    td {} td {}
                    (in_force(view, view.hospital(), words::NOT_SET))
                    td {}
                }
                @for (department, (open, listed)) in view.departments() {
                    tr data-department=(department) {
                        th scope="row" { (department) }
                        td.number { (number::count(open)) } td.number { (number::count(listed)) }
                        (in_force(view, view.own(department), words::OF_THE_HOSPITAL))
                        td { @if view.own(department).is_some() { a href=(withdrawal(department)) data-control="withdraw" aria-label=(words::withdraw(department)) { (words::WITHDRAW) } } }
                    }
                }
            }
        }
    }
}

/// Where the withdrawal of a department's own threshold is previewed.
fn withdrawal(department: &str) -> String {
    let asked =
        Serializer::new(String::new()).append_pair("department", department).append_pair("withdraw", "yes").finish();
    format!("/thresholds?{asked}")
}

/// The threshold that was set, and by whom; else the one that holds all the same.
fn in_force(view: &View<'_>, set: Option<&Threshold>, otherwise: &str) -> Markup {
    html! {
        @match set {
            Some(set) => {
                td.number { strong { (lengths::hours(set.hours)) } }
                td { (words::set_by(&time::at(set.set_at, view.zone), &set.set_by)) }
            }
            None => { td.number { (lengths::hours(view.hours(None))) } td.none { (otherwise) } }
        }
    }
}

fn ask(view: &View<'_>) -> Markup {
    let chosen = view.change.and_then(|change| change.department.as_deref());
    html! {
        section.ask aria-labelledby="title-preview" {
            h2 #title-preview { (words::TRY) }
            p { (words::TRYING) }
            form #try method="get" action="/thresholds" {
                p.field {
                    label for="department" { (label::DEPARTMENT) }
                    select #department name="department" {
                        option value="" { (words::WHOLE_HOSPITAL) }
                        @for department in view.departments().keys() { option value=(department) selected[chosen == Some(*department)] { (department) } }
                    }
                }
                p.field {
                    label for="hours" { (words::HOURS) }
                    input #hours type="number" name="hours" min="1" max="8760" required inputmode="numeric" value=[view.change.and_then(|change| change.hours)];
                }
                p { button type="submit" { (words::PREVIEW) } }
            }
        }
    }
}

/// How the count changes.
fn preview(view: &View<'_>, change: &Change) -> Markup {
    let (before, after) = counts(view, change);
    let in_force = match &change.department {
        Some(department) => view.own(department),
        None => view.hospital(),
    };
    let place = change.department.as_deref().unwrap_or(words::HOSPITAL);
    let button = if change.hours.is_some() { words::SET_IT } else { words::WITHDRAW_IT };
    let before = html! { strong #before { (number::count(before)) } };
    let after = html! { strong #after { (number::count(after)) } };
    html! {
        section #preview.ask aria-labelledby="title-set" {
            h2 #title-set { (words::change(place, change.hours, view.hours(None))) }
            p { (words::effect(&before, &after, &time::at_second(view.as_of, view.zone))) }
            form #set method="post" action="/thresholds" {
                @if let Some(department) = &change.department { input type="hidden" name="department" value=(department); }
                @match change.hours {
                    Some(hours) => { input type="hidden" name="hours" value=(hours); },
                    None => { input type="hidden" name="withdraw" value="yes"; },
                }
                @if let Some(in_force) = in_force { input type="hidden" name="seen" value=(in_force.hours); }
                p { button type="submit" { (button) } }
            }
        }
    }
}

fn counts(view: &View<'_>, change: &Change) -> (i64, i64) {
    let (mut before, mut after) = (0, 0);
    let hours = change.hours.unwrap_or_else(|| view.hours(None));
    for (entry, once) in view.stays() {
        let department = entry.department.as_deref();
        let is_meant = match &change.department {
            Some(_) => entry.department == change.department,
            None => department.is_none_or(|department| view.own(department).is_none()),
        };
        if is_meant {
            before += once * i64::from(view.is_listed(entry, view.hours(department)));
            after += once * i64::from(view.is_listed(entry, hours));
        }
    }
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::census::invented::{census_where, entry, now};

    fn set(department: Option<&str>, hours: i32) -> Threshold {
        Threshold { department: department.map(str::to_owned), hours, set_by: "ada".to_owned(), set_at: now() }
    }

    fn view<'a>(census: &'a Census, reviews: &'a Reviews, thresholds: &'a [Threshold]) -> View<'a> {
        View { census, reviews, as_of: now(), thresholds, change: None, trouble: None, zone: Tz::UTC }
    }

    #[test]
    fn stays_are_counted_by_the_thresholds_that_stand_beside_them() {
        let of =
            |id: &str, hours, department: &str| Entry { department: Some(department.to_owned()), ..entry(id, hours) };
        // Read before the thresholds were set that are in force now.
        let census = census_where(&[("ICU", 24)], vec![of("1", 30, "ICU"), of("2", 80, "ICU"), of("3", 50, "Surgery")]);
        let (reviews, thresholds) = (Reviews::default(), [set(None, 60), set(Some("ICU"), 70)]);
        let departments = BTreeMap::from([("ICU", (2, 1)), ("Surgery", (1, 0))]);
        assert_eq!(view(&census, &reviews, &thresholds).departments(), departments);
        for (department, hours, counted) in
            [(Some("ICU"), Some(24), (1, 2)), (Some("ICU"), None, (1, 1)), (None, Some(48), (0, 1))]
        {
            let change = Change { department: department.map(str::to_owned), hours, seen: None };
            assert_eq!(counts(&view(&census, &reviews, &thresholds), &change), counted, "{change:?}");
        }
    }
}
