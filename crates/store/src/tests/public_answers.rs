//! Claims, reviews, and what becomes of an action once it was accepted.

use dragoman_domain::claim::{ClaimFacts, ClaimSort, Decision};
use dragoman_domain::incoming::AnswerState;
use dragoman_domain::offer::{Act, Effect, Offer};
use dragoman_domain::outbox::{Event, Item, Publication, SendRules, State, Watermark};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::review::ReviewFacts;
use dragoman_domain::{OutboxId, RemoteId, Turn};
use uuid::Uuid;

use super::*;

const PROVEN: SendRules = SendRules { success_proves: true, ..SendRules::UNDECLARED };

fn claim_facts() -> Facts {
    let offer = |name: &str, effect| Offer { name: name.into(), effect, label: String::new(), fields: Vec::new() };
    Facts {
        started_at: Some(hour(5)),
        claim: Some(ClaimFacts {
            sort: ClaimSort::Return,
            reason: "Брак".into(),
            amount: None,
            quantity: None,
            decision: Decision::Open,
            stage: String::new(),
            decided_at: None,
            comment: String::new(),
            limit: None,
        }),
        offers: Some(vec![offer("approve1", Effect::RefundKeep), offer("reject", Effect::Refuse)]),
        settled: Some(false),
        ..Facts::default()
    }
}

fn review(publication: Publication, reason: &str) -> Vec<Incoming> {
    let facts = Facts {
        review: Some(ReviewFacts { stars: Some(2), ..ReviewFacts::default() }),
        answer: Some(AnswerState { publication, reason: reason.into() }),
        ..Facts::default()
    };
    let messages = vec![bought("r:1", hour(5), "плохо"), sold("r:2", hour(7), "Извините")];
    vec![Incoming { facts, ..thread(Kind::Review, "r", messages) }]
}

fn item(shop: &Shop, conversation: ConversationId, action: ActionKind, text: &str) -> Item {
    let none = Watermark::default();
    Item::new(Uuid::new_v4(), shop.id, conversation, action, text.into(), none, SignedDuration::ZERO, hour(6))
}

impl Home {
    /// Queues an item and has the platform accept it.
    fn carry_out(&self, item: Item) -> OutboxId {
        let id = self.write(move |writer| writer.queue(&item)).entry.id;
        let fence = self.write(|writer| writer.next_fence());
        for event in [Event::Lease { fence }, Event::Accepted { fence, remote: None }] {
            self.write(move |writer| writer.update_outbox(id, |item| Ok(item.apply(event, &PROVEN, hour(7))?)));
        }
        id
    }
}

#[test]
fn a_claim_without_a_word_is_ours_to_decide_and_unread() {
    let home = Home::new();
    let shop = home.shop_on(Channel::Ozon);
    let told = || vec![Incoming { facts: claim_facts(), ..thread(Kind::Claim, "7", Vec::new()) }];
    assert_eq!(home.ingest(&shop, told()).new, 1);
    let id = home.id(&shop, Kind::Claim, "7");
    let row = home.read(|reader| reader.conversation_row(id));
    assert_eq!((row.turn, row.unread, row.last_message_at), (Turn::Ours, 1, hour(5)));
    assert!(row.due_at.is_some());
    assert_eq!(home.ingest(&shop, told()).new, 0, "said twice it is the same claim");
    assert_eq!(home.messages(id).len(), 1);
    let spoken = Incoming { facts: claim_facts(), ..thread(Kind::Claim, "8", vec![bought("8", hour(5), "Брак")]) };
    home.ingest(&shop, vec![spoken]);
    assert_eq!(home.messages(home.id(&shop, Kind::Claim, "8")).len(), 1, "what speaks for itself needs no first word");
    home.check();
}

#[test]
fn a_decided_claim_waits_for_the_platform_and_offers_nothing_until_it_says_more() {
    let home = Home::new();
    let shop = home.shop();
    let told = || vec![Incoming { facts: claim_facts(), ..thread(Kind::Claim, "7", Vec::new()) }];
    home.ingest(&shop, told());
    let id = home.id(&shop, Kind::Claim, "7");
    let act = Some(Act { name: "approve1".into(), fields: BTreeMap::new() });
    home.carry_out(Item { act, ..item(&shop, id, ActionKind::Act, "") });
    let claim = home.read(|reader| reader.conversation(id));
    assert_eq!((claim.row.turn, claim.offers.len()), (Turn::None, 0));
    home.ingest(&shop, told());
    let claim = home.read(|reader| reader.conversation(id));
    assert_eq!((claim.row.turn, claim.offers.len()), (Turn::Ours, 2), "the platform's word goes before ours");
}

#[test]
fn a_refused_answer_is_ours_again_with_its_text_as_a_draft_and_told_once() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, vec![thread(Kind::Review, "r", vec![bought("r:1", hour(5), "плохо")])]);
    let id = home.id(&shop, Kind::Review, "r");
    let sent = home.carry_out(item(&shop, id, ActionKind::Reply, "Извините"));
    home.ingest(&shop, review(Publication::Pending, ""));
    let publication = || home.read(|reader| reader.outbox_entry(sent)).item.publication;
    assert_eq!(
        (publication(), home.read(|reader| reader.conversation_row(id)).turn),
        (Some(Publication::Pending), Turn::None)
    );

    let done = home.ingest(&shop, review(Publication::Refused, "контакты"));
    assert_eq!((done.refused, publication()), (vec![id], Some(Publication::Refused)));
    let refused = home.read(|reader| reader.conversation(id));
    assert_eq!(
        (refused.row.turn, refused.draft.as_str(), refused.refusal.as_str()),
        (Turn::Ours, "Извините", "контакты")
    );
    assert_eq!(refused.row.stars, Some(2));
    assert_eq!(home.ingest(&shop, review(Publication::Refused, "контакты")).refused, []);

    let edit = home.carry_out(item(&shop, id, ActionKind::Edit, "Нам жаль"));
    let corrected = home.read(|reader| reader.conversation(id));
    assert_eq!((corrected.row.turn, corrected.publication), (Turn::None, None), "a new text is judged anew");
    home.ingest(&shop, review(Publication::Public, ""));
    let item = home.read(|reader| reader.outbox_entry(edit)).item;
    assert_eq!((item.state, item.publication), (State::Sent, Some(Publication::Public)));
    home.check();
}

#[test]
fn a_public_answer_that_is_gone_is_ours_again_with_its_text_and_one_that_is_awaited_is_not() {
    let home = Home::new();
    let shop = home.shop();
    let gone = || {
        let seen = thread(Kind::Review, "r", vec![bought("r:1", hour(5), "плохо")]);
        vec![Incoming { facts: Facts { unanswered: true, ..seen.facts.clone() }, ..seen }]
    };
    assert_eq!(home.ingest(&shop, gone()).refused, [], "nobody has answered yet");
    let id = home.id(&shop, Kind::Review, "r");
    home.carry_out(item(&shop, id, ActionKind::Reply, "Извините"));
    home.ingest(&shop, review(Publication::Pending, ""));
    assert_eq!(home.ingest(&shop, gone()).refused, [], "what is moderated may not be shown yet");
    home.ingest(&shop, review(Publication::Public, ""));
    assert_eq!(home.read(|reader| reader.conversation_row(id)).turn, Turn::None);
    assert_eq!(home.ingest(&shop, gone()).refused, [id]);
    let taken = home.read(|reader| reader.conversation(id));
    assert_eq!((taken.row.turn, taken.draft.as_str()), (Turn::Ours, "Извините"));
    assert!(!taken.refusal.is_empty(), "a person reads why");
    assert_eq!(home.ingest(&shop, gone()).refused, [], "it is told once");
    home.ingest(&shop, review(Publication::Public, ""));
    assert_eq!(home.read(|reader| reader.conversation_row(id)).turn, Turn::None, "it was only hidden for a while");
    home.check();
}

#[test]
fn an_answer_in_moderation_is_looked_at_again_after_a_restart_too() {
    let home = Home::new();
    let shop = home.shop();
    let marked = |publication| {
        let mut pages = review(publication, "");
        pages[0].mark = Some("2 comments".to_owned());
        pages
    };
    home.ingest(&shop, marked(Publication::Pending));
    let home = home.reopen();
    let mark = |home: &Home, at| home.read(move |reader| reader.marks(shop.id, Kind::Review, &["r".into()], at)).len();
    assert_eq!((mark(&home, hour(10)), mark(&home, hour(24 * 30))), (0, 1), "for as long as moderation may take");
    home.ingest(&shop, marked(Publication::Public));
    assert_eq!(mark(&home, hour(10)), 1);
}

#[test]
fn a_draft_somebody_began_is_not_replaced_by_the_refused_text() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, review(Publication::Pending, ""));
    let id = home.id(&shop, Kind::Review, "r");
    home.write(move |writer| writer.set_draft(id, "Почти"));
    assert_eq!(home.ingest(&shop, review(Publication::Refused, "")).refused, [id]);
    assert_eq!(home.read(|reader| reader.conversation(id)).draft, "Почти");
}

#[test]
fn the_correction_of_a_refused_answer_is_an_answer_on_its_way() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, review(Publication::Refused, ""));
    let id = home.id(&shop, Kind::Review, "r");
    assert_eq!(home.read(|reader| reader.conversation_row(id)).turn, Turn::Ours);
    let edit = item(&shop, id, ActionKind::Edit, "Нам жаль");
    home.write(move |writer| writer.queue(&edit));
    assert_eq!(home.read(|reader| reader.conversation_row(id)).turn, Turn::None);
}

#[test]
fn an_answer_that_was_taken_back_stays_to_be_read_and_answers_nothing() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, review(Publication::Public, ""));
    let id = home.id(&shop, Kind::Review, "r");
    let target = Some(RemoteId::from("r:2"));
    home.carry_out(Item { target, ..item(&shop, id, ActionKind::Delete, "") });
    assert_eq!(home.read(|reader| reader.conversation_row(id)).turn, Turn::Ours);
    assert_eq!(home.messages(id).len(), 2);
    home.ingest(&shop, review(Publication::Public, ""));
    assert_eq!(home.read(|reader| reader.conversation_row(id)).turn, Turn::Ours, "a page from before changes nothing");
    home.check();
}

#[test]
fn the_newest_answer_of_ours_is_found_by_the_platforms_name() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, review(Publication::Public, ""));
    let id = home.id(&shop, Kind::Review, "r");
    let [theirs, ours] = [0, 1].map(|at| home.messages(id)[at].id);
    let own = |wanted| home.read(|reader| reader.own_message(id, wanted));
    assert_eq!(own(None).map(|own| (own.id, own.shown)), Some((ours, Some("r:2".into()))));
    assert_eq!((own(Some(ours)).is_some(), own(Some(theirs)).is_some()), (true, false));
    home.carry_out(item(&shop, id, ActionKind::Reply, "Ещё раз"));
    assert_eq!(own(None).map(|own| own.shown), Some(None), "our own copy has no name yet");
}
