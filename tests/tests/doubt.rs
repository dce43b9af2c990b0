//! A doubt stays until it is resolved: deleting the file does not end it.

use wardwatch_tests::Tested;
use wardwatch_tests::bucket::Folder;
use wardwatch_tests::ingest::Ingest;
use wardwatch_tests::sample;
use wardwatch_tests::warehouse::Warehouse;

const TRUNCATED: &str = "lab_results_truncated_20261121T115908Z.csv.gz";
const LISTED: &str = "SELECT count(*) FROM monitor.board('2026-11-21T12:00:00Z', false, NULL)";
const HELD: &str =
    "SELECT count(*) FROM monitor.board('2026-11-21T12:00:00Z', false, NULL) WHERE 'lis_held' = ANY (reasons)";

async fn count(warehouse: &Warehouse, sql: &'static str) -> Tested<i64> {
    Ok(sqlx::query_scalar(sql).fetch_one(&warehouse.pool).await?)
}

#[tokio::test]
async fn deleting_a_file_that_was_never_read_does_not_end_the_doubt() -> Tested {
    let (warehouse, folder) = (Warehouse::start().await?, Folder::new()?);
    folder.put_all(&sample::directory("files"))?;
    folder.put(TRUNCATED, &sample::bytes("broken", TRUNCATED)?)?;
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?.json_of(1)?;
    let listed = count(&warehouse, LISTED).await?;
    assert!(listed > 0);
    assert_eq!(count(&warehouse, HELD).await?, listed, "an unread laboratory file makes every row unknown");

    folder.delete(TRUNCATED)?;
    ingest.once().await?.json_of(3)?;
    assert_eq!(count(&warehouse, "SELECT count(*) FROM ingest.object WHERE state = 'gone'").await?, 1);
    assert_eq!(count(&warehouse, HELD).await?, listed, "and so does one that was deleted unread");

    let whole = sample::bytes("files", "lab_results.csv")?;
    let header = whole.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, header)?;
    folder.put_at(TRUNCATED, &gzip.finish()?, "2026-11-21T12:01:00Z".parse()?)?;
    ingest.once().await?.json_of(3)?;
    assert_eq!(count(&warehouse, HELD).await?, 0, "a readable file under the same key does");
    Ok(())
}
