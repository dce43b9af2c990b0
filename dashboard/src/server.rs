//! Binds the address and serves until told to stop: what every answer has in common (headers, compression, limits).
//!
//! Invariant: no log line holds a query string, a path parameter or any other word about a patient.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use axum_server::tls_rustls::RustlsConfig;
use chrono_tz::Tz;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;
use wardwatch_identity::session;
use wardwatch_identity::sign_in::Door;
use wardwatch_schema::clock::{Clock, SystemClock};

use crate::acting::Acting;
use crate::downtime::Downtime;
use crate::drawn::Pages;
use crate::error;
use crate::live::Live;
use crate::people::trail::Trail;
use crate::people::vouched::Sessions;
use crate::people::{origin, reader, renewed};
use crate::roster::Roster;
use crate::routes;
use crate::settings::{Settings, Tls};
use crate::visits::Visits;

/// How long open connections may take to end after the word to stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// No form of ours is larger.
const LARGEST_FORM: usize = 320 * 1024;
/// How often sessions are forgotten whose time is over.
const TIDY: Duration = Duration::from_mins(10);
/// Told under TLS only: the browser then never asks without it.
const HSTS: (&str, &str) = ("strict-transport-security", "max-age=31536000; includeSubDomains");

const SECURITY_HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

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
    /// The certificate or its key cannot be used.
    #[error(
        "the certificate {certificate} with the key {key} cannot be used: {source}; both are files in PEM, set as tls_certificate and tls_key",
        certificate = tls.certificate.display(), key = tls.key.display()
    )]
    Tls {
        /// The files.
        tls: Tls,
        /// What is wrong with them.
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

/// What every handler can reach. Each request takes several copies, so that it is one pointer.
#[derive(Clone)]
pub(crate) struct App(Arc<Reached>);

/// The parts of the application.
pub(crate) struct Reached {
    pub(crate) pool: PgPool,
    pub(crate) zone: Tz,
    pub(crate) live: Arc<Live>,
    pub(crate) roster: Arc<Roster>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) trail: Trail,
    pub(crate) pages: Pages,
    pub(crate) visits: Visits,
    pub(crate) acting: Acting,
    /// The copy for when this server is away, where ops have chosen a folder for it.
    pub(crate) downtime: Option<Arc<Downtime>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) door: Arc<Door>,
    pub(crate) proxy: Option<IpAddr>,
    pub(crate) requires_second_factor: bool,
    speaks_tls: bool,
}

impl Deref for App {
    type Target = Reached;

    fn deref(&self) -> &Reached {
        &self.0
    }
}

impl Reached {
    /// Whether browsers reach this server under TLS only.
    pub(crate) fn is_under_tls(&self) -> bool {
        self.speaks_tls || self.proxy.is_some()
    }
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
    let tls = match &settings.tls {
        Some(tls) => Some(tls_of(tls).await?),
        None => None,
    };
    if settings.proxy.is_none() && tls.is_none() && !address.ip().to_canonical().is_loopback() {
        tracing::warn!("served without TLS beyond this machine: passwords and patients' data can be read on the way");
    }
    let (stop, stopped) = watch::channel(false);
    let (app, beside) = start(pool, settings, tls.is_some(), stopped.clone());
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let announce = async move {
        shutdown.await;
        stop.send_replace(true);
    };
    tracing::info!(net.address = %address, "serving");
    let serving = async move {
        match tls {
            Some(tls) => serve_tls(listener, tls, service, announce).await,
            None => axum::serve(listener, service).with_graceful_shutdown(announce).await,
        }
    };
    let outcome = tokio::select! {
        outcome = serving => outcome,
        () = overdue_farewell(stopped) => Ok(()),
    };
    drop(beside);
    outcome.map_err(|source| ServeError::Stopped { address, source })
}

/// The application, and what goes on beside its requests until that is dropped.
fn start(pool: PgPool, settings: Settings, speaks_tls: bool, stopped: watch::Receiver<bool>) -> (App, JoinSet<()>) {
    let (sessions, roster) = (Arc::<Sessions>::default(), Arc::new(Roster::new()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let live = Arc::new(Live::new(Arc::clone(&sessions), stopped));
    let (trail, notary) = Trail::open();
    let mut beside = JoinSet::new();
    beside.spawn(Arc::clone(&live).listen(pool.clone()));
    beside.spawn(Arc::clone(&roster).keep(pool.clone(), Arc::clone(&live)));
    beside.spawn(tidy(pool.clone(), Arc::clone(&clock)));
    beside.spawn(notary.work(pool.clone()));
    let downtime = settings.downtime_folder.map(|folder| Arc::new(Downtime::new(folder, clock.now())));
    if let Some(downtime) = &downtime {
        beside.spawn(Arc::clone(downtime).keep(Arc::clone(&roster), Arc::clone(&clock), settings.timezone));
    }
    let door = Arc::new(Door::new(pool.clone(), Arc::clone(&clock)));
    let app = App(Arc::new(Reached {
        pool,
        zone: settings.timezone,
        live,
        roster,
        sessions,
        trail,
        pages: Pages::default(),
        visits: Visits::default(),
        acting: Acting::of(settings.acting),
        downtime,
        clock,
        door,
        proxy: settings.proxy,
        requires_second_factor: settings.requires_second_factor,
        speaks_tls,
    }));
    (app, beside)
}

async fn tls_of(tls: &Tls) -> Result<RustlsConfig, ServeError> {
    // Another part of this process may have chosen already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let read = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await;
    read.map_err(|source| ServeError::Tls { tls: tls.clone(), source })
}

async fn serve_tls(
    listener: TcpListener,
    tls: RustlsConfig,
    service: IntoMakeServiceWithConnectInfo<Router, SocketAddr>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let handle = axum_server::Handle::new();
    let told = handle.clone();
    let telling = tokio::spawn(async move {
        shutdown.await;
        told.graceful_shutdown(Some(FAREWELL));
    });
    let served = axum_server::from_tcp_rustls(listener.into_std()?, tls)?.handle(handle).serve(service).await;
    telling.abort();
    served
}

async fn overdue_farewell(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_ok() {
        tokio::time::sleep(FAREWELL).await;
        tracing::warn!("connections still open after the farewell are cut");
    }
}

/// A database that is away is tried again at the next turn.
async fn tidy(pool: PgPool, clock: Arc<dyn Clock>) {
    loop {
        if session::forget_ended(&pool, clock.now()).await.is_err() {
            tracing::debug!("ended sessions are forgotten later");
        }
        tokio::time::sleep(TIDY).await;
    }
}

fn router(app: App) -> Router {
    let trace = TraceLayer::new_for_http().make_span_with(span).on_failure(());
    let common = ServiceBuilder::new()
        .layer(trace)
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::map_response_with_state(headers(app.is_under_tls()), with_headers))
        .layer(middleware::from_fn(reader::draw_problems))
        .layer(middleware::map_request(renewed::mark))
        .layer(middleware::from_fn_with_state(app.clone(), error::complete))
        .layer(CatchPanicLayer::custom(error::after_panic))
        .layer(middleware::from_fn(origin::refuse_other_sites))
        .layer(DefaultBodyLimit::max(LARGEST_FORM));
    routes::table().with_state(app).layer(common)
}

/// What every answer says.
fn headers(is_under_tls: bool) -> Arc<HeaderMap> {
    let headers = SECURITY_HEADERS.iter().chain(is_under_tls.then_some(&HSTS));
    let pairs = headers.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    Arc::new(pairs.collect())
}

async fn with_headers(State(headers): State<Arc<HeaderMap>>, mut answer: Response) -> Response {
    let said = answer.headers_mut();
    for (name, value) in headers.iter() {
        said.insert(name, value.clone());
    }
    said.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

/// Names the route, never the address that was asked for: that one holds ids and names.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    tracing::debug_span!("dashboard.request", http.method = %request.method(), http.route = route)
}
