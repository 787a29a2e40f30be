//! Plots: lines over two logarithmic scales, and bars of ratios.

use std::ops::Range;
use std::path::Path;

use plotters::coord::ranged1d::{IntoSegmentedCoord, SegmentValue};
use plotters::prelude::*;
use subject::Outcome;

const SIZE: (u32, u32) = (860, 480);

/// A line with a name in the legend.
pub(crate) struct Line {
    pub(crate) name: String,
    /// Draws the line thin, in the colour of the line before it.
    pub(crate) thin: bool,
    pub(crate) points: Vec<(f64, f64)>,
}

/// The title and the axis labels of a plot.
pub(crate) struct Captions<'a> {
    pub(crate) title: &'a str,
    pub(crate) across: &'a str,
    pub(crate) up: &'a str,
}

/// Draws lines over two logarithmic scales.
pub(crate) fn lines(path: &Path, captions: &Captions<'_>, lines: &[Line]) -> Outcome<()> {
    let points = || lines.iter().flat_map(|line| line.points.iter().copied());
    let across = bounds(points().map(|(x, _)| x));
    let up = bounds(points().map(|(_, y)| y));

    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(captions.title, ("sans-serif", 20))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(across.log_scale(), up.log_scale())?;
    chart
        .configure_mesh()
        .x_desc(captions.across)
        .y_desc(captions.up)
        .x_label_formatter(&|value| number(*value))
        .y_label_formatter(&|value| number(*value))
        .light_line_style(WHITE)
        .draw()?;
    let mut colour = 0;
    for (index, line) in lines.iter().enumerate() {
        if index > 0 && !line.thin {
            colour += 1;
        }
        let width = if line.thin { 1 } else { 3 };
        let style = Palette99::pick(colour).stroke_width(width);
        let series = LineSeries::new(line.points.iter().copied(), style);
        let series = series.point_size(if line.thin { 2 } else { 3 });
        chart
            .draw_series(series)?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    area.present()?;
    Ok(())
}

/// Draws groups of bars over a logarithmic scale. Each group has one bar per name.
pub(crate) fn bars(
    path: &Path,
    captions: &Captions<'_>,
    groups: &[&str],
    bars: &[(String, Vec<f64>)],
) -> Outcome<()> {
    let up = bounds(bars.iter().flat_map(|(_, values)| values.iter().copied()));
    let bottom = up.start;
    // One slot for each bar, and one for the gap to the next group.
    let stride = bars.len() + 1;
    let slots = 0..groups.len() * stride;

    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(captions.title, ("sans-serif", 20))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(slots.into_segmented(), up.log_scale())?;
    let label = |place: &SegmentValue<usize>| match place {
        SegmentValue::CenterOf(place) if place % stride == bars.len() / 2 => groups
            .get(place / stride)
            .copied()
            .unwrap_or_default()
            .to_owned(),
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(groups.len() * stride)
        .x_label_formatter(&label)
        .x_desc(captions.across)
        .y_desc(captions.up)
        .y_label_formatter(&|value| number(*value))
        .light_line_style(WHITE)
        .draw()?;
    for (nth, (name, values)) in bars.iter().enumerate() {
        let style = Palette99::pick(nth).filled();
        let rectangles = values.iter().enumerate().map(|(group, value)| {
            let place = group * stride + nth;
            let left = SegmentValue::Exact(place);
            let right = SegmentValue::Exact(place + 1);
            Rectangle::new([(left, bottom), (right, *value)], style)
        });
        chart
            .draw_series(rectangles)?
            .label(name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    area.present()?;
    Ok(())
}

/// The range of a scale: from a little below the smallest value to a little above the largest.
fn bounds(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values
        .filter(|value| value.is_finite() && *value > 0.0)
        .fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if low > high {
        1.0..10.0
    } else {
        low / 1.3..high * 1.6
    }
}

/// A number on a scale, short and without trailing zeros: `1.5 M`.
fn number(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{} M", short(value / 1e6)),
        value if value >= 1e4 => format!("{} k", short(value / 1e3)),
        value => short(value),
    }
}

fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_on_a_scale_are_short() {
        for (value, text) in [
            (0.1, "0.1"),
            (1.0, "1"),
            (9000.0, "9000"),
            (20_000.0, "20 k"),
            (1e7, "10 M"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn bounds_have_a_margin_and_ignore_invalid_numbers() {
        assert_eq!(bounds([f64::NAN, 13.0, 0.0].into_iter()), 10.0..13.0 * 1.6);
        assert_eq!(bounds(std::iter::empty()), 1.0..10.0);
    }
}
