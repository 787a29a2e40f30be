//! The Annals ports kept in memory.
