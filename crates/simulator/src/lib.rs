//! Simulated marketplaces: the demo shop, the test bed and the developers' playground.
//!
//! Each platform listens on a port of 127.0.0.1 that stands for all its hosts, follows the platform's published
//! contract and keeps its state: quotas, moderation, write windows, visibility lags, buyers who answer back.
//! Three things make it a measuring instrument as well:
//!
//! - the [acceptance log](Accepted), one line per write a platform accepted, on disk before the answer leaves;
//! - the [fault plan](FaultPlan), which says what goes wrong for which request;
//! - the [virtual clock](ClockMode), on which everything that takes time on a platform runs.
//!
//! The README describes the control URL and how to add a deviation. This crate knows nothing of the connectors:
//! both sides follow the platforms' documents, so that an error in one does not hide in the other.
//!
//! ```no_run
//! # async fn example() -> Result<(), dragoman_simulator::Error> {
//! use dragoman_simulator::{Options, Simulator};
//!
//! let simulator = Simulator::start(Options::default()).await?;
//! println!("{}", simulator.announcement());
//! simulator.stop().await;
//! # Ok(())
//! # }
//! ```

mod acceptance;
mod clock;
mod control;
mod deviations;
mod exchange;
mod faults;
mod options;
mod ozon;
mod picture;
mod platform;
mod quota;
mod running;
mod sync;
mod time;
mod wildberries;
mod wire;
mod world;

pub use acceptance::Accepted;
pub use clock::ClockMode;
pub use deviations::{DEVIATIONS, Deviation};
pub use exchange::Received;
pub use faults::{Damage, Fault, FaultPlan, HeaderForm, Match, Moment, PlanError, Rule};
pub use options::{IdForm, Options, OzonRules, OzonWorld, Size, WildberriesRules};
pub use running::{Error, Running, ShopSeed, Simulator};
