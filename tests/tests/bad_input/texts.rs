//! Texts that cannot be sent as they are.

use dragoman_tests::house::world;

use super::{accepted, awaiting, code, synced};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_over_the_limit_is_refused_with_both_figures_and_one_at_the_limit_is_taken() {
    let house = synced(world(1)).await;
    for (channel, max) in [("ozon", 1_000), ("wildberries", 5_000)] {
        let id = awaiting(&house, channel).await;
        // Counted in characters: each of these has two bytes.
        let problem = house.problem(&["reply", &id, "--text", &"ж".repeat(max + 1)]).await.unwrap();
        assert_eq!(code(&problem), "text_length", "{problem}");
        assert_eq!((&problem["params"]["length"], &problem["params"]["max"]), (&(max + 1).into(), &max.into()));
        assert_eq!(house.ok(&["outbox"]).await.unwrap().len(), 0, "nothing is queued in the place of a refused text");
        let text = "ж".repeat(max);
        let sent = house.ok(&["reply", &id, "--text", &text, "--wait"]).await.unwrap();
        assert_eq!(sent[0]["state"], "sent", "{}", sent[0]);
        assert_eq!(accepted(&house, &text), 1);
    }
    let empty = house.problem(&["reply", &awaiting(&house, "ozon").await, "--text", " \n "]).await.unwrap();
    assert_eq!(code(&empty), "text_length");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invisible_characters_are_named_and_nothing_is_queued() {
    let house = synced(world(1)).await;
    let id = awaiting(&house, "ozon").await;
    for (hidden, name) in
        [('\u{200b}', "U+200B"), ('\u{202e}', "U+202E"), ('\u{1b}', "U+001B"), ('\u{e0041}', "U+E0041")]
    {
        let problem = house.problem(&["reply", &id, "--text", &format!("Да,{hidden} подойдёт")]).await.unwrap();
        assert_eq!(code(&problem), "text_invisible", "{problem}");
        assert_eq!(problem["params"]["found"], name);
    }
    assert_eq!(house.ok(&["outbox"]).await.unwrap().len(), 0);
    let text = "Семья 👨\u{200d}👩\u{200d}👧 благодарит\nи желает добра ❤\u{fe0f}";
    assert_eq!(house.ok(&["reply", &id, "--text", text, "--wait"]).await.unwrap()[0]["state"], "sent");
    assert_eq!(accepted(&house, text), 1, "what people can see is sent as it is");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn actions_a_platform_does_not_offer_are_refused_before_anything_is_queued() {
    let house = synced(world(1)).await;
    let chat = awaiting(&house, "ozon").await;
    for args in [
        &["edit", &chat, "--text", "иначе"][..],
        &["act", &chat, "reject", "--set", "text=нет", "--yes"],
        &["reply", &chat, "--text", "да", "--close"],
    ] {
        assert_eq!(code(&house.problem(args).await.unwrap()), "not_offered", "{args:?}");
    }
    let unsure =
        house.run(&["act", &awaiting(&house, "wildberries").await, "reject", "--set", "text=нет"]).await.unwrap();
    assert_eq!((unsure.code, unsure.stdout.as_str()), (Some(2), ""), "{unsure:?}");
    assert!(unsure.stderr.contains("--yes"), "{unsure:?}");
    assert_eq!(house.ok(&["outbox", "--all"]).await.unwrap().len(), 0);
}
