//! A shop as it is shown: everything but its keys.

use std::collections::BTreeMap;

use dragoman_domain::Channel;
use dragoman_engine::shops::{Note as EngineNote, PassView, ShopView, StreamView};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::words;

/// A connected shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct Shop {
    id: i64,
    #[schema(schema_with = words::channel)]
    channel: Channel,
    /// The seller's own name for it.
    name: String,
    /// The platform's id of the seller.
    seller: String,
    /// Name the platform knows the seller by.
    seller_name: String,
    /// Public fields.
    fields: BTreeMap<String, String>,
    /// Replaces scheme and host of every address of the platform.
    base_url: Option<String>,
    /// Proxy of every call; a password in it is masked.
    proxy: Option<String>,
    /// Whether answers may leave.
    sending: bool,
    /// Why the account rests (a code, for example `token_refused`, or `imported`); empty when it does not.
    pause: String,
    /// Answers are impossible with this key.
    read_only: bool,
    /// When the key stops working.
    expires_at: Option<Timestamp>,
    /// When the key was last checked.
    checked_at: Option<Timestamp>,
    /// What the key can do.
    features: BTreeMap<String, Feature>,
    added_at: Timestamp,
    /// Days its conversations are kept after their last message; null = for good.
    #[schema(minimum = 1)]
    keep_days: Option<u32>,
    /// How far back its conversations are fetched: `usual`, `all`, or a number of days.
    history: String,
    /// The last four characters of its keys by field, as far as they have been read since the program began; empty for short ones.
    keys: BTreeMap<String, String>,
    streams: Vec<Stream>,
    /// What should be known or done.
    notes: Vec<Note>,
}

/// Whether something of the platform is open to the key.
#[derive(Serialize, ToSchema)]
struct Feature {
    open: bool,
    /// Why not; empty when open.
    code: String,
    /// The same in English.
    why: String,
}

/// How a stream of a shop stands.
#[derive(Serialize, ToSchema)]
struct Stream {
    name: String,
    last_success_at: Option<Timestamp>,
    /// When it is looked at next; null = only when asked for.
    next_at: Option<Timestamp>,
    /// Messages seen since the shop was connected.
    #[schema(minimum = 0)]
    fetched: u64,
    /// Why it rests.
    problem: Option<Problem>,
    /// How its way from beginning to end goes; null until its first step.
    pass: Option<Pass>,
}

/// How a stream's way from its beginning to its end goes: the present one, or the last if none is under way.
#[derive(Serialize, ToSchema)]
#[schema(as = StreamPass)]
struct Pass {
    began_at: Timestamp,
    /// When it came to its end; null while it is under way.
    ended_at: Option<Timestamp>,
    /// Conversations it brought so far.
    #[schema(minimum = 0)]
    brought: u64,
    /// Conversations it still has to bring; null = nobody knows.
    #[schema(minimum = 0)]
    to_come: Option<u64>,
    /// Conversations an hour, as measured; null as long as there is too little to measure.
    #[schema(minimum = 0)]
    per_hour: Option<u64>,
    /// When it ends at this pace; null = nobody knows.
    ends_at: Option<Timestamp>,
}

/// Something a person should know of a shop.
#[derive(Serialize, ToSchema)]
struct Note {
    /// For the screen's own words.
    code: String,
    /// The same in English.
    text: String,
}

impl From<ShopView> for Shop {
    fn from(view: ShopView) -> Self {
        let ShopView { shop, streams, keys, notes } = view;
        let standing = shop.standing;
        let features = standing
            .features
            .into_iter()
            .map(|(name, feature)| (name, Feature { open: feature.open, code: feature.code, why: feature.why }));
        Self {
            id: shop.id.0,
            channel: shop.channel,
            name: shop.name,
            seller: shop.seller,
            seller_name: standing.seller_name,
            fields: shop.fields,
            base_url: shop.base_url,
            proxy: shop.proxy.map(|proxy| without_password(&proxy)),
            sending: shop.sending,
            pause: shop.pause,
            read_only: standing.read_only,
            expires_at: standing.expires_at,
            checked_at: standing.checked_at,
            features: features.collect(),
            added_at: shop.added_at,
            keep_days: shop.keep_days,
            history: shop.history.to_string(),
            keys,
            streams: streams.into_iter().map(Stream::from).collect(),
            notes: notes.into_iter().map(Note::from).collect(),
        }
    }
}

impl From<StreamView> for Stream {
    fn from(stream: StreamView) -> Self {
        let StreamView { name, last_success_at, next_at, fetched, problem, pass } = stream;
        let (problem, pass) = (problem.map(Problem::from), pass.map(Pass::from));
        Self { name, last_success_at, next_at, fetched, problem, pass }
    }
}

impl From<PassView> for Pass {
    fn from(pass: PassView) -> Self {
        let PassView { began_at, ended_at, brought, to_come, per_hour, ends_at } = pass;
        Self { began_at, ended_at, brought, to_come, per_hour, ends_at }
    }
}

impl From<EngineNote> for Note {
    fn from(EngineNote { code, text }: EngineNote) -> Self {
        Self { code, text }
    }
}

/// `http://name:word@host` without name and word.
fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    match authority.rsplit_once('@') {
        Some((_, host)) if path.is_empty() => format!("{scheme}://***@{host}"),
        Some((_, host)) => format!("{scheme}://***@{host}/{path}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        assert_eq!(without_password("socks5://anna:s3cret@10.0.0.1:1080"), "socks5://***@10.0.0.1:1080");
        assert_eq!(without_password("http://anna:p@ss@proxy/path"), "http://***@proxy/path");
        assert_eq!(without_password("http://proxy:3128"), "http://proxy:3128");
    }
}
