//! What a key may do, from its roles and the seller's subscription.

use dragoman_domain::Timestamp;
use dragoman_domain::shop::{self, Standing};

use crate::ozon::client::{self, Feature, SUBSCRIPTION_MISSING};
use crate::ozon::wire::{Roles, SellerInfo, Subscription};

/// Puts together what is known. What could not be asked is left open: an open door is tried, and the platform says no itself.
pub(super) fn standing(roles: Option<&Roles>, info: Option<SellerInfo>, now: Timestamp) -> Standing {
    let allowed = |path: &str| roles.is_none_or(|roles| roles.allow(path));
    let (company, subscription) = info.map_or((None, None), |info| (info.company, info.subscription));
    let chats = if !(allowed(client::CHAT_LIST) && allowed(client::CHAT_HISTORY)) {
        closed("right_missing", Feature::Chats.right_missing())
    } else if subscription.as_ref().is_some_and(Subscription::lacks_chats) {
        closed("subscription_missing", SUBSCRIPTION_MISSING.to_owned())
    } else {
        open()
    };
    let look_up = |feature: Feature, path: &str| {
        if allowed(path) { open() } else { closed("right_missing", feature.right_missing()) }
    };
    let features = [
        (Feature::Chats, chats),
        (Feature::Products, look_up(Feature::Products, client::PRODUCTS)),
        (Feature::OrdersFbs, look_up(Feature::OrdersFbs, client::POSTINGS_FBS)),
        (Feature::OrdersFbo, look_up(Feature::OrdersFbo, client::POSTINGS_FBO)),
    ];
    Standing {
        seller_name: company
            .and_then(|company| company.name.filter(|name| !name.is_empty()).or(company.legal_name))
            .unwrap_or_default(),
        expires_at: roles.and_then(|roles| roles.expires_at).map(|moment| moment.0),
        read_only: !allowed(client::CHAT_SEND),
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
            Timestamp::UNIX_EPOCH,
        )
    }

    const ALL: &str = r#""/v3/chat/list","/v3/chat/history","/v1/chat/send/message","/v3/product","/v4/posting","/v3/posting/fbo/list""#;
    const PLUS: &str = r#"{"is_premium":true,"type":"PREMIUM_PLUS"}"#;

    #[test]
    fn a_full_key_opens_everything_and_says_when_it_ends() {
        let standing = found(ALL, PLUS);
        assert!(standing.features.values().all(|feature| feature.open), "{standing:?}");
        assert_eq!(standing.features.keys().collect::<Vec<_>>(), ["chats", "orders_fbo", "orders_fbs", "products"]);
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
    fn chats_need_premium_plus_or_pro() {
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
            assert_eq!(found(ALL, subscription).features["chats"].code, code, "{subscription}");
        }
    }

    #[test]
    fn what_could_not_be_asked_is_tried() {
        let standing = standing(None, None, Timestamp::UNIX_EPOCH);
        assert!(standing.features.values().all(|feature| feature.open));
        assert!(!standing.read_only);
    }
}
