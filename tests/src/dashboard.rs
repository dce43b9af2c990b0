//! The web application: served in this process on a port of its own, or as the real `wardwatch-dashboard`.

use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::Context as _;
use chrono_tz::Tz;
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wardwatch_dashboard::{ServeError, Settings};
use wardwatch_schema::database;

use crate::ingest::program;
use crate::wait::DEADLINE;
use crate::{Ended, Tested};

/// A web application that is being served. Dropped, it is cut off; prefer [`Dashboard::stop`].
#[derive(Debug)]
pub struct Dashboard {
    /// Where it listens.
    pub address: SocketAddr,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Dashboard {
    /// Serves a warehouse; the hospital's clock is UTC.
    pub async fn start(database_url: &str) -> Tested<Self> {
        Self::start_in(database_url, Tz::UTC).await
    }

    /// Serves a warehouse of a hospital in this zone.
    pub async fn start_in(database_url: &str, zone: Tz) -> Tested<Self> {
        Self::start_at(database_url, zone, ([127, 0, 0, 1], 0).into()).await
    }

    /// Serves at an address that was free a moment ago.
    pub async fn start_at(database_url: &str, timezone: Tz, listen: SocketAddr) -> Tested<Self> {
        Self::start_with(database_url, Settings { timezone, listen, acting: None }).await
    }

    /// Serves with settings of the scenario's own.
    pub async fn start_with(database_url: &str, settings: Settings) -> Tested<Self> {
        let listener = wardwatch_dashboard::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let pool = database::connect(database_url).await?;
        let (stop, stopped) = oneshot::channel();
        let until_stopped = async move { drop(stopped.await) };
        let serving = tokio::spawn(wardwatch_dashboard::serve(pool, settings, listener, until_stopped));
        Ok(Self { address, client: Client::new(), stop: Some(stop), serving })
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks for a path.
    pub async fn get(&self, path: &str) -> Tested<Response> {
        self.client.get(self.url(path)).timeout(DEADLINE).send().await.with_context(|| path.to_owned())
    }

    /// Sends a form to a path, with these headers, and follows no redirection.
    pub async fn post(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Tested<Response> {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let mut request = client.post(self.url(path)).timeout(DEADLINE).body(form.to_owned());
        request = request.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.with_context(|| path.to_owned())
    }

    /// The status and the text of a path.
    pub async fn text(&self, path: &str) -> Tested<(u16, String)> {
        let answer = self.get(path).await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// The status and the JSON of a path.
    pub async fn json(&self, path: &str) -> Tested<(u16, Value)> {
        let (status, text) = self.text(path).await?;
        Ok((status, serde_json::from_str(&text).with_context(|| format!("{path}: {status} {text}"))?))
    }

    /// Stops it, as a deployment does: running requests finish, live streams end.
    pub async fn stop(&mut self) -> Tested {
        drop(self.stop.take());
        Ok(timeout(DEADLINE, &mut self.serving).await.context("the dashboard did not stop")???)
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Runs the real `wardwatch-dashboard serve` to its end, in an environment that holds nothing but these variables.
pub async fn serve(variables: &[(&str, &str)], flags: &[&str]) -> Tested<Ended> {
    let mut command = Command::new(program("wardwatch-dashboard")?);
    command.arg("serve").args(flags).env_clear().envs(variables.iter().copied());
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(DEADLINE, command.output()).await.context("wardwatch-dashboard went on serving")??;
    Ok(Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}
