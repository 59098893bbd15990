-- The first schema. Times are Unix milliseconds in UTC; enumerations are the words of dragoman-domain.
-- Released migrations are frozen: a test holds their hash. Change nothing here once a version has shipped.

CREATE TABLE home (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id TEXT NOT NULL,                                   -- names the keyring entries of this home
  created_at INTEGER NOT NULL,
  last_message INTEGER NOT NULL DEFAULT 0,            -- no id up to here is given again, even if its message is gone
  fence INTEGER NOT NULL DEFAULT 0,                   -- last fence of an outbox lease
  analyser INTEGER NOT NULL DEFAULT 0,                -- version that made the search rows
  reindexed_to INTEGER NOT NULL DEFAULT 0             -- last message of a rebuild under way
) STRICT;

CREATE TABLE shop (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  name TEXT NOT NULL,
  seller TEXT NOT NULL DEFAULT '',                    -- the platform's id of the seller
  fields TEXT NOT NULL DEFAULT '{}',
  base_url TEXT,
  proxy TEXT,
  sending INTEGER NOT NULL DEFAULT 0,
  pause TEXT NOT NULL DEFAULT '',                     -- why the account rests, empty = it does not
  standing TEXT NOT NULL DEFAULT '{}',                -- outcome of the last check
  added_at INTEGER NOT NULL
) STRICT;

CREATE TABLE stream (
  shop INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  cursor TEXT NOT NULL DEFAULT '',
  last_success_at INTEGER,
  next_at INTEGER NOT NULL DEFAULT 0,
  fetched INTEGER NOT NULL DEFAULT 0,                 -- messages seen since the shop was connected
  problem TEXT NOT NULL DEFAULT '',                   -- problem document of the last failure, empty = none
  failures INTEGER NOT NULL DEFAULT 0,                -- in a row
  PRIMARY KEY (shop, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE product (
  shop INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  article TEXT NOT NULL DEFAULT '',
  picture TEXT NOT NULL DEFAULT '',
  page TEXT NOT NULL DEFAULT '',
  price TEXT NOT NULL DEFAULT '',
  known INTEGER NOT NULL DEFAULT 1,                   -- 0 = the platform said it has no such product
  looked_up_at INTEGER NOT NULL DEFAULT 0,            -- 0 = only what a conversation said of it
  PRIMARY KEY (shop, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE purchase (
  shop INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  number TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}',
  known INTEGER NOT NULL DEFAULT 1,
  looked_up_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (shop, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  shop INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  subject TEXT NOT NULL DEFAULT '',
  buyer TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '',                    -- the platform's own word
  closed INTEGER NOT NULL DEFAULT 0,
  editable INTEGER NOT NULL DEFAULT 0,
  turn TEXT NOT NULL DEFAULT 'none',
  backlog INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 0,
  read_to INTEGER NOT NULL DEFAULT 0,                 -- inbound messages sent up to here are read
  last_at INTEGER NOT NULL DEFAULT 0,                 -- newest message of either side
  last_in_at INTEGER,                                 -- newest message of the other side
  last_out_at INTEGER,                                -- newest message of ours
  due_at INTEGER NOT NULL DEFAULT 9223372036854775807, -- for an answer to last_in_at, whosever turn it is; the default = no rule
  due_rule TEXT NOT NULL DEFAULT '',
  order_no TEXT NOT NULL DEFAULT '',
  product TEXT NOT NULL DEFAULT '',                   -- key in product
  draft TEXT NOT NULL DEFAULT '',
  done_at INTEGER,                                    -- put aside by a person; a new inbound message clears it
  mark TEXT NOT NULL DEFAULT '',                      -- the channel's mark of how far the thread was read
  seen_at INTEGER NOT NULL DEFAULT 0,                 -- last time a page brought it
  UNIQUE (shop, kind, remote_id)
) STRICT;

-- The working list: what is ours to answer, by time left. Threads without a deadline come last.
-- `kind` at the end of the list indexes lets a filter pass over a thread without reading its row.
CREATE INDEX conversation_due ON conversation (due_at, id, kind)
  WHERE turn = 'ours' AND backlog = 0 AND done_at IS NULL;
CREATE INDEX conversation_due_shop ON conversation (shop, due_at, id, kind)
  WHERE turn = 'ours' AND backlog = 0 AND done_at IS NULL;
CREATE INDEX conversation_backlog ON conversation (last_at, id, shop, kind)
  WHERE turn = 'ours' AND backlog = 1 AND done_at IS NULL;
CREATE INDEX conversation_unread ON conversation (last_at, id, shop, kind) WHERE unread > 0;
CREATE INDEX conversation_recent ON conversation (last_at, id, shop, kind);
CREATE INDEX conversation_recent_shop ON conversation (shop, last_at, id, kind);
CREATE INDEX conversation_owed ON conversation (shop, kind, id) WHERE turn = 'ours';
CREATE INDEX conversation_order ON conversation (order_no) WHERE order_no <> '';
CREATE INDEX conversation_product ON conversation (product) WHERE product <> '';

-- What the folders show beside their names. Triggers keep it, so that no path of writing can forget to.
CREATE TABLE folder (
  shop INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  owed INTEGER NOT NULL DEFAULT 0,                    -- ours to answer, backlog and done threads apart
  backlog INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 0,                  -- messages
  PRIMARY KEY (shop, kind)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER conversation_added AFTER INSERT ON conversation WHEN new.turn = 'ours' OR new.unread > 0
BEGIN
  INSERT INTO folder (shop, kind, owed, backlog, unread) VALUES (
    new.shop, new.kind,
    new.turn = 'ours' AND new.backlog = 0 AND new.done_at IS NULL,
    new.turn = 'ours' AND new.backlog = 1 AND new.done_at IS NULL,
    new.unread
  ) ON CONFLICT (shop, kind) DO UPDATE SET
    owed = owed + excluded.owed, backlog = backlog + excluded.backlog, unread = unread + excluded.unread;
END;

CREATE TRIGGER conversation_changed AFTER UPDATE OF turn, backlog, done_at, unread ON conversation
WHEN old.turn <> new.turn OR old.backlog <> new.backlog OR old.unread <> new.unread
  OR (old.done_at IS NULL) <> (new.done_at IS NULL)
BEGIN
  INSERT INTO folder (shop, kind, owed, backlog, unread) VALUES (
    new.shop, new.kind,
    (new.turn = 'ours' AND new.backlog = 0 AND new.done_at IS NULL)
      - (old.turn = 'ours' AND old.backlog = 0 AND old.done_at IS NULL),
    (new.turn = 'ours' AND new.backlog = 1 AND new.done_at IS NULL)
      - (old.turn = 'ours' AND old.backlog = 1 AND old.done_at IS NULL),
    new.unread - old.unread
  ) ON CONFLICT (shop, kind) DO UPDATE SET
    owed = owed + excluded.owed, backlog = backlog + excluded.backlog, unread = unread + excluded.unread;
END;

CREATE TRIGGER conversation_removed AFTER DELETE ON conversation WHEN old.turn = 'ours' OR old.unread > 0
BEGIN
  UPDATE folder SET
    owed = owed - (old.turn = 'ours' AND old.backlog = 0 AND old.done_at IS NULL),
    backlog = backlog - (old.turn = 'ours' AND old.backlog = 1 AND old.done_at IS NULL),
    unread = unread - old.unread
  WHERE shop = old.shop AND kind = old.kind;
END;

CREATE TABLE message (
  id INTEGER PRIMARY KEY,                             -- given by the writer: dense, rising by arrival, never used twice
  shop INTEGER NOT NULL,
  conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
  remote_id TEXT NOT NULL,                            -- 'local:<uid>' until the platform's own copy arrives
  direction TEXT NOT NULL,
  author TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  text TEXT NOT NULL,
  attachments TEXT NOT NULL DEFAULT '',               -- JSON list of stubs, empty = none
  version INTEGER NOT NULL DEFAULT 1,                 -- 0 = our own copy of an answer until the platform's arrives
  UNIQUE (shop, remote_id)
) STRICT;

CREATE INDEX message_thread ON message (conversation, sent_at);
CREATE INDEX message_echo ON message (conversation, id) WHERE version = 0;

-- What a message said before the platform changed it.
CREATE TABLE message_version (
  message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  replaced_at INTEGER NOT NULL,
  PRIMARY KEY (message, version)
) STRICT, WITHOUT ROWID;

-- The platform's JSON of a message, zstd with the dictionary named (0 = none).
CREATE TABLE raw (
  message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
  dictionary INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;

CREATE TABLE dictionary (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  body BLOB NOT NULL,
  made_at INTEGER NOT NULL
) STRICT;

-- Tokens made by our analyser; rowid = message.id. Column `tokens` holds the words, `facets` the month and the folder.
CREATE VIRTUAL TABLE search USING fts5 (
  tokens, facets, content = '', contentless_delete = 1, detail = full, tokenize = 'ascii'
);

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  shop INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  stream TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  cause TEXT NOT NULL,
  raw TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  times INTEGER NOT NULL DEFAULT 1,
  UNIQUE (shop, stream, remote_id)
) STRICT;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uid TEXT NOT NULL UNIQUE,                           -- made by the client: the same key is the same request
  shop INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
  action TEXT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  due_at INTEGER NOT NULL,                            -- when the worker is to look at it next
  record TEXT NOT NULL,                               -- dragoman_domain::outbox::Item as JSON
  created_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;

CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state IN ('queued', 'unknown');
CREATE INDEX outbox_live ON outbox (id, state) WHERE settled_at IS NULL;
CREATE INDEX outbox_conversation ON outbox (conversation, id);

-- Answers of the API by the key its client made, so that a repeated request is the same request.
CREATE TABLE request (
  key TEXT PRIMARY KEY,
  route TEXT NOT NULL,
  digest TEXT NOT NULL,                               -- SHA-256 of the body: another body under the same key is an error
  status INTEGER NOT NULL DEFAULT 0,                  -- 0 = under way
  body TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX request_at ON request (at);
