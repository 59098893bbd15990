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
    network_type(u32::try_from(rustix::fs::statfs(home).ok()?.f_type).ok()?)
}

/// What a file system of this type is called, if it is no local disk. Magic numbers: statfs(2) and linux/magic.h of Linux 6.12.
#[cfg(target_os = "linux")]
const fn network_type(magic: u32) -> Option<&'static str> {
    match magic {
        0x6969 => Some("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("an SMB share"),
        0x6573_5546 => Some("a FUSE file system"),
        0x0102_1997 => Some("a 9P share"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        0x7375_7245 => Some("Coda"),
        0x00c3_6400 => Some("Ceph"),
        0x786f_4256 => Some("a folder shared by VirtualBox"),
        0x564c => Some("a NetWare share"),
        0x0116_1970 => Some("GFS2"),
        0x7461_636f => Some("OCFS2"),
        0x0bd0_0bd0 => Some("Lustre"),
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

    /// R09 by the numbers the kernel names file systems with.
    #[cfg(target_os = "linux")]
    #[test]
    fn file_systems_of_networks_are_refused_by_type_and_local_disks_are_not() {
        let far = [
            0x6969,
            0x517b,
            0xff53_4d42,
            0xfe53_4d42,
            0x6573_5546,
            0x0102_1997,
            0x5346_414f,
            0x6b41_4653,
            0x7375_7245,
            0x00c3_6400,
            0x786f_4256,
            0x564c,
            0x0116_1970,
            0x7461_636f,
            0x0bd0_0bd0,
        ];
        // ext4, XFS, Btrfs, F2FS, ZFS, tmpfs, overlayfs, FAT, exFAT, NTFS.
        let near = [
            0xef53,
            0x5846_5342,
            0x9123_683e,
            0xf2f5_2010,
            0x2fc1_2fc1,
            0x0102_1994,
            0x794c_7630,
            0x4d44,
            0x2011_bab0,
            0x7366_746e,
        ];
        for magic in far {
            assert!(network_type(magic).is_some(), "{magic:#x}");
        }
        for magic in near {
            assert_eq!(network_type(magic), None, "{magic:#x}");
        }
        println!(
            "R09: {} of {} types of networks refused, {} of {} local ones not",
            far.len(),
            far.len(),
            near.len(),
            near.len()
        );
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
