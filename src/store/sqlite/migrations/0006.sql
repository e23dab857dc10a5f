-- Gates of every host that is called, and who waits for a lease. Times are 100-ns ticks since 1970.

-- Closed while somebody who was called asks to be left alone; as start and length.
ALTER TABLE gate RENAME TO gate_before;
CREATE TABLE gate(
    tenant   INTEGER NOT NULL, -- 0: the endpoint alone says whom it concerns
    endpoint TEXT NOT NULL,    -- 'graph', or that of a sign-in
    start    INTEGER NOT NULL,
    length   INTEGER NOT NULL,
    refusals INTEGER NOT NULL, -- in a row
    why      TEXT NOT NULL,
    PRIMARY KEY (tenant, endpoint)
) STRICT, WITHOUT ROWID;
INSERT INTO gate SELECT tenant, 'graph', start, length, 1, why FROM gate_before;
DROP TABLE gate_before;

-- Who waits for a lease that another holds.
CREATE TABLE lease_queue(
    tenant INTEGER NOT NULL REFERENCES tenant(id),
    owner  TEXT NOT NULL,    -- the process, as JSON
    since  INTEGER NOT NULL,
    asked  INTEGER NOT NULL, -- when it last said that it waits
    PRIMARY KEY (tenant, owner)
) STRICT, WITHOUT ROWID;
