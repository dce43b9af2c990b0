//! The demo as a newcomer starts it: one process, a page that fills, an end that leaves nothing behind, a second start that
//! goes on.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use std::io::{BufRead, BufReader, Lines, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use wardwatch_tests::ingest::program;
use wardwatch_tests::wait::until;

/// A started demo; killed when a test fails.
struct Demo {
    child: Child,
    address: String,
    password: String,
    /// Kept open: a demo whose output is closed ends.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Demo {
    /// Starts the demo and waits for the first address that it prints.
    fn start(home: &Path) -> Self {
        let mut child = Command::new(program("wardwatch-demo").unwrap())
            .args(["--listen", "127.0.0.1:0", "--patients", "100", "--home"])
            .arg(home)
            .env_remove("WARDWATCH_DATABASE_URL")
            .env_remove("WARDWATCH_BUCKET")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = output.by_ref().map_while(Result::ok).find(|line| line.contains("http://"));
        let line = line.expect("the demo ended without an address");
        let address = line[line.find("http://").unwrap()..].trim().trim_end_matches('/').to_owned();
        let line = output.by_ref().map_while(Result::ok).find(|line| line.contains("demo.clinician"));
        let line = line.expect("the demo ended without a password");
        let password = line.split_whitespace().last().unwrap().to_owned();
        Self { child, address, password, _output: output }
    }

    async fn board(&self) -> Value {
        let cookie = self.sign_in(&self.password).await.expect("the printed password fits");
        let url = format!("{}/api/v1/board", self.address);
        let answer = reqwest::Client::new().get(url).header("cookie", cookie).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    /// The cookie that the clinician gets for a password, or nothing.
    async fn sign_in(&self, password: &str) -> Option<String> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let form = format!("name=demo.clinician&password={password}");
        let request = client.post(format!("{}/sign-in", self.address)).header("origin", &self.address).body(form);
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        let cookie = answer.headers().get("set-cookie")?.to_str().unwrap();
        Some(cookie.split(';').next().unwrap().to_owned())
    }

    /// Presses Ctrl-C and waits for the end.
    fn interrupt(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success(), "the demo ends well");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn records(metrics: &str) -> u64 {
    let counts = metrics.lines().filter(|line| line.starts_with("wardwatch_ingest_records{"));
    counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

async fn metrics(demo: &Demo) -> String {
    reqwest::get(format!("{}/metrics", demo.address)).await.unwrap().text().await.unwrap()
}

/// Processes that were started from a directory below this one, as Postgres is.
fn processes_below(home: &Path) -> Vec<String> {
    let mut listing = String::new();
    let mut child = Command::new("ps").args(["-eo", "args"]).stdout(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_to_string(&mut listing).unwrap();
    child.wait().unwrap();
    let home = home.display().to_string();
    listing.lines().filter(|line| line.contains(&home)).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_fills_a_board_ends_cleanly_and_goes_on() {
    let home = tempfile::tempdir().unwrap();
    // Postgres runs as another user where the demo runs as root.
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let below = home.path().canonicalize().unwrap();
    let first = Demo::start(&below);
    assert!(first.board().await["total"].as_u64().unwrap() > 0, "the board has something to show");
    let loaded = records(&metrics(&first).await);
    until("a file of the trickle is loaded", async || Ok(records(&metrics(&first).await) > loaded)).await.unwrap();
    let loaded = records(&metrics(&first).await);
    assert!(!processes_below(&below).is_empty(), "Postgres runs below the home");
    let password = first.password.clone();
    first.interrupt();
    assert_eq!(processes_below(&below), Vec::<String>::new(), "nothing is left running");

    let second = Demo::start(&below);
    assert!(records(&metrics(&second).await) >= loaded, "the second start goes on with the same data");
    assert_eq!(second.sign_in(&password).await, None, "passwords are new at each start");
    assert!(second.board().await["total"].as_u64().unwrap() > 0);
    second.interrupt();
}

#[test]
fn a_port_in_use_is_told_before_anything_starts() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let home = tempfile::tempdir().unwrap();
    let ended = Command::new(program("wardwatch-demo").unwrap())
        .args(["--listen", &taken.local_addr().unwrap().to_string(), "--home"])
        .arg(home.path())
        .output()
        .unwrap();
    let message = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(message.contains(&taken.local_addr().unwrap().to_string()) && message.contains("in use"), "{message}");
    assert!(!home.path().join("postgres").exists(), "nothing was started");
}
