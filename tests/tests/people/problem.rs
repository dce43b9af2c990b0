//! What went wrong is told with a number or with what to do, and with the way to every page that the reader may see.

use wardwatch_identity::Role;
use wardwatch_tests::{Dashboard, Tested};

use super::{OWN_PAGE, Served};

const NAVIGATION: &str = "<nav aria-label=\"Main\">";

#[tokio::test]
async fn a_problem_keeps_the_navigation_of_whoever_is_signed_in() -> Tested {
    let served = Served::start().await?;
    let dashboard = &served.dashboard;
    tells(dashboard, 404, "/patients/nobody", "leading zeros matter").await?;
    tells(dashboard, 404, "/nowhere", "Number: ").await?;
    tells(dashboard, 403, "/audit", "ask those who run Wardwatch here").await?;
    tells(dashboard, 400, "/?page=x", "must be a whole number").await?;
    tells(dashboard, 400, "/?q=%FF&state=chase", "href=\"/?state=chase\"").await?;
    tells(dashboard, 400, "/wallboard?physician=-", "no letter or digit").await?;
    tells(dashboard, 400, "/print?department=a%E2%80%AEb&q=x", "href=\"/print?q=x\"").await?;
    tells(dashboard, 405, "/ops/requests", "forms are sent from the page that shows them").await?;
    served.warehouse.tell("REVOKE SELECT ON warehouse.patient FROM wardwatch_dashboard").await?;
    tells(dashboard, 500, "/patients", "Number: ").await?;
    Ok(())
}

/// The message, and no other pages in the navigation than a clinician's.
async fn tells(dashboard: &Dashboard, status: u16, address: &str, words: &str) -> Tested {
    let answer = dashboard.get_as(Some(Role::Clinician), address).await?;
    assert_eq!(answer.status().as_u16(), status, "{address}");
    assert_eq!(answer.headers()["cache-control"], "no-store", "{address}");
    let page = answer.text().await?;
    assert!(page.contains("id=\"problem\"") && page.contains(words), "{address}: {page}");
    assert!(page.contains(NAVIGATION) && page.contains("Sign out"), "{address}: {page}");
    assert!(page.contains("href=\"/patients\"") && !page.contains("href=\"/audit\""), "{address}: {page}");
    Ok(())
}

#[tokio::test]
async fn a_problem_shows_nobody_the_navigation_who_is_not_signed_in() -> Tested {
    let served = Served::start().await?;
    let outside = served.dashboard.get_as(None, "/events").await?;
    assert_eq!(outside.status().as_u16(), 401);
    let refused = served.dashboard.post_as(None, "/sign-in", "name", &[("sec-fetch-site", "cross-site")]).await?;
    assert_eq!(refused.status().as_u16(), 403);
    let no_form = served.dashboard.post_as(None, "/sign-in/code", "code=1&code=2", &[OWN_PAGE]).await?;
    assert_eq!(no_form.status().as_u16(), 400);
    for answer in [outside, refused, no_form] {
        let page = answer.text().await?;
        assert!(page.contains("id=\"problem\"") && !page.contains(NAVIGATION) && !page.contains("Sign out"), "{page}");
    }
    Ok(())
}
