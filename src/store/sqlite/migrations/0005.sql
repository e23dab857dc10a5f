-- What rules found. Times are 100-ns ticks since 1970, those of clicks by the source's clock.

-- A tenant's news is read by itself.
CREATE INDEX touched_tenant ON touched(tenant, seq, at);

-- A case: open until somebody closes it, or nothing more comes.
CREATE TABLE alert(
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant   INTEGER NOT NULL REFERENCES tenant(id),
    rule     TEXT NOT NULL,
    grp      BLOB NOT NULL,    -- hash of what the group is by: 16 bytes
    url      TEXT,             -- what the group is by; NULL where it is not by that
    host     TEXT,
    user     TEXT,
    severity INTEGER NOT NULL, -- 0 low, 1 medium, 2 high, 3 critical
    doubt    INTEGER NOT NULL, -- 1 if it may well be a false alarm
    late     INTEGER NOT NULL, -- 1 if its clicks were found a day late or later
    opened   INTEGER NOT NULL,
    from_ts  INTEGER NOT NULL, -- the window that the rule held in last
    until_ts INTEGER NOT NULL,
    state    INTEGER NOT NULL, -- 0 open, 1 closed
    owner    TEXT NOT NULL,    -- who has it in hand; empty: nobody
    closed   INTEGER,
    verdict  INTEGER,          -- 0 true positive, 1 false positive, 2 benign, 3 expired
    ticket   TEXT NOT NULL,
    note     TEXT NOT NULL,
    previous INTEGER           -- the closed case of the same group before it
) STRICT;
CREATE INDEX alert_group ON alert(tenant, rule, grp, id);
CREATE INDEX alert_open ON alert(until_ts) WHERE state = 0;
CREATE INDEX alert_closed ON alert(closed) WHERE state = 1;

-- What a sink was told of a case, and what it is owed.
CREATE TABLE alert_sink(
    alert   INTEGER NOT NULL REFERENCES alert(id),
    sink    TEXT NOT NULL,
    told    INTEGER NOT NULL, -- messages so far
    told_at INTEGER NOT NULL, -- when the last was posted
    owed    INTEGER NOT NULL, -- 0 nothing, 1 that it opened, 2 more clicks, 3 that a silence ended
    PRIMARY KEY (alert, sink)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_owed ON alert_sink(sink) WHERE owed > 0;

-- When a sink was last told of a tenant's cases that go together.
CREATE TABLE alert_flow(
    tenant INTEGER NOT NULL,
    flow   TEXT NOT NULL,    -- the rule; empty: what was found late
    sink   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, flow, sink)
) STRICT, WITHOUT ROWID;

-- Of cases that match all that is given, nothing is told for a while.
CREATE TABLE silence(
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant   TEXT,             -- NULL: any, here and below
    rule     TEXT,
    url      TEXT,
    host     TEXT,
    user     TEXT,             -- in lower case
    from_at  INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    ended    INTEGER NOT NULL  -- 1 once what it kept back was told
) STRICT;
