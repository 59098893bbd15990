//! The committed description of the API.

/// Set to any value to write the file anew.
const WRITE: &str = "DRAGOMAN_WRITE_OPENAPI";

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let now = serde_json::to_value(dragoman_api::document()).unwrap();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(path, serde_json::to_string_pretty(&now).unwrap() + "\n").unwrap();
    }
    // Compared by meaning: the order of an object's keys depends on which crates are built together.
    let committed: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(
        committed == now,
        "crates/api/openapi.json is stale: run this test with {WRITE}=1 and look at what changed"
    );
}
