//! The table of methods, and what each is counted and guarded by.

use super::{
    reviews::Wanted,
    token::{self, bit},
};
use crate::platform::Call;

/// What a quota is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Category {
    /// Questions and reviews share one.
    Questions,
    Chat,
    Returns,
    Content,
    Analytics,
    Marketplace,
    /// Of one host; `None` when the request does not tell which of them this port stands for.
    Ping(Option<Host>),
    SellerInfo,
    News,
}

/// A host that wants a category of its own even for a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    Feedbacks,
    Chat,
    Returns,
    Content,
    Analytics,
    Marketplace,
}

impl Host {
    /// The host that a client names, where it does not name this machine.
    fn of(call: &Call) -> Option<Self> {
        Some(match call.header("host")?.split('.').next()? {
            "feedbacks-api" => Self::Feedbacks,
            "buyer-chat-api" => Self::Chat,
            "returns-api" => Self::Returns,
            "content-api" => Self::Content,
            "seller-analytics-api" => Self::Analytics,
            "marketplace-api" => Self::Marketplace,
            _ => return None,
        })
    }

    fn bit(self) -> u32 {
        match self {
            Self::Feedbacks => bit::QUESTIONS,
            Self::Chat => bit::CHAT,
            Self::Returns => bit::RETURNS,
            Self::Content => bit::CONTENT,
            Self::Analytics => bit::ANALYTICS,
            Self::Marketplace => bit::MARKETPLACE,
        }
    }
}

impl Category {
    /// The token bit it needs, if any.
    pub(crate) fn bit(self) -> Option<u32> {
        match self {
            Self::Questions => Some(bit::QUESTIONS),
            Self::Chat => Some(bit::CHAT),
            Self::Returns => Some(bit::RETURNS),
            Self::Content => Some(bit::CONTENT),
            Self::Analytics => Some(bit::ANALYTICS),
            Self::Marketplace => Some(bit::MARKETPLACE),
            Self::Ping(host) => host.map(Host::bit),
            Self::SellerInfo | Self::News => None,
        }
    }

    /// Burst and interval in milliseconds (specification, 2026-10); basic tokens since April 2026.
    pub(crate) fn quota(self, kind: u8) -> (u32, i64) {
        match (self, kind == token::BASIC) {
            (Self::Questions, false) => (6, 333),
            (Self::Questions, true) => (1, 12 * 60_000),
            (Self::Chat, false) => (10, 1_000),
            (Self::Returns, false) => (10, 3_000),
            (Self::Content, false) => (5, 600),
            (Self::Analytics, false) => (1, 60_000),
            (Self::Analytics, true) => (1, 3 * 3_600_000),
            (Self::Marketplace, false) => (20, 200),
            (Self::Ping(_), _) => (3, 10_000),
            (Self::SellerInfo | Self::News, _) => (10, 60_000),
            (Self::Chat | Self::Returns | Self::Content | Self::Marketplace, true) => (1, 3_600_000),
        }
    }
}

/// A method of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Ping(Option<Host>),
    SellerInfo,
    PortalNews,
    News,
    CountUnanswered,
    Count,
    List,
    ById,
    Write,
    CountUnansweredReviews,
    CountReviews,
    Reviews,
    ReviewArchive,
    ReviewById,
    Review(Wanted),
    Chats,
    Events,
    Download,
    Message,
    Claims,
    Decide,
    Cards { trash: bool },
    Feed,
    NewOrders,
    Orders,
    OrderStatus,
}

impl Operation {
    pub(crate) fn of(call: &Call) -> Option<Self> {
        Some(match (call.method.as_str(), call.path.as_str()) {
            ("GET", "/ping") => Self::Ping(Host::of(call)),
            ("GET", "/api/v1/seller-info") => Self::SellerInfo,
            ("GET", "/api/communications/v2/news") => Self::PortalNews,
            ("GET", "/api/v1/new-feedbacks-questions") => Self::News,
            ("GET", "/api/v1/questions/count-unanswered") => Self::CountUnanswered,
            ("GET", "/api/v1/questions/count") => Self::Count,
            ("GET", "/api/v1/questions") => Self::List,
            ("GET", "/api/v1/question") => Self::ById,
            ("PATCH", "/api/v1/questions") => Self::Write,
            ("GET", "/api/v1/feedbacks/count-unanswered") => Self::CountUnansweredReviews,
            ("GET", "/api/v1/feedbacks/count") => Self::CountReviews,
            ("GET", "/api/v1/feedbacks") => Self::Reviews,
            ("GET", "/api/v1/feedbacks/archive") => Self::ReviewArchive,
            ("GET", "/api/v1/feedback") => Self::ReviewById,
            ("POST", "/api/v1/feedbacks/answer") => Self::Review(Wanted::Reply),
            ("PATCH", "/api/v1/feedbacks/answer") => Self::Review(Wanted::Edit),
            ("POST", "/api/v1/feedbacks/order/return") => Self::Review(Wanted::Return),
            ("GET", "/api/v1/seller/chats") => Self::Chats,
            ("GET", "/api/v1/seller/events") => Self::Events,
            ("POST", "/api/v1/seller/message") => Self::Message,
            ("GET", "/api/v1/claims") => Self::Claims,
            ("PATCH", "/api/v1/claim") => Self::Decide,
            ("POST", "/content/v2/get/cards/list") => Self::Cards { trash: false },
            ("POST", "/content/v2/get/cards/trash") => Self::Cards { trash: true },
            ("POST", "/api/analytics/v1/order-feed") => Self::Feed,
            ("GET", "/api/v3/orders/new") => Self::NewOrders,
            ("GET", "/api/v3/orders") => Self::Orders,
            ("POST", "/api/v3/orders/status") => Self::OrderStatus,
            ("GET", path) if path.starts_with("/api/v1/seller/download/") => Self::Download,
            _ => return None,
        })
    }

    pub(crate) fn category(self) -> Category {
        match self {
            Self::Ping(host) => Category::Ping(host),
            Self::SellerInfo => Category::SellerInfo,
            Self::PortalNews => Category::News,
            Self::News
            | Self::CountUnanswered
            | Self::Count
            | Self::List
            | Self::ById
            | Self::Write
            | Self::CountUnansweredReviews
            | Self::CountReviews
            | Self::Reviews
            | Self::ReviewArchive
            | Self::ReviewById
            | Self::Review(_) => Category::Questions,
            Self::Chats | Self::Events | Self::Download | Self::Message => Category::Chat,
            Self::Claims | Self::Decide => Category::Returns,
            Self::Cards { .. } => Category::Content,
            Self::Feed => Category::Analytics,
            Self::NewOrders | Self::Orders | Self::OrderStatus => Category::Marketplace,
        }
    }

    /// Whether a token that may only read is turned away.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Write | Self::Review(_) | Self::Message | Self::Decide)
    }
}
