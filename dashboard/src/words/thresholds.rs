//! Thresholds by department, and what a change would do.

use maud::{Markup, html};

pub(crate) const MEANING: &str =
    "After how many hours without a performed test a stay is listed. Every setting ever made is kept.";

pub(crate) fn nothing_set(why: &str) -> Markup {
    html! { strong { "Nothing was set. " } (why) }
}

pub(crate) const REGION: &str = "Thresholds in force";
pub(crate) const CAPTION: &str = "In force now; whoever is acknowledged is not counted as listed";
pub(crate) const OPEN_STAYS: &str = "Open stays";
pub(crate) const LISTED: &str = "Listed";
pub(crate) const THRESHOLD: &str = "Threshold";
pub(crate) const SET: &str = "Set";
pub(crate) const CHANGE: &str = "Change";
pub(crate) const HOSPITAL: &str = "The hospital";
/// In place of who set the hospital's threshold.
pub(crate) const NOT_SET: &str = "not set";
/// In place of who set a department's threshold: it has none of its own.
pub(crate) const OF_THE_HOSPITAL: &str = "the hospital's";
pub(crate) const WITHDRAW: &str = "Withdraw";

pub(crate) fn withdraw(department: &str) -> String {
    format!("Withdraw the threshold of {department}")
}

pub(crate) fn set_by(at: &Markup, name: &str) -> Markup {
    html! { (at) " by " (name) }
}

pub(crate) const TRY: &str = "Try another threshold";
pub(crate) const TRYING: &str = "Nothing is set yet: first you see how many patients would be listed.";
pub(crate) const WHOLE_HOSPITAL: &str = "The hospital, where no department has its own";
pub(crate) const HOURS: &str = "Hours";
pub(crate) const PREVIEW: &str = "Preview";

/// What is previewed; without hours a department's own is withdrawn.
pub(crate) fn change(place: &str, hours: Option<i32>, hospital: i32) -> String {
    match hours {
        Some(hours) => format!("{place}: {hours} h"),
        None => format!("{place}: the hospital's {hospital} h again"),
    }
}

/// `before` and `after`: how many are listed.
pub(crate) fn effect(before: &Markup, after: &Markup, at: &Markup) -> Markup {
    html! { "Listed now " (before) "; with this threshold " (after) ", as of " (at) ". Whoever is acknowledged is not counted." }
}

pub(crate) const SET_IT: &str = "Set it";
pub(crate) const WITHDRAW_IT: &str = "Withdraw it";

/// A change as the audit tells it; without hours the hospital's hold.
pub(crate) fn audited(department: Option<&str>, hours: Option<i32>, before: Option<i32>) -> String {
    let told = |hours: Option<i32>| hours.map_or_else(|| "the hospital's".to_owned(), |hours| format!("{hours} h"));
    format!("{}: {}, before {}", department.unwrap_or("the hospital"), told(hours), told(before))
}

/// Why none is set.
pub(crate) mod refused {
    pub(crate) const TOO_LATE: &str =
        "Somebody else has set this threshold meanwhile. Nothing of yours was written; look at it and decide anew.";
    pub(crate) const NOTHING: &str = "Say after how many hours, or whose threshold is withdrawn.";
    pub(crate) const DEPARTMENT: &str = "There is no such department: no stay and no threshold names it.";
}
