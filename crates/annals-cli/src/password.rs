//! Messages without the passwords of addresses.

use std::borrow::Cow;

/// The text without the password in each address: `postgres://ada:secret@db/work` becomes
/// `postgres://ada@db/work`, and `postgres://db/work?password=secret` ends behind `password=`. An
/// address ends at a space or a quotation mark.
///
/// Errors about stores name a [`StorePlace`](crate::place::StorePlace), which shows no password.
/// This is for arguments that an error quotes, for example of an address in the wrong place.
pub(crate) fn hide(text: &str) -> Cow<'_, str> {
    let mut hidden = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let begin = at + "://".len();
        let is_end = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`');
        let end = rest[begin..].find(is_end);
        let end = end.map_or(rest.len(), |end| begin + end);
        let address = &rest[begin..end];
        match (address.find(':'), address.rfind('@')) {
            (Some(colon), Some(host)) if colon < host => {
                hidden.push_str(&rest[..begin + colon]);
                hidden.push_str(&without_option(&address[host..]));
            }
            _ => {
                hidden.push_str(&rest[..begin]);
                hidden.push_str(&without_option(address));
            }
        }
        rest = &rest[end..];
    }
    match hidden.is_empty() {
        true => Cow::Borrowed(text),
        false => Cow::Owned(hidden + rest),
    }
}

/// The end of an address without the value of an option `password`.
fn without_option(address: &str) -> String {
    let mut options = address
        .split('&')
        .map(|option| match option.find("password=") {
            Some(at) => &option[..at + "password=".len()],
            None => option,
        });
    let first = options.next().unwrap_or_default().to_owned();
    options.fold(first, |text, option| text + "&" + option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_of_an_address_is_left_out() {
        for (text, expected) in [
            ("no address: a@b", "no address: a@b"),
            (
                "unrecognized 'postgres://ada:s3c/r@t@db:5433/work' and x:y@z",
                "unrecognized 'postgres://ada@db:5433/work' and x:y@z",
            ),
            (
                "postgres://ada@db:5432/work: a:b@c",
                "postgres://ada@db:5432/work: a:b@c",
            ),
            ("mysql://a:b@c, http://x:y@z", "mysql://a@c, http://x@z"),
            (
                "'postgres://db/work?password=s3cret&port=1' is postgres://a:b@c?port=1&password=d",
                "'postgres://db/work?password=&port=1' is postgres://a@c?port=1&password=",
            ),
            ("://", "://"),
        ] {
            assert_eq!(hide(text), expected);
        }
    }
}
