//! Answers on their way, and what they do to their conversation.

use dragoman_domain::outbox::{Choice, Event, Item, Nature, Publication, ReadBack, Reason, SendRules, State};
use dragoman_domain::outgoing::{ActionKind, Doubt, Refusal};
use dragoman_domain::{OutboxId, RemoteId, Turn};
use uuid::Uuid;

use super::*;
use crate::outbox::{OutboxEntry, Queued};

const CHAT: SendRules =
    SendRules { nature: Nature::Append, success_proves: true, read_back: true, absence_provable: true, horizon_s: 180 };

/// A chat in which the buyer wrote at hour 5.
fn asked() -> (Home, Shop, ConversationId) {
    let home = Home::new();
    let shop = home.shop_on(Channel::Ozon);
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("1", hour(5), "где заказ")])]);
    let id = home.id(&shop, Kind::Chat, "c");
    (home, shop, id)
}

pub(super) fn item(shop: &Shop, conversation: ConversationId, text: &str) -> Item {
    let now = hour(6);
    let mark = dragoman_domain::outbox::Watermark::default();
    Item::new(Uuid::new_v4(), shop.id, conversation, ActionKind::Reply, text.into(), mark, SignedDuration::ZERO, now)
}

impl Home {
    fn queue(&self, item: &Item) -> Queued {
        let item = item.clone();
        self.write(move |writer| writer.queue(&item))
    }

    fn apply(&self, id: OutboxId, event: Event) -> OutboxEntry {
        self.write(move |writer| writer.update_outbox(id, |item| Ok(item.apply(event, &CHAT, hour(7))?))).0
    }

    fn lease(&self, id: OutboxId) -> u64 {
        let fence = self.write(|writer| writer.next_fence());
        self.apply(id, Event::Lease { fence });
        fence
    }

    fn send(&self, item: &Item, remote: Option<&str>) -> OutboxId {
        let id = self.queue(item).entry.id;
        let fence = self.lease(id);
        self.apply(id, Event::Accepted { fence, remote: remote.map(Into::into) });
        id
    }

    fn turn(&self, id: ConversationId) -> Turn {
        self.read(|reader| reader.conversation_row(id)).turn
    }
}

#[test]
fn a_queued_answer_hands_the_turn_over_at_once_and_a_withdrawn_one_takes_it_back() {
    let (home, shop, chat) = asked();
    let id = home.queue(&item(&shop, chat, "в пути")).entry.id;
    let row = home.read(|reader| reader.conversation_row(chat));
    assert_eq!((row.turn, row.outbox, row.due_at), (Turn::Buyer, Some(State::Queued), None));
    home.apply(id, Event::Person(Choice::Cancel));
    let row = home.read(|reader| reader.conversation_row(chat));
    // Ozon's pack gives twelve hours.
    assert_eq!((row.turn, row.outbox, row.due_at), (Turn::Ours, None, Some(hour(17))));
}

#[test]
fn the_same_key_is_the_same_item() {
    let (home, shop, chat) = asked();
    let item = item(&shop, chat, "в пути");
    let first = home.queue(&item);
    let second = home.queue(&item);
    assert_eq!((first.repeated, second.repeated, first.entry.id), (false, true, second.entry.id));
    assert_eq!(home.read(|reader| reader.outbox(true, None, 10)).len(), 1);
    let other = Item { action: ActionKind::Read, ..item };
    let error = home.try_write(move |writer| writer.queue(&other)).unwrap_err();
    assert!(matches!(error, Error::KeyReused { .. }), "{error}");
}

#[test]
fn an_accepted_answer_stands_in_the_thread_until_the_platform_shows_its_own() {
    let (home, shop, chat) = asked();
    let id = home.send(&item(&shop, chat, "Ваш заказ  в пути 🙂"), None);
    let messages = home.messages(chat);
    assert_eq!((messages.len(), messages[1].version, messages[1].text.as_str()), (2, 0, "Ваш заказ  в пути 🙂"));
    assert!(messages[1].remote_id.as_str().starts_with("local:"));
    assert_eq!((home.turn(chat), home.read(|reader| reader.conversation_row(chat)).unread), (Turn::Buyer, 0));

    let done = home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![sold("99", hour(8), "Ваш заказ в пути")])]);
    assert_eq!((done.new, done.changed), (0, 1));
    let messages = home.messages(chat);
    assert_eq!((messages.len(), messages[1].version, messages[1].remote_id.as_str()), (2, 1, "99"));
    assert_eq!((messages[1].sent_at, messages[1].text.as_str()), (hour(8), "Ваш заказ в пути"));
    assert!(home.read(|reader| reader.raw(messages[1].id)).is_some());
    assert_eq!(home.read(|reader| reader.outbox_entry(id)).item.remote_id, Some("99".into()));
    assert_eq!(home.read(|reader| reader.versions(messages[1].id)), []);
    home.check();
}

#[test]
fn an_answer_that_was_fetched_before_its_acceptance_was_noted_stands_in_the_thread_once() {
    let (home, shop, chat) = asked();
    let item = item(&shop, chat, "Ваш заказ в пути");
    let queued = home.queue(&item).entry.id;
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![sold("99", hour(8), "Ваш заказ в пути")])]);
    let id = home.send(&item, None);
    assert_eq!(id, queued);
    let messages = home.messages(chat);
    assert_eq!((messages.len(), messages[1].version, messages[1].remote_id.as_str()), (2, 1, "99"));
    assert_eq!(home.read(|reader| reader.outbox_entry(id)).item.remote_id, Some("99".into()));
    let again = home.send(&self::item(&shop, chat, "Ваш заказ в пути"), None);
    assert_eq!(home.messages(chat).len(), 3, "an equal answer is another one");
    assert_eq!(home.read(|reader| reader.outbox_entry(again)).item.remote_id, None);
    home.check();
}

#[test]
fn two_equal_answers_need_two_messages_of_the_platform() {
    let (home, shop, chat) = asked();
    let first = home.send(&item(&shop, chat, "Спасибо"), None);
    let second = home.send(&item(&shop, chat, "Спасибо"), None);
    let shown =
        |ids: &[&str]| vec![thread(Kind::Chat, "c", ids.iter().map(|id| sold(id, hour(8), "Спасибо")).collect())];
    home.ingest(&shop, shown(&["91"]));
    let remote = |id| home.read(|reader| reader.outbox_entry(id)).item.remote_id;
    assert_eq!((remote(first), remote(second)), (Some("91".into()), None));
    assert_eq!(home.read(|reader| reader.claimed(chat, second)), [RemoteId::from("91")]);
    home.ingest(&shop, shown(&["91", "92"]));
    assert_eq!((remote(first), remote(second)), (Some("91".into()), Some("92".into())));
    assert_eq!(home.messages(chat).len(), 3);
}

#[test]
fn an_answer_the_platform_named_is_recognised_even_if_its_text_was_changed() {
    let (home, shop, chat) = asked();
    home.send(&item(&shop, chat, "Позвоните мне"), Some("77"));
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![sold("77", hour(8), "[скрыто]")])]);
    let messages = home.messages(chat);
    assert_eq!((messages.len(), messages[1].text.as_str(), messages[1].version), (2, "[скрыто]", 1));
}

#[test]
fn an_answer_that_is_shown_before_it_is_known_to_be_sent_is_not_doubled() {
    let (home, shop, chat) = asked();
    let id = home.queue(&item(&shop, chat, "в пути")).entry.id;
    let fence = home.lease(id);
    home.apply(id, Event::Doubted { fence, doubt: Doubt::Silence });
    assert_eq!(home.turn(chat), Turn::Buyer);
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![sold("5", hour(7), "в пути")])]);
    let entry = home.apply(id, Event::ReadBack(ReadBack::Found(Some("5".into()))));
    assert_eq!((entry.item.state, home.messages(chat).len()), (State::Sent, 2));
}

#[test]
fn a_refused_publication_takes_our_copy_out_and_gives_the_turn_back() {
    let (home, shop, chat) = asked();
    let id = home.send(&item(&shop, chat, "в пути"), None);
    home.write(move |writer| {
        writer.update_outbox(id, |item| {
            item.publication = Some(Publication::Refused);
            Ok(())
        })
    });
    assert_eq!((home.turn(chat), home.messages(chat).len()), (Turn::Ours, 1));
    home.check();
}

#[test]
fn what_was_being_sent_is_in_doubt_after_a_restart() {
    let (home, shop, chat) = asked();
    let sending = home.queue(&item(&shop, chat, "a")).entry.id;
    home.lease(sending);
    let waiting = home.queue(&item(&shop, chat, "b")).entry.id;
    let home = home.reopen();
    assert_eq!(home.write(|writer| writer.restart_outbox(|_| CHAT, hour(9))), [sending]);
    let state = |id| home.read(|reader| reader.outbox_entry(id)).item.state;
    assert_eq!((state(sending), state(waiting)), (State::Unknown, State::Queued));
}

#[test]
fn a_refused_step_changes_nothing() {
    let (home, shop, chat) = asked();
    let id = home.queue(&item(&shop, chat, "a")).entry.id;
    let before = home.read(|reader| reader.outbox_entry(id));
    let error = home
        .try_write(move |writer| {
            writer.update_outbox(id, |item| {
                item.text = "other".into();
                Ok(item.apply(Event::Person(Choice::MarkSent), &CHAT, hour(7))?)
            })
        })
        .unwrap_err();
    assert!(matches!(error, Error::Illegal(_)), "{error}");
    assert_eq!(home.read(|reader| reader.outbox_entry(id)), before);
}

#[test]
fn the_worker_sees_what_is_due_in_order_and_when_to_come_back() {
    let (home, shop, chat) = asked();
    assert_eq!(home.read(|reader| reader.next_due()), None);
    let mut later = item(&shop, chat, "later");
    later.due_at = hour(10);
    let (later, now) = (home.queue(&later).entry.id, home.queue(&item(&shop, chat, "now")).entry.id);
    let due = |at| home.read(|reader| reader.outbox_due(at, 10)).iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(home.read(|reader| reader.next_due()), Some(hour(6)));
    assert_eq!(home.read(|reader| reader.next_due_after(hour(6))), Some(hour(10)), "what is due already hides nothing");
    assert_eq!(due(hour(6)), [now]);
    assert_eq!(due(hour(10)), [now, later]);
    home.apply(now, Event::Stopped(Reason::SendingOff));
    assert_eq!(due(hour(10)), [later], "what waits for a person is not due");
    assert_eq!(home.read(|reader| reader.outbox_in_state(State::Held)).len(), 1);
    assert_eq!(home.turn(chat), Turn::Buyer, "the other answer is still on its way");
}

#[test]
fn a_rejected_answer_is_settled_and_the_turn_ours_again() {
    let (home, shop, chat) = asked();
    let id = home.queue(&item(&shop, chat, "a")).entry.id;
    let fence = home.lease(id);
    let refusal = Refusal::Final { code: "closed".into(), why: "closed".into() };
    home.apply(id, Event::Refused { fence, refusal, jitter: 0 });
    assert_eq!(home.turn(chat), Turn::Ours);
    assert_eq!(home.read(|reader| reader.outbox(false, None, 10)), []);
    assert_eq!(home.read(|reader| reader.outbox(true, None, 10)).len(), 1);
}

#[test]
fn fences_rise_across_restarts() {
    let (home, ..) = asked();
    let first = home.write(|writer| writer.next_fence());
    let home = home.reopen();
    assert!(home.write(|writer| writer.next_fence()) > first);
}

#[test]
fn the_watermark_names_what_the_platform_would_show() {
    let (home, shop, chat) = asked();
    home.ingest(
        &shop,
        vec![thread(
            Kind::Chat,
            "c",
            vec![sold("2", hour(6), "да"), bought("3", hour(7), "и ещё"), message("4", Author::Bot, hour(8), "бот")],
        )],
    );
    home.send(&item(&shop, chat, "в пути"), None);
    let mark = home.read(|reader| reader.watermark(chat));
    assert_eq!((mark.last_own, mark.own, mark.last_in), (Some("2".into()), 2, Some("3".into())));
}

#[test]
fn an_answer_under_a_slow_clock_still_stands_behind_what_it_answers() {
    let (home, shop, chat) = asked();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![bought("2", hour(50), "из будущего")])]);
    home.send(&item(&shop, chat, "в пути"), None);
    assert_eq!(home.turn(chat), Turn::Buyer);
    assert_eq!(home.messages(chat).last().unwrap().text, "в пути");
}
