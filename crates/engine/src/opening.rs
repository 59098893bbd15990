//! Beginning a private talk with the buyer of an order, where the platform lets the seller write first.

use dragoman_domain::incoming::{Facts, Incoming, Page};
use dragoman_domain::offer::{Act, Offer};
use dragoman_domain::outbox::State;
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::shop::Shop;
use dragoman_domain::{ConversationId, Kind, RemoteId, ShopId};
use dragoman_store::outbox::OutboxEntry;
use dragoman_store::thread::Conversation;

use crate::engine::Engine;
use crate::error::Result;

/// Whether an item opens a chat.
pub(crate) fn opens_chat(view: &OutboxEntry) -> bool {
    view.item.act.as_ref().is_some_and(Act::opens_chat)
}

impl Engine {
    /// Adds the offer of a chat to a claim whose order allows one and has none yet. One that is on its way, or may have been opened,
    /// is not offered again.
    pub(crate) async fn offer_chat(&self, conversation: &mut Conversation) -> Result<()> {
        let row = &conversation.row;
        let allowed = conversation.order.as_ref().is_some_and(|order| !order.chat_by.is_empty());
        let ended_without =
            |view: &OutboxEntry| matches!(view.item.state, State::Cancelled | State::Rejected | State::Failed);
        let asked = |view: &OutboxEntry| opens_chat(view) && !ended_without(view);
        if row.kind != Kind::Claim || !allowed || conversation.outbox.iter().any(asked) {
            return Ok(());
        }
        // Without its key a shop can still be read; nothing is offered then.
        let Ok(connector) = self.connector(row.shop).await else { return Ok(()) };
        let acts = connector.capabilities().action(row.kind, ActionKind::Act).is_some();
        if acts && self.chat_of_order(row.shop, &conversation.order_no).await?.is_none() {
            conversation.offers.push(Offer::open_chat());
        }
        Ok(())
    }

    /// The platform's id of the chat with the buyer of an order, if there is one.
    pub(crate) async fn chat_of_order(&self, shop: ShopId, order_no: &str) -> Result<Option<RemoteId>> {
        let order_no = order_no.to_owned();
        let found = self.read(move |reader| reader.chat_of_order(shop, &order_no)).await?;
        Ok(found.map(|(_, chat)| chat))
    }

    /// Puts a chat that we have opened into the inbox, so that a person can write at once. The platform's lists bring the same one
    /// later, under the same id.
    pub(crate) async fn chat_opened(&self, shop: &Shop, about: ConversationId, chat: RemoteId) -> Result<()> {
        let about = self.read(move |reader| reader.conversation(about)).await?;
        let facts = Facts {
            order_no: Some(about.order_no),
            subject: Some(about.row.subject),
            product: about.product,
            started_at: Some(self.now()),
            ..Facts::default()
        };
        let opened = Incoming { kind: Kind::Chat, remote_id: chat, facts, messages: Vec::new(), mark: None };
        self.ingest(shop, None, Page { conversations: vec![opened], ..Page::default() }).await?;
        Ok(())
    }
}
