//! The committed description of the API.

/// Set to any value to write the file anew.
const WRITE: &str = "DRAGOMAN_WRITE_OPENAPI";

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let now = serde_json::to_string_pretty(&dragoman_api::document()).unwrap() + "\n";
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == now,
        "crates/api/openapi.json is stale: run this test with {WRITE}=1 and look at what changed"
    );
}
