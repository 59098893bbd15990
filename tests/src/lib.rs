//! Instruments of the end-to-end tests: each module is one of them, the tests themselves lie beside this crate.

pub mod bench;
pub mod canary;
pub mod disk;
pub mod house;
pub mod inside;
pub mod merge;
pub mod mock;
pub mod peer;
pub mod proxy;
pub mod schema;
pub mod seller;
pub mod spec;
pub mod verdict;
