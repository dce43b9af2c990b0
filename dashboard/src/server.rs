//! Binds the address and serves until told to stop: what every answer has in common (headers, compression, limits).
//!
//! Invariant: no log line holds a query string, a path parameter or any other word about a patient.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use chrono_tz::Tz;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::acting::Acting;
use crate::error;
use crate::live::Live;
use crate::routes;

const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How long open connections may take to end after the word to stop.
const FAREWELL: Duration = Duration::from_secs(5);

const SECURITY_HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// What the application must be told before it can serve.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The hospital's wall clock: every time on a page is told in it.
    pub timezone: Tz,
    /// The address that was asked for.
    pub listen: SocketAddr,
    /// Whether pages may act; where nothing is said, on loopback only.
    pub acting: Option<bool>,
}

/// Why the application cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another process listens there already.
    #[error(
        "{address} is in use by another program: stop that one, or choose another port with --listen 127.0.0.1:PORT"
    )]
    PortInUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server stopped by itself.
    #[error("the server on {address} stopped: {source}")]
    Stopped {
        /// The address that was served.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) zone: Tz,
    pub(crate) live: Arc<Live>,
    pub(crate) acting: Acting,
}

/// Takes the address, so that a caller can learn the port before the first request.
///
/// # Errors
/// [`ServeError::PortInUse`] and [`ServeError::Listen`] name the address and say what to do.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => ServeError::PortInUse { address },
        _ => ServeError::Listen { address, source },
    })
}

/// Serves on the listener until `shutdown` completes; then lets running requests finish and ends the live streams.
///
/// # Errors
/// [`ServeError::Stopped`] when the listener fails.
pub async fn serve(
    pool: PgPool,
    settings: Settings,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr().unwrap_or(settings.listen);
    let (stop, stopped) = watch::channel(false);
    let live = Arc::new(Live::new(stopped.clone()));
    let listening = tokio::spawn(Arc::clone(&live).listen(pool.clone()));
    let acting = Acting::of(settings.acting, address);
    let app = App { pool, zone: settings.timezone, live, acting };
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let announce = async move {
        shutdown.await;
        stop.send_replace(true);
    };
    tracing::info!(net.address = %address, "serving");
    let serving = axum::serve(listener, service).with_graceful_shutdown(announce);
    let outcome = tokio::select! {
        outcome = serving.into_future() => outcome,
        () = overdue_farewell(stopped) => Ok(()),
    };
    listening.abort();
    outcome.map_err(|source| ServeError::Stopped { address, source })
}

async fn overdue_farewell(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_ok() {
        tokio::time::sleep(FAREWELL).await;
        tracing::warn!("connections still open after the farewell are cut");
    }
}

fn router(app: App) -> Router {
    let trace = TraceLayer::new_for_http().make_span_with(span).on_failure(());
    let common = ServiceBuilder::new()
        .layer(trace)
        .layer(CompressionLayer::new())
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(CatchPanicLayer::custom(error::after_panic))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_LIMIT));
    SECURITY_HEADERS.iter().fold(routes::table().with_state(app).layer(common), |router, (name, value)| {
        let header = HeaderName::from_static(name);
        router.layer(SetResponseHeaderLayer::overriding(header, HeaderValue::from_static(value)))
    })
}

/// Names the route, never the address that was asked for: that one holds ids and names.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    tracing::debug_span!("dashboard.request", http.method = %request.method(), http.route = route)
}
