//! Conversations and messages as they are shown.

use dragoman_domain::channel::{ActionRules, FileRules, KindCapabilities};
use dragoman_domain::deadline::Deadline as DomainDeadline;
use dragoman_domain::file::{FileCause, shown_name};
use dragoman_domain::lookup::{Order as DomainOrder, Product as DomainProduct};
use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::outbox::{Publication, State};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::{Author, Channel, Direction, Kind, ShopId, Turn};
use dragoman_engine::inbox::ConversationView;
use dragoman_pictures::is_shown;
use dragoman_store::file::StoredFile;
use dragoman_store::inbox::{ConversationRow, FolderCount};
use dragoman_store::thread::Message as StoredMessage;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::offer::{Claim, Offer, Review};
use crate::attachments::Upload;
use crate::cursor;
use crate::language;
use crate::outbox::OutboxItem;
use crate::pictures;
use crate::problem::Problem;
use crate::words;

/// A conversation in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Conversation {
    id: i64,
    shop: i64,
    #[schema(schema_with = words::channel)]
    channel: Channel,
    #[schema(schema_with = words::kind)]
    kind: Kind,
    /// The platform's id of the thread.
    remote_id: String,
    /// Whose move it is.
    #[schema(schema_with = words::turn)]
    turn: Turn,
    /// The platform's own word.
    status: String,
    /// What it is about, mostly the product.
    subject: String,
    buyer: String,
    /// Unread messages.
    #[schema(minimum = 0)]
    unread: u32,
    /// When our answer is due; null when none is.
    due_at: Option<Timestamp>,
    last_message_at: Timestamp,
    /// Unanswered and late already when the shop was connected.
    backlog: bool,
    /// When a person put it aside.
    done_at: Option<Timestamp>,
    /// Where the newest answer on its way stands.
    #[schema(schema_with = words::state_or_null)]
    outbox_state: Option<State>,
    /// The beginning of the newest message.
    preview: String,
    /// Of a review, one to five.
    #[schema(minimum = 0)]
    stars: Option<u8>,
    /// Until when a person wants to see nothing of it.
    snoozed_until: Option<Timestamp>,
    /// A person gave it a star.
    starred: bool,
    /// Numbers of its tags.
    tags: Vec<i64>,
    product: Option<Product>,
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct ConversationPage {
    /// In the folder's order.
    pub(super) rows: Vec<Conversation>,
    /// Where the next page begins; null at the end.
    pub(super) next: Option<String>,
}

/// What one shop holds of one kind.
#[derive(Serialize, ToSchema)]
pub(super) struct Count {
    shop: i64,
    #[schema(schema_with = words::kind)]
    kind: Kind,
    /// Conversations that are ours to answer.
    #[schema(minimum = 0)]
    owed: u64,
    /// Conversations of the backlog.
    #[schema(minimum = 0)]
    backlog: u64,
    /// Unread messages.
    #[schema(minimum = 0)]
    unread: u64,
    /// Conversations that are snoozed, whosever turn it is.
    #[schema(minimum = 0)]
    snoozed: u64,
    /// Conversations with a star.
    #[schema(minimum = 0)]
    starred: u64,
}

/// One conversation with everything beside it.
#[derive(Serialize, ToSchema)]
#[schema(as = ConversationDetail)]
pub(super) struct Detail {
    #[serde(flatten)]
    conversation: Conversation,
    /// In the order they were written.
    messages: Vec<Message>,
    /// Where the messages before these end; null at the beginning of the thread.
    earlier: Option<String>,
    /// The platform takes no more answers.
    closed: bool,
    /// Nobody expects an answer any more, although one may still be given.
    settled: bool,
    /// Our answer may still be edited.
    editable: bool,
    /// Until when, where the platform sets an end to it.
    edit_until: Option<Timestamp>,
    /// What became of our newest public answer.
    #[schema(schema_with = words::publication_or_null)]
    publication: Option<Publication>,
    /// The platform's reason for refusing it, empty when it gave none.
    refusal: String,
    /// Facts of a claim; null for everything else.
    claim: Option<Claim>,
    /// Facts of a review; null for everything else.
    review: Option<Review>,
    /// What can be done now beyond answering.
    offers: Vec<Offer>,
    /// Everybody can read the answer.
    public: bool,
    /// What can be done; empty while the shop is not connected.
    actions: Vec<Action>,
    /// Text that was begun and not sent.
    draft: String,
    /// Files that are to go with it.
    draft_files: Vec<Upload>,
    /// When our answer is due, and why.
    deadline: Option<Deadline>,
    /// Until when the platform takes an answer.
    window: Option<Deadline>,
    /// The order's number, empty when there is none.
    order_no: String,
    order: Option<Order>,
    /// Its actions on their way and settled, oldest first.
    outbox: Vec<OutboxItem>,
}

/// One message.
#[derive(Serialize, ToSchema)]
pub(super) struct Message {
    id: i64,
    /// The platform's id; begins with `local:` while only our own copy is here.
    remote_id: String,
    #[schema(schema_with = words::direction)]
    direction: Direction,
    #[schema(schema_with = words::author)]
    author: Author,
    sent_at: Timestamp,
    text: String,
    /// BCP 47 tag of the text's language; null while it is not known.
    lang: Option<String>,
    attachments: Vec<Attachment>,
    /// Above 1: the platform changed the text after it came.
    #[schema(minimum = 0)]
    version: u32,
}

/// A file or picture of a message.
#[derive(Serialize, ToSchema)]
struct Attachment {
    /// Which of the message's attachments, from 0: `/api/messages/{id}/attachments/{place}` has it.
    #[schema(minimum = 0)]
    place: u32,
    /// As the sender gave it, made harmless; only ever text.
    name: String,
    /// Found from the bytes once they are here, as declared before; empty when unknown.
    mime: String,
    /// Bytes, once they are here or when the platform says so.
    #[schema(minimum = 0)]
    size: Option<u64>,
    #[schema(schema_with = words::attachment_state)]
    state: AttachmentState,
    /// Why it is not here.
    #[schema(schema_with = words::file_cause)]
    cause: FileCause,
    /// Opening it could run something, or its name hides what it is: it may be saved, never opened.
    danger: bool,
    /// It may have a preview.
    picture: bool,
}

/// Something that can be done in the conversation.
#[derive(Serialize, ToSchema)]
#[schema(as = OfferedAction)]
struct Action {
    #[schema(schema_with = words::action)]
    action: ActionKind,
    /// Shortest text in Unicode scalar values; null if it carries none.
    #[schema(minimum = 0)]
    min_length: Option<u32>,
    /// Longest text in Unicode scalar values; null if it carries none.
    #[schema(minimum = 0)]
    max_length: Option<u32>,
    /// Files that may go with it; null if it carries none.
    files: Option<FilesTaken>,
}

/// What a platform takes of files.
#[derive(Serialize, ToSchema)]
struct FilesTaken {
    /// Media types, as found from the bytes.
    mimes: Vec<String>,
    /// Bytes of one file.
    #[schema(minimum = 0)]
    max_bytes: u64,
    /// Bytes of all files of one answer.
    #[schema(minimum = 0)]
    max_total: u64,
    /// Files of one answer.
    #[schema(minimum = 0)]
    max_count: u32,
    /// They go together with the text; else each leaves as a message of its own, after the text.
    with_text: bool,
}

/// An instant with everything a person needs to trust it.
#[derive(Serialize, ToSchema)]
struct Deadline {
    at: Timestamp,
    rule: String,
    /// The platform enforces it.
    hard: bool,
    /// Where the figure comes from, with its date.
    source: String,
    /// How the instant was reached.
    steps: Vec<String>,
}

/// What is known of the product.
#[derive(Serialize, ToSchema)]
struct Product {
    /// The platform's product number.
    key: String,
    name: String,
    /// The seller's own article.
    article: String,
    /// Page of the product, empty when unknown.
    page: String,
    /// As the platform spells it.
    price: String,
    /// There is a picture.
    has_picture: bool,
    /// Its address here.
    picture: Option<String>,
}

/// What is known of the order.
#[derive(Serialize, ToSchema)]
struct Order {
    number: String,
    /// As the platform spells it.
    status: String,
    created_at: Option<Timestamp>,
    changed_at: Option<Timestamp>,
    city: String,
    tracking: String,
    /// Product numbers.
    products: Vec<String>,
}

/// A message as the platform sent it.
#[derive(Serialize, ToSchema)]
pub(super) struct Raw {
    /// JSON text.
    pub(super) raw: String,
}

impl Detail {
    pub(super) fn new(view: ConversationView) -> Result<Self, Problem> {
        let ConversationView { conversation, messages, older, deadline, window, capabilities } = view;
        let (public, actions) = capabilities.map_or((false, Vec::new()), offered);
        let claim = conversation.claim.as_ref();
        let offers = conversation.offers.into_iter().map(|offer| Offer::new(offer, claim)).collect();
        Ok(Self {
            messages: messages.into_iter().map(Message::from).collect(),
            earlier: older.map(|place| cursor::write(&place)).transpose()?,
            closed: conversation.closed,
            settled: conversation.settled,
            editable: conversation.editable,
            edit_until: conversation.edit_until,
            publication: conversation.publication,
            refusal: conversation.refusal,
            offers,
            claim: conversation.claim.map(Claim::from),
            review: conversation.review.map(Review::from),
            public,
            actions,
            draft: conversation.draft,
            draft_files: conversation.draft_files.into_iter().map(Upload::from).collect(),
            deadline: deadline.map(Deadline::from),
            window: window.map(Deadline::from),
            order_no: conversation.order_no,
            order: conversation.order.map(Order::from),
            outbox: conversation.outbox.into_iter().map(OutboxItem::from).collect(),
            conversation: conversation.row.into(),
        })
    }
}

fn offered(capabilities: KindCapabilities) -> (bool, Vec<Action>) {
    let actions = capabilities.actions.into_iter().map(|ActionRules { action, text, files, .. }| Action {
        action,
        min_length: text.map(|(min, _)| min),
        max_length: text.map(|(_, max)| max),
        files: files.map(FilesTaken::from),
    });
    (capabilities.public, actions.collect())
}

impl From<FileRules> for FilesTaken {
    fn from(FileRules { mimes, max_bytes, max_total, max_count, with_text }: FileRules) -> Self {
        Self { mimes, max_bytes, max_total, max_count, with_text }
    }
}

impl From<ConversationRow> for Conversation {
    fn from(row: ConversationRow) -> Self {
        Self {
            product: row.product.map(|product| Product::new(row.shop, product)),
            id: row.id.0,
            shop: row.shop.0,
            channel: row.channel,
            kind: row.kind,
            remote_id: row.remote_id.0,
            turn: row.turn,
            status: row.status,
            subject: row.subject,
            buyer: row.buyer,
            unread: row.unread,
            due_at: row.due_at,
            last_message_at: row.last_message_at,
            backlog: row.backlog,
            done_at: row.done_at,
            outbox_state: row.outbox,
            preview: row.preview,
            stars: row.stars,
            snoozed_until: row.snoozed_until,
            starred: row.starred,
            tags: row.tags.into_iter().map(|tag| tag.0).collect(),
        }
    }
}

impl From<FolderCount> for Count {
    fn from(FolderCount { shop, kind, owed, backlog, unread, snoozed, starred }: FolderCount) -> Self {
        Self { shop: shop.0, kind, owed, backlog, unread, snoozed, starred }
    }
}

impl From<StoredMessage> for Message {
    fn from(message: StoredMessage) -> Self {
        Self {
            id: message.id.0,
            remote_id: message.remote_id.0,
            direction: message.direction,
            author: message.author,
            sent_at: message.sent_at,
            lang: language::of(&message.text).map(str::to_owned),
            text: message.text,
            attachments: (0..)
                .zip(message.attachments)
                .map(|(place, stub)| Attachment::new(place, stub, &message.files))
                .collect(),
            version: message.version,
        }
    }
}

impl Attachment {
    fn new(place: u32, stub: AttachmentStub, files: &[StoredFile]) -> Self {
        let file = files.iter().find(|file| file.place == place);
        let stored = file.filter(|file| file.state == AttachmentState::Stored);
        // Until somebody asked for the bytes the platform's own word counts.
        let asked = file.filter(|file| file.state != AttachmentState::Remote);
        let state = asked.map_or(stub.state, |file| file.state);
        let mime = stored.map_or(stub.mime, |file| file.mime.clone());
        let shown = shown_name(&stub.name, &mime);
        let coming = !matches!(state, AttachmentState::Refused | AttachmentState::Missing);
        Self {
            place,
            name: shown.text,
            picture: coming && is_shown(&mime),
            danger: shown.danger,
            size: stored.map(|file| file.size).or(stub.size),
            cause: file.map_or(FileCause::None, |file| file.cause),
            mime,
            state,
        }
    }
}

impl From<DomainDeadline> for Deadline {
    fn from(DomainDeadline { at, rule, hard, source, steps }: DomainDeadline) -> Self {
        Self { at, rule, hard, source, steps }
    }
}

impl Product {
    fn new(shop: ShopId, product: DomainProduct) -> Self {
        let DomainProduct { key, name, article, picture, page, price } = product;
        let has_picture = !picture.is_empty();
        Self {
            picture: has_picture.then(|| pictures::address(shop, &key)),
            key,
            name,
            article,
            page,
            price,
            has_picture,
        }
    }
}

impl From<DomainOrder> for Order {
    fn from(order: DomainOrder) -> Self {
        let DomainOrder { number, status, created_at, changed_at, city, tracking, products, chat_by: _ } = order;
        Self { number, status, created_at, changed_at, city, tracking, products }
    }
}
