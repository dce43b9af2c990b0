//! What is made of what the sources say in their own words.

use super::*;

fn allergies(said: Option<&str>) -> Demographics {
    Demographics { allergies: said.map(str::to_owned), ..Demographics::default() }
}

#[test]
fn allergies_are_exactly_one_of_three_and_a_text_that_nobody_knows_is_one() {
    for nothing in [None, Some(""), Some("  ")] {
        assert_eq!(allergies(nothing).allergies(), Allergies::NotRecorded);
    }
    for none in ["None", "none.", " No known allergies "] {
        assert_eq!(allergies(Some(none)).allergies(), Allergies::NoneKnown(None), "{none}");
    }
    for none in ["NKDA", "nka", "No Known Drug Allergies", "nil", "None known"] {
        assert_eq!(allergies(Some(none)).allergies(), Allergies::NoneKnown(Some(none)), "{none}");
    }
    for some in ["Penicillin", "none but penicillin", "NKDA, latex"] {
        assert_eq!(allergies(Some(some)).allergies(), Allergies::Known(some), "{some}");
    }
}

#[test]
fn a_unit_is_known_where_it_is_the_only_one() {
    assert_eq!(sole_unit("mg/L"), Some("mg/L"));
    assert_eq!(sole_unit("mg/dL, mg/dL,mg/dL"), Some("mg/dL"));
    assert_eq!(sole_unit("K/uL, M/uL, g/dL, %, K/uL"), None);
}
