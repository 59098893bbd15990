//! The keeper against a real Secret Service: gnome-keyring in a private D-Bus session.
//!
//! Each test starts itself again inside the session it needs; the person's own keyring is never touched.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dragoman_secrets::{Keeper, KeyringProblem, Place, Preference, Readiness, Secret, SecretName};
use tempfile::TempDir;
use uuid::Uuid;

/// Set to the folder of the scene in the process that runs inside of it.
const SCENE: &str = "DRAGOMAN_KEYRING_SCENE";

/// The 3 s of the probe and a margin for a busy machine.
const DECIDES_WITHIN: Duration = Duration::from_millis(3_500);

const HOME_ID: Uuid = Uuid::from_u128(0xd7a9);

/// The program's own part of a script: the test, run again.
const TEST: &str = r#"exec "$TEST_BINARY" --exact "$TEST_NAME" --nocapture"#;

/// Makes or unlocks the login keyring, and then has the daemon serve it: from there on it ends with its bus. The
/// daemon must not hold the test's output open.
const UNLOCKED: &str = "printf 'keyring pass' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; \
     gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1";

/// A session that starts services on demand and has none to start.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

/// A private corner of the file system, where each scene is set.
struct Stage {
    folder: TempDir,
    test: &'static str,
}

impl Stage {
    /// Sets the stage, or tells that we are on it already.
    fn of(test: &'static str) -> Result<Self, std::path::PathBuf> {
        if let Some(scene) = std::env::var_os(SCENE) {
            return Err(scene.into());
        }
        for tool in ["dbus-run-session", "gnome-keyring-daemon"] {
            let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).stdout(Stdio::null()).status();
            assert!(
                found.is_ok_and(|s| s.success()),
                "{tool} is missing: `cargo xtask test` installs it, or `apt-get install gnome-keyring dbus`"
            );
        }
        let folder = tempfile::Builder::new().prefix("keyring").tempdir_in("/tmp").unwrap();
        for name in ["data", "home"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("bare.conf"), BARE_BUS).unwrap();
        Ok(Self { folder, test })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a script on the stage, in a bus session if one is given.
    fn play(&self, session: Option<&[&str]>, bus: Option<&str>, script: &str) {
        // Daemons find each other by a socket in there; a new session must not meet one that is just ending.
        let run = tempfile::Builder::new().prefix("run").tempdir_in(self.path()).unwrap();
        let mut command = match session {
            Some(arguments) => {
                let mut command = Command::new("dbus-run-session");
                command.args(arguments).args(["--", "sh", "-c", script]);
                command
            }
            None => {
                let mut command = Command::new("sh");
                command.args(["-c", script]);
                command
            }
        };
        command
            .current_dir(self.path())
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", self.path().join("home"))
            .env("XDG_DATA_HOME", self.path().join("data"))
            .env("XDG_RUNTIME_DIR", run.path())
            .env("TEST_BINARY", std::env::current_exe().unwrap())
            .env("TEST_NAME", self.test)
            .env(SCENE, self.path());
        if let Some(address) = bus {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "the scene failed: {}\n{out}\n{err}", output.status);
        if script.contains(TEST) {
            assert!(out.contains("1 passed"), "the test did not run on its stage:\n{out}\n{err}");
            out.lines().filter(|line| line.starts_with("decided")).for_each(|line| println!("{line}"));
        }
    }
}

fn open(scene: &Path) -> (Keeper, Duration) {
    let started = Instant::now();
    let keeper = Keeper::open(HOME_ID, &scene.join("home"), Preference::Auto).unwrap();
    (keeper, started.elapsed())
}

/// The keyring does not serve, for the reason given, and the vault takes its place.
fn the_vault_serves_instead(scene: &Path, reason: impl Fn(&KeyringProblem) -> bool) {
    let (keeper, took) = open(scene);
    let status = keeper.status();
    println!("decided in {took:?}: {status:?}");
    assert!(took <= DECIDES_WITHIN, "took {took:?}");
    assert_eq!((status.place, status.readiness), (Place::Vault, Readiness::NotMade));
    assert!(status.keyring_problem.as_ref().is_some_and(reason), "{status:?}");
    keeper.vault_init(&Secret::from("open sesame".to_owned())).unwrap();
    let name = SecretName::new(1, "token").unwrap();
    keeper.put(&name, &Secret::from("canary".to_owned())).unwrap();
    assert_eq!(keeper.get(&name).unwrap().unwrap().expose(), b"canary");
}

#[test]
fn an_unlocked_keyring_keeps_secrets() {
    match Stage::of("an_unlocked_keyring_keeps_secrets") {
        Ok(stage) => stage.play(Some(&[]), None, &format!("{UNLOCKED}; {TEST}")),
        Err(scene) => {
            let (keeper, took) = open(&scene);
            println!("decided in {took:?}: {:?}", keeper.status());
            assert!(took <= DECIDES_WITHIN, "took {took:?}");
            assert_eq!(keeper.status().place, Place::Keyring);
            let name = SecretName::new(1, "token").unwrap();
            assert!(keeper.get(&name).unwrap().is_none());
            let largest = vec![b'x'; dragoman_secrets::MAX_SECRET_BYTES];
            for bytes in [b"one".to_vec(), "ключ 密钥".into(), b"nul\0\xff\xfe".to_vec(), largest] {
                keeper.put(&name, &Secret::from(bytes.clone())).unwrap();
                let (another, _) = open(&scene);
                assert_eq!(another.get(&name).unwrap().unwrap().expose(), bytes);
            }
            keeper.delete(&name).unwrap();
            keeper.delete(&name).unwrap();
            assert!(keeper.get(&name).unwrap().is_none());
            assert!(!scene.join("home/vault.bin").exists());
        }
    }
}

/// The keyring asks for its password and nobody is there to answer, which the service reports as a dismissed prompt.
#[test]
fn a_locked_keyring_yields_to_the_vault() {
    match Stage::of("a_locked_keyring_yields_to_the_vault") {
        Ok(stage) => {
            stage.play(Some(&[]), None, UNLOCKED);
            assert!(stage.path().join("data/keyrings/login.keyring").exists(), "no keyring was made to be locked");
            stage.play(Some(&[]), None, TEST);
        }
        Err(scene) => the_vault_serves_instead(&scene, |p| matches!(p, KeyringProblem::Locked(_))),
    }
}

#[test]
fn a_service_that_never_had_a_keyring_yields_to_the_vault() {
    match Stage::of("a_service_that_never_had_a_keyring_yields_to_the_vault") {
        Ok(stage) => stage.play(Some(&[]), None, TEST),
        Err(scene) => the_vault_serves_instead(&scene, |p| matches!(p, KeyringProblem::Locked(_))),
    }
}

#[test]
fn a_bus_without_a_service_yields_to_the_vault() {
    match Stage::of("a_bus_without_a_service_yields_to_the_vault") {
        Ok(stage) => stage.play(Some(&["--config-file=bare.conf"]), None, TEST),
        Err(scene) => the_vault_serves_instead(&scene, |p| matches!(p, KeyringProblem::NoService(_))),
    }
}

#[test]
fn a_machine_without_a_bus_yields_to_the_vault() {
    match Stage::of("a_machine_without_a_bus_yields_to_the_vault") {
        Ok(stage) => stage.play(None, None, TEST),
        Err(scene) => the_vault_serves_instead(&scene, |p| matches!(p, KeyringProblem::NoService(_))),
    }
}

#[test]
fn a_service_that_hangs_is_given_up_in_time() {
    match Stage::of("a_service_that_hangs_is_given_up_in_time") {
        Ok(stage) => {
            // Takes connections into its queue and never answers.
            let silent = stage.path().join("bus");
            let _listening = UnixListener::bind(&silent).unwrap();
            stage.play(None, Some(&format!("unix:path={}", silent.display())), TEST);
        }
        Err(scene) => the_vault_serves_instead(&scene, |p| *p == KeyringProblem::TimedOut { seconds: 3 }),
    }
}
