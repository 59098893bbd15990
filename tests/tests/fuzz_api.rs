//! schemathesis against the served API description: whatever is asked, no answer is a fault of ours and every answer is as described.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

use std::process::Stdio;
use std::time::Duration;

use dragoman_hub::Api;
use dragoman_tests::house::figures::scale;
use dragoman_tests::house::{House, world};
use http::Method;
use serde_json::{Value, json};
use tokio::process::Command;

const SEED: u64 = 20_261_122;
/// Seconds of fuzzing in an ordinary run.
const SECONDS: usize = 60;

/// Numbers that exist are asked for more often than others, or most requests would end at the first look-up.
fn settings(token: &str) -> String {
    format!(
        r#"
headers = {{ Authorization = "Bearer {token}" }}

[dictionaries.numbers]
values = [1, 2, 3, 5, 8, 41]

[parameters]
"path.id" = {{ dictionary = "numbers", probability = 0.7 }}
# Seconds; an answer that nobody sends would be waited for to the end.
"query.wait_s" = 1

# What removes the shops would leave nothing to ask for.
[[operations]]
include-method = "DELETE"
parameters = {{ "path.id" = 999 }}
"#
    )
}

/// Waits for the demo's first messages, and leaves a few answers on their way.
async fn synced(api: &Api) {
    loop {
        let ours = api.call(Method::GET, "/api/conversations?turn=ours", None).await.unwrap();
        let rows = ours["rows"].as_array().unwrap();
        if rows.len() < 10 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        }
        for row in rows.iter().take(6) {
            let path = format!("/api/conversations/{}/actions", row["id"]);
            // Some are past their window; the others wait here for the longest undo there is.
            let _ = api
                .call(
                    Method::POST,
                    &path,
                    Some(json!({ "action": "reply", "text": "Ответим скоро.", "undo_s": 3_600 })),
                )
                .await;
        }
        return;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign_fuzz_api_finds_no_fault_and_no_answer_that_is_not_described() {
    let found = Command::new("schemathesis").arg("--version").stdin(Stdio::null()).output().await;
    let version = match found {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap(),
        _ => panic!(
            "schemathesis is not on the PATH: `cargo xtask test` installs it, or `pip install schemathesis==4.32.5`"
        ),
    };
    let house = House::start(world(SEED)).await.unwrap();
    let mut serve = house.spawn(&["serve", "--demo"]).unwrap();
    let announced = serve.line().await.unwrap();
    let url = announced["url"].as_str().unwrap();
    let endpoint: Value =
        serde_json::from_slice(&std::fs::read(house.home().join("demo/endpoint.json")).unwrap()).unwrap();
    let api = Api::connect(&house.home().join("demo")).await.unwrap();
    synced(&api).await;
    let token = endpoint["token"].as_str().unwrap();
    std::fs::write(house.folder().join("schemathesis.toml"), settings(token)).unwrap();
    let fuzz = Command::new("schemathesis")
        .args(["run", &format!("{url}/api/openapi.json"), "--seed", &SEED.to_string(), "--no-color"])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", &(15 * scale()).to_string()])
        .args(["--max-time", &(SECONDS * scale()).to_string(), "--request-timeout", "40", "--continue-on-failure"])
        // Streams and long waits end when the client has had enough, not by themselves.
        .args(["--exclude-path", "/api/events", "--exclude-path-regex", "^/api/jobs/.*/lines$"])
        .current_dir(house.folder())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = fuzz.await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let running = !serve.has_ended().unwrap();
    let words = std::fs::read_to_string(house.folder().join("owner.log")).unwrap();
    println!("{}campaign_fuzz_api, seed {SEED}\n{said}", version);
    assert!(running, "the server outlives whatever it is asked: {words}");
    assert!(!words.contains("panicked"), "{words}");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serve.stop().await.unwrap();
}
