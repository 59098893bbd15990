//! What an unclear outcome is called.

use dragoman_domain::Channel;
use dragoman_domain::incoming::Incoming;
use dragoman_domain::outgoing::{ActionKind, Refusal, Sent};
use dragoman_simulator::{Damage, Fault, Match};

use crate::stand::{Stand, awaits_answer};

pub(crate) async fn only_what_is_surely_not_accepted_is_called_refused(channel: Channel) {
    let stand = Stand::of(channel).await;
    let seller = stand.seller();
    let brought = seller.pass(true).await;
    let kinds: Vec<_> = seller.connector.capabilities().kinds.iter().map(|kind| kind.kind).collect();
    let faults = [
        Fault::AcceptThenReset { after_bytes: 0 },
        Fault::AcceptThenReset { after_bytes: 40 },
        Fault::AcceptThenCutBody,
        Fault::AcceptThenStatus { status: 500 },
        Fault::AcceptThenStatus { status: 502 },
        Fault::AcceptThenStatus { status: 504 },
        Fault::RefuseThenStatus { status: 500, message: None },
        Fault::RefuseThenStatus { status: 503, message: None },
        Fault::Redirect { to: "http://127.0.0.1:9/elsewhere".to_owned() },
        Fault::BrokenBody { how: Damage::Html },
        Fault::BrokenBody { how: Damage::Truncated },
    ];
    let replies = Match { action: Some("reply".to_owned()), ..Match::default() };
    for kind in kinds {
        let mut open: Vec<&Incoming> =
            brought.conversations.values().filter(|one| one.kind == kind && awaits_answer(one)).collect();
        open.sort_by_key(|one| one.messages.iter().map(|message| message.sent_at).max());
        let offered = seller.connector.capabilities().action(kind, ActionKind::Reply).is_some();
        for fault in faults.iter().filter(|_| offered) {
            let Some(conversation) = open.pop() else { break };
            stand.plan(vec![(replies.clone(), fault.clone())]).await;
            let before = stand.accepted().len();
            let sent = seller.send(ActionKind::Reply, conversation, "Здравствуйте! Уже в пути.").await;
            stand.plan(Vec::new()).await;
            let accepted = stand.accepted().len() > before;
            // A status without a body proves nothing either way: even a success whose body was lost is only a doubt.
            let honest = matches!(sent, Sent::Unknown { .. }) || (accepted && matches!(sent, Sent::Yes { .. }));
            assert!(honest, "{kind} under {fault:?}: {sent:?}");
        }
        let Some(conversation) = open.pop().filter(|_| offered) else { continue };
        stand.plan(vec![(replies.clone(), Fault::TokenRevoked)]).await;
        let sent = seller.send(ActionKind::Reply, conversation, "Здравствуйте!").await;
        stand.plan(Vec::new()).await;
        assert!(matches!(sent, Sent::No(Refusal::Key { .. })), "{kind}: {sent:?}");
    }
}
