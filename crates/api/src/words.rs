//! Schemas of closed word lists, drawn from the lists themselves so that document and answers cannot part.

use dragoman_domain::Channel;
use dragoman_domain::claim::{ClaimSort, Decision};
use dragoman_domain::conversation::{Kind, Turn};
use dragoman_domain::file::FileCause;
use dragoman_domain::message::{AttachmentState, Author, Direction};
use dragoman_domain::offer::Effect;
use dragoman_domain::outbox::{Publication, Reason, State};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::review::{Purchase, SizeFit};
use dragoman_domain::settings::{Density, Language, SettingName, Theme};
use dragoman_domain::tag::TagColour;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

/// A schema that takes one of the words.
pub(crate) fn closed(words: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

/// A schema that takes one of the words, or null.
fn closed_or_null(words: impl IntoIterator<Item = &'static str>) -> Object {
    let values = words.into_iter().map(serde_json::Value::from).chain([serde_json::Value::Null]);
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(values))
        .build()
}

macro_rules! schemas {
    ($($name:ident: $type:ty),+ $(,)?) => {
        $(pub(crate) fn $name() -> Object { closed(<$type>::ALL.iter().map(|value| value.word())) })+
    };
}

schemas! {
    action: ActionKind,
    attachment_state: AttachmentState,
    author: Author,
    channel: Channel,
    claim_sort: ClaimSort,
    decision: Decision,
    density: Density,
    direction: Direction,
    effect: Effect,
    file_cause: FileCause,
    kind: Kind,
    language: Language,
    reason: Reason,
    setting: SettingName,
    state: State,
    tag_colour: TagColour,
    theme: Theme,
    turn: Turn,
}

pub(crate) fn publication_or_null() -> Object {
    closed_or_null(Publication::ALL.iter().map(|value| value.word()))
}

pub(crate) fn purchase_or_null() -> Object {
    closed_or_null(Purchase::ALL.iter().map(|value| value.word()))
}

pub(crate) fn size_fit_or_null() -> Object {
    closed_or_null(SizeFit::ALL.iter().map(|value| value.word()))
}

pub(crate) fn state_or_null() -> Object {
    closed_or_null(State::ALL.iter().map(|value| value.word()))
}
