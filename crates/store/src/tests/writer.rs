//! The writer thread: order, rolling back, a full disk, closing.

use std::sync::mpsc;

use super::*;

#[test]
fn a_persons_action_goes_before_waiting_syncs() {
    let home = Home::new();
    let (release, held) = mpsc::channel::<()>();
    let (report, order) = mpsc::channel();
    let first = home.store.write(Priority::Sync, Durability::Relaxed, move |_| {
        held.recv().ok();
        Ok(())
    });
    let queue = |priority, name: &'static str| {
        let report = report.clone();
        home.store.write(priority, Durability::Full, move |_| {
            report.send(name).ok();
            Ok(())
        })
    };
    let receipts = [queue(Priority::Sync, "sync 1"), queue(Priority::Sync, "sync 2"), queue(Priority::User, "person")];
    release.send(()).unwrap();
    first.wait().unwrap();
    for receipt in receipts {
        receipt.wait().unwrap();
    }
    assert_eq!(order.try_iter().collect::<Vec<_>>(), ["person", "sync 1", "sync 2"]);
}

#[test]
fn a_receipt_can_be_awaited() {
    let home = Home::new();
    let receipt = home.store.write(Priority::User, Durability::Full, |writer| writer.next_fence());
    assert_eq!(futures::executor::block_on(receipt).unwrap(), 1);
}

#[test]
fn a_closure_that_fails_or_panics_leaves_nothing_and_the_writer_goes_on() {
    let home = Home::new();
    let error = home
        .try_write(|writer| {
            writer.next_fence()?;
            Err::<(), _>(Error::ReadOnly)
        })
        .unwrap_err();
    assert!(matches!(error, Error::ReadOnly));
    let panicked = home.try_write(|writer| -> Result<(), Error> {
        writer.next_fence()?;
        panic!("in the middle of a transaction")
    });
    assert!(matches!(panicked.unwrap_err(), Error::Closed));
    assert_eq!(home.write(|writer| writer.next_fence()), 1);
}

#[test]
fn what_is_queued_when_the_store_closes_is_still_done() {
    let home = Home::new();
    let receipts: Vec<_> =
        (0..50).map(|_| home.store.write(Priority::Sync, Durability::Full, |writer| writer.next_fence())).collect();
    let home = home.reopen();
    assert_eq!(receipts.into_iter().map(|receipt| receipt.wait().unwrap()).max(), Some(50));
    assert_eq!(home.write(|writer| writer.next_fence()), 51);
}

#[test]
fn the_store_may_be_dropped_by_a_closure_of_its_own() {
    let home = Home::new();
    let last = home.store.clone();
    let (report, done) = mpsc::channel();
    let receipt = home.store.write(Priority::User, Durability::Full, move |_| {
        drop(last);
        report.send(()).ok();
        Ok(())
    });
    drop(home.store);
    receipt.wait().unwrap();
    done.recv().unwrap();
}

#[test]
fn a_full_disk_is_named_and_work_goes_on_once_there_is_space() {
    let home = Home::new();
    let shop = home.shop();
    let pages = |limit: &'static str| {
        home.write(move |writer| {
            let used: i64 = writer.conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let limit = if limit == "now" { used } else { 1_000_000 };
            Ok(writer.conn.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |row| row.get::<_, i64>(0))?)
        })
    };
    pages("now");
    let threads = || {
        let text = "где мой заказ ".repeat(300);
        (0..50).map(|n| thread(Kind::Chat, &format!("c{n}"), vec![bought(&format!("{n}"), hour(n), &text)])).collect()
    };
    let error = home.ingest_page(&shop, Some("s"), page(threads(), "next")).unwrap_err();
    assert!(matches!(error, Error::DiskFull), "{error}");
    assert_eq!(home.read(|reader| reader.stream(shop.id, "s")), None, "the cursor is not ahead of what is stored");
    pages("many");
    assert_eq!(home.ingest_page(&shop, Some("s"), page(threads(), "next")).unwrap().new, 50);
    home.check();
}

#[test]
fn readers_see_one_state_while_the_writer_goes_on() {
    let home = Home::new();
    let shop = home.shop();
    home.read(|reader| {
        let before = reader.shops()?.len();
        let name = shop.id;
        home.write(move |writer| writer.change_shop(name, |shop| shop.name = "other".into()));
        home.shop();
        assert_eq!(reader.shops()?.len(), before);
        Ok(())
    });
    assert_eq!(home.read(|reader| reader.shops()).len(), 2);
}

#[test]
fn a_reader_cannot_write() {
    let home = Home::new();
    let error = home.store.read(|reader| Ok(reader.conn.execute("UPDATE home SET fence = 9", [])?)).unwrap_err();
    assert!(matches!(error, Error::ReadOnly), "{error}");
}

#[test]
fn more_readers_than_connections_take_turns() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..20 {
                    home.read(|reader| reader.shops());
                }
            });
        }
    });
}
