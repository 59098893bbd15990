//! Whether a folder may hold an inbox, and files that only their owner can read.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::Error;

/// Folders that other programs copy behind our back; a database copied in mid-write is a broken one.
const SYNCED: [&str; 9] = [
    "dropbox",
    "onedrive",
    "google drive",
    "googledrive",
    "icloud drive",
    "com~apple~clouddocs",
    "yandex.disk",
    "yandexdisk",
    "nextcloud",
];

/// Makes the folder, readable by its owner only, and refuses places where the log of the database cannot be trusted.
pub(crate) fn prepare(home: &Path) -> Result<(), Error> {
    create_dir(home).map_err(|cause| unsuitable(home, &cause))?;
    let home = fs::canonicalize(home).map_err(|cause| unsuitable(home, &cause))?;
    if let Some(name) = synced(&home) {
        return Err(Error::Unsuitable {
            reason: format!("{} lies in the synced folder {name}; choose a folder that nothing copies", home.display()),
        });
    }
    if let Some(kind) = network(&home) {
        return Err(Error::Unsuitable {
            reason: format!(
                "{} lies on {kind}, which does not keep a database safe; choose a local disk",
                home.display()
            ),
        });
    }
    Ok(())
}

/// Makes a file that only its owner can read, and fails if it is there already.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder that only its owner can enter; one that is there already is left as it is.
pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Removes a file that may not be there.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Makes a rename or a new file in the folder survive a power cut.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    // Windows has no such call and needs none.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn unsuitable(home: &Path, cause: &io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::StorageFull => Error::DiskFull,
        _ => Error::Unsuitable { reason: format!("{}: {cause}", home.display()) },
    }
}

fn synced(home: &Path) -> Option<String> {
    home.iter()
        .map(|part| part.to_string_lossy().to_lowercase())
        // "OneDrive - Company" and "Dropbox (Personal)" are such folders too.
        .find(|part| {
            SYNCED
                .iter()
                .any(|name| part.strip_prefix(name).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
        })
}

#[cfg(target_os = "linux")]
fn network(home: &Path) -> Option<&'static str> {
    // Magic numbers: statfs(2) and linux/magic.h.
    match u32::try_from(rustix::fs::statfs(home).ok()?.f_type).ok()? {
        0x6969 => Some("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("an SMB share"),
        0x6573_5546 => Some("a FUSE file system"),
        0x0102_1997 => Some("a 9P share"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        0x7375_7245 => Some("Coda"),
        0x00c3_6400 => Some("Ceph"),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn network(home: &Path) -> Option<&'static str> {
    let path = home.to_string_lossy();
    // `\\server\share`; a canonical local path on Windows begins with `\\?\` and a drive letter.
    (path.starts_with(r"\\") && (!path.starts_with(r"\\?\") || path.starts_with(r"\\?\UNC\")))
        .then_some("a network share")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synced_folders_are_refused_by_name_and_others_are_not() {
        for bad in [
            "/home/a/Dropbox/inbox",
            "/home/a/OneDrive - Firma/x",
            "/Users/a/Library/Mobile Documents/com~apple~CloudDocs/x",
        ] {
            assert!(synced(Path::new(bad)).is_some(), "{bad}");
        }
        for good in ["/home/dropboxer/inbox", "/home/a/dragoman", "/srv/nextclouds/x"] {
            assert_eq!(synced(Path::new(good)), None, "{good}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("a/b");
        prepare(&home).unwrap();
        create_file(&home.join("f")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&home), mode(&home.join("f"))), (0o700, 0o600));
    }

    #[test]
    fn a_place_that_cannot_be_made_is_refused_with_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let error = prepare(&dir.path().join("file/home")).unwrap_err();
        assert!(matches!(error, Error::Unsuitable { .. }), "{error}");
    }
}
