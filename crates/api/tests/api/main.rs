//! The Router as a whole, called in process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

mod bench;
mod document;
mod door;
mod files;
mod inbox;
mod person;
