//! Runs the Gherkin features against every store.
