//! Each sentence about direction, broken once by a made-up manifest.

use super::*;

fn dependency(name: &str) -> Dependency {
    Dependency { name: name.into(), kind: None, features: Vec::new() }
}

fn dev(name: &str) -> Dependency {
    Dependency { kind: Some(Kind::Dev), ..dependency(name) }
}

fn package(name: &str, dependencies: Vec<Dependency>) -> Package {
    Package { name: name.into(), version: "0.1.0".into(), license: None, source: None, dependencies }
}

/// The whole workspace with nothing in it, except that `name` has these dependencies.
fn workspace_where(name: &str, dependencies: Vec<Dependency>) -> Vec<String> {
    let names = ROWS.iter().copied().flatten().copied().chain([TESTS, XTASK]);
    let members: Vec<Package> =
        names.map(|each| package(each, if each == name { dependencies.clone() } else { Vec::new() })).collect();
    violations(&members)
}

fn complaint(name: &str, dependency: Dependency) -> String {
    workspace_where(name, vec![dependency]).join("\n")
}

const NONE: [&str; 0] = [];

#[test]
fn imports_that_point_down_are_accepted() {
    assert_eq!(workspace_where("dragoman-store", vec![dependency("dragoman-domain")]), NONE);
    let engine = ["domain", "store", "channels", "translate", "secrets", "simulator"];
    let engine = engine.map(|name| dependency(&format!("dragoman-{name}"))).to_vec();
    assert_eq!(workspace_where("dragoman-engine", engine), NONE);
    assert_eq!(
        workspace_where("dragoman-api", vec![dependency("dragoman-engine"), dependency("dragoman-domain")]),
        NONE
    );
    assert_eq!(workspace_where("dragoman-hub", vec![dependency("dragoman-api")]), NONE);
    assert_eq!(workspace_where("dragoman-cli", vec![dependency("dragoman-hub"), dependency(SIMULATOR)]), NONE);
}

#[test]
fn imports_that_point_up_are_refused() {
    let found = complaint("dragoman-store", dependency("dragoman-engine"));
    assert_eq!(found, "dragoman-store -> dragoman-engine: imports point down");
    assert_eq!(
        complaint("dragoman-api", dependency("dragoman-hub")),
        "dragoman-api -> dragoman-hub: imports point down"
    );
    let found = complaint("dragoman-domain", dependency("dragoman-store"));
    assert_eq!(found, "dragoman-domain -> dragoman-store: imports point down");
}

#[test]
fn siblings_do_not_know_each_other_even_in_tests() {
    let expected = "dragoman-channels -> dragoman-store: siblings do not know each other";
    assert_eq!(complaint("dragoman-channels", dependency("dragoman-store")), expected);
    assert_eq!(complaint("dragoman-channels", dev("dragoman-store")), expected);
}

#[test]
fn the_simulator_depends_on_nothing_of_ours() {
    let found = complaint(SIMULATOR, dependency("dragoman-domain"));
    assert_eq!(found, "dragoman-simulator -> dragoman-domain: the simulator depends on nothing of ours");
}

#[test]
fn the_simulator_serves_anybodys_tests_but_only_engine_and_cli_outside_them() {
    assert_eq!(workspace_where("dragoman-channels", vec![dev(SIMULATOR)]), NONE);
    for name in ["dragoman-channels", "dragoman-api", "dragoman-hub"] {
        let found = complaint(name, dependency(SIMULATOR));
        assert!(found.ends_with("the simulator serves engine, cli, desktop and tests only"), "{found}");
    }
}

#[test]
fn only_store_names_sqlite() {
    assert_eq!(workspace_where("dragoman-store", vec![dependency("rusqlite")]), NONE);
    let found = complaint("dragoman-engine", dependency("rusqlite"));
    assert_eq!(found, "dragoman-engine -> rusqlite: only dragoman-store may name SQLite");
}

#[test]
fn only_channels_translate_and_hub_name_an_http_client() {
    for name in ["dragoman-channels", "dragoman-translate", "dragoman-hub"] {
        assert_eq!(workspace_where(name, vec![dependency("reqwest")]), NONE);
    }
    for name in ["dragoman-store", "dragoman-engine", "dragoman-api", "dragoman-cli", XTASK] {
        let found = complaint(name, dependency("reqwest"));
        assert!(found.ends_with("may name an HTTP client"), "{name}: {found}");
    }
}

#[test]
fn the_server_half_of_hyper_is_anybodys_and_the_client_half_is_not() {
    let hyper = |feature: &str| Dependency { features: vec![feature.into()], ..dependency("hyper") };
    assert_eq!(workspace_where(SIMULATOR, vec![hyper("server")]), NONE);
    let found = complaint(SIMULATOR, hyper("client"));
    assert!(found.ends_with("may name an HTTP client"), "{found}");
}

#[test]
fn only_the_desktop_names_the_window() {
    assert_eq!(workspace_where("dragoman-desktop", vec![dependency("tauri"), dependency("tauri-plugin-dialog")]), NONE);
    let found = complaint("dragoman-api", dependency("tauri-plugin-dialog"));
    assert_eq!(found, "dragoman-api -> tauri-plugin-dialog: only dragoman-desktop may name the window");
}

#[test]
fn only_secrets_names_the_keyring() {
    let stores = ["keyring-core", "zbus-secret-service-keyring-store", "apple-native-keyring-store"];
    for store in stores {
        assert_eq!(workspace_where("dragoman-secrets", vec![dependency(store)]), NONE);
        let found = complaint("dragoman-engine", dependency(store));
        assert_eq!(found, format!("dragoman-engine -> {store}: only dragoman-secrets may name the keyring"));
    }
}

#[test]
fn foreign_crates_are_free_in_dev_dependencies() {
    assert_eq!(workspace_where("dragoman-engine", vec![dev("rusqlite"), dev("reqwest")]), NONE);
}

#[test]
fn build_dependencies_obey_the_same_sentences() {
    let build = Dependency { kind: Some(Kind::Build), ..dependency("rusqlite") };
    assert_eq!(complaint("dragoman-cli", build), "dragoman-cli -> rusqlite: only dragoman-store may name SQLite");
}

#[test]
fn tests_may_use_everything_and_nothing_uses_tests() {
    let everything = ["dragoman-cli", "dragoman-store", SIMULATOR, "rusqlite", "reqwest"].map(dependency).to_vec();
    assert_eq!(workspace_where(TESTS, everything), NONE);
    let found = complaint("dragoman-cli", dependency(TESTS));
    assert_eq!(found, "dragoman-cli -> dragoman-tests: nothing depends on dragoman-tests");
}

#[test]
fn xtask_uses_nothing_of_ours() {
    let found = complaint(XTASK, dependency("dragoman-domain"));
    assert_eq!(found, "xtask -> dragoman-domain: xtask uses nothing of ours");
}

#[test]
fn a_new_crate_must_be_given_a_place() {
    let found = violations(&[package("dragoman-novelty", Vec::new())]);
    assert_eq!(found, ["dragoman-novelty has no place among the crates: give it one in xtask/src/direction.rs"]);
}
