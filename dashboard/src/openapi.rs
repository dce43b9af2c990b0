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

/// A moment as a parameter: a field that is left empty says none.
pub(crate) struct MomentOrNone;

impl PartialSchema for MomentOrNone {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let moment = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        OneOfBuilder::new().item(moment).item(text().max_length(Some(0))).into()
    }
}

impl ToSchema for MomentOrNone {}

/// `GET /api/v1/openapi.json`
pub(crate) async fn describe() -> Json<Description> {
    Json(Api::openapi())
}
