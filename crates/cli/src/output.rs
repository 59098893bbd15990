//! What goes to standard output: JSON for scripts, aligned tables and plain words for people.

use std::io::{self, Write as _};
use std::marker::PhantomData;

use console::{Alignment, Term, measure_text_width, pad_str, truncate_str};
use dragoman_api::{ErrorCode, Problem};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::{Failure, Outcome};

/// Between two columns.
const GAP: &str = "  ";

/// Standard output in one of its two forms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    json: bool,
}

impl Out {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether scripts read it.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// One JSON document, or a person's words for it.
    pub(crate) fn document(self, document: &Value, words: impl FnOnce(&Value) -> Outcome<String>) -> Outcome {
        let text = if self.json { document.to_string() } else { words(document)? };
        self.line(&text)
    }

    /// A list that is about to be printed: JSON lines as they come, or a table at its end.
    pub(crate) fn listing<T, F>(self, heads: &[&'static str], row: F) -> Listing<T, F>
    where
        T: DeserializeOwned,
        F: Fn(T) -> Vec<String>,
    {
        Listing { out: self, table: Table::new(heads), row, shown: PhantomData }
    }

    /// One line as it is.
    pub(crate) fn line(self, text: &str) -> Outcome {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        Ok(out.flush()?)
    }

    /// A remark for people that belongs to no document.
    pub(crate) fn remark(self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }
}

/// A list while its rows come in.
pub(crate) struct Listing<T, F> {
    out: Out,
    table: Table,
    row: F,
    shown: PhantomData<fn(T)>,
}

impl<T: DeserializeOwned, F: Fn(T) -> Vec<String>> Listing<T, F> {
    pub(crate) fn add(&mut self, document: &Value) -> Outcome {
        if self.out.json {
            return self.out.line(&document.to_string());
        }
        self.table.add((self.row)(read(document)?));
        Ok(())
    }

    /// Prints what is left to print; with no rows, `nothing` for people.
    pub(crate) fn end(self, nothing: &str) -> Outcome {
        if self.out.json {
            return Ok(());
        }
        if self.table.is_empty() {
            return self.out.line(nothing);
        }
        self.table.lines(line_width()).iter().try_for_each(|line| self.out.line(line))
    }
}

/// A document of the API as the type of which its reader shows something.
pub(crate) fn read<T: DeserializeOwned>(document: &Value) -> Outcome<T> {
    T::deserialize(document).map_err(|error| {
        Failure::from(Problem::new(ErrorCode::Internal, format!("an answer of another form than expected: {error}")))
    })
}

/// Columns as wide as a terminal shows them: Chinese characters take two.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heads: &[&'static str]) -> Self {
        Self { rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()] }
    }

    /// Whether it has nothing but its heads.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    pub(crate) fn add(&mut self, cells: Vec<String>) {
        self.rows.push(cells.iter().map(|cell| one_line(cell)).collect());
    }

    /// The table's lines, cut to a width if one is given. The last column is the one that is cut.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|at| {
                self.rows.iter().filter_map(|row| row.get(at)).map(|cell| measure_text_width(cell)).max().unwrap_or(0)
            })
            .collect();
        self.rows
            .iter()
            .map(|row| {
                let cells: Vec<_> =
                    row.iter().zip(&widths).map(|(cell, width)| pad_str(cell, *width, Alignment::Left, None)).collect();
                let line = cells.join(GAP).trim_end().to_owned();
                width.map_or(line.clone(), |width| truncate_str(&line, width, "…").into_owned())
            })
            .collect()
    }
}

/// The width lines are cut to; `None` where nobody looks at a terminal.
fn line_width() -> Option<usize> {
    Term::stdout().size_checked().map(|(_, columns)| usize::from(columns))
}

/// Words of buyers and platforms as a terminal may show them: nothing that moves its cursor, sets its title or turns the
/// direction of what follows. Line ends stay.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if acts(c) { '\u{fffd}' } else { c }).collect()
}

/// The same in one line.
pub(crate) fn one_line(text: &str) -> String {
    plain(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn acts(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_in_every_script() {
        let mut table = Table::new(&["ID", "BUYER", "TEXT"]);
        table.add(vec!["1".into(), "Анна".into(), "Где заказ?".into()]);
        table.add(vec!["22".into(), "买家王".into(), "退货\nплиз".into()]);
        table.add(vec!["3".into(), String::new(), "hello".into()]);
        insta::assert_snapshot!(table.lines(None).join("\n"), @r"
        ID  BUYER   TEXT
        1   Анна    Где заказ?
        22  买家王  退货 плиз
        3           hello
        ");
    }

    #[test]
    fn a_narrow_terminal_cuts_the_end_of_a_line() {
        let mut table = Table::new(&["ID", "TEXT"]);
        table.add(vec!["1".into(), "длинный вопрос".into()]);
        assert_eq!(table.lines(Some(10)), ["ID  TEXT", "1   длинн…"]);
    }

    #[test]
    fn a_buyers_words_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d\u{9b}e"), "a\u{fffd}[2Jb\nc\u{fffd}d\u{fffd}e");
        assert_eq!(one_line(" a\r\n\tb "), "a b");
    }
}
