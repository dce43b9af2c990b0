//! A way to Postgres that can fail: it stands between a client and the server's socket, and cuts, holds, silences or refuses
//! connections when a scenario asks for it.
//!
//! Invariant: what it lets through is unchanged and in order. It ends when dropped, with its connections.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::{Tested, Warehouse};

/// What a client says before it sends the rows of a `COPY`.
const COPY: &[u8] = b"FROM STDIN";

/// A proxy before one server.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    socket: PathBuf,
    /// `COPY`s that are still to be cut.
    copies: AtomicUsize,
    share: Mutex<Option<(f64, StdRng)>>,
    held: watch::Sender<bool>,
    /// As many of those that were accepted first are silent.
    silent: watch::Sender<u64>,
    accepted: AtomicU64,
    cuts: AtomicU64,
    said: AtomicU64,
}

impl Proxy {
    /// Stands before the server of a warehouse.
    pub async fn before(warehouse: &Warehouse) -> Tested<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            socket: warehouse.socket()?,
            copies: AtomicUsize::new(0),
            share: Mutex::default(),
            held: watch::Sender::new(false),
            silent: watch::Sender::new(0),
            accepted: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            said: AtomicU64::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { port, state, accepting })
    }

    /// The address of a warehouse behind it, for the superuser.
    pub fn url(&self, warehouse: &Warehouse) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{}", self.port, warehouse.name())
    }

    /// Cuts the next connections that copy rows, each amid its rows.
    pub fn cut_copies(&self, times: usize) {
        self.state.copies.store(times, Ordering::Relaxed);
    }

    /// Cuts a connection at this share of all that clients send, amid a message. One seed, one sequence. 0 ends it.
    pub fn cut_share(&self, share: f64, seed: u64) {
        let dice = (share > 0.0).then(|| (share, StdRng::seed_from_u64(seed)));
        *self.state.share.lock().unwrap_or_else(PoisonError::into_inner) = dice;
    }

    /// Lets nothing of what clients send through until it is let go; no connection ends.
    pub fn hold(&self, is_held: bool) {
        self.state.held.send_replace(is_held);
    }

    /// Lets nothing more through on the connections that stand now, in either direction; none of them ends. Others are not touched.
    pub fn silence(&self) {
        self.state.silent.send_replace(self.accepted());
    }

    /// Connections that clients have opened so far.
    pub fn accepted(&self) -> u64 {
        self.state.accepted.load(Ordering::Relaxed)
    }

    /// Bytes that clients have sent so far.
    pub fn said(&self) -> u64 {
        self.state.said.load(Ordering::Relaxed)
    }

    /// Connections that were cut on purpose.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let number = state.accepted.fetch_add(1, Ordering::Relaxed) + 1;
        let state = Arc::clone(&state);
        connections.spawn(async move {
            // A server that is down ends the connection, as it would without us.
            let Ok(server) = connect(&state.socket).await else { return };
            converse(number, client, server, &state).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(socket: &Path) -> std::io::Result<UnixStream> {
    UnixStream::connect(socket).await
}

/// Until one of the two has no more to say, or until the connection is cut; for ever where it is silent.
async fn converse(number: u64, client: TcpStream, server: UnixStream, state: &State) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut silent = state.silent.subscribe();
    tokio::select! {
        _ = forward(&mut from_client, &mut to_server, state) => {}
        _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
        () = async { drop(silent.wait_for(|silent| *silent >= number).await) } => std::future::pending().await,
    }
}

async fn forward(client: &mut OwnedReadHalf, server: &mut OwnedWriteHalf, state: &State) -> std::io::Result<()> {
    let (mut buffer, mut is_copying) = (vec![0; 8192], false);
    loop {
        let length = client.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let _ = state.held.subscribe().wait_for(|is_held| !is_held).await;
        state.said.fetch_add(length as u64, Ordering::Relaxed);
        let said = &buffer[..length];
        if (is_copying && state.cuts_copy()) || state.cuts_here() {
            state.cuts.fetch_add(1, Ordering::Relaxed);
            return server.write_all(&said[..length / 2]).await;
        }
        server.write_all(said).await?;
        is_copying = said.windows(COPY.len()).any(|part| part == COPY);
    }
}

impl State {
    fn cuts_copy(&self) -> bool {
        self.copies.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    fn cuts_here(&self) -> bool {
        let mut share = self.share.lock().unwrap_or_else(PoisonError::into_inner);
        share.as_mut().is_some_and(|(share, dice)| dice.random_bool(*share))
    }
}
