//! `verify` says no: whatever is changed in the warehouse behind the loader's back is another digest, an object that the
//! ledger lost is missed, and books that do not agree with the records do not balance.

use serde_json::Value;
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse, churn};

/// So many that rows of the first are changed by the last.
const ROUNDS: usize = 8;

/// A warehouse with versions, waiting results, quarantine and held objects, of which `verify` says that all holds.
async fn loaded() -> Tested<(Folder, Warehouse, Ingest)> {
    let (folder, warehouse) = (churn::folder(ROUNDS)?, Warehouse::start().await?);
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    let ended = ingest.once().await?;
    anyhow::ensure!(matches!(ended.code, Some(0 | 1 | 3)), "{}", ended.stderr);
    ingest.verify().await?;
    Ok((folder, warehouse, ingest))
}

/// What is changed, how, and how it is undone. Each touches one row.
const CHANGES: [(&str, &str, &str); 8] = [
    (
        "a value that is current",
        "UPDATE warehouse.patient SET last_name = last_name || '!' WHERE patient_id = 'p00'",
        "UPDATE warehouse.patient SET last_name = left(last_name, -1) WHERE patient_id = 'p00'",
    ),
    (
        "a value that is none any more",
        "UPDATE warehouse.patient SET allergies = NULL WHERE patient_id = 'p00'",
        "UPDATE warehouse.patient SET allergies = 'None' WHERE patient_id = 'p00'",
    ),
    (
        "the record of a version's first sighting",
        "UPDATE warehouse.patient SET first_record = first_record + 1 WHERE patient_id = 'p00'",
        "UPDATE warehouse.patient SET first_record = first_record - 1 WHERE patient_id = 'p00'",
    ),
    (
        "the map of a superseded version",
        "UPDATE warehouse.patient_superseded SET map_version = map_version + 1 WHERE patient_id = 'p00'",
        "UPDATE warehouse.patient_superseded SET map_version = map_version - 1 WHERE patient_id = 'p00'",
    ),
    (
        "a superseded version that is lost",
        "CREATE TABLE public.lost AS SELECT * FROM warehouse.patient_superseded WHERE patient_id = 'p00';
         DELETE FROM warehouse.patient_superseded WHERE patient_id = 'p00'",
        "INSERT INTO warehouse.patient_superseded SELECT * FROM public.lost; DROP TABLE public.lost",
    ),
    (
        "why a result waits",
        "UPDATE ingest.waiting_result SET reason = CASE reason WHEN 'no_test' THEN 'ambiguous' ELSE 'no_test' END
         WHERE content_hash = (SELECT content_hash FROM ingest.waiting_result ORDER BY content_hash LIMIT 1)",
        "UPDATE ingest.waiting_result SET reason = CASE reason WHEN 'no_test' THEN 'ambiguous' ELSE 'no_test' END
         WHERE content_hash = (SELECT content_hash FROM ingest.waiting_result ORDER BY content_hash LIMIT 1)",
    ),
    (
        "the text of a quarantined record",
        "UPDATE ingest.quarantine SET raw = raw || '!'
         WHERE (object_id, record) = (SELECT object_id, record FROM ingest.quarantine ORDER BY 1, 2 LIMIT 1)",
        "UPDATE ingest.quarantine SET raw = left(raw, -1)
         WHERE (object_id, record) = (SELECT object_id, record FROM ingest.quarantine ORDER BY 1, 2 LIMIT 1)",
    ),
    (
        "the bytes that an object was",
        "UPDATE ingest.object SET sha256 = set_byte(sha256, 0, 255 - get_byte(sha256, 0)) WHERE object_id =
         (SELECT first_object FROM warehouse.patient WHERE patient_id = 'p00')",
        "UPDATE ingest.object SET sha256 = set_byte(sha256, 0, 255 - get_byte(sha256, 0)) WHERE object_id =
         (SELECT first_object FROM warehouse.patient WHERE patient_id = 'p00')",
    ),
];

#[tokio::test]
async fn whatever_is_changed_is_another_digest() -> Tested {
    let (_folder, warehouse, ingest) = loaded().await?;
    let before = warehouse.digest().await?;
    assert_eq!(ingest.verify().await?["digest"], Value::from(before.as_str()));
    for (what, change, undo) in CHANGES {
        warehouse.tell(change).await?;
        assert_ne!(warehouse.digest().await?, before, "{what}");
        warehouse.tell(undo).await?;
        assert_eq!(warehouse.digest().await?, before, "{what}, undone");
    }
    Ok(())
}

#[tokio::test]
async fn an_object_that_the_ledger_lost_is_missed() -> Tested {
    let (_folder, warehouse, ingest) = loaded().await?;
    let lose =
        "DELETE FROM ingest.object WHERE object_id = (SELECT min(object_id) FROM ingest.object WHERE state = 'held')";
    warehouse.tell(lose).await?;
    let verdict = ingest.run(&["verify", "--json"]).await?.json_of(1)?;
    let told = ["ok", "bucket_in_ledger", "missing", "books_balance"].map(|word| verdict[word].clone());
    assert_eq!(told, [Value::from(false), false.into(), 1.into(), true.into()], "{verdict}");
    let told = ingest.run(&["verify"]).await?;
    assert!(told.code == Some(1) && told.stdout.contains("in the ledger: NO (1 are not"), "{told:?}");
    ingest.once().await?;
    assert_eq!(ingest.verify().await?["bucket_in_ledger"], true, "what it was told to do helps");
    Ok(())
}

#[tokio::test]
async fn books_that_do_not_agree_with_the_records_do_not_balance() -> Tested {
    let (_folder, warehouse, ingest) = loaded().await?;
    let first = |column: &str| format!("(SELECT min(object_id) FROM ingest.object WHERE {column} > 0)");
    for column in ["quarantined", "waiting"] {
        let shift = |more: &str, less: &str, place: &str| {
            format!("UPDATE ingest.object SET {more} = {more} + 1, {less} = {less} - 1 WHERE object_id = {place}")
        };
        warehouse.tell("CREATE TABLE public.books AS SELECT * FROM ingest.object").await?;
        for (more, less) in [(column, "inserted"), ("inserted", column)] {
            warehouse.tell(&shift(more, less, &first(less))).await?;
            let verdict = ingest.run(&["verify", "--json"]).await?.json_of(1)?;
            let told = ["ok", "bucket_in_ledger", "books_balance"].map(|word| verdict[word].clone());
            assert_eq!(told, [Value::from(false), true.into(), false.into()], "{less} to {more}: {verdict}");
            let back =
                "UPDATE ingest.object o SET inserted = b.inserted, quarantined = b.quarantined, waiting = b.waiting
                FROM public.books b WHERE b.object_id = o.object_id";
            warehouse.tell(back).await?;
            ingest.verify().await?;
        }
        warehouse.tell("DROP TABLE public.books").await?;
    }
    warehouse.tell("DELETE FROM ingest.quarantine WHERE resolved_at IS NULL").await?;
    let told = ingest.run(&["verify"]).await?;
    assert!(told.code == Some(1) && told.stdout.contains("the books balance: NO"), "{told:?}");
    Ok(())
}
