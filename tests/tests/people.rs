//! People: who may see what, how one signs in and out, what is kept of it, and what bad input leaves behind.

#[path = "people/bad_input.rs"]
mod bad_input;
#[path = "people/command.rs"]
mod command;
#[path = "people/contact.rs"]
mod contact;
#[path = "people/departments.rs"]
mod departments;
#[path = "people/door.rs"]
mod door;
#[path = "people/factor.rs"]
mod factor;
#[path = "people/own_account.rs"]
mod own_account;
#[path = "people/problem.rs"]
mod problem;
#[path = "people/rights.rs"]
mod rights;
#[path = "people/search.rs"]
mod search;
#[path = "people/tls.rs"]
mod tls;
#[path = "people/trail.rs"]
mod trail;
#[path = "people/wall.rs"]
mod wall;

use wardwatch_tests::people::PASSWORD;
use wardwatch_tests::sample::directory;
use wardwatch_tests::{Dashboard, Folder, Ingest, Tested, Warehouse};

/// What a browser says of a form of our own page.
const OWN_PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// The committed sample files, served to a login that has no more than the dashboard's role.
struct Served {
    warehouse: Warehouse,
    dashboard: Dashboard,
}

impl Served {
    async fn start() -> Tested<Self> {
        let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
        folder.put_all(&directory("files"))?;
        Ingest::from_folder(&folder, &warehouse)?.once().await?;
        let dashboard = serve(&warehouse).await?;
        Ok(Self { warehouse, dashboard })
    }
}

/// As ops are told to: a login that is a member of the role and nothing more.
async fn serve(warehouse: &Warehouse) -> Tested<Dashboard> {
    let login = format!("shower_of_{}", warehouse.name());
    warehouse.create_login(&login, "wardwatch_dashboard").await?;
    Dashboard::start(&warehouse.url_as(&login, None)?).await
}

/// What the form of the door says.
fn typed(name: &str, password: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("name", name).append_pair("password", password).finish()
}

/// A form of these fields.
fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Signs somebody in and gives the cookies.
async fn signed_in(dashboard: &Dashboard, name: &str) -> Tested<String> {
    let answer = dashboard.post_as(None, "/sign-in", &typed(name, PASSWORD), &[OWN_PAGE]).await?;
    anyhow::ensure!(answer.status().as_u16() == 303, "{name} is not let in: {}", answer.status());
    Ok(cookies(&answer))
}

/// The cookies that an answer hands out, as the browser sends them back.
fn cookies(answer: &reqwest::Response) -> String {
    let given = answer.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    given.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
}
