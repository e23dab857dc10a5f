-- Messages on their way. Times are 100-ns ticks since 1970; a wait is kept as start and length, so
-- that a clock that jumps back cannot make it longer.

-- What is told, free of any channel: JSON. Goes with the last delivery that needs it.
CREATE TABLE content(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;

-- One row for each message and recipient.
CREATE TABLE outbox(
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    message     TEXT NOT NULL,    -- the message's own id: of its sink, its cause, its time
    recipient   TEXT NOT NULL,    -- of mail; empty elsewhere
    sink        TEXT NOT NULL,
    content     INTEGER NOT NULL REFERENCES content(id),
    title       TEXT NOT NULL,
    priority    INTEGER NOT NULL, -- the smallest goes first
    written     INTEGER NOT NULL,
    state       INTEGER NOT NULL, -- 0 waiting, 1 sending, 2 accepted, 3 dead
    changed     INTEGER NOT NULL, -- when it came into its state
    attempts    INTEGER NOT NULL, -- begun; fences: a result counts only for the latest
    begun       INTEGER,          -- the first attempt since it was posted, retried or freed of a pause
    wait_start  INTEGER NOT NULL,
    wait_length INTEGER NOT NULL,
    rows        INTEGER,          -- the most rows to show, after a channel refused more as too big
    owner       TEXT NOT NULL,    -- JSON: the process that is sending it
    told        TEXT NOT NULL,    -- what the last attempt came to
    UNIQUE (message, recipient)
) STRICT;
CREATE INDEX outbox_queue ON outbox(sink, state, priority, seq);
CREATE INDEX outbox_content ON outbox(content);

CREATE TABLE sink(
    name        TEXT PRIMARY KEY,
    paused      INTEGER,          -- since when, until a sample gets through
    wait_start  INTEGER NOT NULL, -- nothing is sent for so long
    wait_length INTEGER NOT NULL,
    why         TEXT NOT NULL     -- why it is paused or waits
) STRICT, WITHOUT ROWID;
