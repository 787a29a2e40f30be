//! A standby: a server that follows another one.

use std::ffi::OsStr;

use crate::{Durability, Server, StartError, USER};

impl Server {
    /// Starts a standby of this server: it follows the server and takes no writes until
    /// [`promote`](Self::promote).
    ///
    /// # Errors
    /// [`StartError`].
    pub fn standby(&self) -> Result<Self, StartError> {
        let mut standby = Self::new(Durability::Lost)?;
        let (data, primary) = (standby.data(), self.folder.path());
        let arguments: [&OsStr; 10] = [
            "-D".as_ref(),
            data.as_ref(),
            "-h".as_ref(),
            primary.as_ref(),
            "-U".as_ref(),
            USER.as_ref(),
            "-c".as_ref(),
            "fast".as_ref(),
            "-N".as_ref(),
            // The settings of a standby.
            "-R".as_ref(),
        ];
        standby.run("pg_basebackup", &arguments)?;
        standby.serve()?;
        Ok(standby)
    }

    /// Makes a server of a standby.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn promote(&self) -> Result<(), StartError> {
        let data = self.data();
        let arguments: [&OsStr; 4] = [
            "promote".as_ref(),
            "-w".as_ref(),
            "-D".as_ref(),
            data.as_ref(),
        ];
        self.run("pg_ctl", &arguments).map(drop)
    }
}
