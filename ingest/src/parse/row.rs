//! Rows and rejects: what a record becomes.

use sha2::{Digest, Sha256};

/// A record that was taken: one version of one row of the warehouse.
#[derive(Debug, Clone)]
pub struct Row {
    /// Values of the table's source key, in its order.
    pub source_key: Vec<String>,
    /// The patient that the record itself names.
    pub patient_id: Option<String>,
    /// The test that a result or a test names.
    pub test_id: Option<String>,
    /// The content, flags and unmapped columns, as `COPY` writes them: tab-separated, in the table's order.
    pub content: String,
    /// Hash of the content.
    pub hash: [u8; 16],
    /// Number of the record.
    pub record: i32,
    /// Whether the test was performed later than its object was written, plus five minutes.
    pub future_dated: bool,
}

/// A record that could not be taken.
#[derive(Debug, Clone)]
pub struct Reject {
    /// Number of the record.
    pub record: i32,
    /// Warehouse column that is wrong; `None` where the whole record is.
    pub column: Option<String>,
    /// What is wrong, without the value.
    pub reason: String,
    /// Text of the record.
    pub raw: String,
    /// Identifiers that could still be read.
    pub patient_id: Option<String>,
    /// As above.
    pub case_number: Option<String>,
    /// As above.
    pub test_id: Option<String>,
    /// As above.
    pub result_id: Option<String>,
}

/// First 16 bytes of the SHA-256 of a content.
pub(super) fn hash(content: &str) -> [u8; 16] {
    let digest = Sha256::digest(content.as_bytes());
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest[..16]);
    hash
}

/// Appends a text as `COPY` writes it; nothing is `\N`.
pub(crate) fn copy_text(line: &mut String, value: Option<&str>) {
    let Some(value) = value else { return line.push_str("\\N") };
    for letter in value.chars() {
        match letter {
            '\\' => line.push_str("\\\\"),
            '\t' => line.push_str("\\t"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            other => line.push(other),
        }
    }
}
