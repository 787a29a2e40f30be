//! A lamp whose brightness is kept in the file `lamps.annals`. The first run sets 100 %, each later
//! one halves it. The code is that of the README.

include!("lamp/readme.rs");
