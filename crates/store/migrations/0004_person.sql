-- What a person does with a conversation, and settings that last. Words and instants as in 0001.

-- Settings of the home. Only what somebody chose has a row.
CREATE TABLE setting (
  name TEXT PRIMARY KEY,                              -- dragoman_domain::settings::SettingName
  value TEXT NOT NULL,                                -- JSON
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE conversation ADD COLUMN snoozed_until INTEGER;                -- NULL = not snoozed; cleared when it is over
ALTER TABLE conversation ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;

CREATE TABLE tag (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  colour TEXT NOT NULL
) STRICT;

CREATE TABLE conversation_tag (
  conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
  tag INTEGER NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
  last_at INTEGER NOT NULL,                           -- the conversation's own, so that a tag's list needs no sorting
  PRIMARY KEY (conversation, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_tag_recent ON conversation_tag (tag, last_at, conversation);

CREATE TRIGGER conversation_moved AFTER UPDATE OF last_at ON conversation WHEN old.last_at <> new.last_at
BEGIN
  UPDATE conversation_tag SET last_at = new.last_at WHERE conversation = new.id;
END;

-- The working list leaves out what is snoozed.
DROP INDEX conversation_due;
DROP INDEX conversation_due_shop;
DROP INDEX conversation_backlog;
CREATE INDEX conversation_due ON conversation (due_at, id, kind, starred)
  WHERE turn = 'ours' AND backlog = 0 AND done_at IS NULL AND snoozed_until IS NULL;
CREATE INDEX conversation_due_shop ON conversation (shop, due_at, id, kind, starred)
  WHERE turn = 'ours' AND backlog = 0 AND done_at IS NULL AND snoozed_until IS NULL;
CREATE INDEX conversation_backlog ON conversation (last_at, id, shop, kind, starred)
  WHERE turn = 'ours' AND backlog = 1 AND done_at IS NULL AND snoozed_until IS NULL;
CREATE INDEX conversation_snoozed ON conversation (snoozed_until, id, shop, kind) WHERE snoozed_until IS NOT NULL;
CREATE INDEX conversation_starred ON conversation (last_at, id, shop, kind) WHERE starred = 1;

ALTER TABLE folder ADD COLUMN snoozed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER conversation_added;
DROP TRIGGER conversation_changed;
DROP TRIGGER conversation_removed;

CREATE TRIGGER conversation_added AFTER INSERT ON conversation
WHEN new.turn = 'ours' OR new.unread > 0 OR new.starred = 1 OR new.snoozed_until IS NOT NULL
BEGIN
  INSERT INTO folder (shop, kind, owed, backlog, unread, snoozed, starred) VALUES (
    new.shop, new.kind,
    new.turn = 'ours' AND new.backlog = 0 AND new.done_at IS NULL AND new.snoozed_until IS NULL,
    new.turn = 'ours' AND new.backlog = 1 AND new.done_at IS NULL AND new.snoozed_until IS NULL,
    new.unread, new.snoozed_until IS NOT NULL, new.starred
  ) ON CONFLICT (shop, kind) DO UPDATE SET
    owed = owed + excluded.owed, backlog = backlog + excluded.backlog, unread = unread + excluded.unread,
    snoozed = snoozed + excluded.snoozed, starred = starred + excluded.starred;
END;

CREATE TRIGGER conversation_changed AFTER UPDATE OF turn, backlog, done_at, unread, snoozed_until, starred ON conversation
WHEN old.turn <> new.turn OR old.backlog <> new.backlog OR old.unread <> new.unread
  OR (old.done_at IS NULL) <> (new.done_at IS NULL) OR (old.snoozed_until IS NULL) <> (new.snoozed_until IS NULL)
  OR old.starred <> new.starred
BEGIN
  INSERT INTO folder (shop, kind, owed, backlog, unread, snoozed, starred) VALUES (
    new.shop, new.kind,
    (new.turn = 'ours' AND new.backlog = 0 AND new.done_at IS NULL AND new.snoozed_until IS NULL)
      - (old.turn = 'ours' AND old.backlog = 0 AND old.done_at IS NULL AND old.snoozed_until IS NULL),
    (new.turn = 'ours' AND new.backlog = 1 AND new.done_at IS NULL AND new.snoozed_until IS NULL)
      - (old.turn = 'ours' AND old.backlog = 1 AND old.done_at IS NULL AND old.snoozed_until IS NULL),
    new.unread - old.unread,
    (new.snoozed_until IS NOT NULL) - (old.snoozed_until IS NOT NULL), new.starred - old.starred
  ) ON CONFLICT (shop, kind) DO UPDATE SET
    owed = owed + excluded.owed, backlog = backlog + excluded.backlog, unread = unread + excluded.unread,
    snoozed = snoozed + excluded.snoozed, starred = starred + excluded.starred;
END;

CREATE TRIGGER conversation_removed AFTER DELETE ON conversation
WHEN old.turn = 'ours' OR old.unread > 0 OR old.starred = 1 OR old.snoozed_until IS NOT NULL
BEGIN
  UPDATE folder SET
    owed = owed - (old.turn = 'ours' AND old.backlog = 0 AND old.done_at IS NULL AND old.snoozed_until IS NULL),
    backlog = backlog - (old.turn = 'ours' AND old.backlog = 1 AND old.done_at IS NULL AND old.snoozed_until IS NULL),
    unread = unread - old.unread,
    snoozed = snoozed - (old.snoozed_until IS NOT NULL), starred = starred - old.starred
  WHERE shop = old.shop AND kind = old.kind;
END;

-- Files that wait in a conversation's draft.
CREATE TABLE draft_file (
  conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,                             -- their order, from 0
  upload TEXT NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
  PRIMARY KEY (conversation, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX draft_file_upload ON draft_file (upload);

-- One deed on many conversations, and what each of them was before: it can be taken back although the program ended meanwhile.
CREATE TABLE bulk (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token TEXT NOT NULL UNIQUE,                         -- made by the client
  deed TEXT NOT NULL,                                 -- dragoman_store::bulk::Deed as JSON
  at INTEGER NOT NULL
) STRICT;

CREATE INDEX bulk_at ON bulk (at);

CREATE TABLE bulk_entry (
  bulk INTEGER NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
  conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
  was INTEGER,                                        -- the deed's two columns before it
  was_too INTEGER,
  became INTEGER,                                     -- and after it
  became_too INTEGER,
  PRIMARY KEY (bulk, conversation)
) STRICT, WITHOUT ROWID;

CREATE INDEX bulk_entry_conversation ON bulk_entry (conversation);
