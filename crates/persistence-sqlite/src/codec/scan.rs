//! Scans numbers and tokens at the beginning of a text.

/// Takes a decimal number and the comma after it.
///
/// # Errors
/// A text that begins otherwise.
pub(super) fn number(rest: &mut &[u8]) -> Result<i64, String> {
    let mut number = 0_i64;
    let mut bytes = rest.iter();
    for byte in bytes.by_ref() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            let length = rest.len() - bytes.len();
            // A number of at most 18 digits did not overflow.
            if *byte == b',' && (2..=19).contains(&length) {
                *rest = bytes.as_slice();
                return Ok(number);
            }
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
    }
    any_number(rest)
}

#[cold]
fn any_number(rest: &mut &[u8]) -> Result<i64, String> {
    let length = memchr::memchr(b',', rest).ok_or("it ends too early")?;
    let text = take(rest, length)?;
    token(rest, b",")?;
    let number = text.first().filter(|byte| **byte != b'+');
    let number = number.and_then(|_| str::from_utf8(text).ok()?.parse().ok());
    number.ok_or_else(|| format!("`{}` is not a number", text.escape_ascii()))
}

/// Takes `token`.
///
/// # Errors
/// A text that begins otherwise.
pub(super) fn token(rest: &mut &[u8], token: &[u8]) -> Result<(), String> {
    let after = rest.strip_prefix(token);
    *rest = after.ok_or_else(|| format!("`{}` is missing", token.escape_ascii()))?;
    Ok(())
}

/// Takes `length` bytes.
///
/// # Errors
/// A text that is shorter.
pub(super) fn take<'t>(rest: &mut &'t [u8], length: usize) -> Result<&'t [u8], String> {
    let taken = rest.split_at_checked(length);
    let (taken, after) = taken.ok_or("it ends too early")?;
    *rest = after;
    Ok(taken)
}
