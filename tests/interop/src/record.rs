//! What was checked, for the table.

use std::{fs, io::Write};

/// Appends a row: the part, its version, what was checked, and the figure.
pub fn works_with(part: &str, version: &str, checked: &str, figure: &str) {
    let row = format!("| {part} | {version} | {checked} | {figure} |\n");
    print!("{row}");
    let path = super::here("target/rows");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // One write a row, so that rows of tests that run at once stay whole.
    fs::OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(row.as_bytes()).unwrap();
}

/// The first word with a digit in what `program --version` prints.
pub fn version_of(program: &str, option: &str) -> String {
    let output = std::process::Command::new(program).arg(option).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let is_version = |word: &&str| word.contains('.') && word.contains(|c: char| c.is_ascii_digit());
    let word = text.split_whitespace().find(is_version).unwrap_or("?");
    word.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned()
}

/// The version of a crate that these tests are built with.
pub fn crate_version(name: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    let of = format!("name = \"{name}\"\nversion = \"");
    lock.split_once(&of).and_then(|(_, rest)| rest.split_once('"')).map_or("?", |(version, _)| version).to_owned()
}
