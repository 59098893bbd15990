//! One page for people: readable without anything else, printable, and with nothing in it that acts.
//!
//! Every word of a buyer or a platform is escaped and stands in an element of its own direction, so that it can turn neither the
//! page nor the words beside it. The page forbids itself everything but its own styles.

use std::fmt::{self, Display};
use std::io::{Result, Write};

use dragoman_domain::Direction;
use dragoman_store::thread::Message;

use super::{Head, Sheet};

const BEGIN: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Dragoman: exported conversations</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
section { margin-block: 0 3rem; }
h2 { font-size: 1.15rem; margin-block: 0 .25rem; }
.facts { color: GrayText; font-size: .875rem; margin-block: 0 1rem; }
.facts > * { margin-inline-end: 1rem; }
article { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: .5rem; padding: .5rem .75rem; margin-block: .5rem; max-width: 85%; break-inside: avoid; }
article.out { margin-inline-start: auto; background: color-mix(in srgb, currentColor 6%, transparent); }
article.system, article.note { max-width: none; border-style: dashed; }
header { color: GrayText; font-size: .8125rem; }
.words { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; margin-block: .25rem 0; }
ul { font-size: .875rem; margin-block: .25rem 0; padding-inline-start: 1.25rem; }
@media print { :root { font-size: 11pt; color-scheme: light; } body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
</style>
</head>
<body>
<main>
"#;

/// The page.
#[derive(Default)]
pub(super) struct Page {
    open: bool,
}

impl Sheet for Page {
    fn begin(&mut self, out: &mut dyn Write) -> Result<()> {
        out.write_all(BEGIN.as_bytes())
    }

    fn head(&mut self, out: &mut dyn Write, head: &Head<'_>) -> Result<()> {
        let conversation = head.conversation;
        let row = &conversation.row;
        if std::mem::replace(&mut self.open, true) {
            writeln!(out, "</section>")?;
        }
        let title = if row.subject.is_empty() { row.kind.word() } else { &row.subject };
        writeln!(out, "<section id=\"c{}\">\n<h2><bdi>{}</bdi></h2>\n<p class=\"facts\">", row.id, Escaped(title))?;
        let number = row.id.to_string();
        for (name, value) in [
            ("Number", number.as_str()),
            ("Shop", &head.shop.name),
            ("Platform", head.channel().word()),
            ("Kind", row.kind.word()),
            ("Buyer", &row.buyer),
            ("Order", &conversation.order_no),
            ("Product", &conversation.product_key),
        ] {
            if !value.is_empty() {
                writeln!(out, "<span>{name}: <bdi>{}</bdi></span>", Escaped(value))?;
            }
        }
        writeln!(out, "</p>")
    }

    fn message(&mut self, out: &mut dyn Write, _head: &Head<'_>, message: &Message) -> Result<()> {
        let class = match message.direction {
            Direction::In => "in",
            Direction::Out => "out",
            Direction::Note => "note",
            Direction::System => "system",
        };
        writeln!(
            out,
            "<article class=\"{class}\">\n<header>{} · <time datetime=\"{at}\">{at}</time></header>\n<p class=\"words\" dir=\"auto\">{}</p>",
            message.author.word(),
            Escaped(&message.text),
            at = message.sent_at,
        )?;
        if !message.attachments.is_empty() {
            writeln!(out, "<ul>")?;
            for file in &message.attachments {
                writeln!(out, "<li><bdi>{}</bdi></li>", Escaped(&file.name))?;
            }
            writeln!(out, "</ul>")?;
        }
        writeln!(out, "</article>")
    }

    fn end(&mut self, out: &mut dyn Write) -> Result<()> {
        if self.open {
            writeln!(out, "</section>")?;
        }
        writeln!(out, "</main>\n</body>\n</html>")
    }
}

/// Text that is text wherever it stands.
struct Escaped<'t>(&'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => f.write_str("\u{fffd}"),
            c => fmt::Write::write_char(f, c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn nothing_a_buyer_writes_is_markup() {
        let hostile = "</p><script>alert('x')</script><img src=x onerror=\"y\">\u{0}&lt;";
        let shown = Escaped(hostile).to_string();
        assert!(!shown.contains(['<', '>', '"', '\'', '\0']), "{shown}");
        assert!(shown.ends_with("&amp;lt;"));
    }
}
