//! Api-Keys and the methods they open.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{time::after, world::dice::Dice};

/// An Api-Key with the beginnings of the paths it opens.
#[derive(Debug)]
pub(crate) struct Key {
    pub text: String,
    pub methods: Vec<&'static str>,
    pub expires: Timestamp,
    pub deactivated: bool,
}

const ACCOUNT: &[&str] = &["/v1/roles", "/v1/seller/info"];
const CHATS: &[&str] = &[
    "/v3/chat/list",
    "/v3/chat/history",
    "/v1/chat/send/message",
    "/v1/chat/send/file",
    "/v1/chat/start",
    "/v2/chat/read",
];
const LOOK_UPS: &[&str] = &[
    "/v3/product/info/list",
    "/v4/product/info/attributes",
    "/v1/product/related-sku/get",
    "/v4/posting/fbs/list",
    "/v3/posting/fbo/list",
    "/v3/posting/fbs/get",
    "/v2/posting/fbo/get",
];
// The specification's own example of an answer shows beginnings of paths, so some groups are written so.
const QUESTIONS: &[&str] = &["/v1/question/"];
const REVIEWS: &[&str] = &["/v1/review/", "/v2/review/"];
const CLAIMS: &[&str] = &[
    "/v1/returns/list",
    "/v2/returns/rfbs/list",
    "/v2/returns/rfbs/get",
    "/v1/returns/rfbs/action/set",
    "/v2/conditional-cancellation/list",
    "/v2/conditional-cancellation/approve",
    "/v2/conditional-cancellation/reject",
];
const GROUPS: [&[&str]; 6] = [ACCOUNT, CHATS, LOOK_UPS, QUESTIONS, REVIEWS, CLAIMS];

/// The good key and the ones that should be met with a clear word.
pub(crate) fn grow(dice: &mut Dice, more: &mut Dice, now: Timestamp) -> BTreeMap<&'static str, Key> {
    // Keys live six months (specification, 2026-09).
    let expires = after(now, SignedDuration::from_hours(180 * 24));
    let key = |dice: &mut Dice, left_out: &[&[&str]], deactivated| Key {
        text: dice.uuid().to_string(),
        methods: GROUPS
            .iter()
            .filter(|group| !left_out.contains(group))
            .flat_map(|group| group.iter().copied())
            .collect(),
        expires,
        deactivated,
    };
    BTreeMap::from([
        ("api_key", key(dice, &[], false)),
        ("without_look_ups", key(dice, &[LOOK_UPS], false)),
        ("without_chats", key(dice, &[CHATS], false)),
        ("deactivated", key(dice, &[], true)),
        ("without_questions", key(more, &[QUESTIONS], false)),
        ("without_reviews", key(more, &[REVIEWS], false)),
        ("without_claims", key(more, &[CLAIMS], false)),
    ])
}
