//! A patient's own words about how to reach them: kept with their history, never overwritten, never somebody else's.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use wardwatch_identity::Role;
use wardwatch_tests::people::PATIENT;
use wardwatch_tests::{Folder, Ingest, Tested};

use super::{OWN_PAGE, Served, form};

const SAID: &str = "SELECT field, value FROM app.contact_said WHERE patient_id = '10007' ORDER BY contact_said_id";

async fn say(served: &Served, fields: &[(&str, &str)]) -> Tested<(u16, String)> {
    let answer = served.dashboard.post_as(Some(Role::Patient), "/me/contact", &form(fields), &[OWN_PAGE]).await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test]
async fn what_a_patient_says_is_kept_beside_what_the_pms_says() -> Tested {
    let served = Served::start().await?;
    let own = [
        ("address", "1 High St\r\nLeeds"),
        ("phone", "+44 20 7946 0123"),
        ("email", "a@b.example"),
        ("preferred_name", "Mac"),
    ];
    assert_eq!(say(&served, &own).await?.0, 303);
    assert_eq!(say(&served, &own).await?.0, 303, "posted twice");
    assert_eq!(say(&served, &[("phone", "+44 20 7946 0999"), ("email", "")]).await?.0, 303);
    let row = |field: &str, value: Option<&str>| json!({"field": field, "value": value});
    let expected = json!([
        row("address", Some("1 High St\nLeeds")),
        row("phone", Some("+44 20 7946 0123")),
        row("email", Some("a@b.example")),
        row("preferred_name", Some("Mac")),
        row("phone", Some("+44 20 7946 0999")),
        row("email", None),
    ]);
    assert_eq!(served.warehouse.rows(SAID).await?, expected, "what was said before stays, and nothing is said twice");

    // The PMS says something else of the same patient, later.
    let header = "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies,address,phone,email";
    let file =
        format!("{header}\n{PATIENT},Ian,MacLeod,1/2/1960,NULL,NA,O+,None,9 Other Rd,(202) 555-0100,pms@b.example\n");
    let folder = Folder::new()?;
    folder.put("patient_information_20301121T101500Z.csv", file.as_bytes())?;
    Ingest::from_folder(&folder, &served.warehouse)?.once().await?;
    assert_eq!(served.warehouse.rows(SAID).await?, expected, "no file touches it");
    let (_, patient) = served.dashboard.json(&format!("/api/v1/patients/{PATIENT}")).await?;
    assert_eq!(patient["person"]["phone"], "(202) 555-0100");
    assert_eq!(patient["contact"]["phone"]["value"], "+44 20 7946 0999");
    assert_eq!(patient["contact"]["email"], json!(null));

    let page = served.dashboard.get(&format!("/patients/{PATIENT}")).await?.text().await?;
    for told in ["+44 20 7946 0999", "patient's own", "(202) 555-0100", "patient administration", "pms@b.example"] {
        assert!(page.contains(told), "{told} is not on the clinician's page");
    }
    let own = served.dashboard.get_as(Some(Role::Patient), "/me?saved").await?.text().await?;
    for told in
        ["Your record, Mac", "Saved.", "Your own words, of", "The patient administration has: 9 Other Rd", "taken back"]
    {
        assert!(own.contains(told), "{told} is not on the patient's page");
    }
    let noted = "SELECT about, patient_id FROM app.audit WHERE action = 'contact changed' ORDER BY audit_id";
    let noted = served.warehouse.rows(noted).await?;
    assert_eq!(noted[0]["about"], "address, phone, email, preferred_name");
    assert_eq!((noted[1]["about"].as_str(), noted.as_array().map(Vec::len)), (Some("phone, email"), Some(2)));
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_its_field_and_nothing_is_kept() -> Tested {
    let served = Served::start().await?;
    let long = "x".repeat(301);
    for (field, value, word) in [
        ("phone", "call me", "Give a number such as"),
        ("email", "nobody", "Give an address such as"),
        ("address", long.as_str(), "longer than 300"),
        ("preferred_name", "A\0da", "cannot be kept"),
        ("preferred_name", "A\u{202e}da", "cannot be kept"),
        ("preferred_name", "Ada\u{200b}", "cannot be kept"),
    ] {
        let (status, page) =
            say(&served, &[("phone", "+44 20 7946 0123"), (field, value)][usize::from(field == "phone")..]).await?;
        assert!(
            status == 422 && page.contains(word) && page.contains("aria-invalid=\"true\""),
            "{field}: {status} {page}"
        );
        assert!(
            page.contains("Nothing is saved yet")
                && (field == "preferred_name"
                    || page.contains(&format!(">{value}<"))
                    || page.contains(&format!("\"{value}\""))),
            "what was typed is kept: {field}"
        );
    }
    for forged in [
        "last_name=X&phone=12345",
        "date_of_birth=1990-01-01",
        "patient_id=10014&phone=12345",
        "phone=12345&phone=54321",
    ] {
        let answer = served.dashboard.post_as(Some(Role::Patient), "/me/contact", forged, &[OWN_PAGE]).await?;
        assert_eq!(answer.status().as_u16(), 400, "{forged}");
    }
    let forged = served
        .dashboard
        .post_as(Some(Role::Patient), "/me/contact?patient_id=10014", "phone=123456", &[OWN_PAGE])
        .await?;
    assert_eq!(forged.status().as_u16(), 303, "whose it is stands in the account");
    assert_eq!(served.warehouse.one("SELECT count(*) FROM app.contact_said WHERE patient_id <> '10007'").await?, 0);
    assert_eq!(served.warehouse.one("SELECT count(*) FROM app.contact_said").await?, 1);
    Ok(())
}

/// Even where a handler forgot whose contact it writes.
#[tokio::test]
async fn the_database_takes_no_other_patients_contact() -> Tested {
    let served = Served::start().await?;
    let login = format!("shower_of_{}", served.warehouse.name());
    let mut connection = PgConnection::connect(&served.warehouse.url_as(&login, None)?).await?;
    let insert = |patient: &str| {
        format!(
            "INSERT INTO app.contact_said (patient_id, field, value, said_at, account_id)
             SELECT '{patient}', 'phone', '12345', now(), 1"
        )
    };
    for (patient, is_taken) in [(PATIENT, true), ("10014", false)] {
        let mut tx = connection.begin().await?;
        sqlx::query("SELECT set_config('wardwatch.patient_id', $1, true)").bind(PATIENT).execute(&mut *tx).await?;
        sqlx::query("SET LOCAL ROLE wardwatch_patient").execute(&mut *tx).await?;
        let taken = sqlx::raw_sql(AssertSqlSafe(insert(patient))).execute(&mut *tx).await;
        assert_eq!(taken.is_ok(), is_taken, "{patient}: {taken:?}");
        tx.rollback().await?;
    }
    let direct = sqlx::raw_sql(AssertSqlSafe(insert("10014"))).execute(&mut connection).await;
    assert!(direct.is_err(), "the dashboard itself writes it for nobody");
    Ok(connection.close().await?)
}
