//! Law 1, accounting: every kind of file that is met in the wild, one row of a table each. A row names the file, the state
//! that it ends in, its books, the message that ops read, what of it stands in the warehouse and what in quarantine.
//!
//! `file.rs` says how a row is told; `encodings`, `shapes`, `headers`, `values` and `samples` are the table; files that
//! come more than once are in `deliveries`.

#[path = "corpus/deliveries.rs"]
mod deliveries;
#[path = "corpus/encodings.rs"]
mod encodings;
#[path = "corpus/file.rs"]
mod file;
#[path = "corpus/headers.rs"]
mod headers;
#[path = "corpus/samples.rs"]
mod samples;
#[path = "corpus/shapes.rs"]
mod shapes;
#[path = "corpus/values.rs"]
mod values;

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse};

use file::{Case, Told};

fn corpus() -> Vec<Case> {
    [encodings::cases(), shapes::cases(), headers::cases(), values::cases(), samples::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// All of it in one call, so that no file spoils its neighbour.
#[tokio::test]
async fn every_file_of_the_wild_is_accounted_for() -> Tested {
    let (folder, warehouse) = (Folder::new()?, Warehouse::start().await?);
    let corpus = corpus();
    for case in &corpus {
        folder.put(&case.key, &case.bytes).with_context(|| case.what)?;
    }
    let ingest = Ingest::from_folder(&folder, &warehouse)?;
    ingest.once().await?.json_of(1)?;
    let told = file::told(&warehouse).await?;
    assert_eq!(told.len(), corpus.len(), "a key stands in two rows of the table");
    let wrong: Vec<String> = corpus.iter().filter_map(|case| difference(case, &told)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let verdict = ingest.verify().await?;
    assert_eq!((&verdict["ok"], &verdict["books_balance"]), (&Value::Bool(true), &Value::Bool(true)));
    let before = verdict["digest"].clone();
    assert_eq!(ingest.once().await?.json_of(3)?["objects"], 0, "held and failed stand open, and are not tried again");
    assert_eq!(ingest.verify().await?["digest"], before);
    Ok(())
}

fn difference(case: &Case, told: &BTreeMap<String, Told>) -> Option<String> {
    let told = told.get(&case.key)?;
    let is_told = told.reason.contains(&case.told.reason) && told.reason.is_empty() == case.told.reason.is_empty();
    let rows = case.told.rows.clone().or_else(|| told.rows.clone());
    let expected = Told { reason: told.reason.clone(), rows, ..case.told.clone() };
    (!is_told || *told != expected).then(|| format!("{}\n  expected {:?}\n  found    {told:?}", case.what, case.told))
}
