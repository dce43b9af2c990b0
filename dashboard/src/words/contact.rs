//! How a patient can be reached: the fields, and why a value is not taken.

use crate::people::contact::Field;

/// A field as people read it.
pub(crate) fn field(field: Field) -> &'static str {
    match field {
        Field::PreferredName => "Preferred name",
        Field::Address => "Mailing address",
        Field::Phone => "Phone",
        Field::Email => "E-mail",
    }
}

pub(crate) fn too_long(letters: &str) -> String {
    format!("This is longer than {letters} letters.")
}

pub(crate) const NO_TEXT: &str = "This holds a character that cannot be kept: type it again.";
pub(crate) const NO_PHONE: &str = "Give a number such as +44 20 7946 0123: digits, spaces and + ( ) - / . only.";
pub(crate) const NO_EMAIL: &str = "Give an address such as name@example.org.";
pub(crate) const NO_SUCH_FIELD: &str = "The form has a field that cannot be changed here.";

pub(crate) fn twice(field: Field) -> String {
    format!("The field {} is given twice.", self::field(field))
}
