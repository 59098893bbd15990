//! What a simulator is started with.

use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

use jiff::{SignedDuration, Timestamp};

use crate::{ClockMode, FaultPlan};

/// Everything that shapes a simulated world; the default is a small believable one.
#[derive(Debug, Clone)]
pub struct Options {
    /// First port: control takes it, Wildberries the next, Ozon the one after; 0 lets the system choose all three.
    pub port: u16,
    /// The same seed, size and start grow the same world.
    pub seed: u64,
    /// How many shops, conversations and products there are.
    pub size: Size,
    /// Faults in force from the first request.
    pub plan: FaultPlan,
    /// File that accepted writes are appended to.
    pub log: Option<PathBuf>,
    /// How virtual time moves.
    pub clock: ClockMode,
    /// Virtual time at the start; `None` is the wall clock.
    pub start: Option<Timestamp>,
    /// Real time without a platform request after which an automatic clock jumps.
    pub quiet: Duration,
    /// Asked before an automatic clock jumps, if those who wait for it can be watched: `false` while they are at work. Without
    /// it a busy machine lets virtual hours pass during real work.
    pub idle: Option<fn() -> bool>,
    /// Whether buyers write again after an accepted reply.
    pub answer_back: bool,
    /// Virtual seconds a buyer takes to write again.
    pub answer_after: RangeInclusive<i64>,
    /// Whether request quotas are enforced.
    pub quotas: bool,
    /// What Wildberries leaves open.
    pub wildberries: WildberriesRules,
    /// What Ozon leaves open.
    pub ozon: OzonRules,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            seed: 1,
            size: Size::default(),
            plan: FaultPlan::default(),
            log: None,
            clock: ClockMode::Real,
            start: None,
            quiet: Duration::from_millis(10),
            idle: None,
            answer_back: false,
            answer_after: 20..=180,
            quotas: true,
            wildberries: WildberriesRules::default(),
            ozon: OzonRules::default(),
        }
    }
}

/// How much of everything a world holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// Wildberries shops.
    pub wildberries_shops: usize,
    /// Ozon shops.
    pub ozon_shops: usize,
    /// Questions per Wildberries shop, the hand-made ones among them.
    pub questions: usize,
    /// Reviews per Wildberries shop; made from the seed when looked at, so a million start as fast as ten.
    pub reviews: usize,
    /// Buyer chats per Wildberries shop; of each only the times of its messages are kept.
    pub buyer_chats: usize,
    /// Return claims per Wildberries shop.
    pub return_claims: usize,
    /// Buyer chats per Ozon shop, the hand-made ones among them.
    pub chats: usize,
    /// Products per shop.
    pub products: usize,
    /// Share of conversations the seller has already answered, 0 to 1.
    pub answered: f64,
    /// Days that the history reaches back.
    pub history_days: i64,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            wildberries_shops: 1,
            ozon_shops: 1,
            questions: 40,
            reviews: 40,
            buyer_chats: 24,
            return_claims: 14,
            chats: 40,
            products: 24,
            answered: 0.6,
            history_days: 90,
        }
    }
}

/// How the simulated Wildberries behaves where the contract leaves room.
#[derive(Debug, Clone)]
pub struct WildberriesRules {
    /// Time an accepted answer stays invisible while it is moderated.
    pub publication_lag: SignedDuration,
    /// Time a file in a chat spends in moderation before it can be fetched.
    pub file_moderation: SignedDuration,
    /// Events that a page of the chat feed holds; the platform does not say.
    pub events_page: usize,
    /// Whether the signature that a chat message returns retires the ones before it.
    pub signs_expire: bool,
}

impl Default for WildberriesRules {
    fn default() -> Self {
        Self {
            publication_lag: SignedDuration::from_secs(1),
            file_moderation: SignedDuration::from_secs(30),
            events_page: 500,
            signs_expire: false,
        }
    }
}

/// How the simulated Ozon behaves where the contract leaves room.
#[derive(Debug, Clone)]
pub struct OzonRules {
    /// `subscription.type` of every shop, such as `PREMIUM_PLUS`.
    pub subscription: String,
    /// Spelling of message ids on the wire.
    pub ids: IdForm,
    /// Whether a second seller message before the buyer's answer is refused.
    pub one_message_until_answer: bool,
    /// Time an accepted message or answer stays invisible in its thread.
    pub read_lag: SignedDuration,
    /// Time a comment on a review and a picture in a chat spend in moderation.
    pub moderation: SignedDuration,
    /// Whether every shop has bought review management; `PREMIUM_PRO` opens reviews without it.
    pub review_management: bool,
    /// Whether reviews have the methods of before September 2026 only: those of version 2 are not found.
    pub old_reviews: bool,
    /// Whether the chat list takes no notice of its status filter, as seen in a live test of 2026-02.
    pub ignores_chat_status: bool,
    /// How much the shops hold beside the chats of [`Size`].
    pub world: OzonWorld,
}

impl Default for OzonRules {
    fn default() -> Self {
        Self {
            subscription: "PREMIUM_PLUS".to_owned(),
            ids: IdForm::ByShop,
            one_message_until_answer: false,
            read_lag: SignedDuration::ZERO,
            moderation: SignedDuration::from_secs(60),
            review_management: true,
            old_reviews: false,
            ignores_chat_status: false,
            world: OzonWorld::default(),
        }
    }
}

/// How much an Ozon shop holds, beside the chats of [`Size`].
///
/// What is called old is made from the seed each time somebody looks, so hundreds of thousands cost neither time at the
/// start nor memory. It lies evenly over the days of history, answered and read but for one in two hundred.
#[derive(Debug, Clone, PartialEq)]
pub struct OzonWorld {
    /// Old buyer chats.
    pub old_chats: usize,
    /// Questions kept whole.
    pub questions: usize,
    /// Old questions.
    pub old_questions: usize,
    /// Reviews kept whole.
    pub reviews: usize,
    /// Old reviews.
    pub old_reviews: usize,
    /// Returns by Ozon's own logistics.
    pub returns: usize,
    /// Return claims of rFBS orders.
    pub claims: usize,
    /// Cancellation requests of rFBS orders.
    pub cancellations: usize,
}

impl Default for OzonWorld {
    fn default() -> Self {
        Self {
            old_chats: 0,
            questions: 12,
            old_questions: 0,
            reviews: 12,
            old_reviews: 0,
            returns: 8,
            claims: 8,
            cancellations: 8,
        }
    }
}

/// How a 64-bit id is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// As a JSON number.
    Number,
    /// As a JSON string.
    Text,
    /// Numbers in the first shop, strings in the second, and so on.
    ByShop,
}
