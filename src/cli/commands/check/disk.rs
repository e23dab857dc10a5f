//! The disk's part of the check: room for what the store will grow by.

use super::line::{CheckLine, CheckStatus};
use super::{Config, Exit};
use crate::cli::print::text::{bytes, counted};
use crate::clock::{DAY, ticks_of};
use crate::store::{DiskSpace, Store, StoreSize};

/// What a store that has not grown yet should find: a million clicks take about 160 MB.
const NEW_STORE_BYTES: u64 = 1 << 30;

/// Whether the disk has room for the clicks of `store.retention`.
pub(super) fn check(config: &Config, store: Option<&Store>) -> CheckLine {
    let shown = config.store.path.display();
    let disk = match DiskSpace::of(&config.store.path) {
        Ok(disk) => disk,
        Err(error) => {
            let words = format!("cannot tell how much room there is for {shown} ({error})");
            return CheckLine::new("disk", CheckStatus::Skipped, words);
        }
    };
    let free = bytes(disk.free);
    if disk.is_full() {
        let words = format!(
            "the disk of {shown} is full ({free} free, the last {} are not used): nothing is \
             collected until there is room",
            bytes(disk.reserve())
        );
        return CheckLine::new("disk", CheckStatus::Bad(Exit::Failed), words);
    }
    let days = (ticks_of(config.store.retention) / DAY).unsigned_abs();
    let growth = store
        .and_then(|store| store.read(|snapshot| Ok(growth(snapshot.size()?, days))).ok().flatten());
    let words = match growth {
        Some((a_day, needed)) => format!(
            "{free} free; the store grows by about {} a day, {} more until its {} are full",
            bytes(a_day),
            bytes(needed),
            counted(days, "day")
        ),
        None => format!("{free} free"),
    };
    let needed = growth.map_or(NEW_STORE_BYTES, |(_, needed)| needed);
    if disk.free.saturating_sub(disk.reserve()) < needed {
        let remedy = "that may not be enough: make room, or lower store.retention";
        return CheckLine::new("disk", CheckStatus::Warning, format!("{words}; {remedy}"));
    }
    CheckLine::new("disk", CheckStatus::Good, words)
}

/// What the store grows by in a day, and until it holds `days` days.
fn growth(size: StoreSize, days: u64) -> Option<(u64, u64)> {
    let a_day = size.bytes_a_day()?;
    Some((a_day, a_day.saturating_mul(days).saturating_sub(size.bytes)))
}
