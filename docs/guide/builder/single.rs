//! The files for programs that read the guide: all pages in one file, and `llms.txt`.

use crate::book::{Book, Page};
use crate::links;

/// All pages in one Markdown file, each after an anchor of its name.
pub(crate) fn all_pages(book: &Book) -> String {
    let pages = book.pages.iter().map(|page| {
        let name = page.name.trim_end_matches(".md");
        let text = book.with_links(page, links::for_one_file);
        format!("<a id=\"{name}\"></a>\n\n{}", text.trim_end())
    });
    pages.collect::<Vec<_>>().join("\n\n") + "\n"
}

/// A line for each page, as <https://llmstxt.org> describes it: its link and its first sentence.
pub(crate) fn llms_txt(book: &Book) -> String {
    let mut text =
        "# Annals\n\n> Event sourcing in Rust without a server.\n\nAll pages in one file: \
                    [annals-guide.md](annals-guide.md)\n"
            .to_owned();
    let mut part = None;
    for page in &book.pages {
        if part != Some(&page.part) {
            let title = if page.part.is_empty() {
                "Guide"
            } else {
                &page.part
            };
            text += &format!("\n## {title}\n\n");
            part = Some(&page.part);
        }
        let name = page.name.replace(".md", ".html");
        text += &format!(
            "- [{}]({name}): {}\n",
            page.title,
            first_sentence(book, page)
        );
    }
    text
}

/// The first sentence of the first paragraph. A link is its text.
fn first_sentence(book: &Book, page: &Page) -> String {
    let text = book.with_links(page, links::for_one_file);
    let mut lines = text
        .lines()
        .skip_while(|line| line.is_empty() || line.starts_with('#'));
    let paragraph: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    let end = paragraph.find(". ").map_or(paragraph.len(), |end| end + 1);
    let mut sentence = String::new();
    let mut rest = &paragraph[..end];
    while let Some((before, after)) = rest.split_once("](") {
        sentence += &before.replace('[', "");
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    sentence + rest
}
