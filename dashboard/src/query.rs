//! The parameters of the board, of the patient list, of the thresholds and of the audit: read strictly, written back as links.
//!
//! Invariant: an unknown, doubled or unreadable parameter is refused with its name and what is allowed. A filter that is
//! silently ignored would show other patients than the reader asked for.

mod audit;
mod board;
mod due;
mod patients;
mod sort;
mod thresholds;
mod value;

use url::form_urlencoded::{Serializer, parse};

pub(crate) use audit::AuditQuery;
pub(crate) use board::{BoardQuery, Since, VISIT};
pub(crate) use due::Due;
pub(crate) use patients::PatientsQuery;
pub(crate) use sort::{Direction, Sort};
pub(crate) use thresholds::Change;
pub(crate) use value::{Fault, is_unseen, moment, moment_early};

use crate::error::Problem;
use crate::words::parameter::refused;

/// How many rows a page has unless the address says otherwise.
pub(crate) const PER_PAGE: i64 = 50;
const MAX_PER_PAGE: i64 = 500;
/// The parameter that is taken as it was offered: a department is what its feed calls it, with the blanks that stand there.
const DEPARTMENT: &str = "department";

/// Takes one parameter after the other. The first that is not taken refuses the request; `path` is where it can go on.
fn read(raw: &str, path: &str, mut take: impl FnMut(&str, &str) -> Result<(), Fault>) -> Result<(), Problem> {
    for (name, value) in pairs(raw, path)? {
        take(&name, &value).map_err(|fault| refusal(raw, path, &name, &fault))?;
    }
    Ok(())
}

/// Refuses the parameters of a page that shows the present only, but for those that it knows.
pub(crate) fn present_only(raw: &str, path: &str, known: &[&str]) -> Result<(), Problem> {
    read(raw, path, |name, _| if known.contains(&name) { Ok(()) } else { Err(Fault::Present) })
}

/// Parameters in order, without the empty ones that a form sends for a field left blank.
fn pairs(raw: &str, path: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in parse(raw.as_bytes()) {
        if pairs.iter().any(|(seen, _)| *seen == name) {
            return Err(refusal(raw, path, &name, &Fault::Twice));
        }
        let said = value.trim();
        if !said.is_empty() {
            let said = if name == DEPARTMENT { &*value } else { said };
            pairs.push((name.into_owned(), said.to_owned()));
        }
    }
    Ok(pairs)
}

/// The refusal of one parameter, with a way on that keeps the others.
fn refusal(raw: &str, path: &str, bad: &str, fault: &Fault) -> Problem {
    let rest: Vec<_> = parse(raw.as_bytes()).filter(|(name, value)| name != bad && !value.is_empty()).collect();
    let name: String = bad.chars().filter(|c| !c.is_control()).take(40).collect();
    Problem::bad_parameter(refused(&name, fault), join(path, rest))
}

fn join<N: AsRef<str>, V: AsRef<str>>(path: &str, parameters: impl IntoIterator<Item = (N, V)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_present_takes_no_other_moment() {
        let refused = present_only("as_of=2026-11-20T10:00:00Z", "/patients/7", &[]).unwrap_err();
        assert_eq!((refused.code, refused.way_on.as_str()), ("bad_parameter", "/patients/7"));
        assert!(refused.message.contains("present only"));
        assert!(present_only("back=%2F", "/x", &["back"]).is_ok() && present_only("", "/x", &[]).is_ok());
    }
}
