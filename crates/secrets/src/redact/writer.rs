//! Puts the masks between the log's formatter and where it writes.

use std::io::{self, Write};

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use super::redact;

/// Wraps a log's destination so that every line passes through [`redact`](super::redact).
#[derive(Clone, Debug)]
pub struct Redacting<M>(
    /// The destination, such as a file or `std::io::stderr`.
    pub M,
);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Redacting<M> {
    type Writer = RedactingWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactingWriter::new(self.0.make_writer())
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Self::Writer {
        RedactingWriter::new(self.0.make_writer_for(meta))
    }
}

/// Holds text back until its line is complete, because a secret may arrive in two pieces, and then writes it masked.
#[derive(Debug)]
pub struct RedactingWriter<W: Write> {
    inner: W,
    line: Vec<u8>,
}

impl<W: Write> RedactingWriter<W> {
    /// Starts with nothing held back.
    pub fn new(inner: W) -> Self {
        Self { inner, line: Vec::new() }
    }

    fn write_held(&mut self) -> io::Result<()> {
        let held = std::mem::take(&mut self.line);
        self.inner.write_all(redact(&String::from_utf8_lossy(&held)).as_bytes())
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|&b| b == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.write_held()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The formatter makes one writer per event and drops it, so a last line without its end is written here.
impl<W: Write> Drop for RedactingWriter<W> {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            // A log that cannot be written has nobody to tell.
            let _ = self.write_held();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_secret_in_two_pieces_is_masked() {
        let log = Log::default();
        let mut writer = RedactingWriter::new(log.clone());
        for piece in ["first\ntok", "en=can", "ary\nla", "st mail a@", "b.ru"] {
            writer.write_all(piece.as_bytes()).unwrap();
            writer.flush().unwrap();
        }
        assert_eq!(log.text(), "first\ntoken=[secret]\n");
        drop(writer);
        assert_eq!(log.text(), "first\ntoken=[secret]\nlast mail [mail]");
    }

    #[test]
    fn events_reach_the_log_masked() {
        let log = Log::default();
        let sink = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .without_time()
            .with_writer(Redacting(move || sink.clone()))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(shop = 3, phone = "+7 912 345-67-89", "asked with token=canary");
        });
        let text = log.text();
        assert!(text.contains("shop=3") && text.contains("[phone]") && text.contains("token=[secret]"), "{text}");
        assert!(!text.contains("canary") && !text.contains("912"), "{text}");
    }
}
