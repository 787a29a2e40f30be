//! The picture of statistics: throughput above, burn-up below.

use std::fs::{File, remove_file};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use work_tracking::{PeriodStats, Stats};

use super::error::OverviewError;
use super::window::Window;

const SIZE: (u32, u32) = (860, 720);
const CREATED: RGBColor = RGBColor(230, 159, 0);
const COMPLETED: RGBColor = RGBColor(0, 114, 178);
const SCOPE: RGBColor = RGBColor(90, 90, 90);
/// The width of a bar; a period has the width 1.
const BAR: f64 = 0.4;

#[derive(Debug, Clone, Copy)]
enum Shape {
    Bars,
    Lines,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Outcome = Result<(), Box<dyn std::error::Error>>;
/// A name in the legend, a colour, and the count of a period.
type Series = (&'static str, RGBColor, fn(&PeriodStats) -> u64);

/// Writes the picture into a new file.
pub(crate) fn write(path: &Path, stats: &Stats, window: &Window) -> Result<(), OverviewError> {
    let failed = |source| OverviewError::Picture {
        path: path.to_owned(),
        source,
    };
    let svg = svg(stats, window).map_err(|error| failed(io::Error::other(error.to_string())))?;
    let mut file = match File::create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let path = path.to_owned();
            return Err(OverviewError::PictureExists { path });
        }
        created => created.map_err(failed)?,
    };
    file.write_all(svg.as_bytes()).map_err(|error| {
        // Without its rest the picture is of no use.
        let _ = remove_file(path);
        failed(error)
    })
}

fn svg(stats: &Stats, window: &Window) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let (above, below) = area.split_vertically(SIZE.1 / 2);
        let days: Vec<_> = window.days().map(|day| day.to_string()).collect();
        let throughput: [Series; 2] = [
            ("created", CREATED, |period| period.created),
            ("completed", COMPLETED, |period| period.completed),
        ];
        let caption = format!("Items by {}", window.by.as_str());
        draw(&above, &caption, stats, &days, (Shape::Bars, throughput))?;
        let burn_up: [Series; 2] = [
            ("scope", SCOPE, |period| period.scope),
            ("done", COMPLETED, |period| period.done),
        ];
        draw(&below, "Burn-up", stats, &days, (Shape::Lines, burn_up))?;
        area.present()?;
    }
    Ok(text)
}

/// A chart over the periods: bars side by side, or lines.
fn draw(
    area: &Area<'_>,
    caption: &str,
    stats: &Stats,
    days: &[String],
    (shape, series): (Shape, [Series; 2]),
) -> Outcome {
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 20))
        .margin(14)
        .x_label_area_size(34)
        .y_label_area_size(60)
        .build_cartesian_2d(across(days), up(stats, &series))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_label_formatter(&|x| day_at(days, *x))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .light_line_style(WHITE)
        .draw()?;
    for (nth, (name, colour, count)) in series.into_iter().enumerate() {
        let periods = stats.periods.iter().enumerate();
        let points = periods.map(|(place, period)| (number(place), float(count(period))));
        let drawn = match shape {
            Shape::Bars => {
                let left = if nth == 0 { -BAR } else { 0.0 };
                chart.draw_series(points.map(|(x, y)| {
                    let corners = [(x + left, 0.0), (x + left + BAR, y)];
                    Rectangle::new(corners, colour.filled())
                }))?
            }
            Shape::Lines => {
                let line = LineSeries::new(points, colour.stroke_width(3));
                chart.draw_series(line.point_size(3))?
            }
        };
        drawn
            .label(name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], colour.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    Ok(())
}

/// The horizontal scale: a place for each period.
fn across(days: &[String]) -> Range<f64> {
    -0.5..number(days.len()) - 0.5
}

/// The vertical scale, from 0 to a little above the largest count.
fn up(stats: &Stats, series: &[Series]) -> Range<f64> {
    let periods = stats.periods.iter();
    let counts = periods.flat_map(|period| series.iter().map(|(_, _, count)| count(period)));
    0.0..float(counts.max().unwrap_or_default().max(4)) * 1.1
}

/// The day of a period; empty between two periods.
fn day_at(days: &[String], x: f64) -> String {
    let place = days.iter().enumerate();
    let mut place = place.filter(|(place, _)| (number(*place) - x).abs() < 0.01);
    place
        .next()
        .map_or_else(String::new, |(_, day)| day.clone())
}

fn number(place: usize) -> f64 {
    u32::try_from(place).map_or(f64::INFINITY, f64::from)
}

fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
