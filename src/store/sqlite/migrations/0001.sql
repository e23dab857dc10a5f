-- The first schema. Times are 100-ns ticks since 1970 unless a comment says otherwise.

-- What belongs to the database itself: `secret`, the key of every hash in it.
CREATE TABLE meta(
    name  TEXT NOT NULL PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('secret', randomblob(32));

CREATE TABLE tenant(
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    progress  TEXT NOT NULL DEFAULT '{}', -- JSON
    columns   TEXT NOT NULL DEFAULT '[]', -- JSON: names of the columns that any answer ever had
    kept_from INTEGER                     -- clicks before this may have been removed for their age
) STRICT;

-- Texts, each once. The hash is keyed, 64 bits, and not unique: text decides. A unique index on
-- the text itself halves the speed on long URLs.
CREATE TABLE url(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX url_hash ON url(hash);
CREATE TABLE chain(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX chain_hash ON chain(hash);
-- The empty text has the id 0, which takes no room in a row.
CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO word VALUES (0, '');
-- folded: the person whose name is this one in lower case; 0 = this one is.
-- Nobody has the id 0.
CREATE TABLE person(
    id     INTEGER PRIMARY KEY,
    text   TEXT NOT NULL UNIQUE,
    folded INTEGER NOT NULL
) STRICT;
INSERT INTO person VALUES (0, '', 0);

-- detail and state stand right behind the key: merging a window reads no further.
CREATE TABLE click(
    tenant          INTEGER NOT NULL,
    ts              INTEGER NOT NULL,
    key             BLOB NOT NULL,    -- identity: 16 bytes, and the ordinal (4, big-endian) if not 0
    detail          INTEGER NOT NULL, -- hash of the detail columns
    state           INTEGER NOT NULL, -- 0 live, 1 withdrawn
    first_stored    INTEGER NOT NULL, -- seconds since 1970
    url             INTEGER NOT NULL,
    action          INTEGER NOT NULL, -- word
    clicked_through INTEGER,
    person          INTEGER NOT NULL,
    workload        INTEGER NOT NULL, -- word
    ip              INTEGER NOT NULL, -- word
    message_id      ANY NOT NULL,     -- 16 bytes where it is a GUID in lower case, else text
    report_id       ANY NOT NULL,     -- the same
    source_id       ANY,              -- the same; NULL = equal to message_id
    threat          INTEGER NOT NULL, -- word
    methods         INTEGER NOT NULL, -- word
    chain           INTEGER,          -- NULL = ["<url>"], 0 = empty
    app             INTEGER NOT NULL, -- word
    app_version     INTEGER NOT NULL, -- word
    extra           TEXT,             -- JSON object of unknown columns
    PRIMARY KEY (tenant, ts, key)
) STRICT, WITHOUT ROWID;
-- Withdrawn rows are in no segment, and few.
CREATE INDEX click_withdrawn ON click(tenant, ts) WHERE state = 1;

-- The live clicks of an hour (hours since 1970) as packed columns.
CREATE TABLE segment(
    tenant INTEGER NOT NULL REFERENCES tenant(id),
    hour   INTEGER NOT NULL,
    rows   INTEGER NOT NULL,
    clicks BLOB NOT NULL,
    PRIMARY KEY (tenant, hour)
) STRICT;

-- What is known of an hour: a version byte, then postcard.
CREATE TABLE hour(
    tenant INTEGER NOT NULL REFERENCES tenant(id),
    hour   INTEGER NOT NULL,
    state  BLOB NOT NULL,
    PRIMARY KEY (tenant, hour)
) STRICT;

-- What changed in a row after it was first stored.
CREATE TABLE change(
    id     INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant(id),
    ts     INTEGER NOT NULL,
    key    BLOB NOT NULL,
    at     INTEGER NOT NULL,
    column TEXT NOT NULL,
    old    TEXT NOT NULL,
    new    TEXT NOT NULL
) STRICT;
CREATE INDEX change_click ON change(tenant, ts, key);
CREATE TABLE change_count(
    tenant INTEGER NOT NULL REFERENCES tenant(id),
    column TEXT NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (tenant, column)
) STRICT, WITHOUT ROWID;

-- What rules must look at: one row per transaction, its clicks packed.
CREATE TABLE touched(
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant  INTEGER NOT NULL REFERENCES tenant(id),
    at      INTEGER NOT NULL,
    entries BLOB NOT NULL
) STRICT;

-- Who collects a tenant. Kept as start and length, like the gate. A free lease keeps its token.
CREATE TABLE lease(
    tenant  INTEGER PRIMARY KEY REFERENCES tenant(id),
    token   INTEGER NOT NULL,
    held    INTEGER NOT NULL, -- 0 free, 1 held
    start   INTEGER NOT NULL,
    length  INTEGER NOT NULL,
    host    TEXT NOT NULL,
    boot    TEXT NOT NULL,
    pid     INTEGER NOT NULL,
    started INTEGER NOT NULL
) STRICT;

CREATE TABLE gate(
    tenant INTEGER PRIMARY KEY REFERENCES tenant(id),
    start  INTEGER NOT NULL,
    length INTEGER NOT NULL,
    why    TEXT NOT NULL
) STRICT;

-- Calls of the last minute.
CREATE TABLE call(
    id     INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant(id),
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX call_at ON call(tenant, at);
