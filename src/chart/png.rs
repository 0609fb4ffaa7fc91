//! The same picture as pixels.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::style::{FONT_BOLD_TTF, FONT_REGULAR_TTF};
use super::{Chart, ChartError};

/// Largest number of pixels of one side.
const LARGEST: f32 = 20_000.0;

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    Arc::clone(FONTS.get_or_init(|| {
        let mut db = fontdb::Database::new();
        db.load_font_data(FONT_REGULAR_TTF.to_vec());
        db.load_font_data(FONT_BOLD_TTF.to_vec());
        db.set_sans_serif_family("Open Sans");
        Arc::new(db)
    }))
}

/// Rasterises the SVG of `chart`; `scale` is pixels of the image per pixel of the chart.
///
/// # Errors
///
/// [`ChartError::Scale`] if the picture would be empty or larger than 20,000 pixels at a side,
/// [`ChartError::Png`] if the SVG cannot be rasterised or encoded.
pub fn png(chart: &Chart, scale: f32) -> Result<Vec<u8>, ChartError> {
    let (width, height) = (chart.width as f32 * scale, chart.height as f32 * scale);
    let fits = |side: f32| (1.0..=LARGEST).contains(&side.round());
    if !fits(width) || !fits(height) {
        return Err(ChartError::Scale(scale));
    }
    let options = Options { fontdb: fonts(), font_family: "Open Sans".to_owned(), ..Options::default() };
    let tree = Tree::from_str(&chart.svg, &options).map_err(|e| ChartError::Png(e.to_string()))?;
    let mut pixmap = Pixmap::new(width.round() as u32, height.round() as u32).ok_or(ChartError::Scale(scale))?;
    let size = tree.size();
    let transform = Transform::from_scale(width.round() / size.width(), height.round() / size.height());
    resvg::render(&tree, transform, &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|e| ChartError::Png(e.to_string()))
}
