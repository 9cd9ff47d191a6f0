//! The commands in README.md name what is there. (Its code is run as a documentation test, from lib.rs.)
#![cfg(feature = "alloc")]

#[test]
fn the_tests_and_scripts_that_readme_names_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let mut named = 0;
    for quoted in readme.split('`').skip(1).step_by(2) {
        let path = if let Some(test) =
            quoted.strip_prefix("cargo test ").and_then(|rest| rest.rsplit_once("--test ")).map(|(_, test)| test)
        {
            format!("tests/{test}.rs")
        } else if let Some(script) = quoted.strip_prefix("bash ") {
            script.split(' ').next().unwrap_or_default().to_owned()
        } else {
            continue;
        };
        assert!(root.join(&path).exists(), "{path}");
        named += 1;
    }
    assert!(named >= 6);
}

#[test]
fn the_number_of_cases_that_readme_names_is_right() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let cases = std::fs::read_to_string(root.join("tests/support/cases.rs")).unwrap();
    let count = cases.lines().filter(|line| line.trim_start().starts_with("case(")).count();
    assert!(readme.contains(&format!("| {count} cases,")), "there are {count}");
}
