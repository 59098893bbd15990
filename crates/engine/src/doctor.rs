//! What a person should mend, said before it hurts.

use std::path::Path;

use dragoman_domain::SignedDuration;
use serde::Serialize;

use crate::engine::Engine;
use crate::error::Result;

/// Free space under which an inbox cannot be trusted to go on, in bytes.
const LOW_SPACE: u64 = 500 << 20;
/// Difference between the wall clock and the platforms' clocks that bends deadlines.
const CLOCK_DRIFT: SignedDuration = SignedDuration::from_mins(2);

/// The outcome of one check.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `engine`, `inbox`, `index`, `disk`, `keys`, `clock`, `shop`.
    pub check: &'static str,
    /// Nothing to do.
    pub ok: bool,
    /// What was found.
    pub text: String,
    /// What to do, empty when nothing.
    pub action: String,
}

impl Finding {
    fn fine(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, ok: true, text: text.into(), action: String::new() }
    }

    fn bad(check: &'static str, text: impl Into<String>, action: impl Into<String>) -> Self {
        Self { check, ok: false, text: text.into(), action: action.into() }
    }
}

impl Engine {
    /// Looks at everything the program depends on.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store) if the inbox cannot even be asked.
    pub async fn doctor(&self) -> Result<Vec<Finding>> {
        let damage = self.read(|reader| reader.check_quick()).await.err();
        let outdated = self.read(|reader| reader.index_outdated()).await?;
        let mut findings = vec![Finding::fine("engine", format!("SQLite {}", dragoman_store::check::engine_version()))];
        // A damaged index costs nothing but time: it is being made anew since this check.
        let (lost, damage) = match damage {
            Some(crate::Error::Store(dragoman_store::Error::Index { details })) => (Some(details), None),
            other => (None, other),
        };
        findings.push(match damage {
            None => Finding::fine("inbox", "no damage found"),
            Some(damage) => Finding::bad(
                "inbox",
                damage.to_string(),
                "stop and run `dragoman salvage`, or `dragoman restore` with the newest file of backups/",
            ),
        });
        findings.push(if let Some(details) = lost {
            Finding::bad("index", details, "leave the program running: it is being made anew in the background")
        } else if outdated {
            Finding::bad(
                "index",
                "made by an older analyser, or not complete",
                "leave the program running: it is being made anew in the background",
            )
        } else {
            Finding::fine("index", "made by the present analyser")
        });
        findings.push(disk(self.home()));
        findings.push(match self.keys_status().await {
            Ok(status) if status.readiness == dragoman_secrets::Readiness::Ready => {
                Finding::fine("keys", format!("kept in: {:?}", status.place))
            }
            Ok(status) => Finding::bad(
                "keys",
                format!("{:?}: {:?}", status.place, status.readiness),
                "run `dragoman vault init` or `dragoman vault unlock`",
            ),
            Err(why) => Finding::bad("keys", why, "start the system's keyring, or run `dragoman vault init`"),
        });
        findings.push(self.clock_finding());
        for view in self.shops().await? {
            let shop = &view.shop;
            if shop.pause == crate::shops::IMPORTED {
                continue;
            }
            findings.push(match view.notes.first() {
                None => Finding::fine("shop", format!("{} ({})", shop.name, shop.channel)),
                Some(note) => Finding::bad(
                    "shop",
                    format!("{} ({}): {}", shop.name, shop.channel, note.text),
                    format!("dragoman shop check {}", shop.id),
                ),
            });
        }
        Ok(findings)
    }

    fn clock_finding(&self) -> Finding {
        let now = self.now();
        #[expect(clippy::disallowed_methods, reason = "the wall clock itself is what is being checked")]
        let wall = dragoman_domain::Timestamp::now();
        let drift = now.duration_since(wall);
        if drift.abs() <= CLOCK_DRIFT {
            Finding::fine("clock", format!("{now}"))
        } else {
            Finding::bad(
                "clock",
                format!("{now} is {drift:#} from the wall clock"),
                "a simulated clock is in use, or the system's time was changed: restart the program",
            )
        }
    }
}

fn disk(home: &Path) -> Finding {
    match fs4::available_space(home) {
        Ok(free) if free >= LOW_SPACE => Finding::fine("disk", format!("{} MiB free", free >> 20)),
        Ok(free) => Finding::bad(
            "disk",
            format!("{} MiB free", free >> 20),
            "make room: nothing is sent while the inbox cannot be written",
        ),
        Err(error) => Finding::bad("disk", error.to_string(), "look at the folder's permissions"),
    }
}
