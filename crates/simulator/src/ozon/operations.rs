//! The table of Ozon's methods: which path is which, what it would write, and who answers it.

use http::Method;

use super::{
    Turn, account, answers, attributes, cancellations, chats, comments, errors, files, postings, postings::Scheme,
    product, questions, returns, review::Version, reviews, rfbs, sending, shop::Shop,
};
use crate::{
    OzonRules,
    acceptance::Write,
    platform::{Answer, Call, Outcome},
};

/// A method of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Roles,
    SellerInfo,
    Chats,
    History,
    Send,
    SendFile,
    StartChat,
    Read,
    File,
    Questions,
    Question,
    QuestionCount,
    QuestionStatus,
    TopSkus,
    Answers,
    CreateAnswer,
    DeleteAnswer,
    Reviews(Version),
    Review(Version),
    ReviewCount(Version),
    ReviewStatus(Version),
    Comments,
    CreateComment,
    DeleteComment(Version),
    Returns,
    Claims,
    Claim,
    ActOnClaim,
    Cancellations,
    Decide { approves: bool },
    Products,
    Attributes,
    RelatedSkus,
    Postings(Scheme),
    Posting(Scheme),
}

impl Operation {
    pub(crate) fn of(call: &Call, rules: &OzonRules) -> Option<Self> {
        if call.method == Method::GET {
            return call.path.starts_with("/v2/chat/file/").then_some(Self::File);
        }
        if call.method != Method::POST || rules.old_reviews && call.path.starts_with("/v2/review/") {
            return None;
        }
        Some(match call.path.as_str() {
            "/v1/roles" => Self::Roles,
            "/v1/seller/info" => Self::SellerInfo,
            "/v3/chat/list" => Self::Chats,
            "/v3/chat/history" => Self::History,
            "/v1/chat/send/message" => Self::Send,
            "/v1/chat/send/file" => Self::SendFile,
            "/v1/chat/start" => Self::StartChat,
            "/v2/chat/read" => Self::Read,
            "/v1/question/list" => Self::Questions,
            "/v1/question/info" => Self::Question,
            "/v1/question/count" => Self::QuestionCount,
            "/v1/question/change-status" => Self::QuestionStatus,
            "/v1/question/top-sku" => Self::TopSkus,
            "/v1/question/answer/list" => Self::Answers,
            "/v1/question/answer/create" => Self::CreateAnswer,
            "/v1/question/answer/delete" => Self::DeleteAnswer,
            "/v2/review/list" => Self::Reviews(Version::Two),
            "/v1/review/list" => Self::Reviews(Version::One),
            "/v2/review/info" => Self::Review(Version::Two),
            "/v1/review/info" => Self::Review(Version::One),
            "/v2/review/count" => Self::ReviewCount(Version::Two),
            "/v1/review/count" => Self::ReviewCount(Version::One),
            "/v2/review/change-status" => Self::ReviewStatus(Version::Two),
            "/v1/review/change-status" => Self::ReviewStatus(Version::One),
            "/v1/review/comment/list" => Self::Comments,
            "/v1/review/comment/create" => Self::CreateComment,
            "/v2/review/comment/delete" => Self::DeleteComment(Version::Two),
            "/v1/review/comment/delete" => Self::DeleteComment(Version::One),
            "/v1/returns/list" => Self::Returns,
            "/v2/returns/rfbs/list" => Self::Claims,
            "/v2/returns/rfbs/get" => Self::Claim,
            "/v1/returns/rfbs/action/set" => Self::ActOnClaim,
            "/v2/conditional-cancellation/list" => Self::Cancellations,
            "/v2/conditional-cancellation/approve" => Self::Decide { approves: true },
            "/v2/conditional-cancellation/reject" => Self::Decide { approves: false },
            "/v3/product/info/list" => Self::Products,
            "/v4/product/info/attributes" => Self::Attributes,
            "/v1/product/related-sku/get" => Self::RelatedSkus,
            "/v4/posting/fbs/list" => Self::Postings(Scheme::Fbs),
            "/v3/posting/fbo/list" => Self::Postings(Scheme::Fbo),
            "/v3/posting/fbs/get" => Self::Posting(Scheme::Fbs),
            "/v2/posting/fbo/get" => Self::Posting(Scheme::Fbo),
            _ => return None,
        })
    }

    /// The write a call asks for, whether or not it will be accepted.
    pub(crate) fn intent(self, call: &Call) -> Option<Write> {
        match self {
            Self::Send => sending::intent_to_send(call),
            Self::SendFile => files::intent_to_send(call),
            Self::StartChat => sending::intent_to_start(call),
            Self::Read => chats::intent_to_read(call),
            Self::QuestionStatus => questions::intent_to_change(call),
            Self::CreateAnswer => answers::intent_to_create(call),
            Self::DeleteAnswer => answers::intent_to_delete(call),
            Self::ReviewStatus(_) => reviews::intent_to_change(call),
            Self::CreateComment => comments::intent_to_create(call),
            Self::DeleteComment(_) => comments::intent_to_delete(call),
            Self::ActOnClaim => rfbs::intent_to_act(call),
            Self::Decide { approves } => cancellations::intent_to_decide(approves, call),
            _ => None,
        }
    }

    pub(crate) fn perform(self, shop: &mut Shop, turn: &Turn<'_>) -> Outcome {
        let call = turn.call;
        let read = |answer: Result<Answer, Answer>| answer.unwrap_or_else(|refusal| refusal).into();
        let write = |outcome: Result<Outcome, Answer>| outcome.unwrap_or_else(Outcome::from);
        match self {
            Self::Roles => account::roles(shop, call).into(),
            Self::SellerInfo => account::seller_info(shop, call.at).into(),
            Self::Chats => chats::list(shop, call, turn.rules).into(),
            Self::History => chats::history(shop, call).into(),
            Self::Send => sending::send(shop, turn),
            Self::SendFile => write(files::send(shop, turn)),
            Self::StartChat => write(sending::start(shop, turn)),
            Self::Read => chats::read(shop, turn),
            Self::File => files::fetch(shop, &call.path).into(),
            Self::Questions => read(questions::list(shop, call)),
            Self::Question => read(questions::info(shop, call)),
            Self::QuestionCount => read(questions::count(shop)),
            Self::QuestionStatus => write(questions::change_status(shop, turn)),
            Self::TopSkus => read(questions::top_sku(shop, call)),
            Self::Answers => read(answers::list(shop, call)),
            Self::CreateAnswer => write(answers::create(shop, turn)),
            Self::DeleteAnswer => write(answers::delete(shop, turn)),
            Self::Reviews(version) => read(reviews::list(shop, version, call)),
            Self::Review(version) => read(reviews::info(shop, version, call)),
            Self::ReviewCount(version) => read(reviews::count(shop, version)),
            Self::ReviewStatus(version) => write(reviews::change_status(shop, version, turn)),
            Self::Comments => read(comments::list(shop, call)),
            Self::CreateComment => write(comments::create(shop, turn)),
            Self::DeleteComment(version) => write(comments::delete(shop, version, turn)),
            Self::Returns => read(returns::list(shop, call)),
            Self::Claims => read(rfbs::list(shop, call)),
            Self::Claim => read(rfbs::get(shop, call)),
            Self::ActOnClaim => write(rfbs::act(shop, turn)),
            Self::Cancellations => read(cancellations::list(shop, call)),
            Self::Decide { approves } => write(cancellations::decide(shop, approves, turn)),
            Self::Products => product::list(&shop.products, call).into(),
            Self::Attributes => read(attributes::list(shop, call)),
            Self::RelatedSkus => product::related(&shop.products, call).into(),
            Self::Postings(scheme) => postings::list(shop, scheme, call).into(),
            Self::Posting(scheme) => postings::get(shop, scheme, call).into(),
        }
    }

    /// An error as this method words it: in the section of questions `details` is a string (specification, 2026-09).
    pub(crate) fn worded(self, answer: Answer) -> Answer {
        match self {
            Self::Questions
            | Self::Question
            | Self::QuestionCount
            | Self::QuestionStatus
            | Self::TopSkus
            | Self::Answers
            | Self::CreateAnswer
            | Self::DeleteAnswer => errors::with_details_as_text(answer),
            _ => answer,
        }
    }
}
