//! The statements of a merge, written once for the four tables. A snapshot test shows each of them in full.
//!
//! Staged rows are numbered (`place`). `known_*` names those whose key the warehouse has; `pool_*` holds the versions that
//! are folded anew, as `fold_*` has them afterwards.

mod repeats;

use crate::table::{LINEAGE, Table};

/// The statements for one table.
#[derive(Debug)]
pub(super) struct MergeSql {
    /// Marks every staged row of a key that the batch says in several rows.
    pub(super) mark_doubled: String,
    /// Names the staged rows whose key the warehouse has, and which of them only repeat its current version.
    pub(super) know: Vec<String>,
    /// Counts what was repeated. Returns (object_id, rows).
    pub(super) count_repeats: String,
    /// Notes the last sighting of what was repeated, a row each.
    pub(super) note_repeats: String,
    /// The same where some sightings are packed: only what is later than those.
    pub(super) note_repeats_beside_pages: String,
    /// Inserts the rows whose key is new; the second those that name their patient. Each returns (object_id, rows).
    pub(super) insert_new: Vec<String>,
    /// Sets aside what must be folded with the versions that are known, or with each other.
    pub(super) set_aside: Vec<String>,
    /// Sets aside the new rows that belong to no one patient: those of shared test ids, then those without any owner.
    pub(super) set_aside_unattributed: Vec<String>,
    /// Names the keys of what was set aside.
    pub(super) name_keys: String,
    /// Takes every version of those keys out of the warehouse, beside the staged ones.
    pub(super) collect: Vec<String>,
    /// Takes their last sightings from the pages.
    pub(super) collect_packed: String,
    /// Folds them: one row a version, place 1 for the current one.
    pub(super) fold: Vec<String>,
    /// Puts them back where they belong.
    pub(super) put_back: Vec<String>,
    /// Tells what became of the staged rows. Returns (object_id, inserted, updated, unchanged, superseded).
    pub(super) outcomes: String,
}

impl MergeSql {
    /// Rows are inserted in the order of the key.
    pub(super) fn of(table: &Table) -> Self {
        let t = table.name;
        Self {
            mark_doubled: format!(
                "UPDATE stage_{t} s SET is_sole = false FROM stage_{t} d WHERE NOT d.is_sole AND s.is_sole AND {key}",
                key = same_key(table, "s", "d")
            ),
            know: know(table),
            count_repeats: repeats::count(t),
            note_repeats: repeats::note(t),
            note_repeats_beside_pages: repeats::note_beside_pages(t),
            insert_new: insert_new(table),
            set_aside: set_aside(table),
            set_aside_unattributed: set_aside_unattributed(table),
            name_keys: format!(
                "INSERT INTO refold_{t} ({k}) SELECT DISTINCT {k} FROM pool_{t}",
                k = table.source_key.join(", ")
            ),
            collect: collect(table),
            collect_packed: repeats::collect_packed(t),
            fold: fold(table),
            put_back: put_back(table),
            outcomes: outcomes(table),
        }
    }
}

/// Every column but the patient of an attributed table.
fn said_columns(table: &Table) -> Vec<&'static str> {
    [table.source_key, table.content, &["flags", "extra"], table.judged, &LINEAGE].concat()
}

fn all_columns(table: &Table) -> Vec<&'static str> {
    let patient: &[&str] = if table.is_attributed() { &["patient_id"] } else { &[] };
    [patient, &said_columns(table)].concat()
}

/// What the columns of [`said_columns`] are taken from: a staged row `s` and its object `b`.
fn staged_values(table: &Table) -> String {
    let value = |column: &&str| match *column {
        "result_value" => "s.result_value_text::numeric".to_owned(),
        "map_version" => "b.map_version".to_owned(),
        "first_seen_at" | "last_seen_at" => "b.seen_at".to_owned(),
        "first_object" | "last_object" => "s.object_id".to_owned(),
        said => format!("s.{said}"),
    };
    said_columns(table).iter().map(value).collect::<Vec<_>>().join(", ")
}

fn list(columns: &[&str], prefix: &str) -> String {
    columns.iter().map(|column| format!("{prefix}{column}")).collect::<Vec<_>>().join(", ")
}

fn same_key(table: &Table, a: &str, b: &str) -> String {
    table.source_key.iter().map(|column| format!("{a}.{column} = {b}.{column}")).collect::<Vec<_>>().join(" AND ")
}

fn know(table: &Table) -> Vec<String> {
    let t = table.name;
    let same = [&["content_hash"], table.judged].concat();
    let same: Vec<String> = same.iter().map(|column| format!("c.{column} = s.{column}")).collect();
    let mut statements = vec![format!(
        "INSERT INTO known_{t} (place, is_repeat, is_later, content_hash, seen_at, object_id, last_record)
SELECT s.place,
    s.is_sole AND {same}
        AND NOT ingest.precedes(b.seen_at, s.object_id, s.first_record, c.first_seen_at, c.first_object, c.first_record),
    ingest.precedes(c.last_seen_at, c.last_object, c.last_record, b.seen_at, s.object_id, s.last_record),
    s.content_hash, b.seen_at, s.object_id, s.last_record
FROM stage_{t} s
JOIN batch_object b ON b.object_id = s.object_id
JOIN warehouse.{t} c ON {key}",
        same = same.join(" AND "),
        key = same_key(table, "c", "s"),
    )];
    if table.is_attributed() {
        statements.push(
            "INSERT INTO known_lab_result (place, is_repeat)
SELECT DISTINCT s.place, false
FROM stage_lab_result s
JOIN ingest.waiting_result w ON w.result_id = s.result_id
WHERE NOT EXISTS (SELECT FROM known_lab_result k WHERE k.place = s.place)"
                .to_owned(),
        );
        statements.push(KNOW_DECIDED.to_owned());
    }
    statements
}

/// A result that a person gave to a patient is folded, whoever owns its test.
const KNOW_DECIDED: &str = "INSERT INTO known_lab_result (place, is_repeat)
SELECT s.place, false
FROM stage_lab_result s
WHERE s.result_id IN (SELECT d.result_id FROM app.decision d WHERE d.kind = 'result')
    AND NOT EXISTS (SELECT FROM known_lab_result k WHERE k.place = s.place)";

/// A result belongs to the patient whom the source states; otherwise to the one owner of its test.
fn insert_new(table: &Table) -> Vec<String> {
    let insert = |patient: &str, owner: &str, condition: &str| {
        format!(
            "WITH taken AS (
    INSERT INTO warehouse.{t} ({all})
    SELECT {patient}{values}
    FROM stage_{t} s
    JOIN batch_object b ON b.object_id = s.object_id{owner}
    WHERE s.is_sole{condition}
    AND NOT EXISTS (SELECT FROM known_{t} k WHERE k.place = s.place)
    ORDER BY {key}
    RETURNING patient_id, first_object
), touched AS (
    INSERT INTO touched_patient (patient_id) SELECT DISTINCT patient_id FROM taken
)
SELECT first_object AS object_id, count(*) AS rows FROM taken GROUP BY first_object",
            t = table.name,
            all = list(&all_columns(table), ""),
            values = staged_values(table),
            key = table.key.join(", "),
        )
    };
    if !table.is_attributed() {
        return vec![insert("", "", "")];
    }
    let owner = "\n    JOIN warehouse.test_owner o ON o.test_id = s.test_id AND NOT o.is_shared";
    vec![
        insert("o.patient_id, ", owner, " AND s.stated_patient_id IS NULL"),
        insert("s.stated_patient_id AS patient_id, ", "", " AND s.stated_patient_id IS NOT NULL"),
    ]
}

fn staged_to_pool(table: &Table, from: &str) -> String {
    format!(
        "INSERT INTO pool_{t} ({said}, is_staged, was_waiting)
SELECT {values}, true, false
FROM stage_{t} s
JOIN batch_object b ON b.object_id = s.object_id
{from}",
        t = table.name,
        said = list(&said_columns(table), ""),
        values = staged_values(table),
    )
}

fn set_aside(table: &Table) -> Vec<String> {
    let known = format!("JOIN known_{t} k ON k.place = s.place\nWHERE s.is_sole AND NOT k.is_repeat", t = table.name);
    vec![staged_to_pool(table, "WHERE NOT s.is_sole"), staged_to_pool(table, &known)]
}

fn set_aside_unattributed(table: &Table) -> Vec<String> {
    if !table.is_attributed() {
        return vec![];
    }
    let of = |owner: &str| {
        let new = "WHERE s.is_sole AND s.stated_patient_id IS NULL
AND NOT EXISTS (SELECT FROM known_lab_result k WHERE k.place = s.place)";
        staged_to_pool(table, &format!("{new}\nAND {owner}"))
    };
    vec![
        of("s.test_id IN (SELECT test_id FROM warehouse.test_owner WHERE is_shared)"),
        of("NOT EXISTS (SELECT FROM warehouse.test_owner o WHERE o.test_id = s.test_id)"),
    ]
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
        taken_from(&format!("warehouse.{t}"), &all, false),
        taken_from(&format!("warehouse.{t}_superseded"), &all, false),
    ];
    if table.is_attributed() {
        statements.push(taken_from("ingest.waiting_result", &said, true));
    }
    statements.push(format!(
        "WITH noted AS (
    DELETE FROM ingest.last_sighting l USING pool_{t} p
    WHERE l.content_hash = p.content_hash AND NOT p.is_staged
    RETURNING l.*
)
UPDATE pool_{t} p SET last_seen_at = n.last_seen_at, last_object = n.last_object, last_record = n.last_record
FROM noted n WHERE n.content_hash = p.content_hash AND NOT p.is_staged"
    ));
    statements
}

fn fold(table: &Table) -> Vec<String> {
    let t = table.name;
    let key = list(table.source_key, "");
    let of_first = [
        table.source_key,
        table.content,
        &["flags", "extra"],
        table.judged,
        &["content_hash", "map_version", "first_seen_at", "first_object", "first_record"],
    ]
    .concat();
    let (columns, first) = (list(&of_first, ""), list(&of_first, "s."));
    let last = ["seen_at", "object", "record", "key", "modified", "sha256"]
        .map(|part| format!("first_value(s.last_{part}) OVER latest AS last_{part}"))
        .join(", ");
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
    SELECT {first}, {last},
        row_number() OVER (PARTITION BY s.content_hash ORDER BY {first_order}) AS first_place
    FROM sighted s
    WINDOW latest AS (PARTITION BY s.content_hash ORDER BY {last_order})
), version AS (
    SELECT * FROM placed WHERE first_place = 1
)
INSERT INTO fold_{t} ({columns}, last_seen_at, last_object, last_record, place)
SELECT {columns}, last_seen_at, last_object, last_record,
    row_number() OVER (PARTITION BY {key} ORDER BY {last_order})
FROM version",
        first_order = order("first", ""),
        last_order = order("last", " DESC"),
    )];
    if table.is_attributed() {
        statements.push(
            "UPDATE fold_lab_result f SET patient_id = coalesce(app.decided_patient(f.result_id), f.stated_patient_id, (
    SELECT o.patient_id FROM warehouse.test_owner o WHERE o.test_id = f.test_id AND NOT o.is_shared))"
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
    } else {
        statements.push(format!("INSERT INTO touched_patient (patient_id) SELECT DISTINCT patient_id FROM refold_{t}"));
    }
    statements
}

/// The patients who had or have one of the folded results, and those whose test a waiting one names.
const TOUCH_RESULTS: &str = "INSERT INTO touched_patient (patient_id)
SELECT patient_id FROM pool_lab_result WHERE patient_id IS NOT NULL
UNION SELECT patient_id FROM fold_lab_result WHERE patient_id IS NOT NULL
UNION SELECT o.patient_id FROM pool_lab_result p JOIN warehouse.test_owner o ON o.test_id = p.test_id WHERE p.was_waiting
UNION SELECT o.patient_id FROM fold_lab_result f JOIN warehouse.test_owner o ON o.test_id = f.test_id WHERE f.patient_id IS NULL";

/// Of several staged rows of one version the first has its outcome; the others repeat it.
fn outcomes(table: &Table) -> String {
    format!(
        "WITH staged AS (
    SELECT s.*, row_number() OVER (PARTITION BY s.content_hash ORDER BY s.first_object, s.first_record) AS saying
    FROM pool_{t} s WHERE s.is_staged
), judged AS (
    SELECT s.first_object, s.saying, f.place = 1 AS is_current,
        version.content_hash IS NOT NULL AS was_known, key.had_versions IS NOT NULL AS had_versions
    FROM staged s
    JOIN fold_{t} f ON f.content_hash = s.content_hash
    LEFT JOIN (SELECT DISTINCT content_hash FROM pool_{t} WHERE NOT is_staged) version ON version.content_hash = s.content_hash
    LEFT JOIN (SELECT DISTINCT {key}, true AS had_versions FROM pool_{t} WHERE NOT is_staged) key ON {same}
)
SELECT first_object AS object_id,
    count(*) FILTER (WHERE saying = 1 AND NOT was_known AND is_current AND NOT had_versions) AS inserted,
    count(*) FILTER (WHERE saying = 1 AND NOT was_known AND is_current AND had_versions) AS updated,
    count(*) FILTER (WHERE saying > 1 OR was_known) AS unchanged,
    count(*) FILTER (WHERE saying = 1 AND NOT was_known AND NOT is_current) AS superseded
FROM judged GROUP BY first_object",
        t = table.name,
        key = list(table.source_key, ""),
        same = same_key(table, "key", "s"),
    )
}

#[cfg(test)]
mod tests {
    use wardwatch_schema::feed::Target;

    use super::*;

    fn in_full(target: Target) -> String {
        let sql = MergeSql::of(Table::of(target));
        let steps = [
            ("mark doubled", vec![sql.mark_doubled]),
            ("know", sql.know),
            ("note repeats", vec![sql.note_repeats]),
            ("note repeats beside pages", vec![sql.note_repeats_beside_pages]),
            ("count repeats", vec![sql.count_repeats]),
            ("insert new", sql.insert_new),
            ("set aside", sql.set_aside),
            ("set aside what belongs to no one", sql.set_aside_unattributed),
            ("name keys", vec![sql.name_keys]),
            ("collect", sql.collect),
            ("collect what is packed", vec![sql.collect_packed]),
            ("fold", sql.fold),
            ("put back", sql.put_back),
            ("outcomes", vec![sql.outcomes]),
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
