//! The stylesheets of screen and paper, the scripts and the icon, compiled in and named by their content, so that a browser
//! may keep them for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest, Sha256};

use crate::error::Problem;

/// Where assets are served; the hash must be right.
pub(crate) const ROUTE: &str = "/assets/{hash}/{name}";

const FOR_EVER: &str = "public, max-age=31536000, immutable";

struct Asset {
    name: &'static str,
    media_type: &'static str,
    content: &'static str,
}

const ASSETS: [Asset; 6] = [
    Asset { name: "board.css", media_type: "text/css; charset=utf-8", content: include_str!("../assets/board.css") },
    Asset {
        name: "board.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("../assets/board.js"),
    },
    Asset {
        name: "session.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("../assets/session.js"),
    },
    Asset { name: "wall.js", media_type: "text/javascript; charset=utf-8", content: include_str!("../assets/wall.js") },
    Asset { name: "sheet.css", media_type: "text/css; charset=utf-8", content: SHEET_STYLE },
    Asset { name: "icon.svg", media_type: "image/svg+xml", content: include_str!("../assets/icon.svg") },
];

/// The sheet's own, which also lies beside the copy for when this server is away.
pub(crate) const SHEET_STYLE: &str = include_str!("../assets/sheet.css");

static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = Sha256::new();
    for asset in &ASSETS {
        hasher.update(asset.content);
    }
    hex::encode(&hasher.finalize()[..8])
});

/// The path of an asset in this build.
pub(crate) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

/// A short name for a text: equal texts have equal ones.
pub(crate) fn fingerprint(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..6])
}

/// `GET /assets/{hash}/{name}`
pub(crate) async fn serve(path: Result<Path<(String, String)>, PathRejection>) -> Response {
    let asked = path.ok().filter(|Path((hash, _))| *hash == *HASH);
    let found = asked.and_then(|Path((_, name))| ASSETS.iter().find(|asset| asset.name == name));
    match found {
        Some(asset) => {
            let headers = [(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, FOR_EVER)];
            (headers, asset.content).into_response()
        }
        None => Problem::no_such_page().into_page(),
    }
}

/// `GET /favicon.ico`, which browsers ask for unasked.
pub(crate) async fn favicon() -> Redirect {
    Redirect::temporary(&path("icon.svg"))
}
