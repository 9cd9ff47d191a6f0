//! Nothing: see tests/borrow.rs.
