// What the crosshair says: the time with its zone, the place, every sensor's value, what happened there.

export function columnAt(edges, at) {
  let low = 0, high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1; // the column that holds the instant; -1 before the first
}

// The language of the page: it writes numbers and dates.
export const LANGUAGE = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const POINT = (1.5).toLocaleString(LANGUAGE).charAt(1);

export function shown(value) {
  const [whole, fraction = ""] = String(value).split(".");
  return `${whole}${POINT}${fraction.padEnd(1, "0")}`.replace("-", "−");
}

export function nameAt(line, column) {
  return line.names.findLast(([first]) => first <= column)?.[1] ?? null;
}

function part(text, kind) {
  const made = document.createElement(kind === "b" ? "b" : "span");
  if (kind && kind !== "b") made.className = kind;
  made.textContent = text;
  return made;
}

function spread(low, high, unit) {
  return low === high ? `${shown(low)} ${unit}` : `${shown(low)} – ${shown(high)} ${unit}`;
}

const within = (list, at) => list.filter((each) => each.from <= at && at < each.to);

export function readout(data, at, near, words) {
  const column = columnAt(data.x, at);
  const time = new Intl.DateTimeFormat(LANGUAGE, {
    timeZone: data.zone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
  }).format(at);
  const parts = [part(time, "b")];
  for (const place of within(data.places, at)) parts.push(part(place.label));
  parts.push(...values(data, column, words));
  for (const gap of within(data.gaps, at)) parts.push(part(gap.label));
  for (const shade of within(data.shades, at)) parts.push(part(shade.label, "red"));
  for (const mark of data.marks.filter((each) => Math.abs(each.at - at) <= near)) parts.push(part(mark.label, "b"));
  return parts;
}

function values(data, column, words) {
  const isKnown = column >= 0 && data.high[column] != null;
  if (!isKnown) return [];
  if (data.lines.length < 2) {
    const name = data.lines.length ? nameAt(data.lines[0], column) : null;
    return [part(`${name ? `${name} ` : ""}${spread(data.low[column], data.high[column], data.unit)}`, "b")];
  }
  const known = data.lines.filter((line) => line.high[column] != null);
  return [
    part(`${words.farthest} ${shown(data.thick[column])} ${data.unit}`, "b"),
    ...known.map((line) => part(`${nameAt(line, column) ?? ""} ${spread(line.low[column], line.high[column], data.unit)}`.trim())),
  ];
}
