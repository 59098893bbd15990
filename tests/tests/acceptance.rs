//! The whole way of a buyer's question with the real program: simulated platforms, two shops, one inbox, one answer each.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use dragoman_tests::house::{PASSPHRASE, program};
use serde_json::Value;
use tempfile::TempDir;

const LIST_FIELDS: [&str; 11] =
    ["id", "shop", "channel", "kind", "turn", "status", "subject", "buyer", "unread", "due_at", "last_message_at"];
const MESSAGE_FIELDS: [&str; 8] = ["id", "remote_id", "direction", "author", "sent_at", "text", "lang", "attachments"];

/// A process that does not outlive its test.
struct Running {
    child: Child,
    first: Value,
}

impl Running {
    /// Starts a command that announces itself in its first line.
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, first: serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}")) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home with a vault, and the platforms its shops are on.
struct World {
    folder: TempDir,
    platforms: Running,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("passphrase"), PASSPHRASE).unwrap();
        let mut simulate = Command::new(program().unwrap());
        simulate.args(["--json", "simulate", "--seed", "7", "--log"]).arg(folder.path().join("accepted.jsonl"));
        Self { platforms: Running::start(simulate), folder }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program().unwrap());
        command
            .arg("--home")
            .arg(self.folder.path().join("home"))
            .arg("--json")
            .args(args)
            .env("DRAGOMAN_PASSPHRASE_FILE", self.folder.path().join("passphrase"))
            // The machine's own keyring is none of a test's business.
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("DRAGOMAN_CLOCK")
            .stdin(Stdio::null());
        command
    }

    fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The JSON lines of a command that ends with this code.
    fn run(&self, code: i32, args: &[&str]) -> Vec<Value> {
        let Output { status, stdout, stderr } = self.output(args);
        let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8_lossy(&stderr));
        assert_eq!(status.code(), Some(code), "{args:?}\n{stdout}\n{stderr}");
        stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    fn ok(&self, args: &[&str]) -> Vec<Value> {
        self.run(0, args)
    }

    fn one(&self, args: &[&str]) -> Value {
        let documents = self.ok(args);
        assert_eq!(documents.len(), 1, "{args:?} prints one document");
        documents.into_iter().next().unwrap()
    }

    /// Connects every simulated shop; its numbers by channel.
    fn connect(&self) -> Vec<(String, String)> {
        let mut connected = Vec::new();
        for shop in self.platforms.first["shops"].as_array().unwrap() {
            let channel = shop["channel"].as_str().unwrap();
            let mut args = vec!["shop", "add", channel, "--name", shop["name"].as_str().unwrap()];
            args.extend(["--base-url", shop["base_url"].as_str().unwrap()]);
            let mut values = Vec::new();
            for (name, value) in shop["fields"].as_object().unwrap() {
                values.extend(["--field".to_owned(), format!("{name}={}", value.as_str().unwrap())]);
            }
            for (name, value) in shop["secrets"].as_object().unwrap() {
                let file = self.folder.path().join(format!("{channel}-{name}"));
                std::fs::write(&file, value.as_str().unwrap()).unwrap();
                values.extend(["--secret".to_owned(), format!("{name}=@{}", file.display())]);
            }
            args.extend(values.iter().map(String::as_str));
            let added = self.one(&args);
            assert_eq!(added["sending"], false, "sending is off until it is switched on");
            connected.push((channel.to_owned(), added["id"].to_string()));
        }
        connected
    }

    /// What the platforms accepted as answers with this text.
    fn accepted(&self, text: &str) -> usize {
        let log = std::fs::read_to_string(self.folder.path().join("accepted.jsonl")).unwrap_or_default();
        let writes = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        writes.filter(|write| write["action"] == "reply" && write["text"] == text).count()
    }
}

fn strings(values: &[Value], field: &str) -> BTreeSet<String> {
    values.iter().map(|value| value[field].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_question_is_fetched_found_and_answered_exactly_once_on_both_platforms() {
    let world = World::new();
    let shops = world.connect();
    assert_eq!(world.ok(&["shop", "list"]).len(), shops.len());

    let reports = world.ok(&["sync"]);
    for report in &reports {
        assert_eq!(report["problem"], Value::Null, "{report}");
        for field in ["shop", "stream", "fetched", "new", "changed", "quarantined"] {
            assert!(report.get(field).is_some(), "{field} in {report}");
        }
    }
    assert!(reports.iter().map(|report| report["new"].as_u64().unwrap()).sum::<u64>() > 0);

    let ours = world.ok(&["list", "--turn", "ours"]);
    assert_eq!(strings(&ours, "channel"), BTreeSet::from(["ozon".to_owned(), "wildberries".to_owned()]));
    for row in &ours {
        assert_eq!(row["turn"], "ours");
        for field in LIST_FIELDS {
            assert!(row.get(field).is_some(), "{field} in {row}");
        }
    }
    let all: BTreeSet<i64> = world.ok(&["list"]).iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert!(all.len() > ours.len(), "answered conversations are listed, too");

    for (word, query) in [("возврат", "возврат"), ("退货", "退货")] {
        let hits = world.ok(&["search", query]);
        assert!(!hits.is_empty(), "{word}");
        for hit in &hits {
            assert!(all.contains(&hit["conversation"].as_i64().unwrap()), "{hit}");
            assert!(hit["message"].is_i64() && hit["fragment"].is_string() && hit["sent_at"].is_string(), "{hit}");
        }
    }

    for (channel, shop) in &shops {
        let kind = if channel == "wildberries" { "question" } else { "chat" };
        let row = ours
            .iter()
            .find(|row| {
                row["kind"] == kind && row["channel"] == channel.as_str() && row["shop"].as_i64() == shop.parse().ok()
            })
            .unwrap();
        let id = row["id"].to_string();
        let conversation = world.one(&["show", &id]);
        let messages = conversation["messages"].as_array().unwrap();
        assert!(!messages.is_empty());
        for field in MESSAGE_FIELDS {
            assert!(messages[0].get(field).is_some(), "{field} in {}", messages[0]);
        }

        // Before the switch nothing leaves, and the switch itself releases nothing.
        let text = format!("Здравствуйте! Ответ магазина на {channel}.");
        let held = world.one(&["reply", &id, "--text", &text]);
        assert_eq!((held["state"].as_str(), held["reason"].as_str()), (Some("held"), Some("sending_off")), "{held}");
        let switched = world.one(&["shop", "send", shop, "on"]);
        assert_eq!(switched["sending"], true, "{switched}");
        world.ok(&["sync"]);
        assert_eq!(world.accepted(&text), 0);

        let sent = world.one(&["outbox", "retry", &held["id"].to_string(), "--wait"]);
        assert_eq!(sent["state"], "sent", "{sent}");
        assert_eq!(world.accepted(&text), 1);
    }

    // Another conversation of the other kind of way: one command, one answer.
    let mut chats = ours.iter().filter(|row| row["kind"] == "chat" && row["channel"] == "ozon");
    let chat = chats.nth(1).expect("two open chats in the simulated shop");
    let text = "Возврат оформим сегодня.";
    let key = "0192aaaa-0000-7000-8000-000000000001";
    for _ in 0..2 {
        let sent = world.one(&["reply", &chat["id"].to_string(), "--text", text, "--wait", "--key", key]);
        assert_eq!(sent["state"], "sent", "{sent}");
    }
    world.ok(&["sync"]);
    assert_eq!(world.accepted(text), 1, "the same key is the same answer");
    assert!(world.ok(&["list", "--turn", "ours"]).iter().all(|row| row["id"] != chat["id"]));
    let settled = world.ok(&["outbox", "--all"]);
    assert_eq!(
        settled.iter().filter(|item| item["state"] == "sent" && item["action"] == "reply").count(),
        shops.len() + 1
    );
}

#[test]
fn a_command_beside_a_running_server_is_its_client_and_survives_its_death() {
    let world = World::new();
    world.connect();
    let mut serve = Running::start(world.command(&["serve"]));
    assert!(
        serve.first["sign_in"].as_str().unwrap().starts_with(serve.first["url"].as_str().unwrap()),
        "{}",
        serve.first
    );

    world.ok(&["sync"]);
    let beside = world.ok(&["list"]);
    assert!(!beside.is_empty());
    let link = world.ok(&["serve", "--print-url"]);
    assert!(link[0]["sign_in"].as_str().unwrap().starts_with(serve.first["url"].as_str().unwrap()), "{link:?}");

    // Killed, it leaves its endpoint file; the lock is what counts.
    serve.child.kill().unwrap();
    serve.child.wait().unwrap();
    let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].as_i64().unwrap()).collect::<BTreeSet<_>>();
    assert_eq!(ids(&world.ok(&["list"])), ids(&beside));
}

#[test]
fn commands_side_by_side_on_one_home_all_succeed() {
    let world = World::new();
    world.connect();
    let children: Vec<Child> = (0..6)
        .map(|at| {
            let args: &[&str] = if at % 3 == 0 { &["sync"] } else { &["list"] };
            world.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn failures_are_problem_documents_and_wrong_usage_is_told_apart() {
    let world = World::new();
    let problem = &world.run(1, &["show", "999"])[0];
    assert_eq!(problem["code"], "not_found");
    for field in ["code", "message", "params", "retry_after_s", "trace"] {
        assert!(problem.get(field).is_some(), "{field} in {problem}");
    }
    let shop = &world.platforms.first["shops"][0];
    let channel = shop["channel"].as_str().unwrap();
    let refused = world.output(&["shop", "add", channel, "--name", "x", "--secret", "token=canary-in-an-argument"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.stdout.is_empty());
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(words.contains("@FILE") && !words.contains("canary"), "{words}");
    assert_eq!(world.output(&["no-such-command"]).status.code(), Some(2));
}
