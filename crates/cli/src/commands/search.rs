//! `search`: messages by their words, newest first.

use jiff::Timestamp;
use serde::Deserialize;

use crate::args::Search;
use crate::clock::local;
use crate::failure::Outcome;
use crate::home::Home;
use crate::output::{Out, one_line, read};
use crate::pages::Pages;

#[derive(Deserialize)]
struct Hit {
    conversation: i64,
    fragment: String,
    sent_at: Timestamp,
    channel: String,
    buyer: String,
}

/// What a page of hits says of all of them.
#[derive(Deserialize)]
struct About {
    total: Total,
    notices: Vec<Notice>,
    rebuilding: bool,
}

#[derive(Deserialize)]
struct Total {
    count: u64,
    exact: bool,
}

#[derive(Deserialize)]
struct Notice {
    code: String,
    word: String,
}

pub(crate) async fn run(home: &mut Home, out: Out, args: Search) -> Outcome {
    let mut pages = Pages::new("/api/search", [("q", Some(args.query.join(" ")))], Some(args.limit));
    let mut listing = out.listing(&["CONVERSATION", "SENT", "PLATFORM", "BUYER", "TEXT"], |hit: Hit| {
        vec![hit.conversation.to_string(), local(hit.sent_at), hit.channel, hit.buyer, hit.fragment]
    });
    let mut about = None;
    while let Some(page) = pages.next(home).await? {
        page.rows.iter().try_for_each(|row| listing.add(row))?;
        about.get_or_insert(page.about);
    }
    listing.end("Nothing was found.")?;
    if let Some(about) = about {
        remark(out, read(&about)?, args.limit);
    }
    Ok(())
}

fn remark(out: Out, About { total, notices, rebuilding }: About, limit: u64) {
    if !total.exact {
        out.remark(&format!("{}+ found.", thousands(total.count)));
    } else if total.count > limit {
        out.remark(&format!("{} found.", thousands(total.count)));
    }
    for Notice { code, word } in notices {
        out.remark(&format!("left out: {} ({code})", one_line(&word)));
    }
    if rebuilding {
        out.remark("The index is being made anew: some words may not be found yet.");
    }
}

/// `12345` as `12,345`.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    #[test]
    fn large_counts_are_readable() {
        for (count, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(super::thousands(count), shown);
        }
    }
}
