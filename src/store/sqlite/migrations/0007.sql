-- One word for each thing, from here to the code: only names change.

-- What the last attempt came to.
ALTER TABLE outbox RENAME COLUMN told TO detail;

-- 1 if the alert may well be a false alarm.
ALTER TABLE alert RENAME COLUMN doubt TO low_confidence;

-- What each sink was notified of an alert: how often, when last, and what is pending: 0 nothing,
-- 1 that it opened, 2 more clicks, 3 that a silence expired.
ALTER TABLE alert_sink RENAME COLUMN told TO notified;
ALTER TABLE alert_sink RENAME COLUMN told_at TO last_notified;
DROP INDEX alert_owed;
ALTER TABLE alert_sink RENAME COLUMN owed TO pending;
CREATE INDEX alert_pending ON alert_sink(sink) WHERE pending > 0;

-- When a sink was last notified of a tenant's alerts that go together.
ALTER TABLE alert_flow RENAME TO notification_log;
ALTER TABLE notification_log RENAME COLUMN flow TO group_key;

-- 1 once what the silence kept back was let go.
ALTER TABLE silence RENAME COLUMN ended TO expired;

-- What a digest reported of the URLs that it named, and how far each report has come.
ALTER TABLE told RENAME TO reported_url;
ALTER TABLE report RENAME COLUMN told_until TO reported_until;
