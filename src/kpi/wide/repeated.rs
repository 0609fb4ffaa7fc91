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

impl Repeated {
    /// The ratios of rows with these numerators and denominators.
    #[must_use]
    pub fn of(rows: impl ExactSizeIterator<Item = (i64, i64)>) -> Self {
        let codes = Vec::with_capacity(rows.len());
        let mut out = Self { rows: rows.len(), valid: vec![0; rows.len().div_ceil(8)], codes, ratios: Vec::new() };
        let mut slots = vec![VACANT; 256];
        for (row, ratio) in rows.enumerate().filter(|(_, ratio)| ratio.1 != 0) {
            out.valid[row / 8] |= 1 << (row % 8);
            let code = out.place(ratio, &mut slots);
            out.codes.push(code);
        }
        out
    }

    #[inline]
    fn place(&mut self, ratio: (i64, i64), slots: &mut Vec<u32>) -> u32 {
        let slot = self.slot(ratio, slots);
        if slots[slot] != VACANT {
            return slots[slot];
        }
        let code = u32::try_from(self.ratios.len()).unwrap_or(VACANT);
        self.ratios.push(ratio);
        slots[slot] = code;
        if 2 * self.ratios.len() > slots.len() {
            *slots = vec![VACANT; 4 * slots.len()];
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

    proptest! {
        #[test]
        fn every_row_has_its_own_ratio(rows in proptest::collection::vec((-3i64..900, 0i64..40), 0..2000)) {
            let repeated = Repeated::of(rows.iter().copied());
            let mut codes = repeated.codes.iter();
            for (at, row) in rows.iter().enumerate() {
                prop_assert_eq!(repeated.valid[at / 8] >> (at % 8) & 1 == 1, row.1 != 0);
                if row.1 != 0 {
                    prop_assert_eq!(repeated.ratios[*codes.next().unwrap() as usize], *row);
                }
            }
            prop_assert_eq!((codes.next(), repeated.rows), (None, rows.len()));
            let mut once = repeated.ratios.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), repeated.ratios.len());
        }
    }
}
