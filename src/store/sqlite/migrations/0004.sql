-- Digests. Times are 100-ns ticks since 1970, by the source's clock.

-- How far each report has told.
CREATE TABLE report(
    name       TEXT PRIMARY KEY,
    schedule   TEXT NOT NULL,    -- the one that it follows
    since      INTEGER NOT NULL, -- since when; what was due before is not told
    told_until INTEGER NOT NULL  -- where its next digest begins
) STRICT, WITHOUT ROWID;

-- The digests that were made, to be held against what is known later.
CREATE TABLE digest(
    id         INTEGER PRIMARY KEY,
    report     TEXT NOT NULL,
    scheduled  INTEGER NOT NULL,
    from_ts    INTEGER NOT NULL,
    until_ts   INTEGER NOT NULL,
    made       INTEGER NOT NULL,
    stamp      INTEGER NOT NULL, -- answers stamped earlier are in what it told
    exclusions INTEGER NOT NULL, -- hash of those that it was made with
    UNIQUE (report, scheduled)
) STRICT;

-- What a digest told of the URLs that it named.
CREATE TABLE told(
    digest          INTEGER NOT NULL,
    tenant          INTEGER NOT NULL,
    url             INTEGER NOT NULL,
    class           INTEGER NOT NULL, -- 0 clean, 1 blocked, 2 risky
    blocked         INTEGER NOT NULL,
    allowed         INTEGER NOT NULL,
    pending_verdict INTEGER NOT NULL,
    error           INTEGER NOT NULL,
    clicked_through INTEGER NOT NULL,
    PRIMARY KEY (digest, tenant, url)
) STRICT, WITHOUT ROWID;
