//! Debian packages: found by what they bring, installed by apt as root or through sudo, otherwise listed.

use anyhow::bail;

use crate::call;
use crate::workspace::Workspace;

/// A package and how to see that it, or something equal to it, is there.
pub(crate) struct DebianPackage {
    name: &'static str,
    wanted_for: &'static str,
    sign: Sign,
}

enum Sign {
    /// A program is found, wherever it came from.
    Program(&'static str),
    /// A Python module can be imported; Debian splits Python's own library into packages.
    PythonModule(&'static str),
    /// Only the package list tells.
    Package,
}

pub(crate) const C_COMPILER: DebianPackage =
    DebianPackage { name: "build-essential", wanted_for: "compiling SQLite and zstd", sign: Sign::Program("cc") };
pub(crate) const DBUS: DebianPackage =
    DebianPackage { name: "dbus", wanted_for: "keyring tests", sign: Sign::Program("dbus-run-session") };
pub(crate) const KEYRING: DebianPackage =
    DebianPackage { name: "gnome-keyring", wanted_for: "keyring tests", sign: Sign::Program("gnome-keyring-daemon") };
pub(crate) const PYTHON_VENV: DebianPackage =
    DebianPackage { name: "python3-venv", wanted_for: "schemathesis", sign: Sign::PythonModule("ensurepip") };
pub(crate) const STRACE: DebianPackage =
    DebianPackage { name: "strace", wanted_for: "power loss tests", sign: Sign::Program("strace") };
pub(crate) const BROWSER: DebianPackage =
    DebianPackage { name: "chromium", wanted_for: "page tests", sign: Sign::Program("chromium") };
pub(crate) const WEB_VIEW: DebianPackage =
    DebianPackage { name: "libwebkit2gtk-4.1-dev", wanted_for: "the window", sign: Sign::Package };
pub(crate) const TRAY: DebianPackage =
    DebianPackage { name: "libayatana-appindicator3-1", wanted_for: "the window's tray icon", sign: Sign::Package };
pub(crate) const TRAY_TO_PACK: DebianPackage =
    DebianPackage { name: "libayatana-appindicator3-dev", wanted_for: "packing the window", sign: Sign::Package };
pub(crate) const WEB_VIEW_DRIVER: DebianPackage =
    DebianPackage { name: "webkit2gtk-driver", wanted_for: "window tests", sign: Sign::Program("WebKitWebDriver") };
pub(crate) const VIRTUAL_DISPLAY: DebianPackage =
    DebianPackage { name: "xvfb", wanted_for: "window tests", sign: Sign::Program("Xvfb") };
pub(crate) const DISPLAY_KEY: DebianPackage =
    DebianPackage { name: "xauth", wanted_for: "window tests", sign: Sign::Program("xauth") };
pub(crate) const CJK_FONTS: DebianPackage =
    DebianPackage { name: "fonts-noto-cjk", wanted_for: "page tests", sign: Sign::Package };

/// Installs what is missing, or fails with the list. Other systems than Linux bring these things themselves.
pub(crate) fn ensure(workspace: &Workspace, wanted: &[DebianPackage]) -> anyhow::Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let missing: Vec<&DebianPackage> = wanted.iter().filter(|package| !is_there(workspace, package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let Some(apt) = Apt::find(workspace) else {
        let list = missing.iter().map(|package| format!("{} ({})", package.name, package.wanted_for));
        bail!(
            "these Debian packages, or their like, are missing: {}\n  as root: apt-get update && apt-get install -y \
             --no-install-recommends {}",
            list.collect::<Vec<_>>().join(", "),
            names.join(" ")
        );
    };
    println!("installing {}", names.join(" "));
    // A fresh system has no package lists. A list that cannot be refreshed may still do, so only installing has to succeed.
    if let Err(error) = apt.run(workspace, &["update", "--quiet"]) {
        eprintln!("package lists were not refreshed: {error:#}");
    }
    apt.run(workspace, &[&["install", "--quiet", "--yes", "--no-install-recommends"], names.as_slice()].concat())
}

fn is_there(workspace: &Workspace, package: &DebianPackage) -> bool {
    match package.sign {
        Sign::Program(program) => on_path(workspace, program),
        Sign::PythonModule(module) => {
            call::probe(workspace.command("python3").arg("-c").arg(format!("import {module}"))).is_some()
        }
        Sign::Package => {
            // Without dpkg there is no telling; the tests will.
            !on_path(workspace, "dpkg-query")
                || call::probe(workspace.command("dpkg-query").args(["-W", "-f=${db:Status-Status}", package.name]))
                    .is_some_and(|status| status == "installed")
        }
    }
}

fn on_path(workspace: &Workspace, program: &str) -> bool {
    call::probe(workspace.command("sh").args(["-c", "command -v \"$0\"", program])).is_some()
}

/// The ways in which apt-get may be called here.
enum Apt {
    AsRoot,
    ThroughSudo,
}

impl Apt {
    fn find(workspace: &Workspace) -> Option<Self> {
        if !on_path(workspace, "apt-get") {
            return None;
        }
        let user = call::probe(workspace.command("id").arg("-u"));
        if user.is_some_and(|id| id.trim() == "0") {
            return Some(Self::AsRoot);
        }
        call::probe(workspace.command("sudo").args(["-n", "true"])).map(|_| Self::ThroughSudo)
    }

    fn run(&self, workspace: &Workspace, args: &[&str]) -> anyhow::Result<()> {
        let mut command = match self {
            Self::AsRoot => workspace.command("env"),
            Self::ThroughSudo => {
                let mut sudo = workspace.command("sudo");
                sudo.args(["-n", "env"]);
                sudo
            }
        };
        call::run(command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(args))
    }
}
