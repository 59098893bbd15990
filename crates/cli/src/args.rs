//! The command line, whole: every command, argument and word of help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use dragoman_domain::shop::History;
use dragoman_domain::{Channel, Kind, Turn};
use jiff::Timestamp;
use uuid::Uuid;

/// Buyers' questions and chats from Wildberries and Ozon in one inbox, answered exactly once.
#[derive(Debug, Parser)]
#[command(name = "dragoman", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Folder that holds everything [default: the system's folder for application data].
    #[arg(long, global = true, env = "DRAGOMAN_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,

    /// One JSON document on standard output, or JSON lines for lists, and nothing else.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Connect shops, check them, switch their sending on or off.
    #[command(subcommand)]
    Shop(ShopCommand),
    /// The passphrase vault, for systems without a keyring.
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Fetch what is new and send what waits.
    Sync(Sync),
    /// The inbox, newest first; with `--turn ours` what is due first at the top.
    List(List),
    /// One conversation with its messages.
    Show(Show),
    /// Answer a conversation.
    Reply(Reply),
    /// Change our answer in a conversation.
    Edit(Edit),
    /// Take our answer back, where the platform offers that.
    Delete(Delete),
    /// Take up what a platform offers beyond answering: decide a claim, offer a return, reject a question.
    Act(Act),
    /// Mark a conversation read, here and on the platform.
    Read(Read),
    /// What is on its way to buyers, and what became of it.
    Outbox(Outbox),
    /// What a platform sent that could not be read.
    Quarantine(Quarantine),
    /// Find messages by their words.
    Search(Search),
    /// Write a verified copy of the inbox, also while it is in use.
    Backup(Backup),
    /// Put a backup in the place of the inbox.
    Restore(Restore),
    /// Take in history from a file.
    Import(Import),
    /// Write history, one conversation, or everything of one buyer into a file.
    Export(Export),
    /// Erase a conversation, or everything of its buyer, for good.
    Erase(Erase),
    /// Bring back what a damaged inbox still holds.
    Salvage,
    /// Keep the inbox at work and serve its page on this machine.
    Serve(Serve),
    /// Run simulated marketplaces on this machine.
    Simulate(Simulate),
    /// Check what the program depends on, and say what to do.
    Doctor,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ShopCommand {
    /// Connect a shop; its key is checked first. Sending stays off until `shop send ID on`.
    Add(ShopAdd),
    /// All shops with what should be known of them.
    List,
    /// How fetching goes, stream by stream: what came, what is still to come, and when it ends.
    Streams(ShopId),
    /// Ask the platform whose key it is and what it may do.
    Check(ShopId),
    /// Change a shop; a new key must belong to the same seller.
    Set(ShopSet),
    /// Let answers of a shop leave, or hold them.
    Send(ShopSend),
    /// Remove a shop with its conversations and keys from this machine.
    Remove(ShopRemove),
}

#[derive(Debug, Args)]
pub(crate) struct ShopId {
    /// Number of the shop.
    pub(crate) id: i64,
}

#[derive(Debug, Args)]
pub(crate) struct ShopAdd {
    /// wildberries or ozon.
    pub(crate) channel: Channel,
    /// Your own name for the shop.
    #[arg(long)]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Replaces scheme and host of every address of the platform, for simulators.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// HTTP or SOCKS proxy for every call of this shop.
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ShopSet {
    /// Number of the shop.
    pub(crate) id: i64,
    /// Another name.
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Another base address; an empty one for the platform's own.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Another proxy; an empty one for none.
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Days its conversations are kept after their last message, 30 at least; 0 keeps everything. What is ours to answer and
    /// what is on its way never goes by age.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub(crate) keep_days: Option<u32>,
    /// How far back its conversations are fetched: `all`, a number of days, or `usual` for the days the platform's rules name.
    /// What awaits an answer comes first, however old it is.
    #[arg(long, value_name = "all|DAYS|usual")]
    pub(crate) history: Option<History>,
}

#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// A public field, for example client_id=12345 (ozon).
    #[arg(long = "field", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) fields: Vec<(String, String)>,
    /// A key from a file or standard input: token=@FILE or token=- (wildberries), api_key=@FILE (ozon).
    // Parsed later: clap repeats a bad value in its message, and this one may be a key.
    #[arg(long = "secret", value_name = "NAME=@FILE or NAME=-")]
    pub(crate) secrets: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ShopSend {
    /// Number of the shop.
    pub(crate) id: i64,
    /// Whether its answers may leave.
    pub(crate) switch: Switch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// Answers may leave; what was held meanwhile is listed and waits for `outbox retry`.
    On,
    /// Answers are held.
    Off,
}

#[derive(Debug, Args)]
pub(crate) struct ShopRemove {
    /// Number of the shop.
    pub(crate) id: i64,
    /// Yes, remove its conversations here, too.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Make the vault of this home.
    Init(Passphrase),
    /// Open the vault of the running `dragoman serve`, or try the passphrase.
    Unlock(Passphrase),
}

#[derive(Debug, Args)]
pub(crate) struct Passphrase {
    /// File with the passphrase, or - for standard input.
    #[arg(long, value_name = "FILE", env = "DRAGOMAN_PASSPHRASE_FILE")]
    pub(crate) passphrase_file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Only this shop; may be given several times.
    #[arg(long = "shop", value_name = "ID")]
    pub(crate) shops: Vec<i64>,
    /// All history instead of what the shop is set to.
    #[arg(long)]
    pub(crate) deep: bool,
    /// Keep going until Ctrl-C.
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Whose move it is: ours, buyer, platform, none.
    #[arg(long)]
    pub(crate) turn: Option<Turn>,
    /// question, review, chat, claim, ticket or notice.
    #[arg(long)]
    pub(crate) kind: Option<Kind>,
    /// Only this platform.
    #[arg(long)]
    pub(crate) channel: Option<Channel>,
    /// Only this shop.
    #[arg(long, value_name = "ID")]
    pub(crate) shop: Option<i64>,
    /// Rows to print [default: 50; with --json all].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Number of the conversation.
    pub(crate) id: i64,
    /// Only so many of its newest messages [default: all].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Reply {
    /// Number of the conversation.
    pub(crate) id: i64,
    /// The answer.
    #[arg(long, required_unless_present = "files")]
    pub(crate) text: Option<String>,
    /// A file that goes with it; may be given several times.
    #[arg(long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Close the conversation with it, where the platform offers that.
    #[arg(long)]
    pub(crate) close: bool,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// Number of the conversation.
    pub(crate) id: i64,
    /// The new text of our answer.
    #[arg(long)]
    pub(crate) text: String,
    /// Number of our message [default: the newest].
    #[arg(long, value_name = "ID")]
    pub(crate) message: Option<i64>,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Number of the conversation.
    pub(crate) id: i64,
    /// Number of our message [default: the newest].
    #[arg(long, value_name = "ID")]
    pub(crate) message: Option<i64>,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

#[derive(Debug, Args)]
pub(crate) struct Act {
    /// Number of the conversation.
    pub(crate) id: i64,
    /// What to do, as `show` lists it; reject for a question.
    #[arg(allow_negative_numbers = true)]
    pub(crate) action: String,
    /// A value the action needs, for example comment=WORDS; a question's reject takes text=REASON.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) values: Vec<(String, String)>,
    /// Yes, do it; without this, what moves money, goods or an order is only told.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Sending {
    /// Wait until it is settled, 120 s at most; exit 1 unless it was sent.
    #[arg(long)]
    pub(crate) wait: bool,
    /// Name of this request: the same key again is the same request, however often it is made.
    #[arg(long, value_name = "UUID")]
    pub(crate) key: Option<Uuid>,
}

#[derive(Debug, Args)]
pub(crate) struct Read {
    /// Number of the conversation.
    pub(crate) id: i64,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Outbox {
    /// Settled items, too.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(subcommand)]
    pub(crate) command: Option<OutboxCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// Send a held or failed item.
    Retry(OutboxItem),
    /// Change the text of an item that has not left, and send it.
    Edit(OutboxEdit),
    /// Withdraw an item that has not left.
    Cancel(OutboxItem),
    /// Settle an item you have seen on the platform.
    MarkSent(OutboxItem),
}

#[derive(Debug, Args)]
pub(crate) struct OutboxItem {
    /// Number of the item.
    pub(crate) id: i64,
    /// Wait until it is settled, 120 s at most; exit 1 unless it was sent.
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OutboxEdit {
    #[command(flatten)]
    pub(crate) item: OutboxItem,
    /// The new text.
    #[arg(long)]
    pub(crate) text: String,
}

#[derive(Debug, Args)]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    pub(crate) command: Option<QuarantineCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// One item with its raw text and the cause.
    Show {
        /// Number of the item.
        id: i64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Words, "exact phrases", -without, begins*, and operators:
    /// shop: channel: kind: turn: order: sku: from: before: after: has:
    /// (after -- if it begins with -)
    #[arg(required = true)]
    pub(crate) query: Vec<String>,
    /// Rows to print.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// A backup.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Form of the file.
    #[arg(long, value_enum)]
    pub(crate) format: ImportFormat,
    /// The file.
    pub(crate) file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// Each conversation in a line, directly followed by its messages.
    Jsonl,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Form of the file.
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// The file to write.
    #[arg(long, value_name = "PATH")]
    pub(crate) output: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Only this shop.
    #[arg(long, value_name = "ID")]
    pub(crate) shop: Option<i64>,
    /// Only messages written then or later: 2026-11-01 or 2026-11-01T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) from: Option<Timestamp>,
    /// Only messages written before.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) to: Option<Timestamp>,
    /// Only this conversation, whole.
    #[arg(long, value_name = "ID", conflicts_with_all = ["shop", "from", "to", "same_buyer"])]
    pub(crate) conversation: Option<i64>,
    /// Everything of the buyer of this conversation.
    #[arg(long, value_name = "ID", conflicts_with_all = ["shop", "from", "to"])]
    pub(crate) same_buyer: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Each conversation in a line, directly followed by its messages; `import` reads it.
    Jsonl,
    /// A row for each message, for spreadsheets. A cell that would begin a formula, or begins with an apostrophe, gets an
    /// apostrophe in front.
    Csv,
    /// One page to read and to print.
    Html,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// Number of the conversation; may be given several times.
    #[arg(long = "conversation", value_name = "ID", required = true)]
    pub(crate) conversations: Vec<i64>,
    /// Everything of its buyer in the same shop: by the platform's id of the buyer, and by the buyer's orders.
    #[arg(long)]
    pub(crate) same_buyer: bool,
    /// Yes, erase it; without this the command only says what would go.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Port on 127.0.0.1 [default: any free one].
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// A shop to try everything with: simulated platforms, a home of its own, begun afresh.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Print the sign-in link and nothing else on standard output.
    #[arg(long)]
    pub(crate) print_url: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// First of three ports on 127.0.0.1: control, Wildberries, Ozon [default: any free ones].
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// The same seed grows the same world.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Conversations per shop.
    #[arg(long, value_name = "N")]
    pub(crate) conversations: Option<usize>,
    /// Old chats per Ozon shop beside those; made when somebody looks, so hundreds of thousands cost nothing.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) old_chats: usize,
    /// Old questions per Ozon shop.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) old_questions: usize,
    /// Old reviews per Ozon shop.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) old_reviews: usize,
    /// Reviews per Wildberries shop.
    #[arg(long, value_name = "N")]
    pub(crate) reviews: Option<usize>,
    /// Buyer chats per Wildberries shop.
    #[arg(long, value_name = "N")]
    pub(crate) buyer_chats: Option<usize>,
    /// Days that all of it reaches back.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=3_650))]
    pub(crate) history_days: Option<i64>,
    /// A fault plan, TOML or JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// The acceptance log [default: a file in the system's folder for temporary ones].
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

/// Reads an instant, or the beginning of a day in UTC.
fn instant(text: &str) -> Result<Timestamp, String> {
    let whole = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    whole.parse().map_err(|_| "write 2026-11-01 or 2026-11-01T12:00:00Z".to_owned())
}

/// Reads `NAME=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_are_options_wherever_they_stand() {
        for line in [
            &["dragoman", "search", "возврат", "shop:1", "--limit", "2", "--json"][..],
            &["dragoman", "--json", "search", "--limit=2", "--", "возврат", "shop:1"],
        ] {
            let cli = Cli::parse_from(line);
            assert!(cli.json);
            match cli.command {
                Command::Search(Search { query, limit: 2 }) => assert_eq!(query, ["возврат", "shop:1"]),
                other => panic!("{other:?}"),
            }
        }
    }
}
