//! The smallest window there can be: what the benchmark of the window compares with.
//!
//! It says hello, answers each key with other words, and can show a list of rows of one height. Nothing of the program is in it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark's twin may fail loudly")]

use tauri::http::Response;
use tauri::webview::WebviewWindowBuilder;
use tauri::{Url, WebviewUrl};

fn main() {
    tauri::Builder::default()
        .register_uri_scheme_protocol("bare", |_, _| {
            let page = include_bytes!("page.html").to_vec();
            Response::builder().header("content-type", "text/html; charset=utf-8").body(page).unwrap()
        })
        .setup(|app| {
            let page = WebviewUrl::CustomProtocol(Url::parse("bare://localhost/")?);
            WebviewWindowBuilder::new(app, "main", page).title("Bare").inner_size(1280.0, 820.0).build()?;
            Ok(())
        })
        .run(tauri::generate_context!("examples/bare/tauri.conf.json"))
        .unwrap();
}
