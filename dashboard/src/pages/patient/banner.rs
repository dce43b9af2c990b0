//! Whom the page is about, and what must be known before anything is given: it stays in sight.
//!
//! Invariant: allergies stand in exactly one of four states: known, no known, not recorded, unavailable. *No known* and *not recorded*
//! are told as facts only where nothing newer can be missing: somebody may be given something because of them. What stays in sight
//! opens nothing; where it is so long that it would hide what one reads, the name, birth and id stay alone.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::{born, identity};
use crate::parts::{number, person, time};
use crate::views::feeds::Feed;
use crate::views::patient::{Allergies, PERSON, Patient};
use crate::words::{label, patient as say};

/// Letters beyond which a small window, and any window, keeps only name, birth and id in sight: a text that is cut off, or that
/// hides what one reads, is worse than one to which one scrolls.
const LONG: [usize; 2] = [65, 235];

/// What is told of allergies.
struct Told {
    /// One of the four; also its class.
    state: &'static str,
    head: &'static str,
    text: Markup,
}

/// The banner; `known`: the feeds, where it is known how fresh they are.
pub(super) fn draw(patient: &Patient, known: Option<&[Feed]>, zone: Tz) -> Markup {
    let who = identity(patient);
    let (name, in_doubt) = (person::name(&who), patient.in_doubt());
    let told = told(patient, may_have_changed(patient, known), zone);
    let below = html! {
        dl { div class={ "allergies " (told.state) } { dt { (told.head) } dd #allergies { (told.text) } } }
        @if in_doubt > 0 { p.reason { a href="#quarantined" { (say::newer_records(in_doubt, &number::count(in_doubt))) } } }
    };
    let length = letters(&name) + letters(&below) + patient.id.chars().count();
    let [is_long, is_very_long] = LONG.map(|limit| length > limit);
    html! {
        header.patient-banner.long[is_long].very-long[is_very_long] data-key="banner" {
            div.banner-name {
                h1 { (name) }
                dl {
                    div { dt.quiet { (label::BORN) } dd { (born(&who, patient.as_of, zone)) } }
                    div { dt { (label::ID) } dd.id { (patient.id) } }
                    @if is_long { div.banner-brief { dt { (told.head) } dd { a href="#allergies" { (say::ALLERGIES_ABOVE) } } } }
                }
            }
            (below)
        }
    }
}

/// Whether something newer of the person may be missing: a feed that tells of them is silent or cannot be read, nobody can tell, or
/// a record could not be taken.
fn may_have_changed(patient: &Patient, known: Option<&[Feed]>) -> bool {
    let feeds: Vec<&Feed> = known.unwrap_or_default().iter().filter(|feed| feed.target == PERSON).collect();
    feeds.is_empty() || feeds.iter().any(|feed| feed.is_stale || feed.is_held()) || patient.is_person_in_doubt()
}

/// They are unavailable where no feed has sent the person, or where it is in doubt that there are none.
fn told(patient: &Patient, is_in_doubt: bool, zone: Tz) -> Told {
    let Some(person) = &patient.person else {
        return Told { state: "unavailable", head: label::ALLERGIES, text: html! { (say::UNAVAILABLE) } };
    };
    let last_said = time::at(person.current.lineage.last_seen_at, zone);
    let told = |state, text| Told { state, head: label::ALLERGIES, text };
    match person.current.value.allergies() {
        Allergies::Known(said) => {
            let text = say::known_allergies(said, is_in_doubt.then_some(&last_said));
            Told { state: "known", head: say::KNOWN_ALLERGIES, text }
        }
        Allergies::NoneKnown(_) if is_in_doubt => {
            let said = person.current.value.allergies.as_deref().map(str::trim);
            told("unavailable", say::no_longer_sure(said, &last_said))
        }
        Allergies::NotRecorded if is_in_doubt => told("unavailable", say::no_longer_sure(None, &last_said)),
        Allergies::NoneKnown(said) => told("none-known", say::no_known_allergies(said)),
        Allergies::NotRecorded => told("not-recorded", html! { (say::NOT_RECORDED) }),
    }
}

/// How many letters of a piece of the page are read.
fn letters(piece: &Markup) -> usize {
    piece.0.split('<').map(|tag| tag.split_once('>').map_or(tag, |(_, text)| text).chars().count()).sum()
}
