//! The web application: served in this process on a port of its own, or as the real `wardwatch-dashboard`. Unless a scenario
//! says otherwise, a clinician asks.

use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::Context as _;
use chrono_tz::Tz;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wardwatch_dashboard::{ServeError, Settings};
use wardwatch_identity::Role;
use wardwatch_schema::database;

use crate::ingest::program;
use crate::wait::DEADLINE;
use crate::{Ended, Tested, people};

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
        Self::start_with(database_url, Settings::new(timezone, listen)).await
    }

    /// Serves with settings of the scenario's own.
    pub async fn start_with(database_url: &str, settings: Settings) -> Tested<Self> {
        let listener = wardwatch_dashboard::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let pool = database::connect(database_url).await?;
        let (stop, stopped) = oneshot::channel();
        let until_stopped = async move { drop(stopped.await) };
        let serving = tokio::spawn(wardwatch_dashboard::serve(pool, settings, listener, until_stopped));
        let client = Client::builder().redirect(Policy::none()).build()?;
        Ok(Self { address, client, stop: Some(stop), serving })
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks for a path, and follows no redirection.
    pub async fn get(&self, path: &str) -> Tested<Response> {
        self.get_as(Some(Role::Clinician), path).await
    }

    /// Asks for a path as somebody of this role, or as nobody.
    pub async fn get_as(&self, role: Option<Role>, path: &str) -> Tested<Response> {
        self.send(self.client.get(self.url(path)), &headers_of(role)?).await
    }

    /// Asks for a path with these headers only.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Tested<Response> {
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.send(self.client.get(self.url(path)), &headers).await
    }

    /// Opens the stream of events of a clinician. It goes on for as long as it is read.
    pub async fn events(&self) -> Tested<Response> {
        let asked = self.client.get(self.url("/events")).header("cookie", people::cookie(Role::Clinician)?).send();
        Ok(timeout(DEADLINE, asked).await.context("the dashboard does not answer")??)
    }

    /// Sends a form to a path, with these headers, and follows no redirection.
    pub async fn post(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Tested<Response> {
        self.post_as(Some(Role::Clinician), path, form, headers).await
    }

    /// Sends a form as somebody of this role, or as nobody.
    pub async fn post_as(
        &self,
        role: Option<Role>,
        path: &str,
        form: &str,
        headers: &[(&str, &str)],
    ) -> Tested<Response> {
        let mut all = headers_of(role)?;
        all.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.send(self.client.post(self.url(path)).body(form.to_owned()), &all).await
    }

    async fn send(&self, mut request: RequestBuilder, headers: &[(String, String)]) -> Tested<Response> {
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.timeout(DEADLINE).send().await.context("the dashboard does not answer")
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

fn headers_of(role: Option<Role>) -> Tested<Vec<(String, String)>> {
    role.map(|role| Ok(("cookie".to_owned(), people::cookie(role)?))).into_iter().collect()
}

/// Runs the real `wardwatch-dashboard serve` to its end, in an environment that holds nothing but these variables.
pub async fn serve(variables: &[(&str, &str)], flags: &[&str]) -> Tested<Ended> {
    run(variables, &[&["serve"], flags].concat(), "").await
}

/// Runs another command of the real `wardwatch-dashboard` on a warehouse.
pub async fn command(database_url: &str, arguments: &[&str], input: &str) -> Tested<Ended> {
    run(&[("WARDWATCH_DATABASE_URL", database_url)], arguments, input).await
}

async fn run(variables: &[(&str, &str)], arguments: &[&str], input: &str) -> Tested<Ended> {
    let mut command = Command::new(program("wardwatch-dashboard")?);
    command.args(arguments).env_clear().envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut stdin = child.stdin.take().context("no input")?;
    // One that reads nothing may have ended already.
    drop(stdin.write_all(input.as_bytes()).await);
    drop(stdin);
    let output = timeout(DEADLINE, child.wait_with_output()).await.context("wardwatch-dashboard went on")??;
    Ok(Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}
