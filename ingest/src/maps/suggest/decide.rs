//! Decides what is evident: a column of the file is the one that is wanted only where each is by far the best for the
//! other. Everything else stays undecided.

use super::evidence::{Candidate, Part, Wanted};
use super::shape::Detected;

/// Less is no evidence.
const EVIDENT: f64 = 0.5;
/// By how much the best must lead.
const LEAD: f64 = 0.1;
/// A candidate below this is not worth a person's look.
const WORTH_A_LOOK: f64 = 0.25;

/// What was decided of each text that the map wants.
#[derive(Debug)]
pub(super) struct Decisions {
    pub(super) all: Vec<(Wanted, Decision)>,
}

/// What becomes of a text that the map wants.
#[derive(Debug, Clone)]
pub(super) enum Decision {
    /// The file has it as the map says.
    Stays,
    /// The file has it, in another format.
    Format(String),
    /// The file has it under this name, and perhaps in another format.
    Renamed(Candidate, Option<String>),
    /// The file does not have it, and it may be without.
    Absent,
    /// A person must decide.
    Undecided,
}

impl Decisions {
    /// Whether the map that there is would do.
    pub(super) fn nothing_changes(&self) -> bool {
        self.all.iter().all(|(_, decision)| matches!(decision, Decision::Stays | Decision::Absent))
    }

    /// Whether nothing is undecided.
    pub(super) fn is_whole(&self) -> bool {
        !self.all.iter().any(|(_, decision)| matches!(decision, Decision::Undecided))
    }

    /// Whether the header alone tells this file from those that the old map reads.
    pub(super) fn is_header_other(&self) -> bool {
        self.all.iter().any(|(_, decision)| matches!(decision, Decision::Renamed(..) | Decision::Absent))
    }

    /// What was decided of one text.
    pub(super) fn of(&self, column: &str, part: Part) -> Option<&(Wanted, Decision)> {
        self.all.iter().find(|(wanted, _)| wanted.column == column && wanted.part == part)
    }
}

pub(super) fn decide(wanted: Vec<Wanted>) -> Decisions {
    let decided: Vec<Decision> = wanted.iter().map(|want| decision(want, &wanted)).collect();
    Decisions { all: wanted.into_iter().zip(decided).collect() }
}

fn decision(want: &Wanted, all: &[Wanted]) -> Decision {
    if want.present.is_some() {
        return match &want.formats {
            Some((share, _)) if share.of == 0 || share.is_all() => Decision::Stays,
            Some((_, Detected::Format(format))) => Decision::Format(format.clone()),
            Some(_) => Decision::Undecided,
            None => Decision::Stays,
        };
    }
    match evident(want, all) {
        Some(candidate) => match &candidate.detected {
            None => Decision::Renamed(candidate.clone(), None),
            Some(Detected::Format(format)) => Decision::Renamed(candidate.clone(), Some(format.clone())),
            Some(_) => Decision::Undecided,
        },
        None if want.is_needed || worth_a_look(want).next().is_some() => Decision::Undecided,
        None => Decision::Absent,
    }
}

/// The candidates that a person should see, the best first.
pub(super) fn worth_a_look(want: &Wanted) -> impl Iterator<Item = &Candidate> {
    let mut candidates: Vec<&Candidate> =
        want.candidates.iter().filter(|candidate| score(want, candidate) >= WORTH_A_LOOK).collect();
    candidates.sort_by(|a, b| score(want, b).total_cmp(&score(want, a)));
    candidates.into_iter()
}

/// The candidate that leads clearly, and of whose column no other text leads.
fn evident<'w>(want: &'w Wanted, all: &[Wanted]) -> Option<&'w Candidate> {
    let best = want.candidates.iter().max_by(|a, b| score(want, a).total_cmp(&score(want, b)))?;
    let reached = score(want, best);
    let rivals = want.candidates.iter().filter(|other| other.header != best.header).map(|other| score(want, other));
    let elsewhere = all.iter().filter(|other| (&other.column, other.part) != (&want.column, want.part));
    let claims = elsewhere.flat_map(|other| {
        other.candidates.iter().filter(|same| same.header == best.header).map(|same| score(other, same))
    });
    let next = rivals.chain(claims).fold(0.0, f64::max);
    (reached >= EVIDENT && reached - next >= LEAD).then_some(best)
}

/// From 0 to 1: nearness of the name, share of known values, and whether the type accepts the values.
fn score(want: &Wanted, candidate: &Candidate) -> f64 {
    let mut parts = vec![(0.45, candidate.name)];
    if let Some(shape) = candidate.shape {
        let shape = match &candidate.detected {
            Some(Detected::Format(_)) => 0.6,
            Some(Detected::Ambiguous(..)) => 0.5,
            _ => shape.ratio(),
        };
        if shape < 0.5 && (candidate.shape.is_some_and(|share| share.of > 0) || want.is_needed) {
            return 0.0;
        }
        parts.push((0.2, shape));
    }
    // New patients and cases are known to nobody: few known values speak for nothing, many speak loudly.
    if let Some(known) = candidate.known.filter(|known| known.ratio() >= 0.2) {
        parts.push((0.6, known.ratio().sqrt()));
    }
    let weight: f64 = parts.iter().map(|(weight, _)| weight).sum();
    parts.iter().map(|(weight, value)| weight * value).sum::<f64>() / weight
}

#[cfg(test)]
mod tests {
    use super::super::shape::Share;
    use super::*;

    fn candidate(header: &str, name: f64) -> Candidate {
        Candidate { header: header.to_owned(), name, shape: None, detected: None, known: None }
    }

    fn wanted(column: &str, candidates: &[Candidate]) -> Wanted {
        Wanted {
            column: column.to_owned(),
            part: Part::Own,
            headers: vec![column.to_owned()],
            present: None,
            is_needed: false,
            formats: None,
            candidates: candidates.to_vec(),
        }
    }

    /// Which column of the file each text was found to be.
    fn renamed(all: Vec<Wanted>) -> Vec<Option<String>> {
        let decided = decide(all).all.into_iter().map(|(_, decision)| match decision {
            Decision::Renamed(candidate, _) => Some(candidate.header),
            _ => None,
        });
        decided.collect()
    }

    #[test]
    fn a_clear_leader_is_taken_and_a_close_race_is_not() {
        let clear = [candidate("a", 0.9), candidate("b", 0.6)];
        assert_eq!(renamed(vec![wanted("room", &clear)]), [Some("a".to_owned())]);
        let close = [candidate("a", 0.9), candidate("b", 0.85)];
        assert_eq!(renamed(vec![wanted("room", &close)]), [None]);
    }

    #[test]
    fn a_column_that_two_texts_claim_is_nobodys() {
        let (room, department) = ([candidate("a", 0.9)], [candidate("a", 0.88)]);
        assert_eq!(renamed(vec![wanted("room", &room), wanted("department", &department)]), [None, None]);
    }

    #[test]
    fn known_values_speak_louder_than_names_and_values_that_do_not_fit_forbid() {
        let known = Candidate { known: Some(Share { of: 10, count: 9 }), ..candidate("a", 0.1) };
        assert_eq!(renamed(vec![wanted("room", &[known, candidate("b", 0.2)])]), [Some("a".to_owned())]);
        let misfit = Candidate { shape: Some(Share { of: 10, count: 2 }), ..candidate("a", 1.0) };
        assert_eq!(renamed(vec![wanted("room", &[misfit])]), [None]);
    }

    #[test]
    fn dates_that_may_mean_two_days_are_not_decided_whatever_the_name() {
        let ambiguous = Detected::Ambiguous("%m/%d/%Y".to_owned(), "%d/%m/%Y".to_owned());
        let shape = Some(Share { of: 10, count: 0 });
        let date = Candidate { shape, detected: Some(ambiguous), ..candidate("a", 1.0) };
        let decisions = decide(vec![wanted("date_of_birth", &[date])]);
        assert!(matches!(decisions.all[0].1, Decision::Undecided));
    }
}
