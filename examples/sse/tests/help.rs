//! What `sse` says of itself.

mod program;

use program::{out, run};

#[test]
fn each_command_has_help_and_all_shells_have_completions() {
    for command in ["decode", "encode", "why", "proxy", "bench", "watch", "serve"] {
        if cfg!(feature = "net") || !["watch", "serve"].contains(&command) {
            let help = run(command, &["--help"], b"");
            assert!(help.status.success() && out(&help).contains(&format!("Usage: sse {command}")), "{}", out(&help));
        }
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(out(&run("completions", &[shell], b"")).contains("canonical"), "{shell}");
    }
    assert!(out(&run("man", &[], b"")).contains(".SH"));
}
