-- The answers that changed something: which requests brought which rows, and an order in time that
-- an export can go on from.
CREATE TABLE answer(
    stamp    INTEGER PRIMARY KEY, -- when it was written: later in every later transaction
    tenant   INTEGER NOT NULL REFERENCES tenant(id),
    from_ts  INTEGER NOT NULL,    -- its window
    until_ts INTEGER NOT NULL,
    at       INTEGER NOT NULL,    -- the time in its rows' first_stored and its changes
    accepted INTEGER NOT NULL,    -- 1 if its rows were all the rows of the window
    whole    INTEGER NOT NULL,    -- 1 if it may have touched any row of the window
    requests TEXT NOT NULL        -- the ids of the requests, with blanks between; may be empty
) STRICT;
CREATE INDEX answer_window ON answer(tenant, until_ts);

-- What was stored before answers were kept counts as one for each tenant.
INSERT INTO answer
SELECT unixepoch() * 10000000 + t.id, t.id,
       (SELECT min(ts) FROM click WHERE tenant = t.id),
       (SELECT max(ts) + 1 FROM click WHERE tenant = t.id),
       unixepoch() * 10000000, 0, 1, ''
FROM tenant t WHERE EXISTS (SELECT 1 FROM click WHERE tenant = t.id);
INSERT INTO meta SELECT 'stamp', coalesce(max(stamp), 0) FROM answer;
