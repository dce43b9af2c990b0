//! The list of patients: found by a part of a name or id, without accents, misspelt; paged without counting.

use wardwatch_tests::ward::{admission, patient};
use wardwatch_tests::{Tested, Ward};

/// The ids on a page, in order.
async fn ids(ward: &Ward, path: &str) -> Tested<Vec<String>> {
    let page = ward.dashboard.get(path).await?.text().await?;
    let rows = page.split("<tr role=\"row\" data-patient=\"").skip(1);
    Ok(rows.filter_map(|row| row.split('"').next()).map(str::to_owned).collect())
}

async fn ward() -> Tested<Ward> {
    let ward = Ward::open_empty().await?;
    let people = [
        patient("P0001", "Jürgen", "Groß"),
        patient("P0002", "Zoë", "O'Neil"),
        patient("P0003", "Anna-Lena", "Smith-Jones"),
        patient("P0004", "John", "Smith"),
        patient("P0005", "Łucja", "Wiśniewska"),
        patient("P0006", "Li", "Li"),
        patient("007", "100%", "Under_score"),
    ];
    ward.load("patient_information", &people).await?;
    ward.load("admissions", &[admission("P0004", "C1", ward.ago(20)), admission("N0001", "C2", ward.ago(20))]).await?;
    Ok(ward)
}

#[tokio::test]
async fn a_patient_is_found_however_the_name_is_typed() -> Tested {
    let ward = ward().await?;
    for (typed, found) in [
        ("gross", &["P0001"][..]),
        ("GROSS,%20j%C3%BCrgen", &["P0001"]),
        ("jurgen", &["P0001"]),
        ("oneil", &["P0002"]),
        ("O%27Neil", &["P0002"]),
        ("zoe+o%E2%80%99neil", &["P0002"]),
        ("smith", &["P0004", "P0003"]),
        ("jones+anna", &["P0003"]),
        ("ones", &["P0003"]),
        ("wisniewska", &["P0005"]),
        ("lucja", &["P0005"]),
        ("li", &["P0006"]),
        ("p0004", &["P0004"]),
        ("0004", &["P0004"]),
        ("007", &["007"]),
        ("N0001", &["N0001"]),
        ("100%25", &["007"]),
    ] {
        assert_eq!(ids(&ward, &format!("/patients?q={typed}")).await?, found, "{typed}");
    }
    for (misspelt, meant) in [("smiht", "P0004"), ("gros+jurgn", "P0001"), ("wisnewska", "P0005"), ("oneill", "P0002")]
    {
        let page = ward.dashboard.get(&format!("/patients?q={misspelt}")).await?.text().await?;
        assert!(page.contains("id=\"alike\"") && page.contains(&format!("data-patient=\"{meant}\"")), "{misspelt}");
    }
    let nobody = ward.dashboard.get("/patients?q=xyzzy").await?.text().await?;
    assert!(nobody.contains("Nobody is found") && !nobody.contains("<tr role=\"row\" data-patient"));
    for signs in ["_", "--", "%FF", "a%E2%80%8Bb"] {
        let (status, page) = ward.dashboard.text(&format!("/patients?q={signs}&per_page=3")).await?;
        assert!(status == 400 && page.contains("href=\"/patients?per_page=3\""), "{signs} finds everybody: {page}");
    }
    Ok(())
}

#[tokio::test]
async fn each_page_begins_where_the_last_one_ended() -> Tested {
    let ward = ward().await?;
    let all = ids(&ward, "/patients").await?;
    assert_eq!(
        all,
        ["P0001", "P0006", "P0002", "P0004", "P0003", "007", "P0005", "N0001"],
        "by name; without one last"
    );
    let (mut paged, mut path) = (Vec::new(), "/patients?per_page=3".to_owned());
    loop {
        let page = ward.dashboard.get(&path).await?.text().await?;
        paged.extend(ids(&ward, &path).await?);
        let Some((_, next)) = page.split_once("data-control=\"next\" href=\"") else { break };
        path = next.split('"').next().unwrap_or_default().replace("&amp;", "&");
    }
    assert_eq!(paged, all);

    assert_eq!(ids(&ward, "/patients?q=smith&per_page=1&after=P0004").await?, ["P0003"], "within a search, too");
    Ok(())
}
