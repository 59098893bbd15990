//! Carrying out one action: one request, never repeated.

use dragoman_domain::Kind;
use dragoman_domain::offer::Act;
use dragoman_domain::outgoing::{ActionKind, Outgoing, Refusal, Sent};

use crate::Failure;
use crate::ozon::Ozon;
use crate::ozon::client::no_product;
use crate::ozon::map::claim::Claim;
use crate::ozon::map::question::SETTLE;

/// Names the posting by which a chat is opened; without it the order number has to be one.
const POSTING: &str = "posting_number";

impl Ozon {
    /// Carries out one action.
    ///
    /// Answering a question does not mark it as processed: that would be a second request, and it is an offer of its own. Seen by a
    /// person is told of chats only: a question's or review's status cannot say so without undoing what somebody has processed meanwhile.
    pub(super) async fn carry_out(&self, outgoing: &Outgoing) -> Sent {
        let id = outgoing.conversation.as_str();
        match (outgoing.kind, outgoing.action) {
            (_, ActionKind::Act) => self.act(outgoing).await,
            (Kind::Chat | Kind::Ticket, ActionKind::Reply) => self.write(outgoing).await,
            (Kind::Chat | Kind::Ticket | Kind::Notice, ActionKind::Read) => {
                let marked = match &outgoing.last_in {
                    Some(message) => self.client.mark_read(&outgoing.conversation, message).await,
                    None => None,
                };
                marked.unwrap_or_else(|| refused("there is no message of the other side to mark as read"))
            }
            (Kind::Question, ActionKind::Reply) => {
                let sent = self.client.answer(id, &outgoing.product, &outgoing.text).await;
                let sent = sent.unwrap_or_else(|| refused(&no_product("question")));
                if let Sent::Yes { remote: Some(answer), .. } = &sent {
                    self.memory.answered(answer.as_str().strip_prefix("a:").unwrap_or_default());
                }
                sent
            }
            (Kind::Question, ActionKind::Delete) => match target(outgoing, "a:") {
                Some(answer) => {
                    let sent = self.client.delete_answer(answer, &outgoing.product).await;
                    sent.unwrap_or_else(|| refused(&no_product("question")))
                }
                None => refused("it is not known which answer is to be taken back"),
            },
            (Kind::Review, ActionKind::Reply) => {
                // What a buyer said last to the thread is what is answered to.
                let parent = outgoing.last_in.as_ref().and_then(|last| last.as_str().strip_prefix("c:"));
                let sent = self.client.comment(id, &outgoing.text, parent).await;
                if matches!(sent, Sent::Yes { .. } | Sent::Unknown { .. }) {
                    self.memory.commented(&outgoing.conversation, self.clock.now());
                }
                sent
            }
            (Kind::Review, ActionKind::Delete) => match target(outgoing, "c:") {
                Some(comment) => match self.review_version().await {
                    Ok(version) => {
                        let sent = self.client.delete_comment(version, comment, &outgoing.product).await;
                        sent.unwrap_or_else(|| refused(&no_product("review")))
                    }
                    Err(failure) => not_now(failure),
                },
                None => refused("it is not known which comment is to be taken back"),
            },
            (kind, action) => refused(&format!("Ozon offers no `{action}` for a {kind}")),
        }
    }

    async fn act(&self, outgoing: &Outgoing) -> Sent {
        let Some(act) = &outgoing.act else { return refused("it is not known what is to be done") };
        if act.opens_chat() {
            return match posting(act, &outgoing.order_no) {
                Some(posting) => self.client.start_chat(posting).await,
                None => refused("Ozon opens a chat by the number of a posting, and none is known"),
            };
        }
        let id = outgoing.conversation.as_str();
        match outgoing.kind {
            Kind::Question if act.name == SETTLE => self.client.settle_question(id).await,
            Kind::Review if act.name == SETTLE => match self.review_version().await {
                Ok(version) => self.client.settle_review(version, id).await,
                Err(failure) => not_now(failure),
            },
            Kind::Claim => {
                let sent = match Claim::of(&outgoing.conversation) {
                    Some(Claim::Rfbs { id }) => self.client.act_on_return(id, act).await,
                    Some(Claim::Cancellation { id, .. }) => self.client.decide_cancellation(id, act).await,
                    Some(Claim::Return { .. }) | None => None,
                };
                sent.unwrap_or_else(|| {
                    refused(&format!("Ozon takes no `{}` with these values for this claim", act.name))
                })
            }
            kind => refused(&format!("Ozon offers no `{}` for a {kind}", act.name)),
        }
    }

    /// A text, or one file.
    async fn write(&self, outgoing: &Outgoing) -> Sent {
        match outgoing.files.as_slice() {
            [] => self.client.send_message(&outgoing.conversation, &outgoing.text).await,
            [file] if outgoing.text.is_empty() => self.client.send_file(&outgoing.conversation, file).await,
            _ => refused("Ozon takes one file at a time, and no text with it"),
        }
    }
}

fn posting<'a>(act: &'a Act, order_no: &'a str) -> Option<&'a str> {
    let given = act.fields.get(POSTING).map(|posting| posting.trim()).filter(|posting| !posting.is_empty());
    // Three groups of digits; an order number has two and opens nothing.
    given.or_else(|| (order_no.split('-').count() == 3).then_some(order_no))
}

fn target<'a>(outgoing: &'a Outgoing, prefix: &str) -> Option<&'a str> {
    outgoing.target.as_ref()?.as_str().strip_prefix(prefix)
}

fn refused(why: &str) -> Sent {
    Sent::No(Refusal::Final { code: "refused".to_owned(), why: why.to_owned() })
}

/// A question about the server that comes before the action has no answer, so nothing has been sent.
fn not_now(failure: Failure) -> Sent {
    Sent::No(match failure {
        Failure::Wait { until, .. } => Refusal::Throttled { retry_at: Some(until) },
        Failure::Key { code, why } => Refusal::Key { code, why },
        Failure::Closed { code, why, .. } => Refusal::Final { code, why },
        Failure::Refused { why } => Refusal::Final { code: "refused".to_owned(), why },
        other => Refusal::NotReached { why: other.to_string() },
    })
}
