//! The Annals ports kept in one SQLite file.
