//! One row per message for spreadsheets: UTF-8 with the mark Excel asks for, lines end in CR LF, every cell is in quotes.
//!
//! A buyer's words may begin like a formula. Such a cell gets an apostrophe in front, which spreadsheets take as "this is text"
//! (<https://owasp.org/www-community/attacks/CSV_Injection>, read 2026-11); so does one that begins with an apostrophe itself.
//! Whoever reads the file with a program takes one leading apostrophe away and has every text as it was.

use std::io::{Error, Result, Write};

use csv::{QuoteStyle, Terminator, WriterBuilder};
use dragoman_store::thread::Message;

use super::{Head, Sheet};

const HEADS: [&str; 15] = [
    "conversation",
    "shop",
    "platform",
    "kind",
    "buyer",
    "order",
    "product",
    "subject",
    "turn",
    "message",
    "direction",
    "author",
    "sent_at",
    "text",
    "files",
];

pub(super) struct Rows;

impl Sheet for Rows {
    fn begin(&mut self, out: &mut dyn Write) -> Result<()> {
        out.write_all("\u{feff}".as_bytes())?;
        row(out, HEADS.map(str::to_owned))
    }

    fn head(&mut self, _out: &mut dyn Write, _head: &Head<'_>) -> Result<()> {
        Ok(())
    }

    fn message(&mut self, out: &mut dyn Write, head: &Head<'_>, message: &Message) -> Result<()> {
        let conversation = head.conversation;
        let listed = &conversation.row;
        let files: Vec<_> = message.attachments.iter().map(|file| file.name.as_str()).collect();
        row(
            out,
            [
                listed.id.to_string(),
                head.shop.name.clone(),
                head.channel().word().to_owned(),
                listed.kind.word().to_owned(),
                listed.buyer.clone(),
                conversation.order_no.clone(),
                conversation.product_key.clone(),
                listed.subject.clone(),
                listed.turn.word().to_owned(),
                message.id.to_string(),
                message.direction.word().to_owned(),
                message.author.word().to_owned(),
                message.sent_at.to_string(),
                message.text.clone(),
                files.join("\n"),
            ],
        )
    }

    fn end(&mut self, _out: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

fn row(out: &mut dyn Write, cells: [String; 15]) -> Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).quote_style(QuoteStyle::Always).from_writer(out);
    writer.write_record(cells.map(harmless)).map_err(Error::other)?;
    writer.flush()
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(text: String) -> String {
    // Blanks in front are passed over by some programs; full-width forms are read as the plain ones by others.
    let first = text.trim_start_matches([' ', '\u{a0}', '\u{3000}', '\u{feff}', '\u{200b}', '\0']).chars().next();
    let acts = matches!(
        first,
        Some(
            '=' | '+'
                | '-'
                | '@'
                | '|'
                | '%'
                | '\t'
                | '\r'
                | '\n'
                | '＝'
                | '＋'
                | '－'
                | '＠'
                | '−'
                | '﹦'
                | '﹢'
                | '﹣'
                | '﹫'
        )
    );
    if acts || text.starts_with('\'') { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_begins_a_formula_and_each_can_be_read_back() {
        let mut forms = Vec::new();
        for sign in ["=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠", "−", "﹦"] {
            for before in ["", " ", "\u{a0}", "\u{feff}"] {
                forms.push(format!("{before}{sign}cmd|' /C calc'!A0"));
            }
        }
        for form in &forms {
            let cell = harmless(form.clone());
            assert_eq!(cell.strip_prefix('\''), Some(form.as_str()));
        }
        assert_eq!(harmless("'= quoted".into()), "''= quoted");
        for plain in ["", "Где заказ?", "a=b", "退货", "5 - 3"] {
            assert_eq!(harmless(plain.into()), plain);
        }
        println!("{} leading forms, 0 formula cells", forms.len());
    }
}
