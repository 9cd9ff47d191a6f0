//! The commands in README.md and docs/testing.md name what is there. (Its code is run as a documentation test, from lib.rs.)
#![cfg(feature = "alloc")]

#[test]
fn the_tests_and_scripts_that_are_named_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = Vec::new();
    for page in ["README.md", "docs/testing.md"] {
        let page = std::fs::read_to_string(root.join(page)).unwrap();
        for quoted in page.split('`').skip(1).step_by(2) {
            if let Some(tests) = quoted.strip_prefix("cargo test ") {
                named.extend(tests.split("--test ").skip(1).map(|test| format!("tests/{}.rs", test.trim())));
            } else if let Some(path) =
                quoted.strip_prefix("bash ").or_else(|| quoted.split_once("--manifest-path ").map(|(_, path)| path))
            {
                named.push(path.split(' ').next().unwrap_or_default().to_owned());
            } else if let Some(example) = quoted.strip_prefix("cargo run --example ") {
                named.push(format!("examples/{}.rs", example.split(' ').next().unwrap_or_default()));
            }
        }
    }
    assert!(named.len() >= 30, "{named:?}");
    for path in named {
        assert!(root.join(&path).exists(), "{path}");
    }
}

#[test]
fn the_number_of_cases_that_is_named_is_right() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/testing.md")).unwrap();
    let cases = std::fs::read_to_string(root.join("tests/support/cases.rs")).unwrap();
    let count = cases.lines().filter(|line| line.trim_start().starts_with("case(")).count();
    assert!(page.contains(&format!("| {count} cases,")), "there are {count}");
}

/// What SPEC.md names in backticks is there: `FILE: ITEM`, and `case: NAME` of the spec table.
#[test]
fn the_places_and_tests_that_spec_md_names_are_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let (spec, cases) = (read("SPEC.md"), read("tests/support/cases.rs"));
    let is_there = |named: &str| match named.split_once(": ").unwrap() {
        ("case", case) => cases.contains(&format!("case(\"{case}\"")),
        // The word behind a keyword, or at the start of a line, as variants are.
        (file, item) => read(file).lines().any(|line| {
            let line = line
                .trim_start()
                .trim_start_matches("pub")
                .trim_start_matches("(super)")
                .trim_start_matches("(crate)")
                .trim_start();
            let line = ["const ", "fn ", "struct ", "enum "].iter().fold(line, |line, word| line.trim_start_matches(word));
            line.strip_prefix(item).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        }),
    };
    let mut named = 0;
    for row in spec.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| the standard")) {
        let columns: Vec<_> = row.trim_matches('|').split(" | ").collect();
        assert_eq!(columns.len(), 3, "{row}");
        for column in &columns[1..] {
            let names: Vec<_> = column.split('`').skip(1).step_by(2).collect();
            assert!(!names.is_empty(), "nothing is named: {row}");
            for name in &names {
                assert!(is_there(name), "SPEC.md names {name}, which is not there");
            }
            named += names.len();
        }
    }
    assert!(named > 120, "{named}");
}
