//! The benchmark: one inbox filled and questioned beside a bare-SQLite twin that holds the same rows.
//!
//! Every figure is a ratio to the twin in the same run, because times on a shared machine are noise and their ratios are not.
#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a slip in a benchmark should stop it"
)]

pub mod dress;
pub mod erasing;
pub mod fill;
pub mod generate;
pub mod judge;
pub mod lists;
pub mod measure;
pub mod searches;
pub mod twin;
