//! Use cases over work items, for any store that keeps the Annals contract.
