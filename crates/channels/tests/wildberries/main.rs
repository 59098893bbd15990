//! The Wildberries connector against a mock that answers in the documented shapes (wildberries, 2026-10).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may panic")]

mod chats;
mod claims;
mod lookups;
#[path = "../mock/mod.rs"]
mod mock;
mod news;
mod reads;
mod reviews;
mod sends;
mod shop;
mod simulated;
mod streams;
