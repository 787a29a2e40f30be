//! The laws of the Annals ports as tests that any adapter can run.
