//! R09: an inbox where it cannot be kept safe. A real FUSE mount, where one can be had, and folders that other programs copy: the
//! program refuses with the reason before it has written anything there.

use std::path::{Path, PathBuf};
use std::process::Command;

use dragoman_tests::house::figures::Figures;
use dragoman_tests::house::program;

const SEED: u64 = 909;

/// A folder mounted through FUSE onto another; gone when dropped.
struct Fuse {
    at: PathBuf,
}

impl Fuse {
    fn mount(below: &Path, at: &Path) -> Result<Self, String> {
        let done = Command::new("bindfs").arg(below).arg(at).output().map_err(|error| format!("bindfs: {error}"))?;
        if done.status.success() {
            Ok(Self { at: at.to_owned() })
        } else {
            Err(format!("bindfs: {}", String::from_utf8_lossy(&done.stderr).trim()))
        }
    }
}

impl Drop for Fuse {
    fn drop(&mut self) {
        // Lazily: whoever looks at it still must not keep it for ever.
        let _ = Command::new("fusermount").args(["-u", "-z"]).arg(&self.at).status();
    }
}

/// Opens a home there with the real program: the code of its refusal, its words, and what lies in the folder afterwards.
fn opened(home: &Path) -> (Option<String>, String, Vec<String>) {
    let done =
        Command::new(program().unwrap()).arg("--home").arg(home).args(["--json", "shop", "list"]).output().unwrap();
    let said: serde_json::Value = String::from_utf8_lossy(&done.stdout)
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_default();
    let left = std::fs::read_dir(home).into_iter().flatten().flatten();
    let left =
        left.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(|name| name.starts_with("inbox"));
    (
        said["code"].as_str().filter(|_| done.status.code() == Some(1)).map(str::to_owned),
        said["message"].as_str().unwrap_or_default().to_owned(),
        left.collect(),
    )
}

#[test]
fn campaign_unsuitable_place_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (below, at) = (folder.path().join("below"), folder.path().join("at"));
    std::fs::create_dir_all(&below).unwrap();
    std::fs::create_dir_all(&at).unwrap();
    let fuse = Fuse::mount(&below, &at);
    let mut places: Vec<(PathBuf, &str)> = [
        "Dropbox/dragoman",
        "OneDrive - ООО Ромашка/inbox",
        "Google Drive/inbox",
        "Yandex.Disk/inbox",
        "Nextcloud/inbox",
        "iCloud Drive/inbox",
    ]
    .map(|name| (folder.path().join(name), "synced folder"))
    .to_vec();
    // A way around by a link leads to the same place.
    #[cfg(unix)]
    {
        let link = folder.path().join("innocent");
        std::fs::create_dir_all(folder.path().join("Dropbox")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("Dropbox"), &link).unwrap();
        places.push((link.join("inbox"), "synced folder"));
    }
    if fuse.is_ok() {
        places.push((at.join("home"), "FUSE"));
    }
    let mut figures = Figures::new("campaign_unsuitable_place", SEED);
    let mut failures = Vec::new();
    for (place, word) in &places {
        let (code, message, left) = opened(place);
        if code.as_deref() != Some("home_unusable") || !message.contains(word) || !left.is_empty() {
            failures.push(format!("{}: {code:?} {message} {left:?}", place.display()));
        }
    }
    let (code, message, _) = opened(&folder.path().join("home"));
    figures.add(
        "mounted",
        match &fuse {
            Ok(_) => "bindfs, a FUSE file system".to_owned(),
            Err(why) => format!("nothing ({why})"),
        },
    );
    figures.add("places refused with the reason", format!("{} of {}", places.len() - failures.len(), places.len()));
    figures.print();
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(code, None, "an ordinary folder is taken: {message}");
}
