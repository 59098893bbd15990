//! What Wildberries can do, as data.

use dragoman_domain::channel::{ActionRules, FileRules, KindCapabilities, Stream, Urgency};
use dragoman_domain::outbox::{Nature, SendRules};
use dragoman_domain::outgoing::ActionKind;
use dragoman_domain::rules::RulePack;
use dragoman_domain::{Capabilities, Kind};

use super::client::List;
use super::{archive, awaiting, chats, claims, news, recent};

/// Media types that chats take (specification of 2026-10-24).
const CHAT_FILES: [&str; 3] = ["image/jpeg", "image/png", "application/pdf"];

pub(super) fn capabilities(pack: &RulePack) -> Capabilities {
    Capabilities { kinds: kinds(pack), streams: streams(pack) }
}

fn figure(pack: &RulePack, name: &str, otherwise: u32) -> u32 {
    pack.figure(name).and_then(|value| u32::try_from(value).ok()).unwrap_or(otherwise)
}

fn kinds(pack: &RulePack) -> Vec<KindCapabilities> {
    let figure = |name: &str, otherwise| figure(pack, name, otherwise);
    // A success may be empty and an answer may stay unseen for hours. Sent again it sets the same answer.
    let answer = SendRules {
        nature: Nature::SetLike,
        success_proves: false,
        read_back: true,
        absence_provable: true,
        horizon_s: figure("answer_horizon_s", 10_800),
    };
    // Setting the mark again changes nothing, so doubt may simply be followed by a second call.
    let mark = SendRules { success_proves: true, horizon_s: 0, ..answer };
    // A success names the chat and the instant. After doubt the feed shows our own messages too, whichever program wrote them.
    let message = SendRules {
        nature: Nature::Append,
        success_proves: true,
        read_back: true,
        absence_provable: true,
        horizon_s: figure("chat_horizon_s", 300),
    };
    // Money moves. After doubt an action that is offered no longer was taken; one that still is proves nothing, because refused claims
    // can be reconsidered.
    let decision = SendRules { success_proves: true, absence_provable: false, horizon_s: 180, ..answer };
    let action = |action, text, send| ActionRules { action, text, send, files: None };
    let of_question = Some((figure("question_text_min", 2), figure("question_text_max", 5000)));
    let of_review = Some((figure("review_text_min", 2), figure("review_text_max", 5000)));
    let of_chat = Some((1, figure("chat_text_max", 1000)));
    let kind = |kind, public, actions| KindCapabilities { kind, public, actions };
    vec![
        kind(
            Kind::Question,
            true,
            vec![
                action(ActionKind::Reply, of_question, answer),
                action(ActionKind::Edit, of_question, answer),
                action(ActionKind::Reject, of_question, answer),
                action(ActionKind::Read, None, mark),
            ],
        ),
        kind(
            Kind::Review,
            true,
            vec![
                action(ActionKind::Reply, of_review, answer),
                action(ActionKind::Edit, of_review, answer),
                action(ActionKind::Act, None, answer),
            ],
        ),
        kind(
            Kind::Chat,
            false,
            vec![ActionRules { files: Some(chat_files(pack)), ..action(ActionKind::Reply, of_chat, message) }],
        ),
        kind(Kind::Claim, false, vec![action(ActionKind::Act, None, decision)]),
        kind(Kind::Notice, false, Vec::new()),
    ]
}

fn chat_files(pack: &RulePack) -> FileRules {
    FileRules {
        mimes: CHAT_FILES.map(str::to_owned).to_vec(),
        max_bytes: pack.figure("chat_file_bytes").unwrap_or(5_242_880),
        max_total: pack.figure("chat_files_bytes").unwrap_or(30_000_000),
        max_count: figure(pack, "chat_files_count", 10),
        with_text: true,
    }
}

fn streams(pack: &RulePack) -> Vec<Stream> {
    let stream = |name: &str, urgency, kind, every_s| Stream { name: name.to_owned(), urgency, kind, every_s };
    let unanswered = figure(pack, "poll_unanswered_s", 60);
    let recent_every = figure(pack, "poll_recent_s", 900);
    vec![
        stream(awaiting::stream(List::Questions), Urgency::Awaiting, Kind::Question, unanswered),
        stream(awaiting::stream(List::Reviews), Urgency::Awaiting, Kind::Review, unanswered),
        stream(claims::OPEN, Urgency::Awaiting, Kind::Claim, figure(pack, "poll_claims_s", 300)),
        stream(chats::STREAM, Urgency::Awaiting, Kind::Chat, figure(pack, "poll_chats_s", 30)),
        stream(recent::stream(List::Questions), Urgency::Recent, Kind::Question, recent_every),
        stream(recent::stream(List::Reviews), Urgency::Recent, Kind::Review, recent_every),
        stream(claims::ARCHIVE, Urgency::Recent, Kind::Claim, figure(pack, "poll_claims_archive_s", 3_600)),
        stream(chats::HISTORY, Urgency::History, Kind::Chat, 0),
        stream(archive::STREAM, Urgency::History, Kind::Review, 0),
        stream(news::STREAM, Urgency::History, Kind::Notice, figure(pack, "poll_news_s", 21_600)),
    ]
}
