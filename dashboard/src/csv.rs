//! Writes rows as CSV that a spreadsheet opens as text: a cell that it would take for a formula is led by an apostrophe.

/// With these a spreadsheet begins a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Adds one row.
pub(crate) fn row<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let guard = if cell.trim_start().starts_with(FORMULA) || cell.starts_with(FORMULA) { "'" } else { "" };
        text.push_str(comma);
        text.extend(["\"", guard, &cell.replace('"', "\"\""), "\""]);
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::row;

    fn written(cells: &[&str]) -> String {
        let mut text = String::new();
        row(&mut text, cells.iter().copied());
        text
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for cell in ["=1+1", "+49 30", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"] {
            assert!(written(&[cell]).starts_with("\"'"), "{cell:?}");
        }
        assert_eq!(written(&["0012", "O'Neil"]), "\"0012\",\"O'Neil\"\r\n");
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_in_their_cell() {
        assert_eq!(written(&["a\"b", "c,d", "e\nf"]), "\"a\"\"b\",\"c,d\",\"e\nf\"\r\n");
    }
}
