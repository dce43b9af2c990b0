//! The forms with which a person asks the ingest daemon for something: what each is, what it does, and the word on its button.

use std::borrow::Cow;

/// What a form says.
pub(crate) struct Form {
    pub(crate) title: Cow<'static, str>,
    /// What it does.
    pub(crate) meaning: &'static str,
    pub(crate) button: &'static str,
}

pub(crate) const REASON: &str = "Reason, kept with the decision";
/// In place of a form.
pub(crate) const NOT_HERE: &str = "This cannot be asked for here: ops can, or wardwatch-ingest does it.";

pub(crate) const RETRY: Form = Form {
    title: Cow::Borrowed("Load it again"),
    meaning: "Once the cause is gone: a map was added, the bucket answers again. It goes through the usual checks.",
    button: "Load again",
};

pub(crate) const REPROCESS: Form = Form {
    title: Cow::Borrowed("Read its quarantined records again"),
    meaning: "After a map changed. Records that can be read now are taken; those that were taken stay as they are.",
    button: "Read again",
};

pub(crate) const DISMISS_OBJECT: Form = Form {
    title: Cow::Borrowed("Dismiss it"),
    meaning: "You state that what this object says does not matter. It makes no row of the board unknown any more, \
        and stays in the ledger. Another object under the same key is in doubt again.",
    button: "Dismiss the object",
};

pub(crate) const DISMISS_RECORD: Form = Form {
    title: Cow::Borrowed("Dismiss it"),
    meaning: "You state that what this record says does not matter. It puts nobody in doubt any more, and stays in \
        quarantine and in the books.",
    button: "Dismiss the record",
};

pub(crate) const PROPOSE_MAP: Form = Form {
    title: Cow::Borrowed("Propose a column map"),
    meaning: "The object is compared with the maps in force, and the next version is proposed, with what speaks for each \
        change. You see it before anything is changed, and may correct, try and approve it.",
    button: "Propose a map",
};

pub(crate) const APPROVE_MAP: Form = Form {
    title: Cow::Borrowed("Try it, or approve it"),
    meaning: "Lines that begin with # are remarks: what speaks for each change, and what is UNDECIDED. Correct the text where it is \
        wrong, and try it: nothing is changed by that. Approved, the map is in force for good and its text never changes; \
        the held objects of its feed are tried again. A map that does not read the object is refused.",
    button: "Approve the map",
};

pub(crate) const COLUMN_MAP: &str = "The column map";
pub(crate) const TRY_MAP: &str = "Try it on the object";

pub(crate) const DECIDE_RESULT: Form = Form {
    title: Cow::Borrowed("Whose is it?"),
    meaning: "From then on the result is this patient's, whatever further tests say. If it was performed within the \
        stay, it resets this patient's clock, and nobody else's.",
    button: "Give the result to this patient",
};

pub(crate) const MAY_BE_OF: &str = "Patients whose test it may be of";
pub(crate) const PATIENT_ID: &str = "Patient id (leading zeros matter)";
/// Where patients are named above.
pub(crate) const OTHER_PATIENT_ID: &str = "Or another patient's id (leading zeros matter)";

pub(crate) const DECIDE_CASE: Form = Form {
    title: Cow::Borrowed("Whose case number is it?"),
    meaning: "The stays of the others are listed no more. It stands until a further patient has this number.",
    button: "It is this patient's",
};

pub(crate) const WITH_THIS_NUMBER: &str = "Patients with this number";

pub(crate) fn decide_stay(patient: &str) -> Form {
    Form {
        title: format!("Is patient {patient} still here?").into(),
        meaning: "The release is not after the admission. It stands until other times are said.",
        button: "Decide",
    }
}

pub(crate) const THE_PATIENT: &str = "The patient";
pub(crate) const STILL_HERE: &str = "Still here: the release is wrong";
pub(crate) const HAS_LEFT: &str = "Has left: the stay is listed no more";

pub(crate) const WITHDRAW: Form = Form {
    title: Cow::Borrowed("Withdraw it"),
    meaning: "The doubt that it ended is there again. The decision and its withdrawal are both kept.",
    button: "Withdraw the decision",
};
