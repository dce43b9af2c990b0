//! What was asked for, and what was decided.

use std::borrow::Cow;

use crate::views::open::Standing;

use super::List;

pub(crate) const REQUEST: &str = "Request";
pub(crate) const DECISION: &str = "Decision";

pub(crate) const REQUESTS: List = List {
    title: Cow::Borrowed("What was asked for lately"),
    caption: "Carried out by wardwatch-ingest run",
    columns: &["What", "By", "When", "State", "Answer"],
};

/// What a kind of request asks for.
pub(crate) fn kind(kind: &str) -> &'static str {
    match kind {
        "retry" => "Load an object again",
        "reprocess" => "Read quarantined records again",
        "decide_result" => "Give a result to a patient",
        "decide_case" => "Decide whose a case number is",
        "decide_stay" => "Decide whether a patient is here",
        "dismiss_record" => "Dismiss a quarantined record",
        "dismiss_object" => "Dismiss an object",
        "propose_map" => "Propose a column map",
        "check_map" => "Try a column map",
        "approve_map" => "Approve a column map",
        _ => "Withdraw a decision",
    }
}

/// How far a request has come.
pub(crate) fn state(state: &str) -> &'static str {
    match state {
        "asked" => "Asked, not carried out yet",
        "done" => "Done",
        _ => "Refused",
    }
}

pub(crate) const NO_ANSWER: &str = "not answered yet";
pub(crate) const LOOKS_AGAIN: &str =
    "wardwatch-ingest run carries it out; this page looks again by itself. If it stays so, the daemon does not run.";

pub(crate) const BY: &str = "By";
pub(crate) const ASKED: &str = "Asked";
pub(crate) const ANSWERED: &str = "Answered";
pub(crate) const REASON: &str = "Reason";
pub(crate) const WHEN: &str = "When";
pub(crate) const OBJECT: &str = "Object";
pub(crate) const RESULT: &str = "Result";
pub(crate) const CASE: &str = "Case";
pub(crate) const PATIENT: &str = "Patient";
pub(crate) const CHOICE: &str = "Choice";

/// What was chosen about a stay.
pub(crate) fn choice(choice: &str) -> &str {
    match choice {
        "still_here" => "still here",
        other => other,
    }
}

pub(crate) fn decisions(total: &str) -> List {
    List {
        title: format!("Decisions that stand ({total})").into(),
        caption: "Kept for good and applied at every load; open one to withdraw it",
        columns: &["Decision", "Reason", "By", "When"],
    }
}

/// What was decided.
pub(crate) fn decided(decision: &Standing) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (patient, case) = (text(&decision.patient_id), text(&decision.case_number));
    match (decision.kind.as_str(), decision.choice.as_str()) {
        ("result", _) => format!("Result {} is patient {patient}'s", text(&decision.result_id)),
        ("case", _) => format!("Case {case} is patient {patient}'s"),
        ("stay", "still_here") => format!("Patient {patient} of case {case} is still here"),
        ("stay", _) => format!("Patient {patient} of case {case} has left"),
        ("record", _) => {
            format!("Record {} of {} does not matter", decision.record.unwrap_or_default(), text(&decision.key))
        }
        _ => format!("The object {} does not matter", text(&decision.key)),
    }
}
