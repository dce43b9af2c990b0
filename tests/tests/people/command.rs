//! Accounts on the command line.

use serde_json::json;
use wardwatch_tests::dashboard::command;
use wardwatch_tests::{Tested, Warehouse};

use super::{OWN_PAGE, Served, cookies, serve, typed};

const GOOD: &str = "four words that do not belong\n";

#[tokio::test]
async fn accounts_are_made_reset_and_disabled() -> Tested {
    let served = Served::start().await?;
    let login = format!("shower_of_{}", served.warehouse.name());
    let url = served.warehouse.url_as(&login, None)?;
    let made = command(&url, &["account", "add", "Ada.Byron", "--role", "clinician"], "").await?;
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let fresh = made.stdout.trim().to_owned();
    let sign_in = async |name: &str, password: &str| {
        served.dashboard.post_as(None, "/sign-in", &typed(name, password), &[OWN_PAGE]).await
    };
    let first = sign_in("ada.byron", &fresh).await?;
    assert_eq!(first.status().as_u16(), 303, "with the password that was printed");

    let reset = command(&url, &["account", "reset", "ada.byron", "--password-stdin"], GOOD).await?;
    assert_eq!((reset.code, reset.stdout.as_str()), (Some(0), ""));
    assert_eq!(sign_in("ada.byron", &fresh).await?.status().as_u16(), 401);
    let ended = served.dashboard.get_with("/", &[("cookie", &cookies(&first))]).await?;
    assert_eq!(ended.status().as_u16(), 303, "sessions end with the old password");
    let second = sign_in("ada.byron", GOOD.trim()).await?;
    assert_eq!(second.status().as_u16(), 303);

    assert_eq!(command(&url, &["account", "disable", "ada.byron"], "").await?.code, Some(0));
    let ended = served.dashboard.get_with("/", &[("cookie", &cookies(&second))]).await?;
    assert_eq!(ended.status().as_u16(), 303, "sessions end with the account");
    assert_eq!(sign_in("ada.byron", GOOD.trim()).await?.status().as_u16(), 401);

    let patient = ["account", "add", "mac", "--role", "patient", "--patient", "10007"];
    assert_eq!(command(&url, &patient, "").await?.code, Some(0));
    let noted = "SELECT action, about, patient_id FROM app.audit WHERE actor = 'command line' ORDER BY audit_id";
    let row = |action: &str, about: &str, patient: Option<&str>| json!({"action": action, "about": about, "patient_id": patient});
    let expected = json!([
        row("account added", "ada.byron", None),
        row("password reset", "ada.byron", None),
        row("account disabled", "ada.byron", None),
        row("account added", "mac", Some("10007")),
    ]);
    assert_eq!(served.warehouse.rows(noted).await?, expected);
    Ok(())
}

#[tokio::test]
async fn what_makes_no_account_says_why() -> Tested {
    let warehouse = Warehouse::start().await?;
    let _dashboard = serve(&warehouse).await?;
    let stdin = "--password-stdin";
    let long = "ab".repeat(65);
    let refused: [(&[&str], &str, &str); 10] = [
        (&["ada", "--role", "clinician", stdin], "short\n", "8 to 128"),
        (&["ada", "--role", "clinician", stdin], &long, "8 to 128"),
        (&["ada", "--role", "clinician", stdin], "password123\n", "tried first"),
        (&["ada.byron", "--role", "clinician", stdin], "ada.byron1\n", "tried first"),
        (&["ada", "--role", "doctor"], "", "clinician, patient, ops, analyst and admin"),
        (&["ada byron", "--role", "ops"], "", "letters a to z"),
        (&["ada", "--role", "patient"], "", "--patient ID"),
        (&["ada", "--role", "clinician", "--patient", "10007"], "", "no feed has named"),
        (&["ada", "--role", "patient", "--patient", "10007"], "", "leading zeros matter"),
        (&["clinician", "--role", "clinician"], "", "already"),
    ];
    for (arguments, input, word) in refused {
        let ended = command(&warehouse.url(), &[&["account", "add"], arguments].concat(), input).await?;
        assert!(ended.code != Some(0) && ended.stderr.contains(word), "{arguments:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("password123"), "no password is told");
    }
    for arguments in [["account", "reset", "nobody"], ["account", "disable", "nobody"], ["token", "add", "nobody"]] {
        let ended = command(&warehouse.url(), &arguments, "").await?;
        assert!(ended.code == Some(1) && ended.stderr.contains("no account nobody"), "{}", ended.stderr);
    }
    assert_eq!(warehouse.one("SELECT count(*) FROM app.account").await?, 5);
    Ok(())
}
