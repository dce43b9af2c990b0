//! Writes rows as CSV that a spreadsheet opens as text: what it would take for a formula is led by an apostrophe.
//!
//! Invariant: that holds for a spreadsheet, too, whose list separator is another than the comma. It takes only the first cell of a
//! row for quoted, cuts the others at its own separator, and may take what follows there for a formula.

/// With these a spreadsheet begins a formula; in the wide letters of East Asia as well.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// After these a cell may begin.
const SEPARATORS: [char; 4] = [';', '\t', '\n', '\r'];

/// Adds one row.
pub(crate) fn row<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        text.extend([comma, "\"", &guarded(cell).replace('"', "\"\""), "\""]);
    }
    text.push_str("\r\n");
}

/// A cell with an apostrophe before each formula in it, and before itself where it begins with one.
fn guarded(cell: &str) -> String {
    let is_formula = cell.trim_start_matches(is_passed_over).starts_with(FORMULA) || cell.starts_with(['\t', '\r']);
    let mut text = if is_formula { "'" } else { "" }.to_owned();
    let mut may_begin = false;
    for letter in cell.chars() {
        if may_begin && FORMULA.contains(&letter) {
            text.push('\'');
        }
        may_begin = SEPARATORS.contains(&letter) || may_begin && is_passed_over(letter);
        text.push(letter);
    }
    text
}

/// Whether a spreadsheet may pass over a letter and still take what follows for the beginning of a cell.
fn is_passed_over(letter: char) -> bool {
    letter == '"' || letter.is_whitespace() || letter.is_control()
}

#[cfg(test)]
mod tests {
    use super::{FORMULA, SEPARATORS, is_passed_over, row};

    fn written(cells: &[&str]) -> String {
        let mut text = String::new();
        row(&mut text, cells.iter().copied());
        text
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for cell in ["=1+1", "+49 30", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\u{0}=1", "＝1", "\t", "\"=1"] {
            assert!(written(&[cell]).starts_with("\"'"), "{cell:?}");
        }
        assert_eq!(written(&["0012", "O'Neil"]), "\"0012\",\"O'Neil\"\r\n");
    }

    #[test]
    fn no_part_of_a_cell_is_a_formula_for_another_separator() {
        for (cell, guarded) in [
            ("x;=HYPERLINK(1);", "x;'=HYPERLINK(1);"),
            ("x; \"=1\";y", "x; \"\"'=1\"\";y"),
            ("x\n@SUM(A1)", "x\n'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("x;=+1;-2", "x;'=+1;'-2"),
            ("x;＝1", "x;'＝1"),
            ("Smith-Jones; K+ 3, a=b", "Smith-Jones; K+ 3, a=b"),
        ] {
            assert_eq!(written(&[cell]), format!("\"{guarded}\"\r\n"), "{cell:?}");
        }
    }

    #[test]
    fn wherever_a_row_is_cut_no_piece_of_it_begins_a_formula() {
        let letters = ['x', ';', '=', '-', '"', '\'', ' ', '\t', '\n', ','];
        let mut cells = vec![String::new()];
        for _ in 0..4 {
            let longer = cells.iter().flat_map(|cell| letters.map(|letter| format!("{cell}{letter}")));
            cells = longer.collect();
            for cell in &cells {
                let line = written(&["x", cell, "=1", cell]);
                let mut pieces = line.split(SEPARATORS).map(|piece| piece.trim_start_matches(is_passed_over));
                assert!(pieces.all(|piece| !piece.starts_with(FORMULA)), "{cell:?} is written as {line:?}");
            }
        }
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_in_their_cell() {
        assert_eq!(written(&["a\"b", "c,d", "e\nf"]), "\"a\"\"b\",\"c,d\",\"e\nf\"\r\n");
    }
}
