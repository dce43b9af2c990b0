//! The statements of a merge, written once for the four tables. A snapshot test shows each of them in full.

use crate::table::{LINEAGE, Table};

/// The statements for one table.
#[derive(Debug)]
pub(super) struct MergeSql {
    /// Sets aside the versions of which the warehouse may know the key already, or that belong to no one patient.
    pub(super) set_aside: String,
    /// Inserts the others. Returns (object_id, records).
    pub(super) insert_new: String,
    /// Extends the sightings of current versions that were said again. Returns (object_id, records).
    pub(super) repeat: String,
    /// Names the keys whose versions must be folded anew.
    pub(super) name_keys: String,
    /// Takes every version of those keys out of the warehouse, beside the staged ones.
    pub(super) collect: Vec<String>,
    /// Folds them: one row a version, place 1 for the current one.
    pub(super) fold: Vec<String>,
    /// Puts them back where they belong.
    pub(super) put_back: Vec<String>,
    /// Tells what became of the staged versions. Returns (object_id, inserted, updated, unchanged, superseded).
    pub(super) outcomes: String,
    /// Empties the temporary tables.
    pub(super) empty: String,
}

impl MergeSql {
    pub(super) fn of(table: &Table) -> Self {
        Self {
            set_aside: set_aside(table),
            insert_new: insert_new(table),
            repeat: repeat(table),
            name_keys: format!(
                "INSERT INTO refold_{t} ({k}) SELECT DISTINCT {k} FROM aside_{t}",
                t = table.name,
                k = table.source_key.join(", ")
            ),
            collect: collect(table),
            fold: fold(table),
            put_back: put_back(table),
            outcomes: outcomes(table),
            empty: format!("TRUNCATE stage_{t}, aside_{t}, refold_{t}, pool_{t}, fold_{t}", t = table.name),
        }
    }
}

/// Every column but the patient of an attributed table.
fn said_columns(table: &Table) -> Vec<&'static str> {
    let own: &[&str] = if table.is_attributed() { &["future_dated"] } else { &[] };
    [table.source_key, table.content, &["flags", "extra"], own, &LINEAGE].concat()
}

fn all_columns(table: &Table) -> Vec<&'static str> {
    let patient: &[&str] = if table.is_attributed() { &["patient_id"] } else { &[] };
    [patient, &said_columns(table)].concat()
}

fn list(columns: &[&str], prefix: &str) -> String {
    columns.iter().map(|column| format!("{prefix}{column}")).collect::<Vec<_>>().join(", ")
}

fn same_key(table: &Table, a: &str, b: &str) -> String {
    table.source_key.iter().map(|column| format!("{a}.{column} = {b}.{column}")).collect::<Vec<_>>().join(" AND ")
}

/// Each staged version is looked up by an index of its own accord: `EXISTS` may be planned as one scan of the whole
/// warehouse table for every chunk, a subquery with `LIMIT` may not.
fn set_aside(table: &Table) -> String {
    let t = table.name;
    let is_known = if table.is_attributed() {
        "s.stated_patient_id IS NOT NULL
    OR (SELECT count(*) FROM warehouse.test_owner o WHERE o.test_id = s.test_id) <> 1
    OR (SELECT true FROM warehouse.lab_result r WHERE r.result_id = s.result_id LIMIT 1)
    OR (SELECT true FROM ingest.waiting_result w WHERE w.result_id = s.result_id LIMIT 1)"
            .to_owned()
    } else {
        format!("(SELECT true FROM warehouse.{t} c WHERE {} LIMIT 1)", same_key(table, "c", "s"))
    };
    format!(
        "WITH aside AS (
    DELETE FROM stage_{t} s
    WHERE NOT s.is_sole
    OR {is_known}
    RETURNING s.*
)
INSERT INTO aside_{t} SELECT * FROM aside"
    )
}

fn insert_new(table: &Table) -> String {
    let (t, key) = (table.name, table.key.join(", "));
    let said = list(&said_columns(table), "");
    if !table.is_attributed() {
        return format!(
            "WITH taken AS (
    INSERT INTO warehouse.{t} ({said}) SELECT {said} FROM stage_{t} ORDER BY {key}
    RETURNING last_object
)
SELECT last_object AS object_id, count(*) AS records FROM taken GROUP BY last_object"
        );
    }
    format!(
        "WITH taken AS (
    INSERT INTO warehouse.lab_result (patient_id, {said})
    SELECT o.patient_id, {values}
    FROM stage_lab_result s
    JOIN warehouse.test_owner o ON o.test_id = s.test_id
    ORDER BY o.patient_id, s.result_id
    RETURNING patient_id, last_object
), touched AS (
    INSERT INTO touched_patient (patient_id) SELECT DISTINCT patient_id FROM taken
)
SELECT last_object AS object_id, count(*) AS records FROM taken GROUP BY last_object",
        values = list(&said_columns(table), "s.")
    )
}

fn precedes(a: &str, a_end: &str, b: &str, b_end: &str) -> String {
    let sighting = |row: &str, end: &str| format!("{row}.{end}_seen_at, {row}.{end}_object, {row}.{end}_record");
    format!("ingest.precedes({}, {})", sighting(a, a_end), sighting(b, b_end))
}

fn repeat(table: &Table) -> String {
    let (t, key) = (table.name, same_key(table, "c", "s"));
    let returned = list(table.source_key, "s.");
    let earlier = precedes("s", "first", "c", "first");
    let later = precedes("c", "last", "s", "last");
    let keep = |condition: &str, columns: &[&str]| {
        let one = |column: &&str| format!("{column} = CASE WHEN {condition} THEN s.{column} ELSE c.{column} END");
        columns.iter().map(one).collect::<Vec<_>>().join(",\n        ")
    };
    let first = keep(&earlier, &["map_version", "first_seen_at", "first_object", "first_record"]);
    let last = keep(&later, &["last_seen_at", "last_object", "last_record"]);
    let same_future = if table.is_attributed() { " AND c.future_dated = s.future_dated" } else { "" };
    let same_staged = same_key(table, "s", "r");
    format!(
        "WITH repeated AS (
    UPDATE warehouse.{t} c SET
        {first},
        {last}
    FROM aside_{t} s
    WHERE {key} AND c.content_hash = s.content_hash{same_future}
    RETURNING {returned}, s.content_hash, s.last_object
), forgotten AS (
    DELETE FROM aside_{t} s USING repeated r WHERE {same_staged} AND s.content_hash = r.content_hash
)
SELECT last_object AS object_id, count(*) AS records FROM repeated GROUP BY last_object"
    )
}

fn collect(table: &Table) -> Vec<String> {
    let t = table.name;
    let (all, said) = (list(&all_columns(table), ""), list(&said_columns(table), ""));
    let taken_from = |place: &str, columns: &str, was_waiting: bool| {
        format!(
            "WITH taken AS (
    DELETE FROM {place} v USING refold_{t} k WHERE {key} RETURNING v.*
)
INSERT INTO pool_{t} ({columns}, is_staged, was_waiting) SELECT {columns}, false, {was_waiting} FROM taken",
            key = same_key(table, "v", "k")
        )
    };
    let mut statements = vec![
        format!("INSERT INTO pool_{t} ({all}, is_staged, was_waiting) SELECT {all}, true, false FROM aside_{t}"),
        taken_from(&format!("warehouse.{t}"), &all, false),
        taken_from(&format!("warehouse.{t}_superseded"), &all, false),
    ];
    if table.is_attributed() {
        statements.push(taken_from("ingest.waiting_result", &said, true));
    }
    statements
}

fn fold(table: &Table) -> Vec<String> {
    let t = table.name;
    let key = list(table.source_key, "");
    let own: &[&str] = if table.is_attributed() { &["future_dated"] } else { &[] };
    let of_first = [
        table.source_key,
        table.content,
        &["flags", "extra"],
        own,
        &["content_hash", "map_version", "first_seen_at", "first_object", "first_record"],
    ]
    .concat();
    let (columns, first) = (list(&of_first, ""), list(&of_first, "a."));
    let order = |end: &str, direction: &str| {
        ["seen_at", "key", "modified", "sha256", "record"].map(|part| format!("{end}_{part}{direction}")).join(", ")
    };
    let mut statements = vec![format!(
        "WITH sighted AS (
    SELECT p.*,
        f.key AS first_key, f.last_modified AS first_modified, f.sha256 AS first_sha256,
        l.key AS last_key, l.last_modified AS last_modified, l.sha256 AS last_sha256
    FROM pool_{t} p
    JOIN ingest.object f ON f.object_id = p.first_object
    JOIN ingest.object l ON l.object_id = p.last_object
), placed AS (
    SELECT *,
        row_number() OVER (PARTITION BY {key}, content_hash ORDER BY {first_order}) AS first_place,
        row_number() OVER (PARTITION BY {key}, content_hash ORDER BY {last_order}) AS last_place
    FROM sighted
), version AS (
    SELECT {first}, z.last_seen_at, z.last_object, z.last_record, z.last_key, z.last_modified, z.last_sha256
    FROM placed a
    JOIN placed z ON {same} AND z.content_hash = a.content_hash
    WHERE a.first_place = 1 AND z.last_place = 1
)
INSERT INTO fold_{t} ({columns}, last_seen_at, last_object, last_record, place)
SELECT {columns}, last_seen_at, last_object, last_record,
    row_number() OVER (PARTITION BY {key} ORDER BY {last_order})
FROM version",
        first_order = order("first", ""),
        last_order = order("last", " DESC"),
        same = same_key(table, "z", "a"),
    )];
    if table.is_attributed() {
        statements.push(
            "UPDATE fold_lab_result f SET patient_id = coalesce(f.stated_patient_id, (
    SELECT min(o.patient_id) FROM warehouse.test_owner o WHERE o.test_id = f.test_id HAVING count(*) = 1))"
                .to_owned(),
        );
    }
    statements
}

fn put_back(table: &Table) -> Vec<String> {
    let (t, all, key) = (table.name, list(&all_columns(table), ""), table.key.join(", "));
    let attributed = if table.is_attributed() { " AND patient_id IS NOT NULL" } else { "" };
    let mut statements = vec![
        format!(
            "INSERT INTO warehouse.{t} ({all}) SELECT {all} FROM fold_{t} WHERE place = 1{attributed} ORDER BY {key}"
        ),
        format!(
            "INSERT INTO warehouse.{t}_superseded ({all}) SELECT {all} FROM fold_{t} WHERE place > 1{attributed} ORDER BY {key}"
        ),
    ];
    if table.is_attributed() {
        let said = list(&said_columns(table), "");
        statements.push(format!(
            "INSERT INTO ingest.waiting_result ({said}, is_current, reason)
SELECT {said}, place = 1,
    CASE WHEN EXISTS (SELECT FROM warehouse.test_owner o WHERE o.test_id = f.test_id) THEN 'ambiguous' ELSE 'no_test' END
FROM fold_lab_result f WHERE patient_id IS NULL"
        ));
        statements.push(TOUCH_RESULTS.to_owned());
    }
    statements
}

/// The patients who had or have one of the folded results, and those whose test a waiting one names.
const TOUCH_RESULTS: &str = "INSERT INTO touched_patient (patient_id)
SELECT patient_id FROM pool_lab_result WHERE patient_id IS NOT NULL
UNION SELECT patient_id FROM fold_lab_result WHERE patient_id IS NOT NULL
UNION SELECT o.patient_id FROM pool_lab_result p JOIN warehouse.test_owner o ON o.test_id = p.test_id WHERE p.was_waiting
UNION SELECT o.patient_id FROM fold_lab_result f JOIN warehouse.test_owner o ON o.test_id = f.test_id WHERE f.patient_id IS NULL";

fn outcomes(table: &Table) -> String {
    format!(
        "WITH judged AS (
    SELECT s.last_object,
        EXISTS (SELECT FROM pool_{t} p WHERE NOT p.is_staged AND {same} AND p.content_hash = s.content_hash) AS was_known,
        EXISTS (SELECT FROM pool_{t} p WHERE NOT p.is_staged AND {same}) AS had_versions,
        f.place = 1 AS is_current
    FROM pool_{t} s
    JOIN fold_{t} f ON {same_folded} AND f.content_hash = s.content_hash
    WHERE s.is_staged
)
SELECT last_object AS object_id,
    count(*) FILTER (WHERE NOT was_known AND is_current AND NOT had_versions) AS inserted,
    count(*) FILTER (WHERE NOT was_known AND is_current AND had_versions) AS updated,
    count(*) FILTER (WHERE was_known) AS unchanged,
    count(*) FILTER (WHERE NOT was_known AND NOT is_current) AS superseded
FROM judged GROUP BY last_object",
        t = table.name,
        same = same_key(table, "p", "s"),
        same_folded = same_key(table, "f", "s"),
    )
}

#[cfg(test)]
mod tests {
    use wardwatch_schema::feed::Target;

    use super::*;

    fn in_full(target: Target) -> String {
        let sql = MergeSql::of(Table::of(target));
        let steps = [
            ("set aside", vec![sql.set_aside]),
            ("insert new", vec![sql.insert_new]),
            ("repeat", vec![sql.repeat]),
            ("name keys", vec![sql.name_keys]),
            ("collect", sql.collect),
            ("fold", sql.fold),
            ("put back", sql.put_back),
            ("outcomes", vec![sql.outcomes]),
            ("empty", vec![sql.empty]),
        ];
        steps.map(|(name, statements)| format!("-- {name}\n{};\n", statements.join(";\n"))).join("\n")
    }

    #[test]
    fn the_merge_of_tests_reads_as_written() {
        insta::assert_snapshot!("lab_test", in_full(Target::LabTest));
    }

    #[test]
    fn the_merge_of_results_reads_as_written() {
        insta::assert_snapshot!("lab_result", in_full(Target::LabResult));
    }
}
