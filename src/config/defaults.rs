//! What keys are worth that no file names.

/// Keys and their values.
pub(super) const DEFAULTS: [(&str, &str); 5] = [
    ("store.path", "/var/lib/clickwarden/clickwarden.db"),
    ("store.retention", "400d"),
    ("collect.interval", "5m"),
    ("collect.lookback", "30d"),
    ("summary.window", "7d"),
];
