//! Files that the program makes: nobody but their owner may read them, and that is not always us.
//! As root, no link is followed that another user made, such as the daemon's in its own folder.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, Stat, Uid};
use rustix::io::Errno;

/// Links that lead to links: as many as Linux follows (`path_resolution(7)`).
const MOST_LINKS: usize = 40;

use crate::text::escape::visible;

/// Opens a file, and makes it (0600) where it is missing. What root makes goes to the owner of the
/// folder, as SQLite does with its log: the daemon, who is not root, could never write it otherwise.
///
/// # Errors
/// Whatever the system says; and where something is there that is no file.
pub fn open_or_make(options: &OpenOptions, path: &Path) -> io::Result<File> {
    let place = led_to(path)?;
    match options.clone().mode(0o600).create_new(true).open(&place) {
        Ok(made) => {
            hand_over(&place, |owner| fchown(&made, Some(owner.0), Some(owner.1)));
            Ok(made)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => open_made(options, path),
        Err(error) => Err(error),
    }
}

/// Opens a file that is there; one that is there stays whose it is. Neither a pipe nor a device is
/// waited for.
///
/// # Errors
/// Whatever the system says; and where it is no file.
pub fn open_made(options: &OpenOptions, path: &Path) -> io::Result<File> {
    let no_file = || io::Error::new(ErrorKind::InvalidInput, "it is no file");
    let place = led_to(path)?;
    if !place.symlink_metadata()?.is_file() {
        return Err(no_file());
    }
    // Should it be another by now, neither.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = options.clone().create(false).truncate(false).custom_flags(flags).open(place)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(no_file()) }
}

/// Makes an empty file (0600) where none is, whose it is as with [`open_or_make`]. None is opened:
/// whoever closes a descriptor of a database loses all locks that this process has on it.
///
/// # Errors
/// Whatever the system says.
pub fn make_empty(place: &Path) -> io::Result<()> {
    match rustix::fs::mknodat(CWD, place, FileType::RegularFile, Mode::RUSR | Mode::WUSR, 0) {
        Err(Errno::EXIST) => return Ok(()),
        made => made?,
    }
    hand_over(place, |(user, group)| {
        let (handle, found) = handle(place)?;
        // In a folder of somebody else it may be another file by now.
        if !is_file(&found) || found.st_size != 0 || found.st_nlink != 1 {
            return Err(io::Error::other("it was replaced as soon as it was made"));
        }
        let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
        Ok(rustix::fs::chownat(&handle, "", Some(user), Some(group), AtFlags::EMPTY_PATH)?)
    });
    Ok(())
}

/// Takes a file that others may read back to 0600. One that is missing, or is no file, is left.
///
/// # Errors
/// Whatever the system says; and, as root, if it is neither root's nor the folder's owner's.
pub fn for_owner_only(place: &Path) -> io::Result<()> {
    let (handle, found) = match handle(place) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    let others = Mode::from_raw_mode(found.st_mode) & (Mode::RWXG | Mode::RWXO);
    if !is_file(&found) || others.is_empty() {
        return Ok(());
    }
    let expected = [0, folder_of(place).metadata()?.uid()];
    let is_strange = found.st_nlink != 1 || !expected.contains(&found.st_uid);
    if rustix::process::geteuid().is_root() && is_strange {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it is another user's"));
    }
    // By the handle, whatever has the name by now (proc(5); a handle of this kind takes no fchmod).
    let by_handle = format!("/proc/self/fd/{}", handle.as_raw_fd());
    Ok(rustix::fs::chmod(by_handle, Mode::RUSR | Mode::WUSR)?)
}

/// Where `path` leads: the file behind all links, there or not.
///
/// # Errors
/// Whatever the system says; and, as root, if another user made one of the links.
pub fn led_to(path: &Path) -> io::Result<PathBuf> {
    if rustix::process::geteuid().is_root() {
        refuse_links_of_others(path, MOST_LINKS)?;
    }
    let Some(name) = path.file_name() else { return path.canonicalize() };
    let place = folder_of(path).canonicalize()?.join(name);
    if !place.is_symlink() {
        return Ok(place);
    }
    match place.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            led_to(&folder_of(&place).join(place.read_link()?))
        }
        found => found,
    }
}

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn refuse_links_of_others(path: &Path, most: usize) -> io::Result<()> {
    for part in path.ancestors() {
        let Ok(found) = part.symlink_metadata() else { continue };
        if !found.is_symlink() {
            continue;
        }
        if found.uid() != 0 || most == 0 {
            let why = format!(
                "{} is a link that another user made, which root does not follow: name the file \
                 itself, or run this as the owner of its folder",
                part.display()
            );
            return Err(io::Error::new(ErrorKind::PermissionDenied, why));
        }
        refuse_links_of_others(&folder_of(part).join(part.read_link()?), most - 1)?;
    }
    Ok(())
}

/// A handle of what has the name, which is not opened for that, and what it is.
fn handle(place: &Path) -> io::Result<(OwnedFd, Stat)> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let handle = rustix::fs::open(place, flags, Mode::empty())?;
    let found = rustix::fs::fstat(&handle)?;
    Ok((handle, found))
}

fn is_file(found: &Stat) -> bool {
    FileType::from_raw_mode(found.st_mode) == FileType::RegularFile
}

/// Gives what root made to the owner of the folder: user and group.
fn hand_over(place: &Path, give: impl FnOnce((u32, u32)) -> io::Result<()>) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let owner = folder_of(place).metadata();
    if let Err(error) = owner.and_then(|owner| give((owner.uid(), owner.gid()))) {
        let place = visible(&place.display().to_string());
        tracing::warn!("{place} stays root's, so that others cannot write it: {error}");
    }
}
