//! Answers every request with the bytes of one file from memory: what `make bench-web` compares the board with.
//!
//! `same_bytes FILE ADDRESS:PORT`

use std::env::args;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = args().skip(1).collect();
    let [file, address] = arguments.as_slice() else { anyhow::bail!("usage: same_bytes FILE ADDRESS:PORT") };
    let bytes = Bytes::from(std::fs::read(file)?);
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_ENCODING, "gzip")];
    let same = Router::new().fallback(get(move || async move { (headers, bytes) }));
    axum::serve(tokio::net::TcpListener::bind(address).await?, same).await?;
    Ok(())
}
