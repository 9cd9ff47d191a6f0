//! Text that is not UTF-8: each maximal subpart of an ill-formed sequence becomes one U+FFFD, as the standard's "UTF-8
//! decode" and every browser have it. Done in place, since there may be no other memory; rare, so done plainly.

const REPLACEMENT: [u8; 3] = [0xEF, 0xBF, 0xBD];

/// By how many bytes the text grows when it is repaired; `None` if it is UTF-8. (One subpart has at most three bytes, so
/// text never shrinks.)
pub(super) fn growth(text: &[u8]) -> Option<usize> {
    if core::str::from_utf8(text).is_ok() {
        return None;
    }
    let invalid = text.utf8_chunks().map(|chunk| chunk.invalid().len()).filter(|&length| length > 0);
    Some(invalid.fold(0, |growth, length| growth.saturating_add(REPLACEMENT.len().saturating_sub(length))))
}

/// Repairs the text that is the first `length` bytes of `buffer`, which has exactly the room for what comes out.
pub(super) fn at_start(buffer: &mut [u8], length: usize) {
    move_right(buffer, length);
    at_end(buffer, length);
}

/// Repairs the text that is the last `length` bytes of `buffer`, which has exactly the room for what comes out.
///
/// It is read from where it is and written from the front of the buffer: what is written never overtakes what is read, for
/// the growth that is still to come lies between the two.
pub(super) fn at_end(buffer: &mut [u8], length: usize) {
    let mut read = buffer.len().saturating_sub(length);
    let mut write = 0_usize;
    while let Some(chunk) = buffer.get(read..).and_then(|text| text.utf8_chunks().next()) {
        let (valid, invalid) = (chunk.valid().len(), chunk.invalid().len());
        for _ in 0..valid {
            copy_byte(buffer, read, write);
            (read, write) = (read.saturating_add(1), write.saturating_add(1));
        }
        if invalid > 0 {
            for byte in REPLACEMENT {
                set_byte(buffer, write, byte);
                write = write.saturating_add(1);
            }
            read = read.saturating_add(invalid);
        }
    }
}

/// Moves the first `length` bytes of `buffer` to its end.
pub(super) fn move_right(buffer: &mut [u8], length: usize) {
    if let Some(by) = buffer.len().checked_sub(length) {
        buffer.copy_within(..length, by);
    }
}

/// Moves the last `length` bytes of `buffer` to its start.
pub(super) fn move_left(buffer: &mut [u8], length: usize) {
    if let Some(by) = buffer.len().checked_sub(length) {
        buffer.copy_within(by.., 0);
    }
}

fn copy_byte(buffer: &mut [u8], from: usize, to: usize) {
    if let Some(&byte) = buffer.get(from) {
        set_byte(buffer, to, byte);
    }
}

fn set_byte(buffer: &mut [u8], at: usize, byte: u8) {
    if let Some(place) = buffer.get_mut(at) {
        *place = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::{string::String, vec::Vec};

    #[test]
    fn repairs_as_the_standard_library_does() {
        // Every sequence of up to five bytes from a set that holds each kind of lead and continuation byte.
        const KINDS: [u8; 12] = [b'a', 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xC3, 0xE0, 0xED, 0xEF, 0xF0, 0xF4];
        let mut bytes = [0; 5];
        for number in 0..KINDS.len().pow(5) {
            let mut rest = number;
            for byte in &mut bytes {
                *byte = KINDS[rest % KINDS.len()];
                rest /= KINDS.len();
            }
            for length in 0..=5 {
                let text = &bytes[..length];
                let want = String::from_utf8_lossy(text);
                match growth(text) {
                    None => assert_eq!(core::str::from_utf8(text), Ok(&*want)),
                    Some(growth) => {
                        assert_eq!(length + growth, want.len(), "{text:x?}");
                        let mut buffer = Vec::from(text);
                        buffer.resize(length + growth, 0);
                        at_start(&mut buffer, length);
                        assert_eq!(buffer, want.as_bytes(), "{text:x?}");
                    }
                }
            }
        }
    }
}
