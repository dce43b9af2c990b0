//! What went wrong: its name, what happened and what to do, and the way on.

use std::borrow::Cow;

use maud::{Markup, html};
use wardwatch_identity::Role;

/// What is said of a problem.
pub(crate) struct Said {
    pub(crate) title: &'static str,
    /// What happened, and what to do.
    pub(crate) message: Cow<'static, str>,
}

const fn said(title: &'static str, message: &'static str) -> Said {
    Said { title, message: Cow::Borrowed(message) }
}

pub(crate) const TOO_LARGE: &str = "It is larger than any form of these pages: shorten what you typed.";
pub(crate) const NO_SUCH_PAGE: Said =
    said("Page not found", "There is no page at this address. Check the address, or start from the first page.");

pub(crate) const NO_SUCH_PATIENT: Said = said(
    "Patient not found",
    "No feed has named a patient with this id. Check the id (leading zeros matter), or search by name. \
     A patient who has just arrived appears when the next admissions file is loaded.",
);

pub(crate) const NO_OPEN_STAY: Said = said(
    "No open stay",
    "This patient has no open stay under this case number: the patient may have gone home meanwhile. The \
     patient's page shows every stay, and what was done about it.",
);

pub(crate) const METHOD_NOT_ALLOWED: Said = said(
    "Not allowed",
    "This address does not take that: pages are read (GET), and forms are sent from the page that shows them.",
);

/// `why`: a whole sentence of [`super::parameter`].
pub(crate) fn bad_parameter(why: String) -> Said {
    Said { title: "This filter cannot be read", message: why.into() }
}

pub(crate) const NOTHING_OPEN: Said = said(
    "Nothing stands open here",
    "Nothing stands open under this address: it was settled meanwhile, or never was. The list of what \
     stands open is under Ops.",
);

/// `why`: a whole sentence of [`super::form`].
pub(crate) fn bad_form(why: &str) -> Said {
    Said {
        title: "This form cannot be read",
        message: format!("{why} Go back to the form: nothing was asked for.").into(),
    }
}

pub(crate) const SIGN_IN_NEEDED: Said = said(
    "Sign in first",
    "Sign in first: nobody is signed in here, or the session has ended. A program sends a bearer token, \
     made with wardwatch-dashboard token add.",
);

pub(crate) fn not_yours(role: Role) -> Said {
    let message = format!(
        "Your account is signed in with the role {role}, which may not see or do this. If you need it for your work, \
         ask those who run Wardwatch here."
    );
    Said { title: "Not allowed", message: message.into() }
}

pub(crate) const SECOND_FACTOR_NEEDED: Said = said(
    "One step is missing",
    "Here your account needs a second factor beside the password: set it up first. It takes a minute and \
     an authenticator app on your phone.",
);

pub(crate) const BEYOND_DEPARTMENTS: Said = said(
    "Another department's patient",
    "This patient is in none of the departments that your account is limited to. In an emergency open the \
     patient's page in the browser, and say why.",
);

pub(crate) const ACTING_IS_OFF: Said = said(
    "Not allowed",
    "Acting on pages is switched off here. Ops: wardwatch-ingest retry, reprocess and decide do the same.",
);

pub(crate) const NOT_FROM_HERE: Said = said(
    "Not allowed",
    "This form was not sent from a page of this server. Open the page anew, by the address that \
     wardwatch-dashboard serves, and try again.",
);

pub(crate) const ONLY_FROM_LOOPBACK: Said =
    said("Not allowed", "Metrics are given to this machine only: scrape them from 127.0.0.1.");

const NOT_NOW: &str = "The board cannot be shown now";

pub(crate) const DATABASE_DOWN: Said = said(
    NOT_NOW,
    "The database does not answer, so nothing current can be shown: ask the ward's own records. The board's downtime \
     copy, where ops keep one, says at its head of which moment it is: what happened since then is not in it. If this \
     goes on, tell ops that the database is unreachable from the dashboard.",
);

pub(crate) const SEARCH_NOT_NOTED: Said = said(
    "This search cannot be shown now",
    "Who is searched for is kept in the audit before anybody is shown, and the database does not answer. Without the \
     search the board is shown as it was last read, with its age.",
);

pub(crate) const TOO_SLOW: Said = said(
    "This takes too long",
    "The database does not finish in the time that a page may take. Ask for less; if it happens again, tell ops.",
);

/// The same, where something was sent.
pub(crate) const TOO_SLOW_TO_WRITE: &str =
    "The database does not finish in the time that a page may take. If it happens again, tell ops.";

pub(crate) const MOMENT_TOO_SLOW: Said = said(
    "This moment takes too long",
    "This moment takes too long to reckon: choose a nearer one. The database does not finish in the time that a page \
     may take.",
);

pub(crate) const TIMED_OUT: Said = said(
    NOT_NOW,
    "No answer came within half a minute, so nothing can be shown. Try again; if it happens again, tell ops the number \
     below: it stands in the log.",
);

pub(crate) const STILL_SIGNED_IN: Said = said(
    "You are still signed in",
    "The database does not answer, so that your session cannot be ended. Lock this workstation if you leave it, \
     and sign out again in a moment.",
);

pub(crate) const REBUILDING: Said = said(
    NOT_NOW,
    "The warehouse is being rebuilt from the hospital's files, so that patients may be missing from it. Nothing \
     is shown until it is whole: ask the ward's own records. The board's downtime copy, where ops keep one, says at its \
     head of which moment it is. Ops see on /ops how far it is; a rebuilding that was cut short is ended by \
     wardwatch-ingest replay.",
);

pub(crate) const NOT_MIGRATED: Said = said(
    NOT_NOW,
    "The warehouse does not fit this program. Ops: run wardwatch-ingest migrate with the same version as this \
     dashboard.",
);

pub(crate) const INTERNAL: Said = said(
    "Something went wrong",
    "Something went wrong on our side and nothing can be shown. Try again; if it happens again, tell \
     ops the number below: it stands in the log.",
);

/// Under which it is found in the log.
pub(crate) fn number(id: &Markup) -> Markup {
    html! { "Number: " (id) }
}

/// How old the copy is on which the ward falls back.
pub(crate) fn copy_age(age: &str) -> String {
    format!("The downtime copy was last written {age} ago.")
}

/// After something was sent: whether it was written nobody can tell from here.
pub(crate) const SENT_IN_VAIN: &str = "What you sent was not confirmed: take it as not written. Go back, where what you typed should still stand, and look at what is there now before you send it again.";

/// Where the way on leads.
pub(crate) mod way_on {
    /// To the same address.
    pub(crate) const AGAIN: &str = "Try again";
    pub(crate) const WITHOUT_SEARCH: &str = "The board without this search";
    pub(crate) const NOW: &str = "The board as it is now";
    pub(crate) const WITHOUT_PARAMETER: &str = "Go on without this parameter";
    pub(crate) const SEARCH: &str = "Search patients";
    pub(crate) const SET_UP: &str = "Set it up";
    pub(crate) const BACK: &str = "Back";
    pub(crate) const WHAT_STANDS_OPEN: &str = "To what stands open";
    pub(crate) const SIGN_IN: &str = "Sign in";
    pub(crate) const FIRST_PAGE: &str = "To the first page";
}
