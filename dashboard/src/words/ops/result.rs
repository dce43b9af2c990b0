//! A result that waits, and the patients whose it may be.

use maud::{Markup, html};

pub(crate) const TITLE: &str = "Waiting result";

pub(crate) fn heading(result: &str) -> String {
    format!("Result {result}")
}

pub(crate) const WHY_IT_WAITS: &str = "Why it waits";

pub(crate) fn no_test(test: &str) -> String {
    format!("its test {test} has not come yet")
}

pub(crate) fn shared_test_id(test: &str) -> String {
    format!("its test id {test} is shared by several patients")
}

pub(crate) const PERFORMED: &str = "Performed";
/// After the moment.
pub(crate) const IN_THE_FUTURE: &str = " in the future: it counts for nobody";
pub(crate) const VALUE: &str = "Value";
pub(crate) const SOURCE: &str = "Source";
pub(crate) const NOT_IN_LEDGER: &str = "not in the ledger";

/// A patient whose test it may be of, with the order.
pub(crate) fn candidate(patient: &Markup, test: Option<&str>, ordered: &Markup, by: Option<&str>) -> Markup {
    let test = test.unwrap_or("a test");
    html! {
        (patient) ", "
        @match by {
            Some(physician) => { (test) " ordered " (ordered) " by " (physician) }
            None => { (test) " ordered " (ordered) }
        }
    }
}

pub(crate) const WAS_NOT_HERE: &str = ". Not in hospital when it was performed";
