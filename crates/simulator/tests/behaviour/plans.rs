//! The sample plans.

use dragoman_simulator::FaultPlan;

#[test]
fn every_sample_plan_is_valid_and_orders_something() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("plans");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let plan = FaultPlan::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!plan.rules.is_empty(), "{}", path.display());
        count += 1;
    }
    assert!(count >= 8);
}

#[test]
fn json_and_toml_say_the_same() {
    let toml =
        FaultPlan::parse("[[rules]]\nmatch = { every = 3 }\nfault = { kind = \"accept_then_silence\" }").unwrap();
    let json = FaultPlan::parse(r#"{"rules":[{"match":{"every":3},"fault":{"kind":"accept_then_silence"}}]}"#).unwrap();
    assert_eq!(toml, json);
    assert_eq!(FaultPlan::parse(&serde_json::to_string(&json).unwrap()).unwrap(), json);
}

#[test]
fn a_misspelt_plan_is_refused_with_its_reason() {
    for text in [
        "[[rules]]\nmatch = { each = 3 }\nfault = { kind = \"accept_then_silence\" }",
        "[[rules]]\nfault = { kind = \"explode\" }",
        "[[rules]]\nfault = { kind = \"read_lag\", secs = 4 }",
        "{",
    ] {
        assert!(FaultPlan::parse(text).unwrap_err().to_string().starts_with("the fault plan is not valid"));
    }
}
