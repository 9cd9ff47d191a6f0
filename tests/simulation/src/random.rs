//! SplitMix64: the same numbers for the same seed, everywhere.

use std::{cell::Cell, time::Duration};

pub struct Random(Cell<u64>);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15));
        let mut x = self.0.get();
        x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ x >> 31
    }

    pub fn below(&self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    pub fn of<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// So often in a thousand.
    pub fn chance(&self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// Mostly short, sometimes long, and this in the mean.
    pub fn around(&self, mean: Duration) -> Duration {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        Duration::from_millis((-(1.0 - uniform).ln() * mean.as_millis() as f64) as u64)
    }
}
