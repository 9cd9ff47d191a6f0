//! The program whose instructions ci/linear.sh counts: reads one hostile stream of a size in chunks of a size, twice with one
//! parser. The first time its buffers grow, which costs instructions where the allocator must move them and none where it
//! need not; the second time they are there.
//!
//! `linear KIND SIZE CHUNK`, with KIND one of `line` (one line of SIZE bytes), `full` (the same,
//! which is also the limit), `lines` (one event of SIZE lines) and `ids`
//! (SIZE id lines behind SIZE * 10 bytes of data). Without arguments (as under `cargo bench -- --test`) it reads small ones.

use ssewire::Parser;

fn stream(kind: &str, size: usize) -> Vec<u8> {
    let repeated = |unit: &[u8]| unit.repeat(size);
    match kind {
        "line" | "full" => [b"data: ", &repeated(b"x")[..], b"\n\n"].concat(),
        "lines" => [&repeated(b"data: a line of an event\n")[..], b"\n"].concat(),
        "ids" => [b"data: ", &repeated(b"0123456789")[..], b"\n", &repeated(b"id: 1234567\n"), b"\n"].concat(),
        _ => panic!("unknown kind of stream: {kind}"),
    }
}

fn read_in_chunks(parser: &mut Parser, stream: &[u8], chunk: usize) -> usize {
    let mut events = 0;
    for mut input in stream.chunks(chunk) {
        while parser.next(&mut input).expect("no limit").is_some() {
            events += 1;
        }
    }
    events
}

// Counted by their names. Two functions of one body would be merged into one.
#[inline(never)]
fn first(stream: &[u8], chunk: usize, limit: usize) -> Parser {
    let mut parser = Parser::with_limit(limit);
    assert_eq!(read_in_chunks(&mut parser, stream, chunk), 1);
    parser
}

#[inline(never)]
fn again(parser: &mut Parser, stream: &[u8], chunk: usize) {
    assert_eq!(read_in_chunks(parser, stream, chunk), 1);
}

fn read(kind: &str, size: usize, chunk: usize) {
    let stream = stream(kind, size);
    // Near the limit the storage must not grow in ever smaller steps.
    let limit = if kind == "full" { size + 1 } else { usize::MAX };
    let mut parser = first(&stream, chunk, limit);
    again(&mut parser, &stream, chunk);
    println!("{}", stream.len());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let [kind, size, chunk] = &arguments[..] {
        let number = |text: &str| text.parse().expect("a number");
        read(kind, number(size), number(chunk));
    } else {
        for kind in ["line", "full", "lines", "ids"] {
            for chunk in [1, 16, 1460] {
                read(kind, 1000, chunk);
            }
        }
    }
}
