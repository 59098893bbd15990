//! Arguments and files a person gives.

use super::{code, empty, synced};
use dragoman_tests::house::{House, world};

/// Usage errors: exit 2, nothing for scripts, words for people.
async fn misused(house: &House, args: &[&str]) -> String {
    let outcome = house.run(args).await.unwrap();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{args:?}: {outcome:?}");
    outcome.stderr
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_plan_file_is_refused_with_its_place() {
    let house = empty().await;
    let plan = house.folder().join("plan.toml");
    for (text, word) in [
        (
            "seed = 7\n[[rules]]\nmatch = { channel = \"ozon\" }\nfault = { kind = \"no_such_fault\" }\n",
            "no_such_fault",
        ),
        ("{\"rules\": [", "line 1"),
        ("[[rules]]\nwhen = 1\n", "when"),
    ] {
        std::fs::write(&plan, text).unwrap();
        let words = misused(&house, &["simulate", "--plan", plan.to_str().unwrap()]).await;
        assert!(words.contains("--plan") && words.contains(word), "{words}");
    }
    let words = misused(&house, &["simulate", "--plan", "no-such-plan.toml"]).await;
    assert!(words.contains("--plan"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_import_line_is_named_by_its_number_and_the_mended_file_goes_on() {
    let house = empty().await;
    let conversation = |id: u32| {
        format!(
            r#"{{"t":"c","id":{id},"account":1,"marketplace":"ozon","kind":"platform_ticket","buyer":"王伟","created_at":1767225600000,"needs_reply":1}}
{{"t":"m","id":{id}0,"conv":{id},"dir":"in","sent_at":1767225600000,"read":0,"text":"退货 {id}"}}
{{"t":"m","id":{id}1,"conv":{id},"dir":"out","sent_at":1767225700000,"read":1,"text":"请联系我们 {id}"}}"#
        )
    };
    let file = house.folder().join("history.jsonl");
    let path = file.to_str().unwrap();
    let (first, second, third) = (conversation(1), conversation(2), conversation(3));
    for bad in ["not json", r#"{"t":"m","id":9}"#, r#"{"t":"x"}"#, &conversation(9).replace("ozon", "bazaar")] {
        std::fs::write(&file, format!("{first}\n{second}\n{bad}\n{third}\n")).unwrap();
        let problem = house.problem(&["import", "--format", "jsonl", path]).await.unwrap();
        assert_eq!(code(&problem), "import_line", "{problem}");
        assert_eq!(problem["params"]["line"], 7, "{problem}");
    }
    std::fs::write(&file, format!("{first}\n{second}\n{third}\n")).unwrap();
    let imported = house.ok(&["import", "--format", "jsonl", path]).await.unwrap();
    let counts = |name: &str| imported[0][name].as_u64().unwrap();
    assert_eq!((counts("conversations"), counts("messages") + counts("known")), (3, 6), "{}", imported[0]);
    assert_eq!(house.ok(&["list"]).await.unwrap().len(), 3);
    assert_eq!(house.ok(&["search", "退货"]).await.unwrap().len(), 3, "each message is there once");
    let missing = house.problem(&["import", "--format", "jsonl", "no-such-file.jsonl"]).await.unwrap();
    assert_eq!(code(&missing), "file_unusable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_given_as_a_plain_argument_is_refused_and_not_repeated() {
    let house = empty().await;
    for given in ["token=canary-in-an-argument", "canary-in-an-argument", "token="] {
        let words = misused(&house, &["shop", "add", "wildberries", "--name", "x", "--secret", given]).await;
        assert!(words.contains("@FILE") && !words.contains("canary"), "{words}");
    }
    let words = misused(&house, &["shop", "set", "1", "--secret", "token=canary-in-an-argument"]).await;
    assert!(words.contains("@FILE") && !words.contains("canary"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_ids_are_told_and_change_nothing() {
    let house = synced(world(1)).await;
    for args in [
        &["show", "999999"][..],
        &["reply", "999999", "--text", "да"],
        &["edit", "999999", "--text", "да"],
        &["read", "999999"],
        &["shop", "check", "99"],
        &["shop", "set", "99", "--name", "x"],
        &["shop", "send", "99", "on"],
        &["shop", "remove", "99", "--yes"],
        &["sync", "--shop", "99"],
        &["outbox", "retry", "99"],
        &["outbox", "edit", "99", "--text", "да"],
        &["outbox", "cancel", "99"],
        &["outbox", "mark-sent", "99"],
        &["quarantine", "show", "99"],
        &["show", "--", "-1"],
    ] {
        assert_eq!(code(&house.problem(args).await.unwrap()), "not_found", "{args:?}");
    }
    for args in
        [&["show", "abc"][..], &["show"], &["no-such-command"], &["list", "--turn", "maybe"], &["list", "--limit", "0"]]
    {
        misused(&house, args).await;
    }
    assert_eq!(house.ok(&["shop", "list"]).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_on_one_home_becomes_a_client_and_a_second_server_is_told() {
    let house = House::start(world(1)).await.unwrap();
    house.connect_all(true).await.unwrap();
    let mut first = house.spawn(&["serve"]).unwrap();
    let announced = first.line().await.unwrap();
    assert!(announced["url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{announced}");
    house.ok(&["sync"]).await.unwrap();
    assert!(!house.ok(&["list"]).await.unwrap().is_empty());
    let problem = house.problem(&["serve"]).await.unwrap();
    assert_eq!(code(&problem), "home_in_use", "{problem}");
    let id = super::awaiting(&house, "ozon").await;
    let sent = house.ok(&["reply", &id, "--text", "Рядом с сервером.", "--wait"]).await.unwrap();
    assert_eq!(sent[0]["state"], "sent", "{}", sent[0]);
    assert_eq!(super::accepted(&house, "Рядом с сервером."), 1);
    first.stop().await.unwrap();
    house.ok(&["list"]).await.unwrap();
}
