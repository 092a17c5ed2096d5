// How a chart looks. Colours are those of the page; everything is drawn in device pixels.
import { LANGUAGE, nameAt, shown } from "./chart-readout.js";

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const NAMES = ["ink", "muted", "faint", "line", "line2", "surface", "hold", "hold-bg", "band", "series", "thin", "hatch", "accent"];

export function style(figure) {
  const computed = getComputedStyle(figure);
  const look = { scaled: (size, weight = 400) => `${weight} ${size * devicePixelRatio}px ${FONT}`, font: `11px ${FONT}` };
  for (const name of NAMES) look[name === "hold-bg" ? "holdGround" : name] = computed.getPropertyValue(`--${name}`).trim();
  return look;
}

// From what to what the values go on the screen: all that is seen, and the nearest limits.
export function range(data, from, to) {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < data.x.length; i++) {
    if (data.high[i] == null || data.x[i] >= to || (data.x[i + 1] ?? data.x[i]) <= from) continue;
    if (data.low[i] < low) low = data.low[i];
    if (data.high[i] > high) high = data.high[i];
  }
  const uppers = data.limits.filter((limit) => limit.side > 0).map((limit) => limit.value);
  const lowers = data.limits.filter((limit) => limit.side < 0).map((limit) => limit.value);
  if (uppers.length) { high = Math.max(high, Math.min(...uppers)); low = Math.min(low, Math.min(...uppers)); }
  if (lowers.length) { low = Math.min(low, Math.max(...lowers)); high = Math.max(high, Math.max(...lowers)); }
  if (low > high) return [0, 10];
  const margin = Math.max((high - low) / 12, 0.5);
  return [low - margin, high + margin];
}

// Where things are, in device pixels.
function screen(plot) {
  const { left, top, width, height } = plot.bbox;
  return {
    left, top, width, height, right: left + width, bottom: top + height, r: devicePixelRatio,
    x: (at) => Math.min(Math.max(plot.valToPos(at, "x", true), left), left + width),
    y: (value) => plot.valToPos(value, "y", true),
    from: plot.scales.x.min, to: plot.scales.x.max,
  };
}

const seen = (list, area) => list.filter((each) => each.from < area.to && each.to > area.from);

// --- behind the axes

export function drawGround(plot, data, look) {
  const area = screen(plot), { ctx } = plot;
  ctx.save();
  for (const shade of seen(data.shades, area)) {
    const x = area.x(shade.from), width = Math.max(area.x(shade.to) - x, 1.5 * area.r);
    ctx.fillStyle = look.holdGround;
    ctx.globalAlpha = shade.fired ? 1 : 0.55;
    ctx.fillRect(x, area.top, width, area.height);
  }
  ctx.globalAlpha = 1;
  ctx.fillStyle = hatch(ctx, look, area.r);
  for (const gap of seen(data.gaps, area)) {
    const x = area.x(gap.from);
    ctx.globalAlpha = gap.kind === "silent" ? 1 : 0.45; // where nothing could be measured nothing broke
    ctx.fillRect(x, area.top, Math.max(area.x(gap.to) - x, 1.5 * area.r), area.height);
  }
  ctx.globalAlpha = 1;
  drawPlaces(ctx, area, data, look);
  ctx.restore();
}

function hatch(ctx, look, r) {
  const side = Math.round(7 * r);
  const tile = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const ink = tile.getContext("2d");
  ink.strokeStyle = look.hatch;
  ink.lineWidth = 1.6 * r;
  ink.beginPath();
  for (const shift of [-side, 0, side]) {
    ink.moveTo(shift - 1, side + 1);
    ink.lineTo(shift + side + 1, -1);
  }
  ink.stroke();
  return ctx.createPattern(tile, "repeat");
}

// Above the plot; what stood at two places at once has two rows.
function drawPlaces(ctx, area, data, look) {
  const rows = [-Infinity, -Infinity];
  ctx.font = look.scaled(11);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const place of seen(data.places, area)) {
    const row = rows.findIndex((end) => end <= place.from);
    if (row < 0) continue;
    rows[row] = place.to;
    const x = area.x(place.from), width = area.x(place.to) - x, y = area.top - (27 + row * 16) * area.r;
    ctx.fillStyle = look.band;
    ctx.beginPath();
    ctx.roundRect(x, y, Math.max(width - area.r, area.r), 17 * area.r - row * 3 * area.r, 3 * area.r);
    ctx.fill();
    const label = fitted(ctx, place.label, width - 12 * area.r);
    ctx.fillStyle = look.muted;
    ctx.fillText(label, x + 6 * area.r, y + 9 * area.r);
  }
}

function fitted(ctx, text, room) {
  if (ctx.measureText(text).width <= room) return text;
  let shorter = text;
  while (shorter.length > 1 && ctx.measureText(`${shorter}…`).width > room) shorter = shorter.slice(0, -1);
  return shorter.length > 1 ? `${shorter}…` : "";
}

// --- on top of the axes

export function drawMeasured(plot, data, look) {
  const area = screen(plot), { ctx } = plot;
  const xs = data.x.map((at) => plot.valToPos(at, "x", true));
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, area.width, area.height);
  ctx.clip();
  if (data.reduced || !data.lines.length) drawBand(ctx, xs, data, area, look);
  if (data.lines.length > 1) for (const line of data.lines) stroke(ctx, steps(xs, line.high, area), look.thin, area.r);
  const thick = steps(xs, data.thick, area);
  stroke(ctx, thick, look.series, 1.7 * area.r);
  for (const limit of seen(data.limits, area)) drawOutside(ctx, xs, data, limit, thick, area, look);
  ctx.restore();
  ctx.save();
  const taken = seen(data.gaps, area).map((gap) => [area.x(gap.from), area.top, area.x(gap.to), area.bottom]);
  for (const limit of seen(data.limits, area)) drawLimit(ctx, data, limit, area, look, taken);
  drawPins(ctx, data, area, look, taken);
  drawPeaks(ctx, xs, data, area, look, taken);
  drawDeeds(ctx, data, area, look, taken);
  drawGapLabels(ctx, xs, data, area, look, taken);
  drawNames(ctx, xs, data, area, look);
  ctx.restore();
}

function steps(xs, values, area) {
  const path = new Path2D();
  let isOpen = false;
  for (let i = 0; i + 1 < xs.length; i++) {
    if (values[i] == null) { isOpen = false; continue; }
    if (xs[i + 1] < area.left || xs[i] > area.right) { isOpen = false; continue; }
    const y = area.y(values[i]);
    if (isOpen) path.lineTo(xs[i], y);
    else path.moveTo(xs[i], y);
    path.lineTo(xs[i + 1], y);
    isOpen = true;
  }
  return path;
}

function stroke(ctx, path, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.stroke(path);
}

// From the lowest to the highest, so that no peak is lost where a pixel holds many readings.
function drawBand(ctx, xs, data, area, look) {
  ctx.fillStyle = look.thin;
  ctx.globalAlpha = 0.35;
  ctx.beginPath();
  for (let i = 0; i + 1 < xs.length; i++) {
    if (data.high[i] == null || data.low[i] === data.high[i]) continue;
    const y = area.y(data.high[i]);
    ctx.rect(xs[i], y, Math.max(xs[i + 1] - xs[i], area.r), area.y(data.low[i]) - y);
  }
  ctx.fill();
  ctx.globalAlpha = 1;
}

function drawOutside(ctx, xs, data, limit, thick, area, look) {
  const values = limit.side > 0 ? data.high : data.low;
  const y = area.y(limit.value), from = area.x(limit.from), to = area.x(limit.to);
  ctx.fillStyle = look.hold;
  ctx.globalAlpha = 0.22;
  ctx.beginPath();
  for (let i = 0; i + 1 < xs.length; i++) {
    if (values[i] == null || (values[i] - limit.value) * limit.side <= 0) continue;
    const start = Math.max(xs[i], from), end = Math.min(xs[i + 1], to);
    if (start < end) ctx.rect(start, y, end - start, area.y(values[i]) - y);
  }
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, limit.side > 0 ? area.top : y, to - from, limit.side > 0 ? y - area.top : area.bottom - y);
  ctx.clip();
  stroke(ctx, thick, look.hold, 2.2 * area.r);
  ctx.restore();
}

function drawLimit(ctx, data, limit, area, look, taken) {
  const y = area.y(limit.value), from = area.x(limit.from), to = area.x(limit.to);
  if (y < area.top || y > area.bottom) return;
  ctx.strokeStyle = look.hold;
  ctx.globalAlpha = 0.7;
  ctx.lineWidth = area.r;
  ctx.setLineDash([4 * area.r, 4 * area.r]);
  ctx.beginPath();
  ctx.moveTo(from, y);
  ctx.lineTo(to, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
  write(ctx, limit.label, to - 3 * area.r, y - 8 * area.r * limit.side, "right", look.hold, look, 11, 500, taken);
}

// Words with a rim of the ground, so that they can be read on lines; left out where others stand.
function write(ctx, text, x, y, align, colour, look, size, weight, taken) {
  ctx.font = look.scaled(size, weight);
  ctx.textBaseline = "middle";
  ctx.textAlign = align;
  const width = ctx.measureText(text).width, left = align === "right" ? x - width : align === "center" ? x - width / 2 : x;
  const box = [left, y - size * devicePixelRatio / 2, left + width, y + size * devicePixelRatio / 2];
  if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) return false;
  taken.push(box);
  ctx.lineJoin = "round";
  ctx.lineWidth = 3.5 * devicePixelRatio;
  ctx.strokeStyle = look.surface;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
  return true;
}

// The farthest values of what fired, the worst few, with their time where a column is one reading.
function drawPeaks(ctx, xs, data, area, look, taken) {
  const clock = new Intl.DateTimeFormat(LANGUAGE, { timeZone: data.zone, hour: "2-digit", minute: "2-digit" });
  const peaks = seen(data.shades, area).filter((each) => each.fired && each.side).map((shade) => peakOf(xs, data, area, shade)).filter(Boolean);
  const columns = new Set();
  for (const { best, value, beyond } of peaks.sort((one, other) => other.beyond - one.beyond)) {
    if (columns.size === 3 || columns.has(best)) continue;
    columns.add(best);
    const x = Math.min(Math.max(xs[best], area.left), area.right), y = area.y(value);
    const short = `${shown(value)} ${data.unit}`, long = data.reduced ? short : `${short}, ${clock.format(data.x[best])}`;
    ctx.font = look.scaled(12, 600);
    const beside = (text, way) => {
      const end = x + way * (ctx.measureText(text).width + 10 * area.r);
      return end > area.left && end < area.right && write(ctx, text, x + way * 8 * area.r, y - 4 * area.r, way > 0 ? "left" : "right", look.hold, look, 12, 600, taken);
    };
    beside(long, 1) || beside(long, -1) || beside(short, 1) || beside(short, -1);
    ctx.beginPath();
    ctx.arc(x, y, 3.5 * area.r, 0, 7);
    ctx.fillStyle = look.hold;
    ctx.fill();
  }
}

function peakOf(xs, data, area, shade) {
  const values = shade.side > 0 ? data.high : data.low;
  let best = -1;
  for (let i = 0; i + 1 < xs.length; i++) {
    if (values[i] == null || data.x[i] >= shade.to || data.x[i + 1] <= shade.from || xs[i + 1] < area.left || xs[i] > area.right) continue;
    if (best < 0 || (values[i] - values[best]) * shade.side > 0) best = i;
  }
  return best < 0 ? null : { best, value: values[best], beyond: values[best] * shade.side };
}

// Actions: pins at the upper edge; moves are told by the places.
const deeds = (data, area) => data.marks.filter((mark) => mark.kind !== "moved" && mark.at >= area.from && mark.at <= area.to);

function drawPins(ctx, data, area, look, taken) {
  for (const mark of deeds(data, area)) {
    const x = area.x(mark.at), y = area.top;
    ctx.strokeStyle = look.faint;
    ctx.lineWidth = area.r;
    ctx.setLineDash([area.r, 3 * area.r]);
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x, area.bottom);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.fillStyle = mark.kind === "held" || mark.kind === "rejected" ? look.hold : look.muted;
    ctx.beginPath();
    ctx.moveTo(x, y + area.r);
    ctx.lineTo(x - 4.5 * area.r, y - 6 * area.r);
    ctx.lineTo(x + 4.5 * area.r, y - 6 * area.r);
    ctx.fill();
    taken.push([x - 2 * area.r, y - 6 * area.r, x + 2 * area.r, area.bottom]);
  }
}

// Their words where there is room.
function drawDeeds(ctx, data, area, look, taken) {
  for (const mark of deeds(data, area)) {
    const x = area.x(mark.at), y = area.top;
    const beside = (way, row) => write(ctx, mark.label, x + way * 7 * area.r, y + (7 + 14 * row) * area.r, way > 0 ? "left" : "right", look.muted, look, 11, 500, taken);
    beside(1, 0) || beside(-1, 0) || beside(1, 1) || beside(-1, 1);
  }
}

// Beside the hatch, never on it; at the lower edge, or at the upper one where a line is in the way.
function drawGapLabels(ctx, xs, data, area, look, taken) {
  for (const gap of seen(data.gaps, area)) {
    const from = area.x(gap.from), to = area.x(gap.to), low = area.bottom - 10 * area.r, high = area.top + 22 * area.r;
    if (to - from < 4 * area.r) continue;
    ctx.font = look.scaled(11);
    const room = ctx.measureText(gap.label).width + 10 * area.r;
    const right = to + room < area.right;
    if (!right && from - room < area.left) continue;
    const [start, end] = right ? [to, to + room] : [from - room, from];
    const levels = isCrossed(xs, data, area, start, end, low) ? [high, high + 14 * area.r] : [low, low - 14 * area.r, high];
    const at = (y) => write(ctx, gap.label, right ? to + 6 * area.r : from - 6 * area.r, y, right ? "left" : "right", look.muted, look, 11, 400, taken);
    levels.some(at);
  }
}

function isCrossed(xs, data, area, start, end, y) {
  for (let i = 0; i + 1 < xs.length; i++) {
    if (data.low[i] != null && xs[i] < end && xs[i + 1] > start && area.y(data.low[i]) > y - 12 * area.r) return true;
  }
  return false;
}

// At the end of their lines; where lines end together the names are moved apart.
function drawNames(ctx, xs, data, area, look) {
  const ends = [];
  for (const line of data.lines) {
    let last = -1;
    for (let i = 0; i + 1 < xs.length && xs[i] < area.right; i++) if (line.high[i] != null && xs[i + 1] > area.left) last = i;
    const name = last < 0 ? null : nameAt(line, last);
    if (name) ends.push({ name, x: Math.min(xs[last + 1], area.right), y: area.y(line.high[last]) });
  }
  const end = Math.max(...ends.map((each) => each.x)) - 3 * area.r; // who fell silent long before is read at the crosshair
  ends.sort((one, other) => one.y - other.y);
  let free = -Infinity;
  ctx.font = look.scaled(11);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.lineWidth = 3 * area.r;
  ctx.strokeStyle = look.surface;
  ctx.fillStyle = look.muted;
  for (const each of ends.filter(({ x }) => x >= end)) {
    const y = Math.max(Math.min(each.y, area.bottom), free);
    free = y + 12 * area.r;
    const name = fitted(ctx, each.name, ctx.canvas.width - each.x - 6 * area.r);
    ctx.strokeText(name, each.x + 5 * area.r, y);
    ctx.fillText(name, each.x + 5 * area.r, y);
  }
}
