//! Shops, streams, facts, drafts, requests.

use dragoman_domain::lookup::{Facts as Found, Order, Product};
use dragoman_domain::shop::Feature;

use super::*;
use crate::product::Wanted;
use crate::request::Answered;

#[test]
fn a_shop_is_changed_without_losing_the_rest_of_it() {
    let home = Home::new();
    let shop = home.shop();
    assert!(!shop.sending);
    let id = shop.id;
    let changed = home.write(move |writer| {
        writer.change_shop(id, |shop| {
            shop.sending = true;
            shop.pause = "token_refused".into();
            shop.standing.features.insert("chats".into(), Feature { open: true, ..Feature::default() });
        })
    });
    let mut expected = shop;
    expected.sending = true;
    expected.pause = "token_refused".into();
    expected.standing.features.insert("chats".into(), Feature { open: true, ..Feature::default() });
    assert_eq!((&changed, &home.read(|reader| reader.shops())), (&expected, &vec![expected.clone()]));
}

#[test]
fn a_removed_shop_takes_everything_along_and_leaves_the_others() {
    let home = Home::new();
    let (gone, kept) = (home.shop(), home.shop_on(Channel::Ozon));
    let chat = |n: i64| {
        let mut chat = thread(
            Kind::Chat,
            &format!("c{n}"),
            vec![bought(&format!("{n}"), hour(n), "a"), bought(&format!("{n}b"), hour(n), "b")],
        );
        chat.facts.product = Some(Product { key: "1".into(), name: "n".into(), ..Product::default() });
        chat
    };
    for shop in [&gone, &kept] {
        home.ingest_page(shop, Some("s"), page((0..700).map(chat).collect(), "x")).unwrap();
    }
    home.store.remove_shop(gone.id).unwrap();
    assert_eq!(home.read(|reader| reader.shops()).len(), 1);
    let counts = home.read(|reader| reader.counts());
    assert_eq!((counts.len(), counts[0].shop, counts[0].unread), (1, kept.id, 1_400));
    let left: i64 = home.read(|reader| {
        Ok(reader.conn.query_row(
            "SELECT (SELECT count(*) FROM message WHERE shop = ?1) + (SELECT count(*) FROM conversation WHERE shop = ?1)
                  + (SELECT count(*) FROM product WHERE shop = ?1) + (SELECT count(*) FROM stream WHERE shop = ?1)
                  + (SELECT count(*) FROM raw WHERE message NOT IN (SELECT id FROM message))",
            [gone.id.0],
            |row| row.get(0),
        )?)
    });
    assert_eq!(left, 0);
    home.check();
}

#[test]
fn a_stream_counts_its_failures_until_it_succeeds() {
    let home = Home::new();
    let shop = home.shop();
    for _ in 0..2 {
        home.write(move |writer| writer.stream_failed(shop.id, "s", "{\"code\":\"offline\"}", hour(3)));
    }
    let state = home.read(|reader| reader.stream(shop.id, "s")).unwrap();
    assert_eq!((state.failures, state.next_at, state.problem.as_str()), (2, hour(3), "{\"code\":\"offline\"}"));
    home.ingest_page(&shop, Some("s"), page(vec![], "a")).unwrap();
    home.write(move |writer| writer.set_next_step(shop.id, "s", hour(4)));
    let state = home.read(|reader| reader.streams(shop.id)).remove(0);
    assert_eq!((state.failures, state.problem.as_str(), state.next_at), (0, "", hour(4)));
    assert_eq!((state.last_success_at, state.cursor), (Some(hour(100)), cursor("a")));
    home.write(move |writer| writer.rewind_stream(shop.id, "s"));
    assert_eq!(home.read(|reader| reader.stream(shop.id, "s")).unwrap().cursor, cursor(""));
}

#[test]
fn facts_are_asked_for_once_and_again_when_they_may_have_changed() {
    let home = Home::new();
    let shop = home.shop();
    let chat = |n: i64, product: &str, order: &str| {
        let mut chat = thread(Kind::Chat, &format!("c{n}"), vec![bought(&format!("{n}"), hour(n), "a")]);
        chat.facts.product = Some(Product { key: product.into(), ..Product::default() });
        chat.facts.order_no = Some(order.into());
        chat
    };
    home.ingest(&shop, vec![chat(1, "10", "A-1"), chat(2, "20", "A-2"), chat(3, "20", "")]);
    let wanted = |at| {
        let mut wanted = home.read(|reader| reader.wanted(shop.id, 10, at));
        wanted.products.sort_unstable();
        wanted.orders.sort_unstable();
        wanted
    };
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    assert_eq!(wanted(hour(100)), Wanted { products: keys(&["10", "20"]), orders: keys(&["A-1", "A-2"]) });
    let found = Found {
        products: vec![Product { key: "10".into(), name: "Шарф".into(), ..Product::default() }],
        orders: vec![Order { number: "A-1".into(), status: "delivering".into(), ..Order::default() }],
        unknown_products: keys(&["20"]),
        unknown_orders: keys(&["A-2"]),
    };
    home.write(move |writer| writer.put_facts_found(shop.id, &found, hour(100)));
    assert_eq!(wanted(hour(101)), Wanted::default());
    let thread = home.read(|reader| reader.conversation(home.id(&shop, Kind::Chat, "c1")));
    assert_eq!((thread.row.subject.as_str(), thread.order.unwrap().status.as_str()), ("Шарф", "delivering"));
    assert_eq!(home.read(|reader| reader.product(shop.id, "20")), None);
    assert_eq!(wanted(hour(130)), Wanted { products: keys(&["20"]), orders: keys(&["A-1", "A-2"]) });
    assert_eq!(wanted(hour(100 + 31 * 24)).products, keys(&["10", "20"]));
}

#[test]
fn what_a_conversation_says_of_a_product_does_not_empty_what_is_known() {
    let home = Home::new();
    let shop = home.shop();
    let say = |name: &str, article: &str| {
        let mut question = thread(Kind::Question, "q", vec![]);
        question.facts.product =
            Some(Product { key: "1".into(), name: name.into(), article: article.into(), ..Product::default() });
        home.ingest(&shop, vec![question]);
    };
    say("Шарф", "SH-1");
    say("", "SH-2");
    let product = home.read(|reader| reader.product(shop.id, "1")).unwrap();
    assert_eq!((product.name.as_str(), product.article.as_str()), ("Шарф", "SH-2"));
}

#[test]
fn a_draft_stays_with_its_conversation() {
    let home = Home::new();
    let shop = home.shop();
    home.ingest(&shop, vec![thread(Kind::Chat, "c", vec![])]);
    let id = home.id(&shop, Kind::Chat, "c");
    home.write(move |writer| writer.set_draft(id, "Здравств"));
    assert_eq!(home.reopen().read(|reader| reader.conversation(id)).draft, "Здравств");
}

#[test]
fn a_repeated_request_gets_the_answer_of_the_first_for_a_week_and_after_a_restart() {
    let home = Home::new();
    let told = Answered { status: 202, body: "{}".into() };
    let asked = |home: &Home, digest: &'static str, day: i64| {
        home.read(move |reader| Ok(reader.answered("k", digest, hour(24 * day))))
    };
    assert_eq!(asked(&home, "a", 0).unwrap(), None);
    let kept = told.clone();
    home.write(move |writer| writer.keep_answer("k", "POST /reply", "a", &kept, hour(0)));
    assert!(matches!(asked(&home, "b", 1).unwrap_err(), Error::KeyReused { .. }), "another request");
    let home = home.reopen();
    assert_eq!(asked(&home, "a", 6).unwrap(), Some(told));
    assert_eq!(asked(&home, "a", 8).unwrap(), None, "nobody asks for it any more");
}
