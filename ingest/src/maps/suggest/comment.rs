//! What speaks for a proposed change, or why there is none: counts and names, never a value.

use super::Proposed;
use super::decide::{Decision, worth_a_look};
use super::evidence::{Candidate, Part, Wanted};
use super::render::line;
use super::shape::Detected;

/// What speaks for a change, or why there is none.
pub(super) fn evidence(text: &mut String, proposed: &Proposed<'_>, column: &str, part: Part) {
    let Some((wanted, decision)) = proposed.decisions.of(column, part) else { return };
    let old = wanted.headers.join(" or ");
    match decision {
        Decision::Stays => {}
        Decision::Format(format) => {
            let read = wanted.formats.as_ref().map(|(share, _)| share.to_string()).unwrap_or_default();
            line(
                text,
                &format!(
                    "# {old}: the old formats read {read} values; {format} reads all, and no other format could be meant."
                ),
            );
        }
        Decision::Renamed(candidate, _) => {
            line(text, &format!("# renamed: {old} -> {}. {}", candidate.header, told(candidate, column)));
        }
        Decision::Absent => {
            line(text, &format!("# left out: {old} is not in the file, and nothing in it looks like it."));
        }
        Decision::Undecided => undecided(text, wanted, column, &old),
    }
}

fn undecided(text: &mut String, wanted: &Wanted, column: &str, old: &str) {
    match &wanted.formats {
        Some((share, Detected::Ambiguous(a, b))) => {
            line(
                text,
                &format!(
                    "# UNDECIDED: {old}: the old formats read {share} values; {a} and {b} both read all of them and mean other days: ask the source which it is."
                ),
            );
        }
        Some((share, _)) => {
            line(
                text,
                &format!("# UNDECIDED: {old}: the old formats read {share} values, and no known format reads all."),
            );
        }
        None => {
            line(text, &format!("# UNDECIDED: {old} is not in the file. No column of the file is clearly the one:"));
            let mut any = false;
            for candidate in worth_a_look(wanted) {
                line(text, &format!("#   {}? {}", candidate.header, told(candidate, column)));
                any = true;
            }
            if !any {
                line(text, "#   none looks like it.");
            }
        }
    }
}

fn told(candidate: &Candidate, column: &str) -> String {
    let mut told = vec![format!("Names are {:.0} % alike", candidate.name * 100.0)];
    if let Some(shape) = candidate.shape {
        told.push(format!("{shape} values fit type and formats"));
    }
    match &candidate.detected {
        Some(Detected::Format(format)) => {
            told.push(format!("all of them fit {format}, and no other format could be meant"));
        }
        Some(Detected::Ambiguous(a, b)) => told.push(format!("{a} and {b} both read all of them and mean other days")),
        _ => {}
    }
    if let Some(known) = candidate.known {
        told.push(format!("{known} distinct values are known as {column} already"));
    }
    told.join("; ") + "."
}
