//! A patient of another department: why it is not shown, and how it is opened in an emergency.

use maud::html;
use wardwatch_identity::access::{LASTS, LONGEST_REASON};

use crate::parts::layout::{Frame, Sheet, page};
use crate::parts::person;

/// The whole page; `lacks_reason`: the form came back without one.
pub(crate) fn draw(patient_id: &str, departments: &[String], lacks_reason: bool) -> Sheet {
    let content = html! {
        section #beyond.door {
            h1 { "Another department's patient" }
            p { "Patient " strong { (patient_id) } " is in none of the departments that your account is limited to: " (departments.join(", ")) "." }
            p { "If you care for this patient all the same, say why. The record then opens for " (LASTS.num_hours()) " hours. Your reason is kept, the patient can see that you looked, and an administrator reviews it." }
            @if lacks_reason { div #trouble.banner role="alert" { p { strong { "Give a reason" } ", of at most " (LONGEST_REASON) " letters." } } }
            form method="post" action=(person::path("/patients", &[patient_id, "break-glass"])) {
                div.field {
                    label for="reason" { "Why do you need to see this record?" }
                    textarea #reason name="reason" rows="3" maxlength=(LONGEST_REASON) required autofocus {}
                }
                p { button type="submit" { "Break the glass" } }
            }
            p.help { a href="/patients" { "Back to the patients" } }
        }
    };
    page(&Frame { title: "Another department's patient", place: "/patients", is_live: false, reload: None }, &content)
}
