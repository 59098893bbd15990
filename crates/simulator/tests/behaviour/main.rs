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
mod ozon_look_ups;
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
