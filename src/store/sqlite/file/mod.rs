//! The database file: opened, checked, copied, written by one connection, watched.

pub(crate) mod backup;
pub(crate) mod beside;
pub(crate) mod copy;
pub(crate) mod disk;
pub(crate) mod migrate;
pub(crate) mod open;
pub(crate) mod open_files;
pub(crate) mod probe;
pub(crate) mod store_file;
pub(crate) mod writer;
