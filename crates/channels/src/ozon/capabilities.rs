//! What Ozon can do with each kind of conversation, and the streams it is asked for, declared as data.

use dragoman_domain::channel::{ActionRules, FileRules, KindCapabilities, Stream, Urgency};
use dragoman_domain::outbox::{Nature, SendRules};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Capabilities, Kind};

/// Questions that nobody has dealt with.
pub(super) const QUESTIONS_UNANSWERED: &str = "questions_unanswered";
/// Reviews that nobody has dealt with.
pub(super) const REVIEWS_UNANSWERED: &str = "reviews_unanswered";
/// Returns of all schemes whose status changed within the days of history. There are few, and no filter knows those that wait for the
/// seller, so they are looked through together.
pub(super) const RETURNS: &str = "returns";
/// Return requests that are not settled.
pub(super) const RFBS_OPEN: &str = "returns_rfbs_open";
/// Cancellation requests that wait for a decision.
pub(super) const CANCELLATIONS_OPEN: &str = "cancellations_open";
/// Buyers' chats with something unread.
pub(super) const CHATS_UNREAD: &str = "chats_unread";
/// Chats with Ozon's people, and its news, with something unread. A stream of its own, because they need less of a subscription than
/// buyers' chats.
pub(super) const TICKETS: &str = "tickets";
/// Chats of the last days, answered elsewhere included.
pub(super) const CHATS: &str = "chats";
/// Questions of the last days, answered elsewhere included.
pub(super) const QUESTIONS_RECENT: &str = "questions_recent";
/// Reviews of the last days, answered elsewhere included.
pub(super) const REVIEWS_RECENT: &str = "reviews_recent";
/// All return requests.
pub(super) const RFBS: &str = "returns_rfbs";
/// All cancellation requests.
pub(super) const CANCELLATIONS: &str = "cancellations";
/// Old chats.
pub(super) const CHATS_HISTORY: &str = "chats_history";
/// Old questions.
pub(super) const QUESTIONS_HISTORY: &str = "questions_history";
/// Old reviews.
pub(super) const REVIEWS_HISTORY: &str = "reviews_history";
/// Old returns.
pub(super) const RETURNS_HISTORY: &str = "returns_history";
/// Old return requests.
pub(super) const RFBS_HISTORY: &str = "returns_rfbs_history";

/// What a file of a chat may be. Neither types nor sizes are documented (September 2026): pictures and PDF are assumed, and the
/// server's refusal is shown.
const FILE_TYPES: [&str; 5] = ["image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"];

/// A call that changes nothing more when it is repeated, and whose effect can be seen.
const SETTING: SendRules =
    SendRules { nature: Nature::SetLike, success_proves: true, read_back: true, absence_provable: true, horizon_s: 0 };

pub(super) fn of(pack: &RulePack) -> Capabilities {
    let figure =
        |name: &str, otherwise: u32| pack.figure(name).and_then(|value| u32::try_from(value).ok()).unwrap_or(otherwise);
    let horizon_s = figure("answer_horizon_s", 180);
    let appending =
        SendRules { nature: Nature::Append, success_proves: true, read_back: true, absence_provable: true, horizon_s };
    // What is public is moderated or comes late, and nowhere is it written how late: not to see it proves nothing.
    let public = SendRules { absence_provable: false, ..appending };
    let action = |action, text, send| ActionRules { action, text, send, files: None };
    let settling = action(ActionKind::Act, None, SendRules { horizon_s, ..SETTING });
    let deletion = action(ActionKind::Delete, None, SendRules { horizon_s, ..SETTING });
    let answer = |least: &str, most: &str, otherwise: (u32, u32)| {
        let length = (figure(least, otherwise.0), figure(most, otherwise.1));
        action(ActionKind::Reply, Some(length), public)
    };
    let file_bytes = pack.figure("chat_file_bytes").unwrap_or(10_000_000);
    let files = FileRules {
        mimes: FILE_TYPES.map(str::to_owned).into(),
        max_bytes: file_bytes,
        max_total: file_bytes.saturating_mul(u64::from(figure("chat_files", 5))),
        max_count: figure("chat_files", 5),
        with_text: false,
    };
    let chat_text = (figure("chat_text_min", 1), figure("chat_text_max", 1000));
    let reply = ActionRules { files: Some(files), ..action(ActionKind::Reply, Some(chat_text), appending) };
    let read = action(ActionKind::Read, None, SendRules { read_back: false, absence_provable: false, ..SETTING });
    // Money and orders hang on it: whoever decided meanwhile, a person looks before it is done again.
    let decision = action(ActionKind::Act, None, public);
    let kind = |kind, public, actions| KindCapabilities { kind, public, actions };
    Capabilities {
        kinds: vec![
            kind(
                Kind::Question,
                true,
                vec![answer("question_text_min", "question_text_max", (2, 3000)), deletion.clone(), settling.clone()],
            ),
            kind(Kind::Review, true, vec![answer("review_text_min", "review_text_max", (1, 1000)), deletion, settling]),
            kind(Kind::Claim, false, vec![decision]),
            kind(Kind::Chat, false, vec![reply.clone(), read.clone()]),
            kind(Kind::Ticket, false, vec![reply, read.clone()]),
            kind(Kind::Notice, false, vec![read]),
        ],
        streams: streams(figure),
    }
}

fn streams(figure: impl Fn(&str, u32) -> u32) -> Vec<Stream> {
    let stream = |name: &str, urgency, kind, every_s| Stream { name: name.to_owned(), urgency, kind, every_s };
    let claims = figure("poll_claims_s", 900);
    let recent = figure("poll_recent_s", 3600);
    vec![
        stream(QUESTIONS_UNANSWERED, Urgency::Awaiting, Kind::Question, figure("poll_questions_s", 300)),
        stream(REVIEWS_UNANSWERED, Urgency::Awaiting, Kind::Review, figure("poll_reviews_s", 600)),
        stream(RETURNS, Urgency::Awaiting, Kind::Claim, claims),
        stream(RFBS_OPEN, Urgency::Awaiting, Kind::Claim, claims),
        stream(CANCELLATIONS_OPEN, Urgency::Awaiting, Kind::Claim, claims),
        stream(CHATS_UNREAD, Urgency::Awaiting, Kind::Chat, figure("poll_unanswered_s", 45)),
        stream(TICKETS, Urgency::Awaiting, Kind::Ticket, figure("poll_tickets_s", 300)),
        stream(CHATS, Urgency::Recent, Kind::Chat, recent),
        stream(QUESTIONS_RECENT, Urgency::Recent, Kind::Question, recent),
        stream(REVIEWS_RECENT, Urgency::Recent, Kind::Review, recent),
        stream(RFBS, Urgency::Recent, Kind::Claim, recent),
        stream(CANCELLATIONS, Urgency::Recent, Kind::Claim, recent),
        stream(CHATS_HISTORY, Urgency::History, Kind::Chat, 0),
        stream(QUESTIONS_HISTORY, Urgency::History, Kind::Question, 0),
        stream(REVIEWS_HISTORY, Urgency::History, Kind::Review, 0),
        stream(RETURNS_HISTORY, Urgency::History, Kind::Claim, 0),
        stream(RFBS_HISTORY, Urgency::History, Kind::Claim, 0),
    ]
}
