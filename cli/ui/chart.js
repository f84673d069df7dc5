// A chart of the last minutes, drawn as SVG: lines, a filled line, stacked areas or stacked bars over seconds.

import { clock } from "./format.js";

const svgNamespace = "http://www.w3.org/2000/svg";
const margin = { right: 12, top: 8, bottom: 22 };
const lines = 4; // of the grid, above the base

function svg(name, attributes = {}, parent) {
  const e = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  if (parent) parent.append(e);
  return e;
}

function element(name, className, parent, text = "") {
  const e = document.createElement(name);
  if (className) e.className = className;
  e.textContent = text;
  if (parent) parent.append(e);
  return e;
}

// The distance of grid lines: a round number; `lines` of them reach n.
function gridStep(n, whole) {
  const least = Math.max(n / lines, whole ? 1 : 1e-9);
  const power = 10 ** Math.floor(Math.log10(least));
  const steps = whole && power === 1 ? [1, 2, 3, 4, 5, 10] : [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  return steps.find((step) => step * power >= least * 0.9999) * power;
}

function timeStep(span) {
  return [5, 10, 15, 30, 60, 120, 300].find((step) => span / step <= 6) ?? 300;
}

// The second at which the pointer is, for all charts.
const pointer = { at: null, charts: new Set() };
function pointAt(seconds) {
  pointer.at = seconds;
  for (const chart of pointer.charts) chart.drawPointer();
}

export class Chart {
  // series: [{ name, className, of(point), kind: "line" | "fill" | "area" | "bar" | "limit" | "text" }]; areas and bars are
  // stacked, and a text appears only in the legend. format: for values in the legend, unless the series has its own.
  // axis(top): returns a function that formats the values of an axis up to top. whole: values are whole numbers.
  constructor(figure, { title, note = "", series, format, axis, least = 0, whole = false }) {
    Object.assign(this, { series, format, axis, least, whole, points: [] });
    const caption = element("figcaption", "", figure);
    element("h2", "", caption, title);
    if (note) element("p", "sub", caption, note);
    this.legend = element("ul", "legend", caption);
    for (const s of series) {
      const item = element("li", "", this.legend);
      if (s.kind !== "text") element("span", `key ${s.className} ${s.kind}`, item);
      element("span", "name", item, s.name);
      s.value = element("b", "", item);
    }
    this.plot = element("div", "plot", figure);
    this.svg = svg("svg", { role: "img" }, this.plot);
    this.title = svg("title", {}, this.svg);
    this.grid = svg("g", { class: "grid" }, this.svg);
    this.marks = svg("g", {}, this.svg);
    this.line = svg("line", { class: "pointer", y1: margin.top }, this.svg);
    new ResizeObserver(() => this.draw()).observe(this.plot);
    this.svg.addEventListener("pointermove", (e) => this.pointed(e));
    this.svg.addEventListener("pointerleave", () => pointAt(null));
    pointer.charts.add(this);
  }

  set(points) {
    this.points = points;
    this.draw();
  }

  pointed(event) {
    if (this.points.length === 0) return;
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    pointAt(this.from + ((x - this.left) / this.innerWidth) * (this.to - this.from));
  }

  x(seconds) {
    return this.left + ((seconds - this.from) / (this.to - this.from)) * this.innerWidth;
  }
  y(value) {
    return margin.top + (1 - value / this.top) * (this.height - margin.top - margin.bottom);
  }

  draw() {
    const width = this.plot.clientWidth;
    this.height = this.plot.clientHeight;
    if (width <= 0 || this.height <= 0) return;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
    this.line.setAttribute("y2", this.height - margin.bottom);
    const last = this.points.at(-1)?.t ?? 0;
    this.to = Math.max(last, 30);
    this.from = Math.max(0, Math.min(this.points[0]?.t ?? 0, this.to - 30));
    this.step = gridStep(Math.max(this.least, ...this.points.map((p) => this.highest(p))) * 1.03, this.whole);
    this.top = this.step * lines;
    const write = this.axis(this.top);
    const labels = Array.from({ length: lines + 1 }, (_, i) => write(this.step * i));
    this.left = 16 + 6.6 * Math.max(3, ...labels.map((text) => text.length));
    this.innerWidth = width - this.left - margin.right;
    this.drawGrid(width, labels);
    this.marks.replaceChildren();
    this.drawAreas();
    this.drawBars();
    for (const s of this.series) if (["line", "fill", "limit"].includes(s.kind)) this.drawLine(s);
    this.drawPointer();
  }

  highest(point) {
    const stacked = this.series.filter((s) => s.kind === "area" || s.kind === "bar");
    const sum = stacked.reduce((all, s) => all + (s.of(point) ?? 0), 0);
    const single = this.series.filter((s) => s.kind !== "text" && !stacked.includes(s)).map((s) => s.of(point) ?? 0);
    return Math.max(sum, ...single, 0);
  }

  drawGrid(width, labels) {
    this.grid.replaceChildren();
    labels.forEach((label, i) => {
      const y = this.y(this.step * i);
      svg("line", { x1: this.left, x2: width - margin.right, y1: y, y2: y, class: i === 0 ? "base" : "" }, this.grid);
      svg("text", { x: this.left - 8, y: y + 3.5, class: "y" }, this.grid).textContent = label;
    });
    const step = timeStep(this.to - this.from);
    for (let t = Math.ceil(this.from / step) * step; t <= this.to; t += step) {
      const x = this.x(t);
      const anchor = x > width - 30 ? "end" : x < this.left + 12 ? "start" : "middle";
      svg("text", { x, y: this.height - 6, class: "x", "text-anchor": anchor }, this.grid).textContent = clock(t);
    }
  }

  // The parts of a line. Seconds without a value are bridged, up to ten of them; a longer gap ends a part.
  runs(s) {
    const out = [];
    let run = [];
    for (const p of this.points) {
      const value = s.of(p);
      if (value === null || value === undefined) continue;
      if (run.length > 0 && p.t - run.at(-1).t > 10) {
        out.push(run);
        run = [];
      }
      run.push({ t: p.t, value });
    }
    if (run.length > 0) out.push(run);
    return out;
  }

  drawLine(s) {
    for (const run of this.runs(s)) {
      const path = run.map((p, i) => `${i ? "L" : "M"}${this.x(p.t).toFixed(1)} ${this.y(p.value).toFixed(1)}`).join("");
      if (s.kind === "fill") {
        const base = this.y(0).toFixed(1);
        const closed = `${path}L${this.x(run.at(-1).t).toFixed(1)} ${base}L${this.x(run[0].t).toFixed(1)} ${base}Z`;
        svg("path", { d: closed, class: `fill ${s.className}` }, this.marks);
      }
      if (run.length === 1) {
        svg("circle", { cx: this.x(run[0].t), cy: this.y(run[0].value), r: 2, class: `dot ${s.className}` }, this.marks);
      } else {
        svg("path", { d: path, class: `${s.kind === "limit" ? "limit" : "line"} ${s.className}` }, this.marks);
      }
    }
  }

  drawAreas() {
    const layers = this.series.filter((s) => s.kind === "area");
    if (layers.length === 0 || this.points.length < 2) return;
    const below = this.points.map(() => 0);
    for (const s of layers) {
      const lower = this.points.map((p, i) => `${this.x(p.t).toFixed(1)} ${this.y(below[i]).toFixed(1)}`);
      this.points.forEach((p, i) => { below[i] += s.of(p) ?? 0; });
      const upper = this.points.map((p, i) => `${this.x(p.t).toFixed(1)} ${this.y(below[i]).toFixed(1)}`);
      svg("path", { d: `M${upper.join("L")}L${lower.reverse().join("L")}Z`, class: `area ${s.className}` }, this.marks);
    }
  }

  drawBars() {
    const layers = this.series.filter((s) => s.kind === "bar");
    if (layers.length === 0) return;
    const second = this.innerWidth / (this.to - this.from);
    const wide = Math.max(1, Math.min(8, second * 0.7));
    for (const p of this.points) {
      let below = 0;
      for (const s of layers) {
        const value = s.of(p) ?? 0;
        if (value <= 0) continue;
        const y = this.y(below + value);
        const tall = Math.max(1, this.y(below) - y);
        svg("rect", { x: this.x(p.t) - wide, y, width: wide, height: tall, class: `bar-mark ${s.className}` }, this.marks);
        below += value;
      }
    }
  }

  // The legend shows the values at the pointer, or the newest values.
  drawPointer() {
    const at = pointer.at;
    const point = at === null ? this.points.at(-1)
      : this.points.reduce((best, p) => (!best || Math.abs(p.t - at) < Math.abs(best.t - at) ? p : best), null);
    const shown = at !== null && point;
    this.line.classList.toggle("shown", Boolean(shown));
    if (shown) {
      const x = this.x(point.t);
      this.line.setAttribute("x1", x);
      this.line.setAttribute("x2", x);
    }
    const words = [];
    for (const s of this.series) {
      const value = point ? s.of(point) : null;
      s.value.textContent = value === null || value === undefined ? "–" : (s.format ?? this.format)(value);
      words.push(`${s.name} ${s.value.textContent}`);
    }
    this.title.textContent = `${shown ? `at ${clock(point.t)}` : "now"}: ${words.join(", ")}`;
  }
}
