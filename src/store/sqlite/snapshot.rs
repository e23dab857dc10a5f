//! One state of the database, which every reading function asks.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::Transaction;

use crate::store::StoreError;
use crate::store::model::identity::Secret;

/// One state of the database, unmoved by what is written meanwhile.
pub struct Snapshot<'c> {
    pub(crate) tx: Transaction<'c>,
    pub(crate) secret: &'c Secret,
    pub(crate) path: &'c std::path::Path,
    pub(crate) words: RefCell<HashMap<u32, Rc<str>>>,
}

impl<'c> Snapshot<'c> {
    pub(crate) fn new(
        tx: Transaction<'c>,
        secret: &'c Secret,
        path: &'c std::path::Path,
    ) -> Result<Self, StoreError> {
        // A transaction sees the state of its first read, so that is now.
        tx.query_row(
            "-- snapshot::new\n\
             SELECT count(*) FROM meta",
            [],
            |_| Ok(()),
        )?;
        Ok(Self { tx, secret, path, words: RefCell::default() })
    }
}
