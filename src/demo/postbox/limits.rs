//! How much the mail server takes.

/// Bytes of a mail.
pub(super) const LARGEST_MAIL: usize = 8 << 20;
