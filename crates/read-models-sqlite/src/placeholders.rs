//! The placeholders of a statement.
//!
//! Several statements are sent as one text with all their values in a row. A numbered placeholder
//! would count through that whole row, so each becomes a plain one with its own value. For example,
//! `VALUES (?2, ?1, ?2)` becomes `VALUES (?, ?, ?)` with values 2, 1, 2.

/// A statement with plain placeholders only.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) sql: String,
    /// The value of each placeholder, counted from 0.
    pub(crate) order: Vec<usize>,
    /// The number of values that the statement takes.
    pub(crate) count: usize,
}

/// Takes a statement apart. The error says why it cannot be sent together with others.
pub(crate) fn template(sql: &str) -> Result<Template, &'static str> {
    let mut scan = Scan { rest: sql };
    let mut template = Template {
        sql: String::with_capacity(sql.len()),
        order: Vec::new(),
        count: 0,
    };
    while let Some(token) = scan.next() {
        match token {
            Token::Text(text) => template.sql.push_str(text),
            Token::Placeholder(number) => {
                // SQLite gives a plain placeholder the number after the largest so far.
                let number = number.unwrap_or(template.count + 1);
                if !(1..=32_766).contains(&number) {
                    return Err("a placeholder has a number from 1 to 32766");
                }
                template.count = template.count.max(number);
                template.order.push(number - 1);
                template.sql.push('?');
            }
            Token::Named => return Err("a placeholder is ? or ?1; a name has no value here"),
            Token::Open => return Err("a quoted text or a comment has no end"),
        }
    }
    Ok(template)
}

enum Token<'s> {
    Text(&'s str),
    /// `?`, or `?` with a number.
    Placeholder(Option<usize>),
    /// `:name`, `@name` or `$name`.
    Named,
    /// A quoted text or comment without an end.
    Open,
}

struct Scan<'s> {
    rest: &'s str,
}

impl<'s> Scan<'s> {
    fn next(&mut self) -> Option<Token<'s>> {
        let first = self.rest.chars().next()?;
        let token = match first {
            '\'' | '"' | '`' => self.until(&self.rest[1..], 1, &first.to_string()),
            '[' => self.until(&self.rest[1..], 1, "]"),
            '-' if self.rest.starts_with("--") => {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.text(end)
            }
            '/' if self.rest.starts_with("/*") => self.until(&self.rest[2..], 2, "*/"),
            '?' => {
                let digits = &self.rest[1..];
                let end = digits
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(digits.len());
                let number = &digits[..end];
                self.rest = &digits[end..];
                let number = (!number.is_empty()).then(|| number.parse().unwrap_or(usize::MAX));
                Token::Placeholder(number)
            }
            ':' | '@' | '$' | '#' => Token::Named,
            _ if is_word(first) => {
                let end = self.rest.find(|c| !is_word(c) && c != '$');
                self.text(end.unwrap_or(self.rest.len()))
            }
            _ => self.text(first.len_utf8()),
        };
        Some(token)
    }

    fn text(&mut self, end: usize) -> Token<'s> {
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        Token::Text(text)
    }

    /// The text up to and with the first `end` in `inner`, which begins `skipped` bytes further. A
    /// doubled quote ends one text and begins the next.
    fn until(&mut self, inner: &str, skipped: usize, end: &str) -> Token<'s> {
        match inner.find(end) {
            Some(at) => self.text(skipped + at + end.len()),
            None => Token::Open,
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str) -> (String, Vec<usize>, usize) {
        let template = template(sql).unwrap();
        (template.sql, template.order, template.count)
    }

    #[test]
    fn numbered_placeholders_become_plain_ones_with_their_own_values() {
        let (sql, order, count) = of("VALUES (?2, ?1, ?2, ?)");
        assert_eq!(sql, "VALUES (?, ?, ?, ?)");
        assert_eq!(order, [1, 0, 1, 2]);
        assert_eq!(count, 3);
    }

    #[test]
    fn a_question_mark_in_a_text_a_name_or_a_comment_is_no_placeholder() {
        let sql = "SELECT '?1 it''s', \"?\", [?], `?`, a$b, ä -- ?\n, /* ? */ 3";
        assert_eq!(of(sql), (sql.to_owned(), Vec::new(), 0));
    }

    #[test]
    fn a_statement_that_would_swallow_the_next_one_is_refused() {
        for sql in ["SELECT 'x", "SELECT \"x", "SELECT [x", "SELECT 1 /* x"] {
            assert!(template(sql).is_err(), "{sql}");
        }
        assert!(template("SELECT 1 -- x").is_ok());
    }

    #[test]
    fn named_placeholders_and_impossible_numbers_are_refused() {
        for sql in ["SELECT :a", "SELECT @a", "SELECT $a", "SELECT ?0"] {
            assert!(template(sql).is_err(), "{sql}");
        }
        assert!(template("SELECT ?99999999999999999999999").is_err());
        assert!(template("SELECT ?32767").is_err());
    }
}
