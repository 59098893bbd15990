//! From an intended action to the call that carries it out.

use dragoman_domain::Kind;
use dragoman_domain::outgoing::{ActionKind, Outgoing, Refusal, Sent};
use reqwest::Method;

use super::client::{Api, Message, refusal};
use super::map;
use super::map::review::RETURN;
use super::token::Right;
use super::wire::claim::Decide;
use super::wire::review::ReviewAnswer;
use super::wire::{AnswerText, Patch, REJECTED, SHOWN};

/// Carries out one action, unless the token cannot.
pub(super) async fn send(api: &Api, outgoing: &Outgoing) -> Sent {
    let right = match outgoing.kind {
        Kind::Question | Kind::Review => Right::Questions,
        Kind::Chat => Right::Chats,
        Kind::Claim => Right::Claims,
        Kind::Ticket | Kind::Notice => return not_offered(outgoing),
    };
    if let Err(failure) = api.may(Some(right)) {
        return Sent::No(refusal(failure));
    }
    if api.token.read_only() {
        let why = "the token may only read; make one without the mark `read only` to answer with it";
        return refused("read_only", why);
    }
    match outgoing.kind {
        Kind::Question => question(api, outgoing).await,
        Kind::Review => review(api, outgoing).await,
        Kind::Chat => chat(api, outgoing).await,
        Kind::Claim => claim(api, outgoing).await,
        Kind::Ticket | Kind::Notice => not_offered(outgoing),
    }
}

async fn question(api: &Api, outgoing: &Outgoing) -> Sent {
    let id = outgoing.conversation.as_str();
    let answer = |state| Patch::Answer { id, answer: AnswerText { text: &outgoing.text }, state };
    let remote = Some(map::answer_id(id));
    match outgoing.action {
        ActionKind::Reply | ActionKind::Edit => api.patch(&answer(SHOWN), remote).await,
        ActionKind::Reject => api.patch(&answer(REJECTED), remote).await,
        ActionKind::Read => api.patch(&Patch::Viewed { id, was_viewed: true }, None).await,
        ActionKind::Delete | ActionKind::Act => not_offered(outgoing),
    }
}

async fn review(api: &Api, outgoing: &Outgoing) -> Sent {
    let id = outgoing.conversation.as_str();
    let body = ReviewAnswer { id, text: &outgoing.text };
    let remote = map::review::answer_id(id);
    match (outgoing.action, &outgoing.act) {
        (ActionKind::Reply, _) => api.answer_review(Method::POST, &body, remote).await,
        (ActionKind::Edit, _) => api.answer_review(Method::PATCH, &body, remote).await,
        (ActionKind::Act, Some(act)) if act.name == RETURN => api.offer_return(id).await,
        _ => not_offered(outgoing),
    }
}

async fn chat(api: &Api, outgoing: &Outgoing) -> Sent {
    let Outgoing { conversation, text, files, .. } = outgoing;
    match outgoing.action {
        ActionKind::Reply => api.write(Message { chat: conversation.as_str(), text, files }).await,
        _ => not_offered(outgoing),
    }
}

async fn claim(api: &Api, outgoing: &Outgoing) -> Sent {
    let Some(act) = outgoing.act.as_ref().filter(|_| outgoing.action == ActionKind::Act) else {
        return not_offered(outgoing);
    };
    let comment = act.fields.get("comment").map(|comment| comment.trim()).filter(|comment| !comment.is_empty());
    api.decide(&Decide { id: outgoing.conversation.as_str(), action: &act.name, comment }).await
}

fn not_offered(outgoing: &Outgoing) -> Sent {
    refused("not_offered", &format!("Wildberries offers no `{}` for a {}", outgoing.action, outgoing.kind))
}

fn refused(code: &str, why: &str) -> Sent {
    Sent::No(Refusal::Final { code: code.to_owned(), why: why.to_owned() })
}
