//! The truth behind the example: places, services, launches, events and what they do to use.
//!
//! The share of cases that come in online is
//! `plateau * S(t) + campaign`, with `t` months since launch, the logistic course
//! `S(t) = 1 / (1 + exp(-(t - 6.5) / 2))`, and during an outage a third of it. The plateau grows with
//! the eagerness of the place (which also makes it launch earlier and hold focus groups: the
//! confounding that a comparison has to deal with), with maturity, and by [`PARTICIPATION_FACTOR`]
//! where citizens took part before launch.
//!
//! Campaigns are another story: a lot decides which places advertise the services that they have
//! online, each in one month around the middle of the window. Eagerness has no part in it, so that the
//! change around them shows their effect ([`World::campaign`]).

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::domain::{Month, say};
use crate::{Error, Result};

use super::DemoSize;
use super::draw::{Part, chance, normal, pick, poisson, stream};
use super::names;
use super::services::{Service, services};

/// True factor by which participation before launch raises the plateau of the online share.
pub const PARTICIPATION_FACTOR: f64 = 1.5;
/// Rise of the log plateau per standard deviation of eagerness.
pub const EAGERNESS_SLOPE: f64 = 0.25;
/// Percentage points (as a share) that a campaign adds in its first four months, on average over services.
pub const CAMPAIGN_FIRST: f64 = 0.08;
/// What remains of them for good.
pub const CAMPAIGN_LASTING: f64 = 0.05;
/// Of so many populated places one holds a campaign.
const PLACES_PER_CAMPAIGN: usize = 4;
/// Campaigns begin in so many neighbouring months.
const CAMPAIGN_MONTHS: i32 = 6;
/// What an outage leaves of the online share.
pub const OUTAGE_FACTOR: f64 = 0.35;
/// The platform with the outage, in November 2024.
pub const OUTAGE_PLATFORM: &str = "Portal B";

/// The ways to apply, in the order of the counts: online, paper, counter, phone, mail.
pub(super) const WAYS: usize = 5;
/// Services beyond the first 40 see no events, so that a large world has a moderate number of them.
const SERVICES_WITH_EVENTS: usize = 40;
/// The Kreis with the workbook delivers at most this many places and services.
const WORKBOOK_PLACES: usize = 25;
/// See [`WORKBOOK_PLACES`].
pub(super) const WORKBOOK_SERVICES: usize = 12;

/// A place.
#[derive(Debug, Clone)]
pub struct Town {
    /// Official key, 8 digits.
    pub key: String,
    /// Name.
    pub name: String,
    /// Number of the Kreis, from 0.
    pub kreis: usize,
    /// Inhabitants.
    pub population: u32,
    /// Area in km².
    pub area_km2: f64,
    /// Stadt, Markt, Gemeinde, Samtgemeinde, gemeindefreies Gebiet.
    pub kind: &'static str,
    /// Settlement type.
    pub urbanity: &'static str,
    /// IT provider.
    pub provider: &'static str,
    /// Platform of its online services.
    pub platform: &'static str,
    /// Latent eagerness, standard normal. Nobody can observe it.
    pub eagerness: f64,
    /// Whether it held focus groups before some of its launches.
    pub participates: bool,
    /// First month of its campaign; may lie outside the window.
    pub campaign: Option<i32>,
    /// Whether it trained its staff (without effect on use).
    pub trained: Option<i32>,
    /// Whether it counts calls.
    pub counts_calls: bool,
    /// Bit `m` is set if month `m` was delivered.
    pub delivered: u128,
    /// Whether its numbers come in the workbook of its Kreis.
    pub in_workbook: bool,
}

/// An online service in operation.
#[derive(Debug, Clone)]
pub struct Live {
    /// Month of the launch, counted from the first month of the window; may be negative.
    pub month: i32,
    /// Day of the launch in its month.
    pub day: u32,
    /// Last month, if it was taken offline again.
    pub last: Option<i32>,
    /// Month of the focus group before the launch.
    pub participation: Option<i32>,
    /// The campaign that advertised it.
    pub campaign: Option<Campaign>,
    /// Share of cases online that is reached in the long run.
    pub plateau: f64,
}

/// A campaign for one service.
#[derive(Debug, Clone, Copy)]
pub struct Campaign {
    /// Its first month.
    pub month: i32,
    /// How well it goes down, 0.5 to 1.5, 1 on average.
    pub reach: f64,
}

/// What a place has of one service.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Whether the place must offer it.
    pub owed: bool,
    /// Level of the maturity model 1.1.
    pub maturity: u8,
    /// Whether it was taken over from another Land.
    pub efa: bool,
    /// Cases per month through all channels, before season.
    pub cases: f64,
    /// The online service, if there is one by the end of the window.
    pub live: Option<Live>,
}

/// The world.
#[derive(Debug)]
pub struct World {
    /// Its seed.
    pub seed: u64,
    /// First month of the window.
    pub start: Month,
    /// Months of the window.
    pub months: i32,
    /// Names of the Kreise.
    pub kreise: Vec<String>,
    /// Places, by key.
    pub towns: Vec<Town>,
    /// Services, by key.
    pub services: Vec<Service>,
    /// Month of the outage; may lie before the window.
    pub outage: i32,
}

impl World {
    /// Draws the world of this size.
    ///
    /// # Errors
    /// If the size cannot be made.
    pub fn new(size: &DemoSize) -> Result<Self> {
        let within = |name: &str, value: u32, max: u32| {
            if (1..=max).contains(&value) {
                return Ok(());
            }
            Err(Error::config(say!(
                "demo: {name} = {value} ist nicht möglich",
                "demo: {name} = {value} is not possible"
            ))
            .hint(say!("Möglich ist 1 bis {max}", "choose 1 to {max}")))
        };
        within("municipalities", size.municipalities, 50_000)?;
        within("services", size.services, 9_000)?;
        within("months", size.months, 120)?;
        let months = size.months.cast_signed();
        let end =
            Month::new(2025, 6).ok_or_else(|| Error::internal(say!("Diesen Monat gibt es nicht", "no such month")))?;
        let kreise = (size.municipalities as usize).div_ceil(200).max(5).min(size.municipalities as usize);
        let mut world = Self {
            seed: size.seed,
            start: end.plus(1 - months),
            months,
            kreise: (0..kreise).map(names::kreis).collect(),
            towns: Vec::new(),
            services: services(size.seed, size.services as usize),
            outage: months - 8,
        };
        world.towns = towns(&world, size.municipalities as usize);
        Ok(world)
    }

    /// The month number `index` of the window.
    pub fn month(&self, index: i32) -> Month {
        self.start.plus(index)
    }

    /// What place number `town` has of every service, in the order of the services.
    pub fn offers(&self, town: usize) -> Vec<Offer> {
        let place = &self.towns[town];
        let mut rng = stream(self.seed, Part::Offers, town as u64);
        let mut offers: Vec<Offer> =
            self.services.iter().enumerate().map(|(at, s)| self.offer(place, s, at, &mut rng)).collect();
        // A place that took part took part in something: the first launch if chance chose none.
        let chosen = |o: &Offer| o.live.as_ref().is_some_and(|l| l.participation.is_some());
        if place.participates
            && !offers.iter().any(chosen)
            && let Some(live) = offers.iter_mut().take(SERVICES_WITH_EVENTS).find_map(|o| o.live.as_mut())
        {
            live.participation = Some(live.month - 4);
            live.plateau = (live.plateau * PARTICIPATION_FACTOR).min(0.92);
        }
        offers
    }

    fn offer(&self, place: &Town, service: &Service, at: usize, rng: &mut ChaCha8Rng) -> Offer {
        // Every value is drawn whether needed or not: the draws of one place stay in step.
        let scale = (0.12 * normal(rng)).exp();
        let never = chance(rng, 0.13 - 0.05 * place.eagerness);
        let shift = 6.0 * normal(rng);
        let day = if chance(rng, 0.6) { 1 } else { rng.random_range(2..=28) };
        let roll = rng.random::<f64>();
        let efa = chance(rng, service.efa);
        let noise = 0.1 * normal(rng);
        let taken_offline = chance(rng, 0.015);
        let (asked, lead) = (chance(rng, 0.65), rng.random_range(2..=8));
        let (advertised, reach) = (chance(rng, 0.9), f64::from(rng.random_range(6..=18)) / 12.0);

        let month = (service.rollout - 4.0 * place.eagerness + shift).round().max(-36.0) as i32;
        let populated = place.population > 0;
        let is_live = populated && !never && month < self.months;
        let maturity = if !is_live {
            u8::from(roll < 0.7) + u8::from(roll < 0.3)
        } else if roll < 0.08 {
            2
        } else if roll < 0.72 - 0.08 * place.eagerness {
            3
        } else {
            4
        };
        let events = at < SERVICES_WITH_EVENTS;
        let participation = (events && place.participates && asked).then_some(month - lead);
        let live = is_live.then(|| Live {
            month,
            day,
            last: (taken_offline && month < self.months - 12).then_some(self.months - 4),
            participation,
            campaign: place
                .campaign
                .filter(|m| events && advertised && month < *m && (0..self.months - 2).contains(m))
                .map(|month| Campaign { month, reach }),
            plateau: plateau(service, place, maturity, noise, participation.is_some()),
        });
        let cases = f64::from(place.population) * service.per_1000 / 12_000.0 * scale;
        Offer { owed: populated && (roll < 0.985 || is_live), maturity, efa, cases, live }
    }

    /// Expected cases of a month through all channels.
    pub fn mean_cases(&self, service: &Service, offer: &Offer, month: i32) -> f64 {
        let calendar = f64::from(self.month(month).number());
        let angle = std::f64::consts::TAU * (calendar - service.peak) / 12.0;
        offer.cases * (1.0 + service.swing * angle.cos())
    }

    /// What the campaign adds to the share in a month: the true effect, before an outage or the ceiling cut it.
    pub fn campaign(&self, offer: &Offer, month: i32) -> f64 {
        let begun = |c: &Campaign| c.month <= month;
        let Some(campaign) = offer.live.as_ref().and_then(|live| live.campaign).filter(begun) else { return 0.0 };
        let age = month - campaign.month;
        let fading = if age < 4 { 1.0 } else { (-f64::from(age - 3) / 3.0).exp() };
        campaign.reach * (CAMPAIGN_LASTING + (CAMPAIGN_FIRST - CAMPAIGN_LASTING) * fading)
    }

    /// Expected share of cases that come in online in a month.
    pub fn share(&self, platform: &str, offer: &Offer, month: i32) -> f64 {
        let Some(live) = &offer.live else { return 0.0 };
        if month < live.month || live.last.is_some_and(|last| month > last) {
            return 0.0;
        }
        let since = f64::from(month - live.month);
        let mut share = live.plateau / (1.0 + (-(since - 6.5) / 2.0).exp());
        share += self.campaign(offer, month);
        if month == live.month {
            share *= f64::from(31 - live.day) / 30.0;
        }
        if month == self.outage && platform == OUTAGE_PLATFORM {
            share *= OUTAGE_FACTOR;
        }
        share.min(0.95)
    }

    /// The counts of one service in one place, month by month: what every file of the project agrees on.
    pub(super) fn counts(&self, town: usize, service: usize, offer: &Offer) -> Vec<[u64; WAYS]> {
        let (place, kind) = (&self.towns[town], &self.services[service]);
        let mut rng = stream(self.seed, Part::Cases, (town as u64) << 16 | service as u64);
        (0..self.months)
            .map(|month| {
                let mean = self.mean_cases(kind, offer, month);
                let wobble = (0.06 * normal(&mut rng)).exp();
                let share = (self.share(place.platform, offer, month) * wobble).min(0.97);
                let mut counts = [0; WAYS];
                counts[0] = poisson(&mut rng, mean * share);
                for (count, part) in counts[1..].iter_mut().zip(kind.mix) {
                    *count = poisson(&mut rng, mean * (1.0 - share) * part);
                }
                counts
            })
            .collect()
    }

    /// Whether this place's numbers of this service come in the workbook.
    pub(super) fn in_workbook(&self, town: usize, service: usize) -> bool {
        self.towns[town].in_workbook && service < WORKBOOK_SERVICES
    }
}

fn plateau(service: &Service, place: &Town, maturity: u8, noise: f64, participation: bool) -> f64 {
    let mature = match maturity {
        2 => 0.8,
        4 => 1.12,
        _ => 1.0,
    };
    let platform = if place.platform == OUTAGE_PLATFORM { 0.92 } else { 1.0 };
    let factor = if participation { PARTICIPATION_FACTOR } else { 1.0 };
    let eager = (EAGERNESS_SLOPE * place.eagerness + noise).exp();
    (service.plateau * mature * platform * eager * factor).min(0.92)
}

fn towns(world: &World, count: usize) -> Vec<Town> {
    let mut rng = stream(world.seed, Part::Towns, 0);
    let names = names::places(world.seed, count);
    let kreise = world.kreise.len();
    let mut within = vec![0usize; kreise];
    let mut scores = Vec::with_capacity(count);
    let mut towns: Vec<Town> = names
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let kreis = i * kreise / count;
            within[kreis] += 1;
            let mut town = draw_town(name, kreis, within[kreis], i, count, &mut rng);
            town.in_workbook = kreise > 1 && kreis == kreise - 1 && within[kreis] <= WORKBOOK_PLACES;
            town.delivered = delivered(world, i);
            scores.push(0.9 * town.eagerness + normal(&mut rng));
            town
        })
        .collect();
    // The story of the example needs one: a town of 16,000 that held focus groups.
    if let (Some(town), Some(score)) = (towns.get_mut(3), scores.get_mut(3)) {
        (town.population, town.eagerness, *score) = (16_240, 1.1, f64::MAX);
        (town.kind, town.urbanity) = ("Stadt", "halbstädtisch");
        (town.delivered, town.counts_calls) = ((0..world.months).fold(0, |mask, m| mask | 1 << m), true);
    }
    let mut order: Vec<usize> = (0..count).filter(|i| towns[*i].population > 0).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    for i in order.iter().take((order.len() + 1) / 3) {
        towns[*i].participates = true;
    }
    draw_campaigns(world, &mut towns);
    towns
}

/// The lot decides, but for the town of the story, which tries everything. A place that did not deliver every month
/// was not asked: its change could not be seen.
fn draw_campaigns(world: &World, towns: &mut [Town]) {
    let mut rng = stream(world.seed, Part::Campaigns, 0);
    let every = (0..world.months).fold(0, |mask, m| mask | 1 << m);
    let populated = towns.iter().filter(|t| t.population > 0).count();
    let mut lots: Vec<(f64, usize)> = (0..towns.len()).map(|i| (rng.random(), i)).collect();
    if let Some(lot) = lots.get_mut(3) {
        lot.0 = 0.0;
    }
    lots.retain(|(_, i)| towns[*i].population > 0 && towns[*i].delivered == every);
    lots.sort_by(|a, b| a.0.total_cmp(&b.0));
    let first = world.months / 2 - CAMPAIGN_MONTHS / 2;
    for ((_, i), turn) in lots.into_iter().take(populated.div_ceil(PLACES_PER_CAMPAIGN)).zip(0..) {
        towns[i].campaign = Some(first + turn % CAMPAIGN_MONTHS);
    }
}

fn draw_town(name: String, kreis: usize, number: usize, at: usize, count: usize, rng: &mut ChaCha8Rng) -> Town {
    let median: f64 = if count > 1_000 { 1_900.0 } else { 6_000.0 };
    let drawn = (median * normal(rng).exp()).clamp(190.0, 95_000.0) as u32;
    let population = match at {
        0 => 118_600,
        _ if count >= 10 && at == count * 2 / 5 => 64_300,
        _ if count >= 10 && at == count * 3 / 5 => 31_050,
        _ if count >= 10 && at == count / 2 => 0,
        // A Samtgemeinde is a union of several places, never a hamlet.
        _ if name.starts_with("Samtgemeinde") => drawn.max(7_100 + drawn % 3_000),
        _ => drawn,
    };
    let roll = rng.random::<f64>();
    let urbanity = match population {
        18_000.. => "städtisch",
        9_000.. if roll < 0.15 => "städtisch",
        4_500.. => "halbstädtisch",
        2_500.. if roll < 0.2 => "halbstädtisch",
        _ => "ländlich",
    };
    let provider = *pick(rng, &["Wirle-Rechenzentrum", "Wirle-Rechenzentrum", "Fenndata Zweckverband"]);
    let own_platform = chance(rng, 0.8);
    let first = (provider == "Wirle-Rechenzentrum") == own_platform;
    Town {
        key: format!("99{:03}{number:03}", kreis + 1),
        kind: names::kind(&name, population, rng),
        name,
        kreis,
        population,
        area_km2: (f64::from(population.max(150)) / rng.random_range(70.0..420.0)).clamp(3.1, 340.0),
        urbanity,
        provider,
        platform: if first { "Portal A" } else { OUTAGE_PLATFORM },
        eagerness: normal(rng),
        participates: false,
        campaign: None,
        trained: chance(rng, 0.12).then(|| rng.random_range(2..20)),
        counts_calls: !chance(rng, 0.04),
        delivered: 0,
        in_workbook: false,
    }
}

/// The months that a place delivered: most all, some with a gap, a few late, rarely one is forgotten.
fn delivered(world: &World, town: usize) -> u128 {
    // So few months are for trying out: a gap could leave nothing at all.
    if world.months < 4 {
        return (1 << world.months) - 1;
    }
    let mut rng = stream(world.seed, Part::Gaps, town as u64);
    let months = world.months;
    let (late, gap) = (chance(&mut rng, 0.06), chance(&mut rng, 0.15));
    let first = if late { rng.random_range(1..=months.clamp(1, 10)) - 1 } else { 0 };
    let hole = rng.random_range(0..months);
    let length = if gap { rng.random_range(1..=5) } else { 0 };
    (first..months)
        .filter(|m| !(hole..hole + length).contains(m) && !chance(&mut rng, 0.01))
        .fold(0, |mask, m| mask | 1 << m)
}
