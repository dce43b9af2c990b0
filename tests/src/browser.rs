//! A real Chromium, driven through its own driver.
//!
//! Invariant: a scenario waits for what the page shows and never for a duration; browser and driver go with the value,
//! however the test ends.

use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;

use anyhow::{Context as _, ensure};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use url::{ParseError, Url};
use wardwatch_identity::Role;

use crate::wait::DEADLINE;
use crate::{Tested, people, until};

const READY: &str = "started successfully on port ";
const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools/node_modules/axe-core/axe.min.js");
/// Runs axe-core by the criteria of WCAG 2.2 AA and what its authors hold for good practice.
const RUN_AXE: &str = "const done = arguments[0]; \
    axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}) \
    .then(({violations}) => done(violations.map(v => \
        `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + ' ' + n.any.map(a => a.message).join(' ')).join(' | ')}`))) \
    .catch(error => done(['axe failed: ' + error]))";

/// One window of a browser with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    // Dropped in this order: the browser ends before its profile goes.
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Opens a window of 1440 by 900 in which a clinician is signed in.
    pub async fn open() -> Tested<Self> {
        Self::open_as(Role::Clinician).await
    }

    /// Opens one in which somebody of this role is signed in.
    pub async fn open_as(role: Role) -> Tested<Self> {
        let browser = Self::open_signed_out().await?;
        // A cookie of a host is sent to all its ports.
        let cookie =
            json!({"name": "wardwatch", "value": people::session(role)?, "url": "http://127.0.0.1/", "httpOnly": true});
        browser.devtools("Network.setCookie", cookie).await?;
        Ok(browser)
    }

    /// Opens one in which nobody is signed in.
    pub async fn open_signed_out() -> Tested<Self> {
        let (driver, port) = Driver::start().await?;
        let profile = tempfile::tempdir()?;
        let capabilities = capabilities(profile.path());
        let capabilities = capabilities.as_object().cloned().unwrap_or_default();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let client = timeout(DEADLINE, builder.capabilities(capabilities).connect(&address))
            .await
            .context("Chromium did not start")??;
        let browser = Self { client, _driver: driver, _profile: profile };
        browser.resize(1440, 900).await?;
        Ok(browser)
    }

    /// Goes to an address and waits until the page is there.
    pub async fn goto(&self, address: &str) -> Tested {
        self.client.goto(address).await.with_context(|| address.to_owned())
    }

    /// Goes to an address and waits until the page follows the server.
    pub async fn goto_live(&self, address: &str) -> Tested {
        self.goto(address).await?;
        self.until("document.querySelector('#live')?.dataset.live === 'live'").await
    }

    /// What an expression of the page's own script is worth.
    pub async fn read(&self, expression: &str) -> Tested<Value> {
        self.client.execute(&format!("return ({expression});"), vec![]).await.with_context(|| expression.to_owned())
    }

    /// Runs statements in the page.
    pub async fn tell(&self, statements: &str) -> Tested {
        self.client.execute(statements, vec![]).await.with_context(|| statements.to_owned())?;
        Ok(())
    }

    /// Waits until an expression holds. A page that is just being left holds nothing.
    pub async fn until(&self, expression: &str) -> Tested {
        let last = Mutex::new(None);
        let waited = until(expression, async || {
            let now = self.read(expression).await;
            let holds = matches!(now, Ok(Value::Bool(true)));
            if let Ok(mut last) = last.lock() {
                *last = Some(now);
            }
            Ok(holds)
        });
        let Err(error) = waited.await else { return Ok(()) };
        let page = self.read("location.href + '\\n' + document.body.innerText.slice(0, 3000)").await;
        Err(error.context(format!("it was {last:?} on {page:?}")))
    }

    /// Waits until something matches a selector.
    pub async fn until_there(&self, selector: &str) -> Tested {
        self.until(&format!("document.querySelector({selector:?}) !== null")).await
    }

    /// Waits until nothing matches a selector.
    pub async fn until_gone(&self, selector: &str) -> Tested {
        self.until(&format!("document.querySelector({selector:?}) === null")).await
    }

    /// How many elements match a selector.
    pub async fn count(&self, selector: &str) -> Tested<u64> {
        let count = self.read(&format!("document.querySelectorAll({selector:?}).length")).await?;
        count.as_u64().context("no count")
    }

    /// The text of the first element that a selector means, as a reader sees it.
    pub async fn text(&self, selector: &str) -> Tested<String> {
        let text = self.read(&format!("document.querySelector({selector:?})?.innerText")).await?;
        Ok(text.as_str().with_context(|| format!("nothing is {selector}"))?.to_owned())
    }

    /// Clicks. A row that was replaced by a newer one since it was found is found again.
    pub async fn click(&self, selector: &str) -> Tested {
        self.on(selector, async |element| element.click().await).await
    }

    /// Presses on something with the mouse, and does not let go.
    pub async fn press(&self, selector: &str) -> Tested {
        self.mouse("mousePressed", selector).await
    }

    /// Lets go of the mouse over something.
    pub async fn release(&self, selector: &str) -> Tested {
        self.mouse("mouseReleased", selector).await
    }

    async fn mouse(&self, event: &str, selector: &str) -> Tested {
        let place = "(it => [it.x + it.width / 2, it.y + it.height / 2])";
        let place =
            self.read(&format!("{place}(document.querySelector({selector:?}).getBoundingClientRect())")).await?;
        let event = json!({"type": event, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
        self.devtools("Input.dispatchMouseEvent", event).await
    }

    /// Runs no script of any page from now on.
    pub async fn without_scripts(&self) -> Tested {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await
    }

    /// Runs scripts again: those of the pages to come, and what a scenario asks of the page that is there.
    pub async fn with_scripts(&self) -> Tested {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({"value": false})).await
    }

    /// Types into a field; `\n` presses Enter.
    pub async fn write(&self, selector: &str, text: &str) -> Tested {
        self.on(selector, async |element| element.send_keys(text).await).await
    }

    /// Does something with the first element that a selector means, as long as it is there.
    async fn on(&self, selector: &str, act: impl AsyncFn(&Element) -> Result<(), CmdError>) -> Tested {
        until(&format!("{selector} keeps still"), async || {
            let element = self.client.find(Locator::Css(selector)).await.with_context(|| selector.to_owned())?;
            match act(&element).await {
                Err(error) if error.is_stale_element_reference() => Ok(false),
                acted => acted.map(|()| true).with_context(|| selector.to_owned()),
            }
        })
        .await
    }

    /// Goes back, as the button of the browser does.
    pub async fn back(&self) -> Tested {
        Ok(self.client.back().await?)
    }

    /// The part of the address after `?`, without escapes.
    pub async fn query(&self) -> Tested<String> {
        let url = self.client.current_url().await?;
        let pairs: Vec<String> = url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
        Ok(pairs.join("&"))
    }

    /// Makes the window this large, narrower than a desktop's window can be too.
    pub async fn resize(&self, width: u32, height: u32) -> Tested {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await
    }

    /// Asks for a colour scheme, `light` or `dark`, and for no motion: colours that are on their way are no colours yet.
    pub async fn prefer(&self, scheme: &str) -> Tested {
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.devtools("Emulation.setEmulatedMedia", features).await
    }

    /// Says whether motion is wanted: `no-preference` or `reduce`.
    pub async fn prefer_motion(&self, motion: &str) -> Tested {
        let features = json!({"features": [{"name": "prefers-reduced-motion", "value": motion}]});
        self.devtools("Emulation.setEmulatedMedia", features).await
    }

    /// The status of the answer that the page came with.
    pub async fn status(&self) -> Tested<Value> {
        self.read("performance.getEntriesByType('navigation')[0].responseStatus").await
    }

    /// A picture of the window.
    pub async fn screenshot(&self, path: &Path) -> Tested {
        Ok(std::fs::write(path, self.client.screenshot().await?)?)
    }

    /// What the console said since it was last asked: errors of scripts, refused resources, breaches of the policy.
    pub async fn complaints(&self) -> Tested<Vec<String>> {
        let said = self.ask("se/log", json!({"type": "browser"})).await?;
        let messages = said.as_array().into_iter().flatten().filter_map(|entry| entry["message"].as_str());
        Ok(messages.map(str::to_owned).collect())
    }

    /// What axe-core finds wrong with the page.
    pub async fn violations(&self) -> Tested<Vec<String>> {
        let axe =
            std::fs::read_to_string(AXE).with_context(|| format!("{AXE} is absent: run scripts/setup test first"))?;
        self.client.execute(&axe, vec![]).await.context("axe-core does not run")?;
        let found = self.client.execute_async(RUN_AXE, vec![]).await?;
        Ok(found.as_array().into_iter().flatten().map(|it| it.as_str().unwrap_or_default().to_owned()).collect())
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Tested {
        self.ask("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await?;
        Ok(())
    }

    async fn ask(&self, path: &'static str, body: Value) -> Tested<Value> {
        self.client.issue_cmd(Extension { path, body }).await.with_context(|| path.to_owned())
    }
}

/// As root, Chromium needs its sandbox off; it sees no pages but ours.
fn capabilities(profile: &Path) -> Value {
    json!({
        "goog:loggingPrefs": {"browser": "WARNING"},
        "goog:chromeOptions": {"args": [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking",
            "--no-first-run", "--lang=en-US", format!("--user-data-dir={}", profile.display()),
        ]},
    })
}

/// What Chromium's driver understands beyond the standard.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _request: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// The driver and the browsers that it started: one group of processes, ended together.
#[derive(Debug)]
struct Driver {
    child: Child,
}

impl Driver {
    async fn start() -> Tested<(Self, u16)> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().context("chromedriver cannot be started: run scripts/setup test first")?;
        let mut driver = Self { child };
        let port = timeout(DEADLINE, driver.port()).await.context("chromedriver did not start")??;
        Ok((driver, port))
    }

    async fn port(&mut self) -> Tested<u16> {
        let mut lines = BufReader::new(self.child.stdout.take().context("no output")?).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some((_, port)) = line.split_once(READY) {
                return Ok(port.trim_end_matches('.').parse()?);
            }
        }
        ensure!(false, "chromedriver ended without a word of its port");
        Ok(0)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(group) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}
