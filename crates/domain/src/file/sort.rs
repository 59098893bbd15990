//! What a file is, from its bytes alone.

/// What is neither known nor text.
const UNKNOWN: &str = "application/octet-stream";
/// How far into a text its marks are looked for, in bytes.
const LOOKED_AT: usize = 4 << 10;

/// Media types whose files run or render as a page. Found types only: these are the spellings [`sort_of`] gives.
const ACTIVE: &[&str] = &[
    "application/java",
    "application/java-archive",
    "application/llvm",
    "application/vnd.android.dex",
    "application/vnd.android.dey",
    "application/vnd.debian.binary-package",
    "application/vnd.microsoft.portable-executable",
    "application/wasm",
    "application/x-apple-diskimage",
    "application/x-executable",
    "application/x-iso9660-image",
    "application/x-mach-binary",
    "application/x-msi",
    "application/x-ole-storage",
    "application/x-rpm",
    "application/x-shockwave-flash",
    "image/svg+xml",
    "text/html",
    "text/x-shellscript",
    "text/xml",
];

/// The media type found from the bytes; `text/plain` and `application/octet-stream` where they say no more.
pub fn sort_of(bytes: &[u8]) -> &'static str {
    let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    // Before anything else: a page in the disguise of something known is still a page where somebody looks for one.
    if start.first() == Some(&b'<') {
        let lower = start.to_ascii_lowercase();
        let has = |word: &[u8]| lower.windows(word.len()).any(|part| part == word);
        if has(b"<svg") {
            return "image/svg+xml";
        }
        if [&b"<html"[..], b"<!doctype", b"<script", b"<body", b"<head", b"<iframe", b"<img"].into_iter().any(has) {
            return "text/html";
        }
        return "text/xml";
    }
    match infer::get(bytes) {
        Some(found) => portable(found.mime_type()),
        None if bytes.starts_with(b"#!") => "text/x-shellscript",
        None if !bytes.is_empty() && is_text(head) => "text/plain",
        None => UNKNOWN,
    }
}

/// Whether a found media type runs, or renders as a page.
pub fn is_active(sort: &str) -> bool {
    ACTIVE.contains(&sort)
}

/// The usual spelling where the library has its own.
fn portable(mime: &'static str) -> &'static str {
    match mime {
        "application/x-dosexec" | "application/x-msdownload" | "application/vnd.microsoft.portable-executable" => {
            "application/vnd.microsoft.portable-executable"
        }
        mime => mime,
    }
}

fn is_text(head: &[u8]) -> bool {
    // The end of the part that is looked at may fall into a character.
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() == LOOKED_AT,
    };
    valid && !head.iter().any(|byte| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide_what_a_file_is() {
        for (bytes, sort) in [
            (&b"\xff\xd8\xff\xe0\x00\x10JFIF"[..], "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
            (b"GIF89a\x01\0\x01\0", "image/gif"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"PK\x03\x04rest of a zip", "application/zip"),
            (b"hello \xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", "text/plain"),
            (b"\x01\x02\x03\x04", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ] {
            assert_eq!(sort_of(bytes), sort, "{:?}", String::from_utf8_lossy(bytes));
            assert!(!is_active(sort), "{sort}");
        }
    }

    #[test]
    fn what_runs_or_renders_is_known_for_it() {
        for bytes in [
            &b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"[..],
            b"\xef\xbb\xbf  <?xml version='1.0'?><!-- x --><svg/>",
            b"<!DOCTYPE html><p>",
            b"\n<ScRiPt>alert(1)</script>",
            b"<?xml version='1.0'?><x/>",
            b"MZ\x90\0\x03\0\0\0",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            b"#!/bin/sh\nrm -rf /",
            b"\xcf\xfa\xed\xfe\x07\0\0\x01",
        ] {
            let sort = sort_of(bytes);
            assert!(is_active(sort), "{sort}: {:?}", String::from_utf8_lossy(bytes));
        }
    }
}
