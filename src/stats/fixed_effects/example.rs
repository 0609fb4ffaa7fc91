//! A small unbalanced panel that several tests share.

pub(crate) struct Panel {
    pub unit: Vec<u32>,
    pub time: Vec<u32>,
    pub treated: Vec<f64>,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
}

/// Six units, five periods, three rows missing; units 0 and 1 treated from period 2 on, unit 2 from period 3 on.
pub(crate) fn panel() -> Panel {
    let y =
        [11, 15, 31, 27, 13, 21, 26, 21, 33, 16, 22, 26, 28, 32, 30, 37, 24, 32, 31, 24, 20, 40, 27, 27, 39, 34, 33];
    let x = [7, 1, 1, 7, 0, 2, 5, 2, 6, 0, 4, 7, 3, 5, 1, 6, 7, 2, 5, 7, 8, 0, 8, 1, 0, 5, 2];
    let cells =
        (0..6u32).flat_map(|u| (0..5u32).map(move |t| (u, t))).filter(|cell| ![(0, 4), (3, 1), (5, 0)].contains(cell));
    let (unit, time): (Vec<u32>, Vec<u32>) = cells.unzip();
    let on = |(u, t): (&u32, &u32)| f64::from(u8::from((*u < 2 && *t >= 2) || (*u == 2 && *t >= 3)));
    let treated = unit.iter().zip(&time).map(on).collect();
    Panel { unit, time, treated, x: x.map(f64::from).to_vec(), y: y.map(f64::from).to_vec() }
}

/// Two neighbouring units make a cluster.
pub(crate) fn pairs(unit: &[u32]) -> Vec<u32> {
    unit.iter().map(|u| u / 2).collect()
}
