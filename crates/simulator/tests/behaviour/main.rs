//! The simulator driven over HTTP, one test per rule.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]

mod clock;
mod control;
mod faults;
mod log;
mod ozon;
mod ozon_claims;
mod ozon_files;
mod ozon_large;
mod ozon_look_ups;
mod ozon_questions;
mod ozon_reviews;
mod plans;
mod scene;
mod wildberries;
mod wildberries_chats;
mod wildberries_claims;
mod wildberries_gate;
mod wildberries_look_ups;
mod wildberries_media;
mod wildberries_reviews;
mod world;
