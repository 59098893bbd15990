//! The one way a request fails: a problem document with a code from a closed list.
//!
//! Whoever shows it decides by the code and its parameters; the message is English for logs and scripts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::words;

/// Media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal $status:ident),+ $(,)?) => {
        /// What went wrong, as far as somebody can act on it. Each code always has the same HTTP status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ErrorCode { $($(#[$doc])* #[serde(rename = $word)] $variant),+ }

        impl ErrorCode {
            /// Every code, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that stands in the document.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The HTTP status it is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }
        }
    };
}

codes! {
    // The request itself.
    /// The request cannot be read; `params.where` says which part.
    BadRequest = "bad_request" BAD_REQUEST,
    /// The cursor was not made by this list.
    BadCursor = "bad_cursor" BAD_REQUEST,
    /// A change needs a header `Idempotency-Key` with a UUID.
    KeyMissing = "key_missing" BAD_REQUEST,
    /// The same key came before with another request.
    KeyReused = "key_reused" CONFLICT,
    /// Nobody is signed in.
    SignedOut = "signed_out" UNAUTHORIZED,
    /// Whoever asks may not do this.
    Forbidden = "forbidden" FORBIDDEN,
    /// The request was made by another page or to another name than this server's.
    ForeignRequest = "foreign_request" FORBIDDEN,
    /// There is no such thing here.
    NotFound = "not_found" NOT_FOUND,
    /// The address takes other methods.
    MethodNotAllowed = "method_not_allowed" METHOD_NOT_ALLOWED,
    /// The body is larger than is taken.
    TooLarge = "too_large" PAYLOAD_TOO_LARGE,
    /// The body has to be `application/json`.
    NotJson = "not_json" UNSUPPORTED_MEDIA_TYPE,
    /// The body has to be `application/octet-stream`.
    NotBytes = "not_bytes" UNSUPPORTED_MEDIA_TYPE,
    /// A value that cannot be used; `params.field` and `params.why`.
    Invalid = "invalid" UNPROCESSABLE_ENTITY,
    /// Too many requests of this kind; `retry_after_s`.
    TooManyRequests = "too_many_requests" TOO_MANY_REQUESTS,

    // Answering.
    /// The text is too short or too long; `params.length`, `min`, `max`.
    TextLength = "text_length" UNPROCESSABLE_ENTITY,
    /// The text has characters nobody can see; `params.found`.
    TextInvisible = "text_invisible" UNPROCESSABLE_ENTITY,
    /// The platform offers no such action here.
    NotOffered = "not_offered" UNPROCESSABLE_ENTITY,
    /// The platform does not offer this action here now; `params.name`, `offered`.
    OfferGone = "offer_gone" CONFLICT,
    /// The action moves money, goods or an order: send it again with `confirmed`; `params.name`, `effect`, `amount`, `currency`.
    ConfirmationMissing = "confirmation_missing" CONFLICT,
    /// Our answer can be changed no more; `params.until`.
    NotEditable = "not_editable" CONFLICT,
    /// The same text is already on its way here; `params.item`.
    AlreadyOnItsWay = "already_on_its_way" CONFLICT,
    /// The item's state does not allow it; `params.state`.
    WrongState = "wrong_state" CONFLICT,
    /// The files cannot go with the answer; `params.reason` is `not_taken`, `type`, `size`, `total`, `count` or `empty`, with its
    /// `name`, `limit` or `taken`.
    FilesRefused = "files_refused" UNPROCESSABLE_ENTITY,
    /// The file is not here, and asking for it did not help; `params.state`, `params.cause`.
    FileNotHere = "file_not_here" FAILED_DEPENDENCY,
    /// The file cannot be shown as a picture; it can still be saved.
    NoPicture = "no_picture" UNPROCESSABLE_ENTITY,
    /// The platform's window for an answer has closed; `params.until`.
    WindowClosed = "window_closed" CONFLICT,

    // Shops and platforms.
    /// The key belongs to another seller than the shop.
    OtherSeller = "other_seller" CONFLICT,
    /// A key that was replaced on the platform's side now belongs to another seller.
    TokenOtherShop = "token_other_shop" CONFLICT,
    /// The seller is connected already; `params.shop`.
    AlreadyConnected = "already_connected" CONFLICT,
    /// A setting of the shop cannot be used; `params.field`.
    ShopSetup = "shop_setup" UNPROCESSABLE_ENTITY,
    /// The platform does not accept the key.
    TokenRefused = "token_refused" UNPROCESSABLE_ENTITY,
    /// The key is of the basic kind, which may not be used for this.
    TokenBasic = "token_basic" UNPROCESSABLE_ENTITY,
    /// The key is for the platform's test environment.
    TokenTest = "token_test" UNPROCESSABLE_ENTITY,
    /// The key has run out.
    TokenExpired = "token_expired" UNPROCESSABLE_ENTITY,
    /// The key lacks a right.
    RightMissing = "right_missing" UNPROCESSABLE_ENTITY,
    /// The seller's subscription does not include this.
    SubscriptionMissing = "subscription_missing" UNPROCESSABLE_ENTITY,
    /// The platform asks to wait; `retry_after_s`, `params.until`.
    RateLimited = "rate_limited" TOO_MANY_REQUESTS,
    /// The platform cannot be reached.
    PlatformUnreachable = "platform_unreachable" FAILED_DEPENDENCY,
    /// The platform answered with a fault of its own.
    PlatformFault = "platform_fault" FAILED_DEPENDENCY,
    /// The platform's answer cannot be read.
    PlatformUnreadable = "platform_unreadable" FAILED_DEPENDENCY,
    /// The platform hands out the same page over and over.
    PagingEndless = "paging_endless" FAILED_DEPENDENCY,
    /// The platform counts more than its list shows.
    PagingIncomplete = "paging_incomplete" FAILED_DEPENDENCY,
    /// The platform refuses the request as it is.
    PlatformRefused = "platform_refused" UNPROCESSABLE_ENTITY,

    // Keys.
    /// Neither a keyring nor a vault keeps secrets yet.
    NoSecretStore = "no_secret_store" CONFLICT,
    /// The keyring of the system is locked.
    KeyringLocked = "keyring_locked" CONFLICT,
    /// The keyring of the system fails or does not answer.
    KeyringFailed = "keyring_failed" CONFLICT,
    /// The vault has to be unlocked first.
    VaultLocked = "vault_locked" CONFLICT,
    /// There is a vault already.
    VaultExists = "vault_exists" CONFLICT,
    /// This home keeps its secrets elsewhere.
    NotAVault = "not_a_vault" CONFLICT,
    /// This is not the vault's passphrase.
    WrongPassphrase = "wrong_passphrase" UNPROCESSABLE_ENTITY,
    /// The vault file is damaged or newer than this program.
    VaultUnusable = "vault_unusable" SERVICE_UNAVAILABLE,
    /// The secret is empty, too long or not text.
    SecretUnusable = "secret_unusable" UNPROCESSABLE_ENTITY,

    // The home.
    /// Another process works on this home and does not answer.
    HomeInUse = "home_in_use" SERVICE_UNAVAILABLE,
    /// The home was made by a newer version.
    HomeNewer = "home_newer" SERVICE_UNAVAILABLE,
    /// The inbox file is damaged.
    HomeDamaged = "home_damaged" SERVICE_UNAVAILABLE,
    /// The home's folder cannot be used; the message says why.
    HomeUnusable = "home_unusable" SERVICE_UNAVAILABLE,
    /// The disk is full.
    DiskFull = "disk_full" SERVICE_UNAVAILABLE,
    /// A file cannot be read or written; `params.path`.
    FileUnusable = "file_unusable" UNPROCESSABLE_ENTITY,
    /// A line of an import cannot be read; `params.line`.
    ImportLine = "import_line" UNPROCESSABLE_ENTITY,
    /// A rule pack cannot be used.
    RulesUnusable = "rules_unusable" UNPROCESSABLE_ENTITY,
    /// The program is stopping.
    Stopping = "stopping" SERVICE_UNAVAILABLE,
    /// A fault of ours; the log has more under `trace`.
    Internal = "internal" INTERNAL_SERVER_ERROR,
}

impl ErrorCode {
    /// The code of a word; `None` if it is not on the list.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.word() == word)
    }
}

impl PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        words::closed(Self::ALL.iter().map(|code| code.word())).into()
    }
}

impl ToSchema for ErrorCode {
    fn name() -> Cow<'static, str> {
        "ErrorCode".into()
    }
}

/// Why a request was not carried out. Nothing is half done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// What went wrong.
    pub code: ErrorCode,
    /// English, for logs and scripts.
    pub message: String,
    /// The values that belong to the code.
    #[schema(value_type = BTreeMap<String, Value>)]
    pub params: BTreeMap<String, Value>,
    /// Seconds after which the same request may succeed.
    #[schema(minimum = 0)]
    pub retry_after_s: Option<u32>,
    /// Finds the log lines of this failure.
    pub trace: String,
}

impl Problem {
    /// A problem without parameters.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        // 48 random bits tell the failures of one log apart and can still be read out over a telephone.
        let trace = format!("{:012x}", Uuid::new_v4().as_u128() >> 80);
        Self { code, message: message.into(), params: BTreeMap::new(), retry_after_s: None, trace }
    }

    /// Adds a value that belongs to the code.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// Says when the same request may succeed, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        if status.is_server_error() {
            tracing::error!(code = self.code.word(), trace = self.trace, "request failed: {}", self.message);
        }
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_serialised_word_and_a_failure() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.word());
            assert_eq!(ErrorCode::from_word(code.word()), Some(*code));
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
        assert_eq!(ErrorCode::from_word("no_such_word"), None);
    }

    #[test]
    fn a_problem_is_a_document_with_its_own_media_type() {
        let response = Problem::new(ErrorCode::TooManyRequests, "later").retry_after(30).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(response.headers()[header::RETRY_AFTER], "30");
    }
}
