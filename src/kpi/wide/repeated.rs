/// Ratios of whole numbers. Small numbers make up most rows, so that few ratios occur, again and again: each is
/// kept, and worked on, once.
#[derive(Debug, Default)]
pub struct Repeated {
    /// Number of rows.
    pub rows: usize,
    /// Which rows have a ratio, the others having a denominator of 0: a bit for each from the lowest of the first byte on.
    pub valid: Vec<u8>,
    /// Of every row with a ratio its place among `ratios`.
    pub codes: Vec<u32>,
    /// Numerator and denominator of every ratio that occurs, in the order of the first.
    pub ratios: Vec<(i64, i64)>,
}

/// Of a slot without a ratio.
const VACANT: u32 = u32::MAX;

/// Numbers below this make most ratios: these have a place each in a table.
const SMALL: usize = 64;

impl Repeated {
    /// The ratios of rows with these numerators and denominators.
    #[must_use]
    pub fn of(rows: impl ExactSizeIterator<Item = (i64, i64)>) -> Self {
        let valid = vec![0; rows.len().div_ceil(8)];
        let mut out = Self { rows: rows.len(), valid, codes: vec![0; rows.len()], ratios: Vec::new() };
        let (mut small, mut slots) = ([VACANT; SMALL * SMALL], vec![VACANT; 256]);
        // Without a denominator there is none, whatever stands here.
        small.iter_mut().step_by(SMALL).for_each(|code| *code = 0);
        let mut len = 0;
        // Which rows have a ratio is beyond the processor to guess: every row writes a code, and the next overwrites
        // one that is none.
        for (row, ratio) in rows.enumerate() {
            let has = ratio.1 != 0;
            out.valid[row / 8] |= u8::from(has) << (row % 8);
            out.codes[len] = if (ratio.0 | ratio.1).cast_unsigned() < SMALL as u64 {
                let code = &mut small[ratio.0 as usize * SMALL + ratio.1 as usize];
                if *code == VACANT {
                    *code = out.push(ratio);
                }
                *code
            } else if has {
                out.place(ratio, &mut slots)
            } else {
                0
            };
            len += usize::from(has);
        }
        out.codes.truncate(len);
        out
    }

    fn push(&mut self, ratio: (i64, i64)) -> u32 {
        self.ratios.push(ratio);
        u32::try_from(self.ratios.len() - 1).unwrap_or(VACANT)
    }

    #[inline]
    fn place(&mut self, ratio: (i64, i64), slots: &mut Vec<u32>) -> u32 {
        let slot = self.slot(ratio, slots);
        if slots[slot] != VACANT {
            return slots[slot];
        }
        let code = self.push(ratio);
        slots[slot] = code;
        if 2 * self.ratios.len() > slots.len() {
            *slots = vec![VACANT; (4 * self.ratios.len()).next_power_of_two()];
            for (code, &ratio) in (0u32..).zip(&self.ratios) {
                let slot = self.slot(ratio, slots);
                slots[slot] = code;
            }
        }
        code
    }

    /// Where `ratio` is, or would be.
    #[inline]
    fn slot(&self, ratio: (i64, i64), slots: &[u32]) -> usize {
        let mask = slots.len() - 1;
        // The golden ratio spreads neighbouring numbers.
        let mixed = ratio.0.wrapping_mul(0x2545_F491_4F6C_DD1D).wrapping_add(ratio.1).cast_unsigned();
        let mut at = (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask;
        while self.ratios.get(slots[at] as usize).is_some_and(|other| *other != ratio) {
            at = (at + 1) & mask;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(rows: &[(i64, i64)]) {
        let repeated = Repeated::of(rows.iter().copied());
        let mut codes = repeated.codes.iter();
        let mut first: Vec<(i64, i64)> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(repeated.valid[at / 8] >> (at % 8) & 1 == 1, row.1 != 0);
            if row.1 != 0 {
                let code = *codes.next().unwrap() as usize;
                assert_eq!(repeated.ratios[code], *row);
                if code == first.len() {
                    first.push(*row);
                }
            }
        }
        assert_eq!((codes.next(), repeated.rows), (None, rows.len()));
        assert_eq!(repeated.ratios, first, "in the order of the first");
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), repeated.ratios.len(), "each once");
    }

    proptest! {
        #[test]
        fn every_row_has_its_own_ratio(
            rows in proptest::collection::vec((-3i64..900, 0i64..70), 0..1000),
            more in proptest::collection::vec((0i64..66, 0i64..66), 0..1000),
        ) {
            check(&[&rows[..], &more, &rows].concat());
        }
    }

    /// The table of large ones must have room for those that came in between.
    #[test]
    fn large_ratios_follow_all_the_small_ones() {
        let small = (0..64).flat_map(|x| (0..64).map(move |n| (x, n)));
        let large = (0..900).map(|x| (x + 64, 1000 - x));
        let rows: Vec<(i64, i64)> = std::iter::once((500, 7)).chain(small).chain(large).collect();
        check(&[&rows[..], &rows].concat());
        check(&[(0, 0), (70, 0), (-1, 1), (i64::MIN, i64::MAX), (i64::MAX, i64::MAX)]);
    }
}
