//! The borrow rules, and what the compiler says when they are broken.

#[test]
fn what_must_not_compile_does_not_and_says_why() {
    trybuild::TestCases::new().compile_fail("cases/*.rs");
}
