//! How the database finds the rows: no list, thread or outbox statement may walk a whole table.

use std::fmt::Write;

use super::*;
use crate::{inbox, outbox, snooze, thread as thread_module};

/// The plan of a statement, one step per line, without the numbers that mean nothing.
fn plan(home: &Home, sql: &str) -> String {
    home.read(|reader| {
        let mut statement = reader.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let parameters = statement.parameter_count();
        let nothing = std::iter::repeat_n(rusqlite::types::Null, parameters);
        let steps = statement
            .query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(steps.join("\n"))
    })
}

#[test]
fn no_statement_of_the_lists_walks_a_whole_table() {
    let home = Home::new();
    let shop = home.shop();
    let chats = (0..300).map(|n| thread(Kind::Chat, &format!("c{n}"), vec![bought(&format!("{n}"), hour(n), "a")]));
    home.ingest(&shop, chats.collect());
    let mut statements = inbox::PAGES.to_vec();
    statements.extend([
        ("one row", inbox::ONE),
        ("next snooze that ends", snooze::NEXT),
        ("snoozes that are over", snooze::OVER),
        ("messages", thread_module::MESSAGES),
        ("versions", thread_module::VERSIONS),
        ("outbox item", outbox::BY_ID),
        ("outbox item by key", outbox::BY_UID),
        ("outbox of a conversation", outbox::OF_CONVERSATION),
        ("newest answer", outbox::NEWEST_ANSWER),
        ("outbox due", outbox::DUE),
        ("outbox live", outbox::LIVE),
        ("outbox in state", outbox::IN_STATE),
        ("outbox next due", outbox::NEXT_DUE),
    ]);
    let mut plans = String::new();
    for (name, sql) in statements {
        let plan = plan(&home, sql);
        // Two indexes hold only what is on its way: a few items, which may be walked.
        let few = |step: &str| step.contains("INDEX outbox_due") || step.contains("INDEX outbox_live");
        let walks = plan.lines().any(|step| step.starts_with("SCAN") && !few(step));
        assert!(!walks, "{name} walks a table:\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{name} sorts:\n{plan}");
        writeln!(plans, "{name}:\n{plan}\n").unwrap();
    }
    insta::assert_snapshot!(plans);
}
