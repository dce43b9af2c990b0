//! A patient of another department: why it is not shown, and how it is opened in an emergency.

use maud::html;
use wardwatch_identity::access::{LASTS, LONGEST_REASON};

use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::{number, person};
use crate::words::beyond as words;

/// The whole page; `lacks_reason`: the form came back without one.
pub(crate) fn draw(patient_id: &str, departments: &[String], lacks_reason: bool) -> Sheet {
    let content = html! {
        section #beyond.door {
            h1 { (words::TITLE) }
            p { (words::why(patient_id, &departments.join(", "))) }
            p { (words::how(LASTS.num_hours())) }
            @if lacks_reason { div #trouble.banner role="alert" { p { (words::give_a_reason(&number::size(LONGEST_REASON))) } } }
            form method="post" action=(person::path("/patients", &[patient_id, "break-glass"])) {
                div.field {
                    label for="reason" { (words::REASON) }
                    textarea #reason name="reason" rows="3" maxlength=(LONGEST_REASON) required autofocus {}
                }
                p { button type="submit" { (words::BREAK) } }
            }
            p.help { a href="/patients" { (words::BACK) } }
        }
    };
    page(&Frame { title: words::TITLE, place: "/patients", is_live: false }, &content)
}
