//! Builds the guide: `cargo xtask book` runs this program.
//!
//! The pages in docs/guide/src include code from the tests of the crate `annals`, and whole pages
//! of docs. The program writes the finished pages to target/guide, runs mdbook on them, and puts
//! two more files beside the HTML in target/book:
//!
//! ```text
//! docs/guide/src/*.md ─┐                     ┌─ mdbook ──→ target/book/*.html
//! tests of annals ─────┼─→ target/guide ─────┤
//! docs/*.md ───────────┘                     ├───────────→ target/book/annals-guide.md
//! laws of conformance ─┘                     └───────────→ target/book/llms.txt
//! ```
//!
//! A missing file, anchor or link, and a page that SUMMARY.md does not list, are errors.

mod book;
mod include;
mod laws;
mod links;
mod single;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{fs, io};

use anyhow::{Context, Result, ensure};

use book::Book;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<()> {
    let root = root();
    let book = Book::read(&root)?;
    let (pages, output) = (root.join("target/guide"), root.join("target/book"));
    write_pages(&root, &book, &pages)?;
    let built = Command::new("mdbook")
        .args([Path::new("build"), &pages, Path::new("--dest-dir"), &output])
        .status()
        .context("mdbook could not be started; run `cargo xtask book`, which installs it")?;
    ensure!(built.success(), "mdbook failed");
    fs::write(output.join("annals-guide.md"), single::all_pages(&book))?;
    fs::write(output.join("llms.txt"), single::llms_txt(&book))?;
    println!("{} pages in {}", book.pages.len(), output.display());
    Ok(())
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package).to_path_buf()
}

/// Writes a new folder for mdbook, with all includes resolved.
fn write_pages(root: &Path, book: &Book, folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(folder.join("src"))?,
    }
    let source = root.join(book::FOLDER);
    fs::copy(source.join("../book.toml"), folder.join("book.toml"))?;
    fs::copy(source.join("SUMMARY.md"), folder.join("src/SUMMARY.md"))?;
    for page in &book.pages {
        let text = book.with_links(page, links::for_mdbook);
        fs::write(folder.join("src").join(&page.name), text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_has_no_missing_file_anchor_link_or_chapter() {
        let book = Book::read(&root()).unwrap();
        assert!(book.pages.len() > 10);
    }

    #[test]
    fn finished_pages_have_no_directive_and_no_unresolved_link() {
        let book = Book::read(&root()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        write_pages(&root(), &book, folder.path()).unwrap();
        for page in &book.pages {
            let text = fs::read_to_string(folder.path().join("src").join(&page.name)).unwrap();
            assert!(text.starts_with("# "), "{}", page.name);
            assert!(!text.contains("{{#"), "{}", page.name);
            assert!(!text.contains(links::FROM_ROOT), "{}", page.name);
        }
    }
    #[test]
    fn in_one_file_a_link_leads_to_one_heading() {
        let all = single::all_pages(&Book::read(&root()).unwrap());
        for link in links::all(&all) {
            let Some(anchor) = link.strip_prefix('#') else {
                continue;
            };
            let is_page = all.contains(&format!("<a id=\"{anchor}\"></a>"));
            assert!(
                is_page || links::count_headings(&all, anchor) == 1,
                "{link}"
            );
        }
    }
}
