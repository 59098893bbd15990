//! A home with one shop whose platform says what it is told to.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use dragoman_channels::clock::SystemClock;
use dragoman_channels::{Ask, Attached, Checked, Connector, Failure, Picture, Wanted};
use dragoman_domain::channel::{ActionRules, Capabilities, FileRules, KindCapabilities};
use dragoman_domain::incoming::{Cursor, Facts, Incoming, IncomingMessage, Page, Thread};
use dragoman_domain::lookup;
use dragoman_domain::message::{AttachmentState, AttachmentStub};
use dragoman_domain::outbox::{Nature, SendRules, Watermark};
use dragoman_domain::outgoing::{ActionKind, Outgoing, Sent};
use dragoman_domain::shop::{Shop, Standing};
use dragoman_domain::{Author, Channel, ConversationId, Kind, MessageId, RemoteId, SignedDuration, Timestamp};
use dragoman_secrets::Preference;
use dragoman_store::shop::NewShop;
use tempfile::TempDir;
use tokio::sync::Barrier;

use crate::{Engine, Options};

/// A whole picture of one pixel.
pub(super) const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 0x0c, b'I', b'D', b'A', b'T', 0x08, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0,
    0, 0x03, 0x01, 0x01, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];
pub(super) const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n";

pub(super) fn rules(with_text: bool) -> FileRules {
    let mimes = vec!["image/png".to_owned(), "application/pdf".to_owned()];
    FileRules { mimes, max_bytes: 1_000, max_total: 2_000, max_count: 3, with_text }
}

/// What is answered, one after the other.
type Answers = VecDeque<Result<Vec<u8>, Failure>>;

/// The platform.
pub(super) struct Fake {
    capabilities: Capabilities,
    answers: Mutex<HashMap<String, Answers>>,
    order: Mutex<Vec<String>>,
    open: AtomicUsize,
    most: AtomicUsize,
    pairs: OnceLock<Barrier>,
    outcomes: Mutex<VecDeque<Sent>>,
    sent: Mutex<Vec<Outgoing>>,
}

impl Fake {
    fn new(files: FileRules) -> Self {
        let send = SendRules {
            nature: Nature::Append,
            success_proves: true,
            read_back: true,
            absence_provable: true,
            horizon_s: 1,
        };
        let action = ActionRules { action: ActionKind::Reply, text: Some((1, 1_000)), send, files: Some(files) };
        let kind = KindCapabilities { kind: Kind::Chat, public: false, actions: vec![action] };
        Self {
            capabilities: Capabilities { kinds: vec![kind], streams: Vec::new() },
            answers: Mutex::default(),
            order: Mutex::default(),
            open: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            pairs: OnceLock::new(),
            outcomes: Mutex::default(),
            sent: Mutex::default(),
        }
    }

    /// What the next fetch of an address gets.
    pub(super) fn answer(&self, source: &str, answer: Result<Vec<u8>, Failure>) {
        self.answers.lock().unwrap().entry(source.to_owned()).or_default().push_back(answer);
    }

    /// How the next call ends; accepted unless told otherwise.
    pub(super) fn outcome(&self, sent: Sent) {
        self.outcomes.lock().unwrap().push_back(sent);
    }

    pub(super) fn asked(&self) -> usize {
        self.order.lock().unwrap().len()
    }

    pub(super) fn order(&self) -> Vec<String> {
        self.order.lock().unwrap().clone()
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// From now on a fetch is answered only when another one is under way.
    pub(super) fn answer_in_pairs(&self) {
        self.pairs.get_or_init(|| Barrier::new(2));
    }

    pub(super) fn sent(&self) -> Vec<Outgoing> {
        self.sent.lock().unwrap().clone()
    }
}

#[async_trait]
impl Connector for Fake {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Checked, Failure> {
        Err(Failure::NotFound)
    }

    async fn step(&self, _: &str, _: &Cursor, _: &Ask<'_>) -> Result<Page, Failure> {
        Ok(Page::default())
    }

    /// Shows the one message of the buyer, and none of ours: the worker has to remember those itself.
    async fn thread(&self, kind: Kind, conversation: &RemoteId, since: &Watermark) -> Result<Thread, Failure> {
        let last = since.last_in.clone().unwrap_or_else(|| RemoteId::from("none"));
        let message = IncomingMessage::new(last, Author::Buyer, Timestamp::now(), "?".into(), String::new());
        let conversation = Incoming {
            kind,
            remote_id: conversation.clone(),
            facts: Facts::default(),
            messages: vec![IncomingMessage { attachments: Vec::new(), ..message }],
            mark: None,
        };
        Ok(Thread { conversation, complete: true, gaps: false })
    }

    async fn send(&self, outgoing: &Outgoing) -> Sent {
        self.sent.lock().unwrap().push(outgoing.clone());
        let told = self.outcomes.lock().unwrap().pop_front();
        let remote = RemoteId(format!("ours-{}", self.sent.lock().unwrap().len()));
        told.unwrap_or(Sent::Yes { remote: Some(remote), at: Timestamp::now() })
    }

    async fn look_up(&self, _: &Wanted) -> Result<lookup::Facts, Failure> {
        Ok(lookup::Facts::default())
    }

    async fn picture(&self, _: &str) -> Result<Picture, Failure> {
        Err(Failure::NotFound)
    }

    async fn attachment(&self, source: &str, _: u64) -> Result<Attached, Failure> {
        self.order.lock().unwrap().push(source.to_owned());
        self.most.fetch_max(self.open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        match self.pairs.get() {
            Some(pairs) => {
                pairs.wait().await;
            }
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
        self.open.fetch_sub(1, Ordering::SeqCst);
        let answer = self.answers.lock().unwrap().get_mut(source).and_then(VecDeque::pop_front);
        let bytes = answer.unwrap_or(Err(Failure::NotFound))?;
        Ok(Attached { mime: "text/html".into(), bytes })
    }
}

/// A home at work.
pub(super) struct Bench {
    pub(super) engine: Engine,
    pub(super) fake: Arc<Fake>,
    shop: Shop,
    _home: TempDir,
}

impl Bench {
    pub(super) async fn new(files: FileRules) -> Self {
        Self::with_config(files, "[files]\nmax_bytes = 2_000_000\n").await
    }

    pub(super) async fn with_config(files: FileRules, config: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config.toml"), config).unwrap();
        let options = Options {
            home: home.path().to_owned(),
            keys: Preference::Memory,
            clock: Arc::new(SystemClock::default()),
            undo: SignedDuration::ZERO,
        };
        let engine = Engine::open(options).await.unwrap();
        let new = NewShop {
            channel: Channel::Wildberries,
            name: "shop".into(),
            seller: "s".into(),
            fields: BTreeMap::new(),
            base_url: None,
            proxy: None,
            standing: Standing::default(),
        };
        let shop = engine
            .write(move |writer| {
                let shop = writer.add_shop(&new, Timestamp::now())?;
                writer.change_shop(shop.id, |shop| shop.sending = true)?;
                writer.shop(shop.id)
            })
            .await
            .unwrap();
        let fake = Arc::new(Fake::new(files));
        engine.0.connectors.write().await.insert(shop.id, fake.clone());
        Self { engine, fake, shop, _home: home }
    }

    /// A buyer's message with attachments, by name and address.
    pub(super) async fn receives(&self, id: &str, attachments: &[(&str, &str)]) -> MessageId {
        let stub = |(name, source): &(&str, &str)| AttachmentStub {
            name: (*name).to_owned(),
            mime: "image/png".into(),
            size: None,
            source: (*source).to_owned(),
            state: AttachmentState::Remote,
        };
        let message = IncomingMessage::new(
            format!("m-{id}").as_str().into(),
            Author::Buyer,
            Timestamp::now(),
            "?".into(),
            String::new(),
        );
        let incoming = Incoming {
            kind: Kind::Chat,
            remote_id: id.into(),
            facts: Facts::default(),
            messages: vec![IncomingMessage { attachments: attachments.iter().map(stub).collect(), ..message }],
            mark: None,
        };
        let page = Page { conversations: vec![incoming], ..Page::default() };
        self.engine.ingest(&self.shop, None, page).await.unwrap();
        let conversation = self.named(id).await.unwrap();
        self.engine.conversation(conversation, None, 10).await.unwrap().messages[0].id
    }

    /// A conversation that waits for an answer.
    pub(super) async fn conversation(&self, id: &str) -> ConversationId {
        if self.named(id).await.is_none() {
            self.receives(id, &[]).await;
        }
        self.named(id).await.unwrap()
    }

    async fn named(&self, id: &str) -> Option<ConversationId> {
        let (shop, id) = (self.shop.id, RemoteId::from(id));
        self.engine.read(move |reader| reader.conversation_named(shop, Kind::Chat, &id)).await.unwrap()
    }

    /// Names in the folder of files.
    pub(super) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.engine.home().join("files"));
        let mut names: Vec<_> =
            entries.into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }
}

/// A small disk, taken away again at the end.
pub(super) struct Mounted(pub(super) PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).output();
    }
}
