//! The ways to the Router from outside its process, and the one way for everything that calls it.
//!
//! - [`server`] serves it on 127.0.0.1. `door` refuses what another page or another name sent, before anything is routed,
//!   and lets in by `sign_in` (a browser's cookie) or by the bearer token of the endpoint file (our other processes).
//! - [`owner`] keeps that endpoint file: how a second process finds the owner of a home.
//! - [`client`] calls the Router, here or at the owner's, so that a command does not know the difference.
//! - [`home`] opens a home for a program, as its owner or as a client of the owner; [`program`] is what each program of ours
//!   does before that.

pub mod client;
mod door;
pub mod home;
pub mod owner;
pub mod program;
pub mod server;
mod sign_in;
mod token;

pub use client::Api;
pub use owner::Endpoint;
pub use server::Server;
pub use token::Token;
