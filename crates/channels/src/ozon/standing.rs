//! What a key may do, from its roles and the seller's subscription.

use dragoman_domain::Timestamp;
use dragoman_domain::shop::{self, Standing};

use crate::ozon::client;
use crate::ozon::feature::Feature;
use crate::ozon::wire::{Roles, SellerInfo, Subscription};

/// The methods that answer; a key with none of them only reads.
const WRITES: [&str; 3] = [client::CHAT_SEND, client::ANSWER_CREATE, client::COMMENT_CREATE];

/// Puts together what is known. What could not be asked is left open: an open door is tried, and the platform says no itself.
/// `reviews` is the code and reason with which they were refused.
pub(super) fn standing(
    roles: Option<&Roles>,
    info: Option<SellerInfo>,
    reviews: Option<(String, String)>,
    now: Timestamp,
) -> Standing {
    let allowed = |path: &str| roles.is_none_or(|roles| roles.allow(path));
    let (company, subscription) = info.map_or((None, None), |info| (info.company, info.subscription));
    let with_role = |feature: Feature, paths: &[&str]| {
        if paths.iter().all(|path| allowed(path)) { open() } else { closed("right_missing", feature.right_missing()) }
    };
    let lacks = subscription.as_ref().is_some_and(Subscription::lacks_talk);
    let subscribed = |feature: Feature, paths: &[&str]| match with_role(feature, paths) {
        state if state.open && lacks => closed("subscription_missing", feature.subscription_missing().to_owned()),
        state => state,
    };
    let reviews = match reviews {
        Some((code, why)) => closed(&code, why),
        None if allowed(client::REVIEW_LIST_ONE) => open(),
        None => with_role(Feature::Reviews, &[client::REVIEW_LIST]),
    };
    let features = [
        (Feature::Chats, subscribed(Feature::Chats, &[client::CHAT_LIST, client::CHAT_HISTORY])),
        (Feature::Questions, subscribed(Feature::Questions, &[client::QUESTIONS])),
        (Feature::Reviews, reviews),
        (Feature::Returns, with_role(Feature::Returns, &[client::RETURNS])),
        (Feature::RfbsReturns, with_role(Feature::RfbsReturns, &[client::RFBS_LIST, client::RFBS_GET])),
        (Feature::Cancellations, with_role(Feature::Cancellations, &[client::CANCELLATIONS])),
        (Feature::Products, with_role(Feature::Products, &[client::PRODUCTS])),
        (Feature::OrdersFbs, with_role(Feature::OrdersFbs, &[client::POSTINGS_FBS])),
        (Feature::OrdersFbo, with_role(Feature::OrdersFbo, &[client::POSTINGS_FBO])),
    ];
    Standing {
        seller_name: company
            .and_then(|company| company.name.filter(|name| !name.is_empty()).or(company.legal_name))
            .unwrap_or_default(),
        expires_at: roles.and_then(|roles| roles.expires_at).map(|moment| moment.0),
        read_only: !WRITES.iter().any(|path| allowed(path)),
        features: features.into_iter().map(|(feature, state)| (feature.name().to_owned(), state)).collect(),
        checked_at: Some(now),
    }
}

fn open() -> shop::Feature {
    shop::Feature { open: true, ..shop::Feature::default() }
}

fn closed(code: &str, why: String) -> shop::Feature {
    shop::Feature { open: false, code: code.to_owned(), why }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

    use super::*;

    // Documented shape of /v1/roles and /v1/seller/info, Ozon 2026-09.
    fn found(methods: &str, subscription: &str) -> Standing {
        let roles = format!(
            r#"{{"expires_at":"2027-01-18T09:54:23.296Z","roles":[{{"name":"A","methods":[{methods}]}},{{"name":"odd"}}]}}"#
        );
        let info =
            format!(r#"{{"company":{{"name":"ООО Чай","country":"RU"}},"ratings":[],"subscription":{subscription}}}"#);
        standing(
            Some(&serde_json::from_str(&roles).unwrap()),
            Some(serde_json::from_str(&info).unwrap()),
            None,
            Timestamp::UNIX_EPOCH,
        )
    }

    const ALL: &str = r#""/v3/chat/list","/v3/chat/history","/v1/chat/send/message","/v3/product","/v4/posting","/v3/posting/fbo/list","/v1/question","/v2/review","/v1/returns","/v2/returns/rfbs","/v2/conditional-cancellation/list""#;
    const PLUS: &str = r#"{"is_premium":true,"type":"PREMIUM_PLUS"}"#;

    #[test]
    fn a_full_key_opens_everything_and_says_when_it_ends() {
        let standing = found(ALL, PLUS);
        assert!(standing.features.values().all(|feature| feature.open), "{standing:?}");
        let names = [
            "cancellations",
            "chats",
            "orders_fbo",
            "orders_fbs",
            "products",
            "questions",
            "returns",
            "returns_rfbs",
            "reviews",
        ];
        assert_eq!(standing.features.keys().collect::<Vec<_>>(), names);
        assert!(!standing.read_only);
        assert_eq!(standing.seller_name, "ООО Чай");
        assert_eq!(standing.expires_at.unwrap().to_string(), "2027-01-18T09:54:23.296Z");
    }

    #[test]
    fn each_missing_role_closes_its_own_feature() {
        let standing = found(r#""/v3/chat","/v3/product/info/list","""#, PLUS);
        assert!(standing.read_only);
        assert!(standing.features["chats"].open && standing.features["products"].open);
        for feature in ["orders_fbs", "orders_fbo"] {
            assert_eq!(standing.features[feature].code, "right_missing", "{feature}");
        }
        assert_eq!(found(r#""/v3/chat/list""#, PLUS).features["chats"].code, "right_missing");
    }

    #[test]
    fn chats_and_questions_need_premium_plus_or_pro() {
        for (subscription, code) in [
            (PLUS, ""),
            (r#"{"type":"PREMIUM_PRO","is_premium":"true"}"#, ""),
            (r#"{"type":"PREMIUM_ULTRA"}"#, ""),
            ("null", ""),
            (r#"{"type":"PREMIUM","is_premium":true}"#, "subscription_missing"),
            (r#"{"type":"PREMIUM_LITE","is_premium":true}"#, "subscription_missing"),
            (r#"{"type":"UNSPECIFIED","is_premium":false}"#, "subscription_missing"),
            (r#"{"type":"UNKNOWN"}"#, "subscription_missing"),
        ] {
            for feature in ["chats", "questions"] {
                assert_eq!(found(ALL, subscription).features[feature].code, code, "{feature} {subscription}");
            }
        }
    }

    #[test]
    fn reviews_are_closed_by_their_own_refusal_only() {
        assert!(found(ALL, r#"{"type":"PREMIUM"}"#).features["reviews"].open);
        let refusal = ("subscription_missing".to_owned(), "no".to_owned());
        let standing = standing(None, None, Some(refusal), Timestamp::UNIX_EPOCH);
        assert_eq!(standing.features["reviews"].code, "subscription_missing");
        assert!(found(r#""/v1/review/list""#, PLUS).features["reviews"].open, "the first generation will do");
    }

    #[test]
    fn what_could_not_be_asked_is_tried() {
        let standing = standing(None, None, None, Timestamp::UNIX_EPOCH);
        assert!(standing.features.values().all(|feature| feature.open));
        assert!(!standing.read_only);
    }
}
