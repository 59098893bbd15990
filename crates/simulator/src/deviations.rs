//! Where answers knowingly differ from the published specification files.

/// A documented difference between what a platform's specification says and what the platform does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// `wildberries` or `ozon`.
    pub channel: &'static str,
    /// Method and path, such as `POST /v3/chat/list`; `*` stands for any.
    pub operation: &'static str,
    /// JSON pointer in the answer, `*` for any index; or `status` with a number that the specification does not list;
    /// or `content-type` for a body where none is specified.
    pub pointer: &'static str,
    /// What the answer has instead.
    pub what: &'static str,
    /// Why we believe it.
    pub source: &'static str,
}

/// Everything a conformance test must allow, and nothing else.
pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        channel: "wildberries",
        operation: "PATCH /api/v1/questions",
        pointer: "/title",
        what: "a short problem in place of the envelope when the media type is missing or wrong",
        source: "the specification shows these bodies for the answers to reviews on the same host (2026-10)",
    },
    Deviation {
        channel: "wildberries",
        operation: "PATCH /api/v1/questions",
        pointer: "/detail",
        what: "as title",
        source: "as title",
    },
    Deviation {
        channel: "wildberries",
        operation: "PATCH /api/v1/questions",
        pointer: "/origin",
        what: "as title",
        source: "as title",
    },
    Deviation {
        channel: "wildberries",
        operation: "PATCH /api/v1/feedbacks/answer",
        pointer: "status 400",
        what: "an answer that was edited once, is too long, or is no JSON is refused as the first answer would be",
        source: "the specification lists these refusals for POST on the same path only (2026-10)",
    },
    Deviation {
        channel: "wildberries",
        operation: "GET /api/v1/seller/events",
        pointer: "/result/events/*/eventType",
        what: "a type outside the enumeration (refund)",
        source: "older revisions of the specification had it, and old events stay in the feed",
    },
    Deviation {
        channel: "ozon",
        operation: "*",
        pointer: "status 401",
        what: "a missing or dead key is answered with 401, in the form of the listed errors",
        source: "third-party production notes; most methods list 400, 403, 404, 409 and 500 only (specification, 2026-09)",
    },
    Deviation {
        channel: "ozon",
        operation: "*",
        pointer: "status 429",
        what: "too many requests are answered with 429, in the form of the listed errors",
        source: "the introduction of the specification names the limit, its methods do not list the answer (2026-09)",
    },
    Deviation {
        channel: "ozon",
        operation: "POST /v3/chat/list",
        pointer: "/chats/*/first_unread_message_id",
        what: "a string in shops of the text form, and where the id has twenty digits",
        source: "the specification declares an integer, its own examples show strings; production sends either (third party, 2024-09)",
    },
    Deviation {
        channel: "ozon",
        operation: "POST /v3/chat/list",
        pointer: "/chats/*/last_message_id",
        what: "a string in shops of the text form, and where the id has twenty digits",
        source: "as first_unread_message_id; the twenty-digit id is an official example",
    },
    Deviation {
        channel: "ozon",
        operation: "POST /v3/chat/list",
        pointer: "/chats/*/chat/chat_type",
        what: "a type outside the enumeration (SELLER_PARTNER_CLUB)",
        source: "new chat types appeared in 2026 without notice (specification files of April and September 2026)",
    },
    Deviation {
        channel: "ozon",
        operation: "POST /v3/chat/list",
        pointer: "/cursor",
        what: "null at the end of the list in shops of the text form",
        source: "third-party reports: the cursor may be null or empty",
    },
    Deviation {
        channel: "ozon",
        operation: "POST /v3/chat/history",
        pointer: "/messages/*/message_id",
        what: "a string in shops of the text form, and where the id has twenty digits",
        source: "as first_unread_message_id",
    },
    Deviation {
        channel: "ozon",
        operation: "POST /v3/chat/history",
        pointer: "/messages/*/context",
        what: "null in some chats",
        source: "third-party production notes: the context may be empty, null or absent",
    },
    ozon_number("POST /v1/question/list", "/questions/*/answers_count"),
    ozon_number("POST /v1/question/info", "/answers_count"),
    Deviation {
        channel: "ozon",
        operation: "POST /v1/question/top-sku",
        pointer: "/sku/*",
        what: "a number in shops of the number form",
        source: "the specification declares text, third-party clients read either (2026-09)",
    },
    ozon_number("POST /v2/conditional-cancellation/list", "/counter"),
    Deviation {
        channel: "ozon",
        operation: "POST /v2/returns/rfbs/list",
        pointer: "/returns",
        what: "a list, except in shops of the text form when it holds one claim",
        source: "the specification declares an object, its own example shows a list (2026-09)",
    },
    Deviation {
        channel: "ozon",
        operation: "POST /v2/returns/rfbs/get",
        pointer: "/returns/available_actions/*/action",
        what: "each action in an object of its own in shops of the text form",
        source: "the example beside the declaration (specification, 2026-09)",
    },
    ozon_empty("POST /v1/question/change-status"),
    ozon_empty("POST /v1/question/answer/delete"),
    ozon_empty("POST /v1/returns/rfbs/action/set"),
    ozon_empty("POST /v2/conditional-cancellation/approve"),
    ozon_empty("POST /v2/conditional-cancellation/reject"),
    ozon_returns("/returns/*/id"),
    ozon_returns("/returns/*/company_id"),
    ozon_returns("/returns/*/order_id"),
    ozon_returns("/returns/*/source_id"),
    ozon_returns("/returns/*/clearing_id"),
    ozon_returns("/returns/*/exemplars/*/id"),
    ozon_returns("/returns/*/place/id"),
    ozon_returns("/returns/*/target_place/id"),
    ozon_returns("/returns/*/storage/days"),
    ozon_returns("/returns/*/storage/sum/price"),
    ozon_returns("/returns/*/storage/utilization_sum/price"),
    ozon_returns("/returns/*/product/sku"),
    ozon_returns("/returns/*/product/price/price"),
    ozon_returns("/returns/*/product/price_without_commission/price"),
    ozon_returns("/returns/*/product/commission/price"),
    ozon_returns("/returns/*/product/commission_percent"),
    ozon_nothing("/returns/*/place"),
    ozon_nothing("/returns/*/target_place"),
    ozon_nothing("/returns/*/storage"),
    ozon_nothing("/returns/*/return_clearing_id"),
    ozon_nothing("/returns/*/compensation_status"),
    ozon_nothing("/returns/*/logistic/final_moment"),
    ozon_nothing("/returns/*/logistic/cancelled_with_compensation_moment"),
];

const fn ozon_number(operation: &'static str, pointer: &'static str) -> Deviation {
    Deviation {
        channel: "ozon",
        operation,
        pointer,
        what: "text in shops of the text form",
        source: "the specification declares an integer, its own examples show text (2026-09)",
    }
}

const fn ozon_returns(pointer: &'static str) -> Deviation {
    ozon_number("POST /v1/returns/list", pointer)
}

const fn ozon_nothing(pointer: &'static str) -> Deviation {
    Deviation {
        channel: "ozon",
        operation: "POST /v1/returns/list",
        pointer,
        what: "null where nothing is known",
        source: "the official example, and third-party reports of nested objects that are null (2026-09)",
    }
}

const fn ozon_empty(operation: &'static str) -> Deviation {
    Deviation {
        channel: "ozon",
        operation,
        pointer: "content-type",
        what: "an empty object in shops of the text form",
        source: "the specification declares no body; production answers with none or with an empty object (third party, 2026-09)",
    }
}
