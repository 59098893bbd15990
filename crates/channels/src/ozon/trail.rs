//! Following a list from page to page without going round in circles.

use serde::{Deserialize, Serialize};

/// The pages of a pass so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trail {
    pages: u32,
    /// A cursor met earlier; meeting it again means the pages go round in circles.
    landmark: String,
}

impl Trail {
    /// Notes that the page after `asked` begins at `next`.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about the list.
    pub(super) fn follow(&mut self, asked: &str, next: String) -> Result<String, String> {
        self.pages = self.pages.saturating_add(1);
        let fault = if next.is_empty() {
            "promises more but does not say where"
        } else if next == asked || next == self.landmark {
            "gives a page again that we have had"
        } else {
            ""
        };
        // Brent: a landmark that moves at powers of two finds a circle of any length without remembering every cursor.
        if self.pages.is_power_of_two() {
            self.landmark.clone_from(&next);
        }
        if fault.is_empty() { Ok(next) } else { Err(format!("{fault} (after page {})", self.pages)) }
    }
}
