//! Simulators and connectors against the platforms' own specification files.
//!
//! The files are the platforms' and not part of this repository: `cargo xtask conformance` says where they are, in
//! `DRAGOMAN_SPECS`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

mod caller;
mod connectors;
mod mocks;
mod outbox;
mod ozon;
mod ozon_support;
mod stage;
mod wildberries;
