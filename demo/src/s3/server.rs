//! The listening end: a socket, a task a connection, and their end.
//!
//! Invariant: when the server is dropped, its connections and its socket are gone; when it is stopped, the requests
//! in hand are answered first.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::auth::SecretKey;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::access::{Access, Keys};
use super::backend::Backend;
use super::faults::Faults;
use super::front::{Front, Requests};
use super::store::Store;
use super::{S3Error, S3Options};

/// How long the requests in hand may take when the server stops.
const DRAINS_WITHIN: Duration = Duration::from_secs(10);

/// A running S3 server. Ends at once when dropped; prefer [`S3Server::stop`].
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    store: Arc<Store>,
    faults: Faults,
    requests: Requests,
    stopping: CancellationToken,
    serving: JoinHandle<()>,
}

impl S3Server {
    /// Reads what the directory holds, and listens. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When the address or the directory is taken or cannot be used, or a journal cannot be read.
    pub async fn start(options: S3Options) -> Result<Self, S3Error> {
        let listener = listen(options.listen).await?;
        let address = listener.local_addr().map_err(listen_error(options.listen))?;
        let directory = options.directory.clone();
        let store = tokio::task::spawn_blocking(move || Store::open(&directory)).await;
        let store = Arc::new(store.map_err(io::Error::other).map_err(S3Error::io("read", &options.directory))??);
        let (faults, requests, stopping) = (Faults::default(), Requests::default(), CancellationToken::new());
        let front = Front::new(service(Arc::clone(&store), &options), faults.clone(), requests.clone());
        let serving = tokio::spawn(serve(listener, front, stopping.clone()));
        Ok(Self { address, store, faults, requests, stopping, serving })
    }

    /// The address for clients, such as `http://127.0.0.1:9000`; buckets are its first path segments.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often each operation was asked for, by its name, failures and refusals included.
    pub fn requests(&self) -> BTreeMap<&'static str, u64> {
        self.requests.counts()
    }

    /// The failures to come.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Sets what `LastModified` of later writes will say; `None` is the machine's clock again.
    pub fn set_time(&self, time: Option<DateTime<Utc>>) {
        self.store.clock.set(time);
    }

    /// Makes a bucket without a request; one that exists stays as it is.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn ensure_bucket(&self, name: &str) -> Result<(), S3Error> {
        match self.store.create_bucket(name) {
            Err(error) if *error.code() != s3s::S3ErrorCode::BucketAlreadyOwnedByYou => {
                Err(S3Error::io("create bucket", name)(io::Error::other(error)))
            }
            _ => Ok(()),
        }
    }

    /// Puts the same bytes under many keys without a request each. They share one file: once one of them is deleted or
    /// replaced, the others can be listed and no longer be read.
    ///
    /// # Errors
    /// When the bucket is absent or its directory cannot be written.
    pub fn plant(&self, bucket: &str, keys: impl IntoIterator<Item = String>, bytes: &[u8]) -> Result<(), S3Error> {
        let planted =
            self.store.bucket(bucket).and_then(|bucket| bucket.plant(keys.into_iter(), bytes, self.store.clock.now()));
        planted.map_err(|error| S3Error::io("plant objects in", bucket)(io::Error::other(error)))
    }

    /// Answers what is in hand, and takes nothing new.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if tokio::time::timeout(DRAINS_WITHIN, &mut self.serving).await.is_err() {
            tracing::warn!(s3.address = %self.address, "requests were cut off by the stop");
        }
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, S3Error> {
    TcpListener::bind(address).await.map_err(listen_error(address))
}

fn listen_error(address: SocketAddr) -> impl FnOnce(io::Error) -> S3Error {
    move |source| match source.kind() {
        io::ErrorKind::AddrInUse => S3Error::AddressInUse { address },
        _ => S3Error::Listen { address, source },
    }
}

fn service(store: Arc<Store>, options: &S3Options) -> S3Service {
    let mut builder = S3ServiceBuilder::new(Backend(store));
    let secret_key = SecretKey::from(options.secret_key.as_str());
    builder.set_auth(Keys { access_key: options.access_key.clone(), secret_key });
    builder.set_access(Access { anonymous: options.anonymous });
    builder.build()
}

/// Takes connections until told to stop, then waits for those it has. Dropped, it drops them.
async fn serve(listener: TcpListener, front: Front, stopping: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(converse(stream, front.clone(), stopping.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "could not take a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn converse(stream: TcpStream, front: Front, stopping: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new());
    let mut connection = std::pin::pin!(server.serve_connection(TokioIo::new(stream), front));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
