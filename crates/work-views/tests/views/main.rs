//! The read model of work items beside a replay of the log.

mod damage;
mod fixture;
mod histories;
mod searches;
