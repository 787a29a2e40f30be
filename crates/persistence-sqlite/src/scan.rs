//! Owns how numbers and what stands between them are taken from the beginning of a text. What is not there is
//! said, never guessed.

/// Takes a decimal number and the comma after it.
///
/// # Errors
/// What stands there instead.
pub(crate) fn number(rest: &mut &[u8]) -> Result<i64, String> {
    let mut number = 0_i64;
    let mut bytes = rest.iter();
    for byte in bytes.by_ref() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            let length = rest.len() - bytes.len();
            // Of so few digits, which nearly all have, none was lost.
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
    number.ok_or_else(|| format!("`{}` is no number", text.escape_ascii()))
}

/// Takes what has to stand here.
///
/// # Errors
/// What is missing.
pub(crate) fn token(rest: &mut &[u8], token: &[u8]) -> Result<(), String> {
    let after = rest.strip_prefix(token);
    *rest = after.ok_or_else(|| format!("`{}` is missing", token.escape_ascii()))?;
    Ok(())
}

/// Takes so many bytes.
///
/// # Errors
/// Where there are fewer.
pub(crate) fn take<'t>(rest: &mut &'t [u8], length: usize) -> Result<&'t [u8], String> {
    let taken = rest.split_at_checked(length);
    let (taken, after) = taken.ok_or("it ends too early")?;
    *rest = after;
    Ok(taken)
}
