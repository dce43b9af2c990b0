//! `GET /api/v1/openapi.json`: the description of the JSON API, drawn from its handlers and the types that they answer with.
//! It holds nothing about anybody and is open to everybody.

use axum::Json;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Description, RefOr};
use utoipa::{Modify, OpenApi, PartialSchema, ToSchema};

use crate::api;

/// Where it is served.
pub(crate) const ROUTE: &str = "/api/v1/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(title = "Wardwatch", description = "Who has been in hospital for more than 48 hours without a new test being performed."),
    paths(api::board, api::patient),
    modifiers(&Bearer)
)]
struct Api;

/// A program sends `Authorization: Bearer` and its token.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, description: &mut Description) {
        let components = description.components.get_or_insert_default();
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Parameters that are more than a text. A field that is left empty says none.
pub(crate) mod parameter {
    use super::{KnownFormat, ObjectBuilder, OneOfBuilder, PartialSchema, RefOr, Schema, SchemaFormat, ToSchema, Type};

    fn text() -> ObjectBuilder {
        ObjectBuilder::new().schema_type(Type::String)
    }

    fn moment() -> ObjectBuilder {
        let years = "^(19[0-9]{2}|[2-8][0-9]{3}|9000)-";
        text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).pattern(Some(years))
    }

    fn number(least: u32, greatest: Option<u32>) -> ObjectBuilder {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(greatest)
    }

    macro_rules! parameters {
        ($($(#[$doc:meta])* $name:ident: [$($schema:expr),+];)+) => {$(
            $(#[$doc])*
            pub(crate) struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    OneOfBuilder::new().item(text().max_length(Some(0)))$(.item($schema))+.into()
                }
            }

            impl ToSchema for $name {}
        )+};
    }

    parameters! {
        /// A moment.
        Moment: [moment()];
        /// A moment, or the end of the last visit.
        Since: [moment(), text().enum_values(Some([crate::query::VISIT]))];
        /// A threshold.
        Hours: [number(0, Some(87_600))];
        /// Days without a test.
        Days: [number(1, Some(3_650))];
        /// Hours until the next round, or its time of day.
        Due: [number(1, Some(168)), text().pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"))];
        /// A page.
        Page: [number(1, None)];
        /// Rows of a page.
        PerPage: [number(1, Some(500))];
    }
}

/// `GET /api/v1/openapi.json`
pub(crate) async fn describe() -> Json<Description> {
    Json(Api::openapi())
}
