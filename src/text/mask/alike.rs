//! Characters that look like others: whoever hides a number behind them, or whose keyboard writes
//! them, has written the number all the same.

/// The zeros of the scripts that have digits of their own, in ascending order; nine more follow each.
const ZEROS: [char; 64] = [
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e950}',
    '\u{1fbf0}',
];
/// Characters of the shortest group of digits in which letters may stand for digits; `5l` is an amount.
const SHORTEST: usize = 3;

/// The plain character that `c` looks like or, of a digit, means; any other as it is.
pub(crate) fn look_alike(c: char) -> char {
    match c {
        // Full-width forms are ASCII moved as a whole.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        '\u{2044}' | '\u{2215}' => '/',
        // Cyrillic and Greek capitals.
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'Ү' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        // Cyrillic and Greek small letters.
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'е' => 'e',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'ν' => 'v',
        'х' | 'χ' => 'x',
        'у' => 'y',
        _ => digit(c).unwrap_or(c),
    }
}

fn digit(c: char) -> Option<char> {
    let at = ZEROS.partition_point(|&zero| zero <= c).checked_sub(1)?;
    char::from_digit(u32::from(c) - u32::from(ZEROS[at]), 10)
}

/// The text with the letters that look like digits, amid digits, as these: `O171` and `DE37O4`. `None` if
/// there are none.
pub(super) fn letters_as_digits(chars: &[char]) -> Option<Vec<char>> {
    let as_digit = |c: char| match c {
        'O' | 'o' => Some('0'),
        'l' | 'I' | '|' => Some('1'),
        _ if c.is_ascii_digit() => Some(c),
        _ => None,
    };
    let mut out: Option<Vec<char>> = None;
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        while chars.get(at).is_some_and(|&c| as_digit(c).is_some()) {
            at += 1;
        }
        let run = &chars[start..at];
        let digits = run.iter().filter(|c| c.is_ascii_digit()).count();
        let word_before =
            start > 0 && chars[start - 1].is_alphanumeric() && !run.first().is_some_and(char::is_ascii_digit);
        let word_behind = chars.get(at).is_some_and(|c| c.is_alphanumeric());
        if run.len() >= SHORTEST && digits < run.len() && 2 * digits >= run.len() && !word_before && !word_behind {
            let out = out.get_or_insert_with(|| chars.to_vec());
            out[start..at].iter_mut().for_each(|c| *c = as_digit(*c).unwrap_or(*c));
        }
        at = at.max(start + 1);
    }
    out
}
