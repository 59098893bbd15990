//! Whether those who wait for virtual time are at rest, so that it may go on.

use std::fs::{read_dir, read_link, read_to_string};
use std::path::Path;

/// Whether every other thread of this process and of the programs it has started sleeps. `true` where the system does not tell.
pub fn everybody_sleeps() -> bool {
    let own = read_link("/proc/thread-self").ok();
    let own = own.as_deref().and_then(Path::file_name).map(ToOwned::to_owned);
    let Ok(threads) = read_dir("/proc/self/task") else { return true };
    threads.flatten().all(|thread| {
        let path = thread.path();
        let sleeps = Some(thread.file_name()) == own || !is_at_work(&path);
        sleeps && programs_of(&path).all(|program| threads_sleep(&Path::new("/proc").join(program)))
    })
}

/// Programs that a thread has started; they belong to it and not to its process (proc_pid_task(5), `children`).
fn programs_of(thread: &Path) -> impl Iterator<Item = String> + use<> {
    let children = read_to_string(thread.join("children")).unwrap_or_default();
    children.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn threads_sleep(process: &Path) -> bool {
    let Ok(threads) = read_dir(process.join("task")) else { return true };
    threads.flatten().all(|thread| !is_at_work(&thread.path()))
}

fn is_at_work(thread: &Path) -> bool {
    let stat = read_to_string(thread.join("stat")).unwrap_or_default();
    // The state is the letter after the name in brackets (proc_pid_stat(5)): R runs or would like to, D waits for a disk.
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    matches!(state, Some('R' | 'D'))
}
