//! Which byte followed in which state of the grammar.

use std::collections::BTreeMap;

use ssewire::decode::Tokenizer;

/// By state, and by the byte that followed: how often.
type Pairs = BTreeMap<String, BTreeMap<u8, u64>>;

/// Prints all states that streams of up to so many symbols reach, and how many of the bytes followed in each. Whether all did.
pub fn print(alphabet: &[&[u8]], length: usize) -> bool {
    let mut pairs = Pairs::new();
    walk(alphabet, length, &Tokenizer::new(), &mut pairs);
    let mut bytes: Vec<u8> = alphabet.concat();
    bytes.sort_unstable();
    bytes.dedup();
    println!("| state | bytes that followed, of {} | the rarest | times |\n|---|---|---|---|", bytes.len());
    for (state, followers) in &pairs {
        let rarest = followers.iter().min_by_key(|(_, times)| **times);
        let (byte, times) = rarest.map_or((String::new(), 0), |(byte, times)| (byte.escape_ascii().to_string(), *times));
        let state = state.strip_prefix("Tokenizer { state: ").and_then(|state| state.strip_suffix(" }")).unwrap_or(state);
        println!("| `{state}` | {} | `{byte}` | {times} |", followers.len());
    }
    let reached: usize = pairs.values().map(BTreeMap::len).sum();
    let all = pairs.len() * bytes.len();
    println!("\n{} states, {reached} of {all} pairs reached", pairs.len());
    reached == all
}

fn walk(alphabet: &[&[u8]], length: usize, tokenizer: &Tokenizer, pairs: &mut Pairs) {
    if length == 0 {
        return;
    }
    for symbol in alphabet {
        let mut tokenizer = tokenizer.clone();
        for byte in *symbol {
            let state = format!("{tokenizer:?}");
            *pairs.entry(state).or_default().entry(*byte).or_default() += 1;
            let mut input = &[*byte][..];
            tokenizer.tokens(&mut input).for_each(drop);
        }
        walk(alphabet, length - 1, &tokenizer, pairs);
    }
}
