//! Histories about which somebody decided something: before the objects came, or after.

use wardwatch_tests::model::Decided;

use crate::cases::{admission, hours, of, result_at, results, tests};
use crate::history::History;

/// Every case, with what it is about.
pub(crate) fn all() -> Vec<(&'static str, History)> {
    let later = hours(-12);
    vec![
        (
            "a waiting result that is given to one of two patients",
            History { decisions: vec![given("10014")], ..shared_test() },
        ),
        (
            "a result that is given to a patient whose test it is not, and taken back",
            History { decisions: vec![given("P0021"), Decided::Result("5001".to_owned(), None)], ..shared_test() },
        ),
        (
            "a result that is given away before it moves to another test",
            History {
                decisions: vec![given("10014")],
                ..of([tests(0, &[("10007", "1001"), ("10007", "1002")]), results(1, &["1001"]), results(2, &["1002"])])
            },
        ),
        (
            "a case number that was decided between two patients",
            History {
                decisions: vec![owned("10014", &["10007", "10014"])],
                ..of([admission(0, "10007", -48, None), admission(1, "10014", -36, None)])
            },
        ),
        (
            "a case number that a third patient has, too",
            History {
                decisions: vec![owned("10014", &["10007", "10014"])],
                ..of(["10007", "10014", "P0021"].map(|patient| admission(0, patient, -48, None)))
            },
        ),
        (
            "a release that was decided to be wrong, until another one is said",
            History {
                decisions: vec![Decided::Stay(
                    "10007".to_owned(),
                    "40001".to_owned(),
                    Some((true, hours(-24), hours(-36))),
                )],
                ..of([admission(0, "10007", -24, Some(-36)), tests(0, &[("10007", "1001")]), result_at(1, 0, later)])
            },
        ),
        (
            "a release that was decided to be right, until another one is said",
            History {
                decisions: vec![Decided::Stay(
                    "10007".to_owned(),
                    "40001".to_owned(),
                    Some((false, hours(-24), hours(-36))),
                )],
                ..of([admission(0, "10007", -24, Some(-36)), admission(1, "10007", -24, Some(-30))])
            },
        ),
    ]
}

/// Result 5001, performed within the stays of both patients of its test.
fn shared_test() -> History {
    let stays = [("10007", -48), ("10014", -36)].map(|(patient, from)| admission(0, patient, from, None));
    of(stays.into_iter().chain([tests(1, &[("10007", "1001")]), tests(2, &[("10014", "1001")]), results(3, &["1001"])]))
}

/// Result 5001 is this patient's.
fn given(patient: &str) -> Decided {
    Decided::Result("5001".to_owned(), Some(patient.to_owned()))
}

/// Case 40001 is this patient's, as it was decided among these.
fn owned(patient: &str, among: &[&str]) -> Decided {
    let among = among.iter().map(|one| (*one).to_owned()).collect();
    Decided::Case("40001".to_owned(), Some((patient.to_owned(), among)))
}
