//! Keys in as few bits as tell the numbers of a share of the areas apart.

use super::facts::FactKey;

/// How keys are shortened: from the highest bit the area within its share, service, month since the first, measure and
/// day. Short keys sort as keys do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortKeys {
    month: u32,
    area_bits: u32,
    service_bits: u32,
    month_bits: u32,
}

impl ShortKeys {
    /// For areas that `area_bits` tell apart, services up to `last_service`, and months between these two indexes;
    /// `None` if the first month is after the last.
    #[must_use]
    pub fn of(area_bits: u32, last_service: u32, (month, last_month): (u32, u32)) -> Option<Self> {
        let (service_bits, month_bits) = (wide(last_service), wide(last_month.checked_sub(month)?));
        Some(Self { month, area_bits, service_bits, month_bits })
    }

    /// Bits of a short key.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.area_bits + self.service_bits + self.below_pair()
    }

    /// Bits of it below area and service.
    #[must_use]
    #[inline]
    pub fn below_pair(&self) -> u32 {
        self.month_bits + FactKey::BELOW_MONTH
    }

    /// The short key of `key`, whose share begins with the area `first`.
    #[must_use]
    #[inline]
    pub fn pack(&self, key: FactKey, first: u32) -> u64 {
        let pair = u64::from(key.area() - first) << self.service_bits | u64::from(key.service());
        let month = pair << self.month_bits | u64::from(key.month_index() - self.month);
        month << FactKey::BELOW_MONTH | low(key.raw(), FactKey::BELOW_MONTH)
    }

    /// The short key of `other` for the key behind `short`, both of the same share.
    #[must_use]
    #[inline]
    pub fn convert(&self, short: u64, other: &Self) -> u64 {
        let (below, above) = (low(short, FactKey::BELOW_MONTH), short >> FactKey::BELOW_MONTH);
        let (month, pair) = (low(above, self.month_bits), above >> self.month_bits);
        let (service, area) = (low(pair, self.service_bits), pair >> self.service_bits);
        let month = month + u64::from(self.month) - u64::from(other.month);
        ((area << other.service_bits | service) << other.month_bits | month) << FactKey::BELOW_MONTH | below
    }

    /// The key behind a short one.
    #[must_use]
    #[inline]
    pub fn unpack(&self, short: u64, first: u32) -> FactKey {
        let (below, above) = (low(short, FactKey::BELOW_MONTH), short >> FactKey::BELOW_MONTH);
        let (month, pair) = (self.month + low(above, self.month_bits) as u32, above >> self.month_bits);
        let (service, area) = (low(pair, self.service_bits) as u32, first + (pair >> self.service_bits) as u32);
        FactKey::from_raw(FactKey::least(area, service, month).raw() | below)
    }
}

/// How many bits hold every number up to `largest`.
#[must_use]
pub fn wide(largest: u32) -> u32 {
    u32::BITS - largest.leading_zeros()
}

/// The lowest bits of a word, fewer than 64 of them.
#[must_use]
#[inline]
pub fn low(word: u64, bits: u32) -> u64 {
    word & ((1 << bits) - 1)
}
