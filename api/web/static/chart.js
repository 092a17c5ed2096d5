// Charts: uPlot keeps the axes, the crosshair and the zoom; chart-draw.js draws what the server says on them.
//
//   <figure class="chart" data-chart="/charts/…" data-group="name" data-words="{…}" data-follows>   (templates/chart/parts.html)
//
// Charts of one group share their span of time and their crosshair. Anything on the page may move them:
//   a link with data-zoom="from,to" (milliseconds) and data-group, or
//   document.dispatchEvent(new CustomEvent("chart:zoom", { detail: { group, from, to } }))
//   document.dispatchEvent(new CustomEvent("chart:refresh"))   something happened: fetch again
import { drawGround, drawMeasured, range, style } from "./chart-draw.js";
import { LANGUAGE, readout } from "./chart-readout.js";

const SHORTEST = 60_000; // ms on the screen at least
const KEPT = 16; // answers
const FOLLOW_MS = 30_000;

const groups = new Map(); // name → the charts in it

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.words = JSON.parse(figure.dataset.words);
    this.box = figure.querySelector(".plot");
    this.line = figure.querySelector(".readout");
    this.hint = this.line.querySelector(".hint");
    this.answers = new Map();
    const { from, to } = figure.dataset; // asked for in the address
    this.span = from ? { from: Number(from), to: Number(to) } : null; // what is looked at, null: the whole
    this.whole = null;
    const name = figure.dataset.group || figure.id;
    if (!groups.has(name)) groups.set(name, new Set());
    this.group = groups.get(name);
    this.group.add(this);
    this.sync = uPlot.sync(name);
    this.listen();
    this.load();
  }

  listen() {
    this.figure.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button !== null) this.perform(button.dataset.do);
      const preset = event.target.closest("a[data-length]");
      if (preset !== null && this.data && !event.ctrlKey && !event.metaKey && this.last(preset.dataset.length)) event.preventDefault();
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("dblclick", () => this.zoom(null));
    this.table()?.addEventListener("toggle", () => this.fillTable());
    new ResizeObserver(() => this.resize()).observe(this.box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  // --- fetching

  address(form, width) {
    const query = new URLSearchParams({ form });
    if (width) query.set("width", Math.max(1, Math.round(width)));
    if (this.span !== null) {
      query.set("since", new Date(this.span.from).toISOString());
      query.set("until", new Date(this.span.to).toISOString());
    }
    const address = this.figure.dataset.chart;
    return `${address}${address.includes("?") ? "&" : "?"}${query}`;
  }

  async load(quietly = false) {
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    const address = this.address("data", this.box.clientWidth - 60);
    let data = quietly ? undefined : this.answers.get(address);
    if (data === undefined) {
      const begun = performance.now();
      const busy = quietly ? 0 : setTimeout(() => this.busy(true), 150);
      try {
        data = await fetched(address, abort.signal);
        this.took = performance.now() - begun;
      } catch (error) {
        if (error.name === "AbortError") return;
        this.fail(quietly);
        return;
      } finally {
        clearTimeout(busy);
        if (this.abort === abort) this.busy(false);
      }
      this.keep(address, data);
    }
    this.show(data);
  }

  keep(address, data) {
    if (this.span === null || data.to > data.now - 60_000) return; // it still grows
    this.answers.set(address, data);
    if (this.answers.size > KEPT) this.answers.delete(this.answers.keys().next().value);
  }

  busy(is) {
    this.box.setAttribute("aria-busy", is);
    this.box.querySelector(".busy-line")?.remove();
    if (is) this.box.append(element("div", "busy-line"));
  }

  fail(quietly) {
    if (quietly && this.data) return; // what is shown stays; the next round may succeed
    this.line.replaceChildren(element("span", "red", this.words.failed), this.againButton());
  }

  againButton() {
    const button = element("button", "link-button", this.words.again);
    button.type = "button";
    button.addEventListener("click", () => this.load());
    return button;
  }

  // --- showing

  show(data) {
    this.data = data;
    if (this.span === null) this.whole = { from: data.from, to: data.to };
    if (!this.plot) this.build();
    this.plot.setData([data.x.length ? data.x : [data.from, data.to], data.x.length ? data.thick : [null, null]], false);
    this.plot.setScale("x", { min: data.from, max: data.to });
    delete this.figure.dataset.waiting;
    this.note();
    this.read();
    this.linkForms();
    this.fillTable();
    this.showBudgets();
  }

  build() {
    const drawn = (this.drawn = element("div", "drawn"));
    this.box.append(drawn);
    Object.assign(this.box, { tabIndex: 0 });
    this.box.setAttribute("role", "application");
    this.box.setAttribute("aria-label", `${this.words.label}. ${this.words.keys}`);
    this.plot = new uPlot(this.options(), [[0, 1], [null, null]], drawn);
    this.figure.classList.add("live");
    this.figure.querySelectorAll(".zoom, [data-do=png], .hint").forEach((tool) => { tool.hidden = false; });
  }

  options() {
    const look = style(this.figure);
    return {
      ...this.size(),
      ms: 1,
      tzDate: (at) => uPlot.tzDate(new Date(at), this.data.zone),
      padding: [() => (this.data.places.length ? 44 : 18), (plot) => this.gutter(plot), 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => null },
        sync: { key: this.sync.key, scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
      },
      scales: { x: { time: true }, y: { range: (plot) => range(this.data, plot.scales.x.min ?? this.data.from, plot.scales.x.max ?? this.data.to) } },
      axes: [
        { stroke: () => style(this.figure).faint, grid: { show: false }, ticks: { show: false }, font: look.font, gap: 8, size: 34, space: 70, values: (plot, splits, axis, space, step) => splits.map((at) => (this.isCut(plot, at) ? "" : tick(at, step, this.data.zone))) },
        { stroke: () => style(this.figure).faint, grid: { stroke: () => style(this.figure).line2, width: 1 }, ticks: { show: false }, font: look.font, gap: 6, size: 40, values: (plot, splits) => splits.map(plain) },
      ],
      series: [{}, { scale: "y", paths: () => null, points: { show: false } }],
      hooks: {
        drawClear: [(plot) => drawGround(plot, this.data, style(this.figure))],
        draw: [(plot) => drawMeasured(plot, this.data, style(this.figure))],
        setSelect: [(plot) => this.selected(plot)],
        setCursor: [() => this.read()],
        setScale: [(plot, key) => { if (key === "x") this.budgets?.forEach((small) => small.setScale("x", { min: plot.scales.x.min, max: plot.scales.x.max })); }],
      },
    };
  }

  // Whether a time's label would be cut off at the right.
  isCut(plot, at) {
    const { min, max } = plot.scales.x, gutter = this.gutter(plot);
    return ((at - min) / (max - min)) * (plot.width - 40 - gutter) > plot.width - 40 - 22;
  }

  gutter(plot) {
    const longest = Math.max(0, ...(this.data?.lines ?? []).flatMap((line) => line.names.map(([, name]) => (name ?? "").length)));
    return Math.min(10 + longest * 6.5, plot.width * 0.16);
  }

  size() {
    const inner = this.box.clientWidth - 12;
    return { width: Math.max(inner, 200), height: parseInt(getComputedStyle(this.figure).getPropertyValue("--plot-height"), 10) };
  }

  resize() {
    if (!this.plot || this.box.clientWidth === 0) return;
    const size = this.size();
    if (size.width === this.plot.width && size.height === this.plot.height) return;
    this.plot.setSize(size);
    this.budgets?.forEach((small) => small.setSize({ width: size.width, height: small.height }));
    clearTimeout(this.resized);
    this.resized = setTimeout(() => this.load(), 300);
  }

  redraw() {
    this.plot?.redraw(false);
    this.budgets?.forEach((small) => small.redraw(false));
  }

  note() {
    this.figure.querySelector(".note")?.remove();
    const words = this.data.empty ? this.words.empty : this.data.note;
    if (words) this.box.after(element("p", "note", words));
  }

  // What is left of the budgets, each a small chart below.
  showBudgets() {
    const budgets = JSON.stringify(this.data.budgets);
    if (this.drawnBudgets === budgets) return;
    this.drawnBudgets = budgets;
    this.budgets?.forEach((small) => small.destroy());
    this.figure.querySelectorAll(".budget").forEach((box) => box.remove());
    this.budgets = this.data.budgets.map((budget) => this.budget(budget)).filter(Boolean);
  }

  budget(budget) {
    const box = element("div", "budget");
    const words = element("p", "", `${budget.rule}: `);
    words.append(element("b", "", budget.label));
    box.append(words);
    this.line.after(box);
    if (budget.points.every(([, left]) => left === budget.total)) return null; // the words say it
    const hours = ([, left]) => left / 3_600_000;
    return new uPlot(this.smallOptions(budget), [budget.points.map(([at]) => at), budget.points.map(hours)], box);
  }

  smallOptions(budget) {
    const { axes, cursor, tzDate } = this.options();
    return {
      width: this.plot.width, height: 84, ms: 1, tzDate, cursor: { ...cursor, drag: { x: false, y: false } }, legend: { show: false },
      padding: [8, () => this.gutter(this.plot), 0, 0],
      scales: { x: { time: true, range: () => [this.plot.scales.x.min, this.plot.scales.x.max] }, y: { range: [0, budget.total / 3_600_000] } },
      axes: [{ ...axes[0], size: 12, values: () => [] }, { ...axes[1], splits: [0, budget.total / 7_200_000, budget.total / 3_600_000], values: (plot, splits) => splits.map((left) => `${plain(left)} h`) }],
      series: [{}, { stroke: () => style(this.figure).series, width: 1.5, fill: () => style(this.figure).band, points: { show: false } }],
    };
  }

  // --- moving

  get shown() {
    return this.span ?? this.whole;
  }

  zoom(span) {
    for (const chart of this.group) chart.look(span);
    sayWhere(this.span, this.data?.zone);
  }

  look(span) {
    if (!this.data || !this.plot) return;
    this.abort?.abort(); // what was asked for before is of another span
    this.span = span && this.clamped(span);
    this.figure.dataset.waiting = ""; // until the readings of this span are there
    const { from, to } = this.shown ?? this.data;
    this.plot.setScale("x", { min: from, max: to }); // what is there, at once; finer in a moment
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.load(), 120);
    for (const preset of this.figure.querySelectorAll("a[data-length]")) preset.removeAttribute("aria-current");
  }

  clamped({ from, to }) {
    const { begins, ends } = this.data;
    let length = Math.max(to - from, SHORTEST);
    const last = ends ?? this.data.now, first = begins ?? -Infinity;
    length = Math.min(length, last - first);
    const start = Math.min(Math.max(from, first), last - length);
    const whole = { from: Math.round(start), to: Math.round(start + length) };
    return begins !== null && whole.from <= begins && whole.to >= last ? null : whole;
  }

  last(length) {
    if (length === "whole") this.zoom(null);
    else {
      const to = this.data.ends ?? this.data.now;
      this.zoom({ from: to - Number(length), to });
    }
    this.figure.querySelector(`a[data-length="${length}"]`)?.setAttribute("aria-current", "true");
    return true;
  }

  selected(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    const from = plot.posToVal(left, "x"), to = plot.posToVal(left + width, "x");
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.zoom({ from, to });
  }

  perform(deed) {
    if (deed === "png") { this.savePicture(); return; }
    if (deed === "0") { this.zoom(null); return; }
    const { from, to } = this.shown;
    const about = this.at() ?? (from + to) / 2;
    const factor = deed === "+" ? 0.5 : 2;
    this.zoom({ from: about - (about - from) * factor, to: about + (to - about) * factor });
  }

  key(event) {
    if (!this.data || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const { from, to } = this.shown;
    if (way && event.shiftKey) this.step(way);
    else if (way) this.zoom({ from: from + way * (to - from) / 5, to: to + way * (to - from) / 5 });
    else if (event.key === "+" || event.key === "=") this.perform("+");
    else if (event.key === "-" || event.key === "0") this.perform(event.key);
    else if (event.key === "Escape") this.plot.setCursor({ left: -10, top: -10 }, true, true);
    else return;
    event.preventDefault();
  }

  // The crosshair to the next column, at least two pixels on.
  step(way) {
    const start = this.plot.cursor.left >= 0 ? this.plot.cursor.left : this.plot.over.clientWidth / 2;
    let left = start + 2 * way;
    const at = this.plot.posToVal(start, "x");
    const edge = way > 0 ? this.data.x.find((x) => x > at) : this.data.x.findLast((x) => x < at);
    if (edge !== undefined) {
      const there = this.plot.valToPos(edge, "x") + 0.5;
      if ((there - left) * way > 0) left = there;
    }
    this.plot.setCursor({ left: Math.min(Math.max(left, 0), this.plot.over.clientWidth), top: 20 }, true, true);
  }

  at() {
    const left = this.plot?.cursor.left ?? -1;
    return left < 0 ? null : this.plot.posToVal(left, "x");
  }

  read() {
    const at = this.at();
    if (at === null || !this.data) {
      if (this.wasReading) this.line.replaceChildren(this.hint);
      this.wasReading = false;
      return;
    }
    this.wasReading = true;
    const near = (this.plot.scales.x.max - this.plot.scales.x.min) / this.plot.over.clientWidth * 6;
    this.line.replaceChildren(...readout(this.data, at, near, this.words));
  }


  // --- its other forms

  table() {
    return this.figure.querySelector("details");
  }

  linkForms() {
    for (const link of this.figure.querySelectorAll("a[data-form]")) link.href = this.address(link.dataset.form);
  }

  async fillTable() {
    const table = this.table();
    const address = this.address("rows");
    if (!table?.open || this.tabled === address) return;
    this.tabled = address;
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      if (answer.ok) table.querySelector(".rows").innerHTML = await answer.text();
    } catch { this.tabled = null; }
  }

  savePicture() {
    const look = style(this.figure), source = this.plot.ctx.canvas, top = 30 * devicePixelRatio;
    const canvas = Object.assign(document.createElement("canvas"), { width: source.width, height: source.height + top });
    const ink = canvas.getContext("2d");
    ink.fillStyle = look.surface;
    ink.fillRect(0, 0, canvas.width, canvas.height);
    ink.fillStyle = look.ink;
    ink.font = look.scaled(13, 600);
    ink.fillText(`${this.words.label} (${this.data.zone})`, 10 * devicePixelRatio, 20 * devicePixelRatio);
    ink.drawImage(source, 0, top);
    canvas.toBlob((blob) => {
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${this.data.quantity}.png` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  // Something happened: fetched again in a moment, the later the more work it is.
  soon() {
    if (!("follows" in this.figure.dataset)) return;
    this.coming ??= setTimeout(() => { this.coming = null; this.load(true); }, Math.max(2000, 20 * (this.took ?? 0)));
  }

  // Time goes on: what reaches to now is fetched again.
  follow() {
    if (!this.data || !("follows" in this.figure.dataset)) return;
    const gone = Date.now() - (this.followed ?? Date.now());
    this.followed = Date.now();
    if (this.span !== null && this.span.to >= this.data.now - FOLLOW_MS) {
      this.span = { from: this.span.from + gone, to: this.span.to + gone };
    } else if (this.span !== null) return;
    this.load(true);
  }
}

async function fetched(address, signal) {
  const answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
  if (answer.status === 401) location.reload(); // signed out: the page sends to the sign-in
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  return made;
}

function plain(value) {
  return value == null ? "" : String(Math.round(value * 1000) / 1000).replace("-", "−");
}

const formats = new Map();

// What is looked at stands in the address and in the form beside the charts, so that a view can be sent to somebody.
function sayWhere(span, zone) {
  const form = document.querySelector("form[data-range]");
  if (form === null) return;
  const address = new URL(location.href);
  for (const name of ["since", "until", "from", "to"]) address.searchParams.delete(name);
  if (span !== null) {
    address.searchParams.set("from", new Date(span.from).toISOString().replace(/\.\d+/, ""));
    address.searchParams.set("to", new Date(span.to).toISOString().replace(/\.\d+/, ""));
    if (zone) {
      form.elements.from.value = local(span.from, zone);
      form.elements.to.value = local(span.to, zone);
    }
  }
  history.replaceState(history.state, "", address);
}

function local(at, zone) {
  const there = uPlot.tzDate(new Date(at), zone);
  const two = (number) => String(number).padStart(2, "0");
  return `${there.getFullYear()}-${two(there.getMonth() + 1)}-${two(there.getDate())}T${two(there.getHours())}:${two(there.getMinutes())}`;
}

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LANGUAGE, { timeZone: zone, ...options }));
  return formats.get(key);
}

// A date at midnight, else a time of day: as in charts/ticks.py.
function tick(at, step, zone) {
  if (step >= 28 * 86_400_000) return format(zone, { month: "short", year: "numeric" }).format(at).replace("Sept", "Sep");
  const time = format(zone, { hour: "2-digit", minute: "2-digit", ...(step < 60_000 && { second: "2-digit" }) }).format(at);
  return step >= 86_400_000 || /^00:00(:00)?$/.test(time) ? format(zone, { day: "numeric", month: "short" }).format(at).replace("Sept", "Sep") : time;
}

function enhance(root) {
  for (const figure of root.querySelectorAll("figure.chart[data-chart]")) {
    if (!figure.classList.contains("begun")) {
      figure.classList.add("begun");
      figure.chart = new Chart(figure);
    }
  }
}

function each(deed) {
  for (const group of groups.values()) {
    for (const chart of group) chart.figure.isConnected ? deed(chart) : group.delete(chart);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-zoom]");
  const group = link && groups.get(link.dataset.group);
  if (!group?.size || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const [from, to] = link.dataset.zoom.split(",").map(Number);
  const [first] = group;
  first.zoom({ from, to });
  first.figure.scrollIntoView({ block: "nearest", behavior: "smooth" });
});
document.addEventListener("chart:zoom", ({ detail }) => {
  const [first] = groups.get(detail.group) ?? [];
  first?.zoom({ from: detail.from, to: detail.to });
});
document.addEventListener("live:changed", () => each((chart) => chart.soon())); // so may the chart have
document.addEventListener("chart:refresh", () => each((chart) => chart.load(true)));
document.addEventListener("htmx:load", ({ detail }) => enhance(detail.elt));
enhance(document);
setInterval(() => { if (!document.hidden) each((chart) => chart.follow()); }, FOLLOW_MS);
