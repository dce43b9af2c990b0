//! Why a form is not taken.

pub(crate) fn no_text(field: &str) -> String {
    format!("The field {field} holds a character that is no text.")
}

pub(crate) fn no_number(field: &str) -> String {
    format!("The field {field} is no number.")
}

pub(crate) fn unknown_field(field: &str) -> String {
    format!("The form has a field that this page does not know: {field}.")
}

pub(crate) const NOT_TEXT: &str = "It holds bytes that are no text.";
pub(crate) const SAYS_NOTHING: &str = "The form does not say what it asks for.";
pub(crate) const NOT_WHOLE: &str = "The form is not whole: open the page anew.";
pub(crate) const NO_HOURS: &str = "The hours are no number.";

/// What ops ask for.
pub(crate) mod ask {
    pub(crate) const NO_ANSWER: &str = "Choose one of the answers first.";
    pub(crate) const NO_PATIENT: &str = "Choose a patient first.";
    pub(crate) const TWO_PATIENTS: &str = "One patient is chosen and another one typed: give one of them.";

    pub(crate) fn map_too_long(letters: &str) -> String {
        format!("A column map has at most {letters} letters.")
    }

    pub(crate) fn no_reason(letters: &str) -> String {
        format!("Give a reason, of at most {letters} letters: it is kept beside the decision.")
    }
}

/// What is done about a stay.
pub(crate) mod review {
    pub(crate) const TOO_LATE: &str = "Somebody else was faster: what they did stands below. Nothing of yours was written; look at it and decide anew.";
    pub(crate) const ANOTHER_CLOCK: &str = "A test was performed, the record was corrected, or a doubt has come, since this page was shown. Nothing was written: look again, and acknowledge what is there now.";
    pub(crate) const NO_SUCH_REASON: &str = "There is no such reason.";
    pub(crate) const NO_REASON: &str = "Choose a reason: it is kept with your name.";
    pub(crate) const NO_RETURN: &str = "Say when the patient comes back to the board.";
    pub(crate) const NO_COMMENT: &str = "Write a comment first.";

    pub(crate) fn comment_too_long(letters: &str) -> String {
        format!("A comment has at most {letters} letters.")
    }

    pub(crate) fn returns_within(days: i64) -> String {
        format!("The patient comes back in the future, within {days} days.")
    }
}

/// A token for a program.
pub(crate) mod token {
    pub(crate) const NO_SUCH_SCOPE: &str = "There is no such part of the API.";
    pub(crate) const NO_DAYS: &str = "The days are no number.";
    pub(crate) const NO_SUCH_TOKEN: &str = "There is no such token.";
    pub(crate) const UNKNOWN_FIELD: &str = "The form has a field that this page does not know.";
    pub(crate) const NO_SCOPE: &str = "Choose what the token may read.";
    pub(crate) const NO_EXPIRY: &str = "Say after how many days the token expires.";
}

// Forms without one of their fields: no page of ours sends them.
pub(crate) const NO_NAME_AND_PASSWORD: &str = "Name and password are missing.";
pub(crate) const NO_CODE: &str = "The code is missing.";
pub(crate) const NO_PASSWORDS: &str = "The passwords are missing.";
pub(crate) const NO_PASSWORD_OR_CODE: &str = "Type the password or the code.";
pub(crate) const NO_SESSION: &str = "Choose a session first.";
pub(crate) const NO_REASON: &str = "The reason is missing.";
pub(crate) const NO_OPENING: &str = "Choose what was reviewed.";
