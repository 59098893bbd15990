//! What a person asks to be done on a platform, and what became of it.

use std::time::Duration;

use dragoman_channels::Connector;
use dragoman_domain::deadline::window;
use dragoman_domain::file::{Part, parts};
use dragoman_domain::offer::Act;
use dragoman_domain::outbox::{Choice, Event as Change, FileRef, Item, Reason, SendRules, State};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::{ConversationId, MessageId, OutboxId, RemoteId, SignedDuration};
use dragoman_store::thread::Conversation;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::event::Event;

/// An intended action.
#[derive(Clone, Debug)]
pub struct Request {
    /// Made by the client: the same key is the same item, however often it is asked for.
    pub key: Uuid,
    /// The conversation.
    pub conversation: ConversationId,
    /// What to do.
    pub action: ActionKind,
    /// The text, empty where the action has none.
    pub text: String,
    /// Files that go with it, as [`Engine::add_upload`] named them.
    pub files: Vec<Uuid>,
    /// The offer taken up by [`ActionKind::Act`], with what was filled in.
    pub act: Option<Act>,
    /// The message of ours to edit or delete; the newest when `None`.
    pub target: Option<MessageId>,
    /// The person was told what follows and wants it.
    pub confirmed: bool,
    /// How long it may still be withdrawn; the home's own hold when `None`.
    pub undo: Option<SignedDuration>,
}

impl Request {
    /// A request that carries nothing but a text.
    pub fn new(key: Uuid, conversation: ConversationId, action: ActionKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            key,
            conversation,
            action,
            text,
            files: Vec::new(),
            act: None,
            target: None,
            confirmed: false,
            undo: None,
        }
    }
}

pub use dragoman_store::outbox::OutboxEntry as OutboxView;

impl Engine {
    /// Queues an action after the checks every way in shares. With sending off the item is held, not lost.
    ///
    /// Where the platform does not take text and files together, the answer becomes several items, each of which waits for the
    /// one before it; returned is the last, which is settled once all are.
    ///
    /// # Errors
    /// [`Error::Files`], [`Error::TextLength`], [`Error::InvisibleText`], [`Error::NotOffered`], [`Error::WindowClosed`],
    /// [`Error::NotEditable`], [`Error::OfferGone`], [`Error::Unconfirmed`], [`Error::AlreadyOnItsWay`],
    /// [`Error::KeyReused`]; the text stays with the caller.
    pub async fn queue(&self, request: Request) -> Result<OutboxView> {
        let Request { key, conversation, action, text, files, act, target, confirmed, undo } = request;
        if let Some(known) = self.read(move |reader| reader.outbox_by_uid(key)).await? {
            let same = known.item.asks_for(conversation, action, act.as_ref());
            return if same { self.last_part(known).await } else { Err(Error::KeyReused) };
        }
        let mut thread = self.read(move |reader| reader.conversation(conversation)).await?;
        self.offer_chat(&mut thread).await?;
        let row = &thread.row;
        let shop = self.stored_shop(row.shop).await?;
        let connector = self.connector(row.shop).await?;
        let files = self.checked_files(connector.as_ref(), row.kind, action, &files).await?;
        // A file says enough by itself.
        let text = match text.trim() {
            "" if !files.is_empty() => String::new(),
            _ => self.checked_text(row.shop, row.kind, action, text).await?,
        };
        let rules = connector.capabilities().action(row.kind, action).and_then(|rules| rules.files.as_ref());
        let parts = parts(key, text, files, rules);
        let act = checked_act(&thread, action, act, confirmed)?;
        if action == ActionKind::Edit {
            self.still_editable(&thread)?;
        }
        let target = self.target(conversation, action, target).await?;
        let opens_chat = act.as_ref().is_some_and(Act::opens_chat);
        if action.answers(row.kind) && !opens_chat {
            let closes = self.0.packs.get(shop.channel).and_then(|pack| window(pack, row.kind, thread.last_in_at));
            if let Some(closed) = closes.filter(|window| window.at <= self.now()) {
                return Err(Error::WindowClosed { until: closed.at });
            }
        }
        let undo = match undo {
            Some(undo) => undo,
            None => self.undo().await?,
        };
        let now = self.now();
        let held = !shop.sending && action != ActionKind::Read;
        let queued = self
            .write(move |writer| {
                // A claim is decided once: a second decision has to wait until the first is settled.
                let twin = |entry: &OutboxView| {
                    let mut alike = parts.iter().filter(|part| part.text == entry.item.text);
                    entry.item.state.under_way()
                        && entry.item.action == action
                        && entry.item.act.as_ref().is_some_and(Act::opens_chat) == opens_chat
                        && alike.any(|part| same_bytes(&part.files, &entry.item.files))
                };
                if let Some(twin) =
                    writer.outbox_of(conversation)?.into_iter().find(twin).filter(|twin| twin.item.uid != key)
                {
                    return Ok(Err(twin.id));
                }
                let watermark = writer.watermark(conversation)?;
                let mut last = None;
                for Part { key, after, text, files } in parts {
                    let mark = watermark.clone();
                    let item = Item::new(key, shop.id, conversation, action, text, mark, undo, now);
                    let (act, target) = (act.clone(), target.clone());
                    let mut item = Item { act, target, after, files, ..item };
                    if held {
                        item.apply(Change::Stopped(Reason::SendingOff), &SendRules::UNDECLARED, now)?;
                    }
                    last = Some(writer.queue(&item)?);
                }
                last.map(Ok).ok_or(dragoman_store::Error::Closed)
            })
            .await?;
        let view = queued.map_err(|twin| Error::AlreadyOnItsWay { item: twin.0 })?.entry;
        self.told(&view);
        Ok(view)
    }

    /// The last item of an answer that leaves in several.
    async fn last_part(&self, first: OutboxView) -> Result<OutboxView> {
        let conversation = first.item.conversation;
        let items = self.read(move |reader| reader.outbox_of(conversation)).await?;
        // Each names the one before it, and they were queued in order.
        let last = items
            .into_iter()
            .fold(first, |last, item| if item.item.after == Some(last.item.uid) { item } else { last });
        Ok(last)
    }

    /// What is on its way or waits for a person, with `all` what is settled too: newest first, older than `before`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn outbox(&self, all: bool, before: Option<OutboxId>, limit: u32) -> Result<Vec<OutboxView>> {
        self.read(move |reader| reader.outbox(all, before, limit)).await
    }

    /// One item.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn outbox_item(&self, id: OutboxId) -> Result<OutboxView> {
        self.read(move |reader| reader.outbox_entry(id)).await
    }

    /// Sends a held or failed item again, against the thread as it now stands.
    ///
    /// # Errors
    /// [`Error::WrongState`].
    pub async fn outbox_retry(&self, id: OutboxId) -> Result<OutboxView> {
        self.decide(id, Choice::Send).await
    }

    /// Changes the text of an item that has not left, and queues it.
    ///
    /// # Errors
    /// [`Error::WrongState`], and what [`Engine::queue`] says of texts.
    pub async fn outbox_edit(&self, id: OutboxId, text: String) -> Result<OutboxView> {
        let view = self.outbox_item(id).await?;
        if !view.item.editable() {
            return Err(Error::WrongState { state: view.item.state });
        }
        if view.item.act.is_some() {
            return Err(Error::invalid("text", "this action carries no text: withdraw it and do it anew"));
        }
        let text = self.checked_text(view.item.shop, view.kind, view.item.action, text).await?;
        self.decide(id, move |mark| Choice::Edit(text, mark)).await
    }

    /// Withdraws an item that has not left, and with it the other parts of the same answer that have not. Their text and files go
    /// back into the conversation's draft when that is empty.
    ///
    /// # Errors
    /// [`Error::WrongState`].
    pub async fn outbox_cancel(&self, id: OutboxId) -> Result<OutboxView> {
        let asked = self.outbox_item(id).await?;
        let (conversation, now) = (asked.item.conversation, self.now());
        let view = self
            .write(move |writer| {
                let cancel = |id| {
                    let choice = Change::Person(Choice::Cancel);
                    writer.update_outbox(id, |item| Ok(item.apply(choice, &SendRules::UNDECLARED, now)?))
                };
                let (withdrawn, ()) = cancel(id)?;
                let (mut texts, mut files) = (Vec::new(), Vec::new());
                for part in same_answer(writer.outbox_of(conversation)?, asked.item.uid) {
                    if part.id != id {
                        // What is on its way or has arrived stays what it is.
                        if !matches!(part.item.state, State::Queued | State::Held) {
                            continue;
                        }
                        cancel(part.id)?;
                    }
                    texts.extend(Some(part.item.text).filter(|text| !text.is_empty()));
                    files.extend(part.item.files);
                }
                writer.restore_draft(conversation, &texts.join("\n"), &files)?;
                Ok(withdrawn)
            })
            .await?;
        self.told(&view);
        Ok(view)
    }

    /// Settles an item a person has seen on the platform.
    ///
    /// # Errors
    /// [`Error::WrongState`].
    pub async fn outbox_mark_sent(&self, id: OutboxId) -> Result<OutboxView> {
        self.decide(id, |_| Choice::MarkSent).await
    }

    /// Waits until an item is settled or held, or the time is up; returns it as it then stands.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn settled(&self, id: OutboxId, limit: Duration) -> Result<OutboxView> {
        let mut events = self.events();
        let wait = async {
            loop {
                let view = self.outbox_item(id).await?;
                if view.item.state.settled() || view.item.state == State::Held {
                    return Ok(view);
                }
                // Any event is reason enough to look again; a lagging listener looks too.
                let _ = events.recv().await;
            }
        };
        match tokio::time::timeout(limit, wait).await {
            Ok(view) => view,
            Err(_) => self.outbox_item(id).await,
        }
    }

    /// Looks at a text as its bytes will leave: length, and nothing nobody can see.
    async fn checked_text(
        &self,
        shop: dragoman_domain::ShopId,
        kind: dragoman_domain::Kind,
        action: ActionKind,
        text: String,
    ) -> Result<String> {
        let connector = self.connector(shop).await?;
        let rules = connector.capabilities().action(kind, action).ok_or(Error::NotOffered { action, kind })?;
        let Some((min, max)) = rules.text else { return Ok(String::new()) };
        let text = text.trim().replace("\r\n", "\n");
        let length = text.chars().count();
        if length < min as usize || length > max as usize {
            return Err(Error::TextLength { length, min, max });
        }
        match invisible(&text) {
            Some(found) => Err(Error::InvisibleText { found }),
            None => Ok(text),
        }
    }

    fn still_editable(&self, thread: &Conversation) -> Result<()> {
        let over = thread.edit_until.is_some_and(|until| until <= self.now());
        if thread.editable && !over { Ok(()) } else { Err(Error::NotEditable { until: thread.edit_until }) }
    }

    /// The platform's id of the message that is edited or deleted; `None` where the platform knows the answer by its thread.
    async fn target(
        &self,
        conversation: ConversationId,
        action: ActionKind,
        wanted: Option<MessageId>,
    ) -> Result<Option<RemoteId>> {
        if !matches!(action, ActionKind::Edit | ActionKind::Delete) {
            return match wanted {
                None => Ok(None),
                Some(_) => Err(Error::invalid("target", "only an edit or a deletion has a target")),
            };
        }
        match self.read(move |reader| reader.own_message(conversation, wanted)).await? {
            Some(own) => Ok(own.shown),
            None => Err(Error::invalid("target", "there is no such answer of ours in this conversation")),
        }
    }

    async fn decide(
        &self,
        id: OutboxId,
        choice: impl FnOnce(dragoman_domain::outbox::Watermark) -> Choice + Send + 'static,
    ) -> Result<OutboxView> {
        let view = self.outbox_item(id).await?;
        let shop = self.stored_shop(view.item.shop).await?;
        let now = self.now();
        let (conversation, sending) = (view.item.conversation, shop.sending);
        let view = self
            .write(move |writer| {
                let choice = choice(writer.watermark(conversation)?);
                let sends = matches!(choice, Choice::Send(_) | Choice::Edit(..));
                // Who sends a part although the one before it will not arrive any more has decided about that, too.
                let before = match view.item.after {
                    Some(before) => writer.outbox_by_uid(before)?,
                    None => None,
                };
                let alone = sends && before.is_none_or(|before| before.item.state.settled());
                let (entry, ()) = writer.update_outbox(id, move |item| {
                    item.apply(Change::Person(choice), &SendRules::UNDECLARED, now)?;
                    if alone {
                        item.after = None;
                    }
                    if sends && !sending && item.action != ActionKind::Read {
                        item.apply(Change::Stopped(Reason::SendingOff), &SendRules::UNDECLARED, now)?;
                    }
                    Ok(())
                })?;
                Ok(entry)
            })
            .await?;
        self.told(&view);
        Ok(view)
    }

    /// Tells who listens, and wakes the worker.
    pub(crate) fn told(&self, view: &OutboxView) {
        self.tell(Event::Outbox { id: view.id, conversation: view.item.conversation, state: view.item.state });
        self.0.outbox_wake.notify_one();
    }
}

/// Looks at an act as its offer stands: it is there, its values fit, and a person knows what follows.
fn checked_act(thread: &Conversation, action: ActionKind, act: Option<Act>, confirmed: bool) -> Result<Option<Act>> {
    let act = match (action, act) {
        (ActionKind::Act, Some(act)) => act,
        (ActionKind::Act, None) => return Err(Error::invalid("act", "say which offer to take up")),
        (_, Some(_)) => return Err(Error::invalid("act", "only the action `act` takes up an offer")),
        (_, None) => return Ok(None),
    };
    let Some(offer) = thread.offers.iter().find(|offer| offer.name == act.name) else {
        let names: Vec<_> = thread.offers.iter().map(|offer| offer.name.as_str()).collect();
        let offered = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        return Err(Error::OfferGone { name: act.name, offered });
    };
    offer.check(&act).map_err(|misfit| Error::invalid(format!("act.fields.{}", misfit.field()), misfit.to_string()))?;
    let invisible = act.fields.iter().find_map(|(field, value)| Some((field, invisible(value)?)));
    if let Some((field, found)) = invisible {
        return Err(Error::invalid(
            format!("act.fields.{field}"),
            format!("the text has invisible characters: {found}"),
        ));
    }
    if offer.effect.binding() && !confirmed {
        let consequence = offer.consequence(thread.claim.as_ref(), Some(&act));
        return Err(Error::Unconfirmed { name: act.name, consequence });
    }
    // As the check read them: without what stands around a value, and without values that are none.
    let fields = act.fields.into_iter().map(|(field, value)| (field, value.trim().to_owned()));
    Ok(Some(Act { name: act.name, fields: fields.filter(|(_, value)| !value.is_empty()).collect() }))
}

/// The rules of an item's action; an action nobody declares cannot be proven either way.
pub(crate) fn rules_of(connector: &dyn Connector, kind: dragoman_domain::Kind, action: ActionKind) -> SendRules {
    connector.capabilities().action(kind, action).map_or(SendRules::UNDECLARED, |rules| rules.send)
}

fn same_bytes(one: &[FileRef], other: &[FileRef]) -> bool {
    one.iter().map(|file| &file.sha256).eq(other.iter().map(|file| &file.sha256))
}

/// The code points of what nobody can see in a text.
fn invisible(text: &str) -> Option<String> {
    let found: Vec<_> = text.chars().filter(|c| is_invisible(*c)).map(|c| format!("U+{:04X}", u32::from(c))).collect();
    (!found.is_empty()).then(|| found.join(" "))
}

/// Characters that change what others see without being seen: controls but line feed and tab, direction marks and overrides,
/// zero-width signs (the joiner inside emoji stays), tag characters.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The parts of the answer that one of them belongs to, in their order: each names the one before it.
fn same_answer(items: Vec<OutboxView>, part: Uuid) -> Vec<OutboxView> {
    let mut known = vec![part];
    loop {
        let more: Vec<Uuid> = items
            .iter()
            .flat_map(|entry| match entry.item.after {
                Some(before) if known.contains(&before) => Some(entry.item.uid),
                Some(before) if known.contains(&entry.item.uid) => Some(before),
                _ => None,
            })
            .filter(|uid| !known.contains(uid))
            .collect();
        if more.is_empty() {
            return items.into_iter().filter(|entry| known.contains(&entry.item.uid)).collect();
        }
        known.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::is_invisible;

    #[test]
    fn what_nobody_can_see_is_found_and_what_people_write_is_not() {
        for hidden in ['\u{0}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{e0041}', '\u{7f}'] {
            assert!(is_invisible(hidden), "{:04X}", u32::from(hidden));
        }
        for shown in "Привет, 你好! ғқ\n\t👍🏽👨\u{200d}👩\u{fe0f}€ é".chars() {
            assert!(!is_invisible(shown), "{:04X}", u32::from(shown));
        }
    }
}
