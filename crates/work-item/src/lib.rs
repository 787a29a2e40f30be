//! Work items: a pure, event-sourced domain.
