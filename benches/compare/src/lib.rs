//! What the programs of this crate share: who decodes, and which streams.

pub mod readers;
pub mod rows;
