//! To whom a digest goes, and the id of each message: the same whenever the same digest is made.

use crate::clock::Tick;
use crate::config::{Report, Sink};
use crate::store::Delivery;

/// A delivery to each recipient of the report's sinks, of those that may hear of all its tenants: the
/// configuration was checked, but a message to the wrong people cannot be called back.
pub fn deliveries(sinks: &[Sink], report: &Report, at: Tick) -> Vec<Delivery> {
    let may_hear = |sink: &&Sink| sink.audience.may_hear_of(&report.tenants);
    let named = sinks.iter().filter(|sink| report.sinks.contains(&sink.name));
    let delivery = |sink: &Sink, recipient| Delivery {
        message: id(&sink.name, &report.name, at),
        sink: sink.name.clone(),
        recipient,
    };
    let to = named.filter(may_hear);
    to.flat_map(|sink| sink.recipients().into_iter().map(move |to| delivery(sink, to))).collect()
}

/// The id of a message: of its sink, its report and its time, in letters and digits.
pub fn id(sink: &str, report: &str, at: Tick) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [b"digest".as_slice(), sink.as_bytes(), report.as_bytes(), &at.0.to_le_bytes()] {
        // With its length, so that no two lists of parts look alike.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}
