//! A conversation: one thread of one kind, and whose move it is.

use jiff::Timestamp;

use crate::message::Direction;
use crate::text::words;

words! {
    /// What sort of thread a conversation is.
    "kind" Kind {
        /// A public question on a product.
        Question = "question",
        /// A public review of a product.
        Review = "review",
        /// A private talk with a buyer.
        Chat = "chat",
        /// A return or a dispute.
        Claim = "claim",
        /// Ours to a platform's support, managers included.
        Ticket = "ticket",
        /// Platform news: nobody's move, never unread.
        Notice = "notice",
    }
}

words! {
    /// Whose move it is. Derived by [`turn`], never set by hand.
    "turn" Turn {
        /// We owe an answer.
        Ours = "ours",
        /// The buyer may go on.
        Buyer = "buyer",
        /// The platform owes us something.
        Platform = "platform",
        /// Nobody has to do anything.
        None = "none",
    }
}

/// What decides the turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Kind of the thread.
    pub kind: Kind,
    /// The platform takes no more answers, or the thread was settled without one (a rejected question).
    pub closed: bool,
    /// Nobody expects an answer any more, although one may still be given.
    pub settled: bool,
    /// The platform's moderation refused our newest answer, so nobody has read it.
    pub refused: bool,
    /// Direction and instant of the newest message that is ours or theirs (notes and system messages do not count).
    pub last: Option<(Direction, Timestamp)>,
    /// An answer of ours is on its way: queued, sending or unknown.
    pub answering: bool,
}

/// Derives whose move it is.
pub fn turn(standing: Standing) -> Turn {
    let Standing { kind, closed, settled, refused, last, answering } = standing;
    if kind == Kind::Notice || closed || settled {
        return Turn::None;
    }
    let theirs = match kind {
        // An answered question or review asks nothing more of anybody.
        Kind::Question | Kind::Review => Turn::None,
        Kind::Chat | Kind::Claim => Turn::Buyer,
        Kind::Ticket | Kind::Notice => Turn::Platform,
    };
    match last {
        None => Turn::None,
        Some((Direction::In, _)) if !answering => Turn::Ours,
        Some(_) if refused && !answering => Turn::Ours,
        Some(_) => theirs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(kind: Kind, last: Direction) -> Standing {
        Standing {
            kind,
            closed: false,
            settled: false,
            refused: false,
            last: Some((last, Timestamp::UNIX_EPOCH)),
            answering: false,
        }
    }

    #[test]
    fn a_buyer_who_wrote_last_makes_it_our_turn() {
        for kind in [Kind::Question, Kind::Review, Kind::Chat, Kind::Claim, Kind::Ticket] {
            assert_eq!(turn(standing(kind, Direction::In)), Turn::Ours, "{kind}");
        }
    }

    #[test]
    fn our_answer_hands_the_turn_over_by_kind() {
        let after = |kind| turn(standing(kind, Direction::Out));
        assert_eq!(after(Kind::Question), Turn::None);
        assert_eq!(after(Kind::Chat), Turn::Buyer);
        assert_eq!(after(Kind::Ticket), Turn::Platform);
    }

    #[test]
    fn an_answer_on_its_way_counts_as_given() {
        assert_eq!(turn(Standing { answering: true, ..standing(Kind::Chat, Direction::In) }), Turn::Buyer);
    }

    #[test]
    fn what_is_settled_asks_nothing_and_what_was_refused_is_ours_again() {
        assert_eq!(turn(Standing { settled: true, ..standing(Kind::Review, Direction::In) }), Turn::None);
        let refused = Standing { refused: true, ..standing(Kind::Review, Direction::Out) };
        assert_eq!(turn(refused), Turn::Ours);
        assert_eq!(turn(Standing { answering: true, ..refused }), Turn::None);
    }

    #[test]
    fn notices_and_closed_threads_are_nobodys_turn() {
        assert_eq!(turn(standing(Kind::Notice, Direction::In)), Turn::None);
        assert_eq!(turn(Standing { closed: true, ..standing(Kind::Chat, Direction::In) }), Turn::None);
    }

    #[test]
    fn words_survive_a_round_trip_and_unknown_ones_name_the_choices() {
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse::<Kind>().as_ref(), Ok(kind));
        }
        let error = "letter".parse::<Kind>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`letter` is not a kind; use one of: question, review, chat, claim, ticket, notice"
        );
    }
}
