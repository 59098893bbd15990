//! Faults: what a plan may order, which request it hits, and how an answer is damaged.

pub(crate) mod damage;
mod picker;
mod plan;

pub(crate) use picker::{Picker, Seen, Treatment};
pub use plan::{Damage, Fault, FaultPlan, HeaderForm, Match, Moment, PlanError, Rule};
