-- Reviews, claims, platform news, files, erasure. Words and instants as in 0001.

ALTER TABLE conversation ADD COLUMN stars INTEGER;                        -- of a review
ALTER TABLE conversation ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;   -- nobody expects an answer, one may still be given
ALTER TABLE conversation ADD COLUMN buyer_id TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN limit_at INTEGER;                     -- the platform's own deadline
ALTER TABLE conversation ADD COLUMN limit_rule TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN edit_until INTEGER;
ALTER TABLE conversation ADD COLUMN publication TEXT NOT NULL DEFAULT ''; -- of our newest public answer
ALTER TABLE conversation ADD COLUMN refusal TEXT NOT NULL DEFAULT '';     -- the platform's reason, if it was refused
ALTER TABLE conversation ADD COLUMN claim TEXT NOT NULL DEFAULT '';       -- dragoman_domain::claim::ClaimFacts as JSON
ALTER TABLE conversation ADD COLUMN review TEXT NOT NULL DEFAULT '';      -- dragoman_domain::review::ReviewFacts as JSON
ALTER TABLE conversation ADD COLUMN offers TEXT NOT NULL DEFAULT '';      -- list of dragoman_domain::offer::Offer as JSON

CREATE INDEX conversation_buyer ON conversation (shop, buyer_id) WHERE buyer_id <> '';

-- How long a shop's conversations are kept after their last message; NULL = for good.
ALTER TABLE shop ADD COLUMN keep_days INTEGER;

-- Bytes of attachments under random names in files/. A row exists once somebody wanted the bytes.
CREATE TABLE file (
  message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,                             -- which of the message's attachments, from 0
  state TEXT NOT NULL,                                -- dragoman_domain::message::AttachmentState
  name TEXT NOT NULL DEFAULT '',                      -- on disk, empty until stored
  mime TEXT NOT NULL DEFAULT '',                      -- found from the bytes
  size INTEGER NOT NULL DEFAULT 0,
  sha256 TEXT NOT NULL DEFAULT '',
  tries INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL DEFAULT 0,                 -- when it may be asked for again
  cause TEXT NOT NULL DEFAULT '',                     -- why it is not here
  PRIMARY KEY (message, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_name ON file (name) WHERE name <> '';
CREATE INDEX file_wanted ON file (next_at) WHERE state IN ('remote', 'pending');

-- Files of ours that go with an answer, from the moment they are chosen.
CREATE TABLE upload (
  id TEXT PRIMARY KEY,                                -- made by the client: the same key is the same file
  file TEXT NOT NULL UNIQUE,                          -- on disk
  name TEXT NOT NULL,                                 -- as the other side sees it
  mime TEXT NOT NULL,                                 -- found from the bytes
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  at INTEGER NOT NULL,
  outbox INTEGER REFERENCES outbox (id) ON DELETE CASCADE -- the answer it goes with; without one it is dropped after a week
) STRICT, WITHOUT ROWID;

CREATE INDEX upload_outbox ON upload (outbox) WHERE outbox IS NOT NULL;

-- Proof of each erasure: who was erased when, by whom, how much, never what it said.
CREATE TABLE receipt (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  document TEXT NOT NULL                              -- dragoman_store::erase::Receipt as JSON
) STRICT;
