// What uPlot does not draw: intervals as whiskers, points, a shaded band, a level; and which point is near the pointer.

import type uPlot from "uplot";
import type { Chart } from "./chart";
import { lookOfLine } from "./chart";
import { ink } from "./theme";

type Places = (line: number) => number[];

function under(plot: uPlot, chart: Chart, divide: number): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const at = (value: number) => Math.min(top + height, Math.max(top, plot.valToPos(value / divide, "y", true)));
  if (chart.band) {
    ctx.fillStyle = ink("soft");
    const [from, to] = [at(chart.band.high), at(chart.band.low)];
    ctx.fillRect(left, from, width, Math.max(1, to - from));
  }
  const level = (value: number, color: string) => {
    ctx.strokeStyle = color;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(left, at(value));
    ctx.lineTo(left + width, at(value));
    ctx.stroke();
  };
  const { min } = plot.scales.y;
  if (chart.y.scale !== "log" && min !== undefined && min !== null && min < 0) level(0, ink("muted"));
  if (chart.level) level(chart.level.at, ink("ink"));
}

function over(plot: uPlot, chart: Chart, divide: number, places: Places): void {
  const { ctx } = plot;
  const dot = devicePixelRatio;
  chart.lines.forEach((line, i) => {
    if (line.points === false) return;
    const { color } = lookOfLine(line);
    ctx.strokeStyle = ctx.fillStyle = color;
    ctx.lineWidth = 1.5 * dot;
    ctx.setLineDash([]);
    const xs = places(i);
    line.y.forEach((value, at) => {
      if (value === null) return;
      const x = plot.valToPos(xs[at], "x", true);
      const y = (of: number) => plot.valToPos(of / divide, "y", true);
      const [low, high] = [line.low?.[at], line.high?.[at]];
      if (low != null && high != null) {
        ctx.beginPath();
        ctx.moveTo(x, y(low));
        ctx.lineTo(x, y(high));
        for (const end of [low, high]) {
          ctx.moveTo(x - 3.5 * dot, y(end));
          ctx.lineTo(x + 3.5 * dot, y(end));
        }
        ctx.stroke();
      }
      if (line.stems) {
        ctx.beginPath();
        ctx.moveTo(x, y(0));
        ctx.lineTo(x, y(value));
        ctx.stroke();
      }
      ctx.beginPath();
      ctx.arc(x, y(value), (line.faint ? 2.4 : 3.4) * dot, 0, 2 * Math.PI);
      ctx.fill();
    });
  });
}

export function drawPoints(plot: uPlot, chart: Chart, divide: number, when: "under" | "over", places?: Places): void {
  plot.ctx.save();
  if (when === "under") under(plot, chart, divide);
  else if (places) over(plot, chart, divide, places);
  plot.ctx.restore();
}

/// The point that the pointer is at, with its place in the plot; null: none is near.
export function nearest(
  plot: uPlot,
  chart: Chart,
  divide: number,
  places: Places,
): { line: number; index: number; left: number; top: number } | null {
  const { left, top } = plot.cursor;
  if (left === undefined || top === undefined || left < 0) return null;
  let best: { line: number; index: number; left: number; top: number } | null = null;
  let least = 40 * 40;
  chart.lines.forEach((line, i) => {
    const xs = places(i);
    line.y.forEach((value, at) => {
      if (value === null) return;
      const [x, y] = [plot.valToPos(xs[at], "x"), plot.valToPos(value / divide, "y")];
      const far = (x - left) ** 2 + (y - top) ** 2;
      if (far >= least) return;
      least = far;
      best = { line: i, index: at, left: x, top: y };
    });
  });
  return best;
}
