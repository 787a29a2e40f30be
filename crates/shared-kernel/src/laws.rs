//! The numbered promises that this documentation links to. This module has no code.
#![doc = include_str!("../docs/contract.md")]
