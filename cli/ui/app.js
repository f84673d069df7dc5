// The live page: shows the run's figures. They arrive as server-sent events, each a JSON object (docs/observability.md).
// The page keeps earlier points and events; the server sends only new ones.

import { Chart } from "./chart.js";
import { bytes, bytesAxis, clock, count, countAxis, duration, durationAxis, short, timeOfDay } from "./format.js";

const mostPoints = 600;
const mostEvents = 200;
const $ = (id) => document.getElementById(id);

function put(id, text) {
  const e = $(id);
  if (e.textContent !== text) e.textContent = text;
}

function element(name, { className = "", text = "", title = "", parent = null } = {}) {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text) e.textContent = text;
  if (title) e.title = title;
  if (parent) parent.append(e);
  return e;
}

// ---- points, as the server writes them

const keys = ["t", "samples", "bytes", "inFlight", "window", "p50", "p95", "p99", "inUse", "held", "idle", "retries",
  "hedges", "refusals", "cold", "cpu"];
const pointOf = (values) => Object.fromEntries(keys.map((key, i) => [key, values[i]]));
let points = [];

const size = (n) => bytes(n).text;
const ms = (n) => duration(n).text;

const charts = {
  throughput: new Chart($("chart-throughput"), {
    title: "Samples per second",
    series: [
      { name: "samples/s", className: "c1", kind: "fill", of: (p) => p.samples },
      { name: "throughput", kind: "text", of: (p) => p.bytes, format: (n) => `${size(n)}/s` },
    ],
    format: short,
    axis: countAxis,
    least: 4,
    whole: true,
  }),
  latency: new Chart($("chart-latency"), {
    title: "Batch latency",
    note: "from a batch’s start to its last sample",
    series: [
      { name: "P50", className: "c1", kind: "line", of: (p) => p.p50 },
      { name: "P95", className: "c2", kind: "line", of: (p) => p.p95 },
      { name: "P99", className: "c3", kind: "line", of: (p) => p.p99 },
    ],
    format: ms,
    axis: durationAxis,
    least: 1,
  }),
  flight: new Chart($("chart-flight"), {
    title: "Batches in flight",
    series: [
      { name: "in flight", className: "c1", kind: "fill", of: (p) => p.inFlight },
      { name: "allowed", className: "muted", kind: "limit", of: (p) => p.window },
    ],
    format: count,
    axis: countAxis,
    whole: true,
  }),
  memory: new Chart($("chart-memory"), {
    title: "Memory of samples",
    series: [
      { name: "in use", className: "c1", kind: "area", of: (p) => p.inUse },
      { name: "held by the consumer", className: "c4", kind: "area", of: (p) => p.held },
      { name: "idle", className: "c5", kind: "area", of: (p) => p.idle },
    ],
    format: size,
    axis: bytesAxis,
    least: 1e6,
  }),
  recovery: new Chart($("chart-recovery"), {
    title: "Recovery and cold objects",
    note: "per second",
    series: [
      { name: "retries", className: "c2", kind: "bar", of: (p) => p.retries },
      { name: "hedges", className: "c1", kind: "bar", of: (p) => p.hedges },
      { name: "refusals", className: "c3", kind: "bar", of: (p) => p.refusals },
      { name: "cold", className: "c4", kind: "bar", of: (p) => p.cold },
    ],
    format: count,
    axis: countAxis,
    whole: true,
  }),
};

// ---- the head of the page

const boundWords = { nothing: "Nothing yet", server: "Server", network: "Network", "client CPU": "Client CPU", consumer: "Consumer" };

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function showHead({ run, now, recent, overall }) {
  document.title = `${run.state === "running" ? `${short(recent.samples_per_s)} samples/s · ` : ""}aisle ${run.command}`;
  put("command", `aisle ${run.command}`);
  put("about", run.about);
  put("elapsed", clock(run.elapsed_s));
  showState(run.state);
  const ended = run.state === "ended";
  const interval = ended ? overall : recent;
  $("bound-by").dataset.by = interval.bound_by.what;
  put("bound-by", boundWords[interval.bound_by.what] ?? interval.bound_by.what);
  const { reason, targets } = interval.bound_by;
  put("bound-reason", `${capital(reason)}.`);
  put("bound-theirs", targets && `${capital(targets)}.`);
  const same = overall.bound_by.what === interval.bound_by.what;
  put("bound-whole", ended ? "Over the whole run."
    : `Over the last ${Math.max(1, Math.round(recent.seconds))} s. The whole run: ${same ? "the same" : boundWords[overall.bound_by.what]}.`);
  notice(now.trouble ? `${capital(now.trouble)}. The engine keeps trying.` : "");
}

function showState(state) {
  $("state").dataset.state = state;
  put("state", state);
}

function notice(text) {
  $("notice").hidden = !text;
  put("notice", text);
}

// ---- key figures

function meter(id, share) {
  const e = $(id);
  e.hidden = share === null;
  if (share !== null) e.firstElementChild.style.width = `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%`;
}

function showTiles({ run, totals, now, recent, overall }) {
  const ended = run.state === "ended";
  const interval = ended ? overall : recent;
  const answered = totals.delivered + totals.missing + totals.failed;
  put("samples-rate", short(interval.samples_per_s));
  let total = `${count(answered)}${run.expected ? ` of ${count(run.expected)}` : " in total"}`;
  const left = run.expected ? (run.expected - answered) / (recent.samples_per_s || NaN) : NaN;
  if (!ended && left > 0 && Number.isFinite(left)) total += `, ${clock(left)} left`;
  put("samples-total", total);
  meter("progress", run.expected ? answered / run.expected : null);
  const rate = bytes(interval.bytes_per_s);
  put("bytes-rate", rate.value);
  put("bytes-unit", `${rate.unit}/s`);
  put("bytes-total", `${bytes(totals.bytes).text} in total`);
  put("in-flight", count(now.in_flight));
  put("window", now.window ? `of ${count(now.window)}` : "");
  put("connections", `${count(totals.connections)} connections opened`);
  const batch = interval.latency_ms.batch;
  const p50 = batch.count ? duration(batch.p50) : duration(NaN);
  put("latency", p50.value);
  put("latency-unit", batch.count ? `${p50.unit} median` : "");
  put("latency-rest", batch.count ? `P95 ${ms(batch.p95)}, P99 ${ms(batch.p99)}` : "no batch in the last seconds");
  const used = bytes(now.memory_in_use + now.memory_held);
  put("memory", used.value);
  put("memory-unit", used.unit);
  put("memory-rest", `of ${bytes(now.memory_budget).text}; process ${bytes(now.resident).text}`);
  meter("memory-meter", now.memory_budget ? (now.memory_in_use + now.memory_held) / now.memory_budget : null);
  const lost = totals.missing + totals.failed + totals.wrong + totals.lost;
  put("not-delivered", count(lost));
  $("trouble-tile").classList.toggle("bad", totals.failed + totals.wrong + totals.lost > 0);
  put("not-delivered-rest", `${count(totals.missing)} missing, ${count(totals.failed)} failed`
    + (run.checks ? `, ${count(totals.wrong)} wrong, ${count(totals.lost)} lost` : ""));
}

// ---- where a request's time goes

const steps = [["queued", "queued"], ["proxy", "proxy redirect"], ["first_byte", "first byte"], ["transfer", "transfer"]];

function showSteps({ run, recent, overall }) {
  const ended = run.state === "ended";
  const latency = (ended ? overall : recent).latency_ms;
  put("steps-note", `Milliseconds, over the ${ended ? "whole run" : "last seconds"}.`);
  const means = steps.map(([key]) => latency[key].mean);
  const whole = means.reduce((a, b) => a + b, 0);
  const stack = $("stack");
  const table = $("steps");
  if (table.rows.length === 0) {
    steps.forEach(([key, name], i) => {
      element("div", { className: `s${i + 1}`, parent: stack });
      const row = element("tr", { parent: table });
      const head = element("th", { parent: row });
      head.scope = "row";
      element("span", { className: `key fill s${i + 1}`, parent: head });
      element("span", { text: name, parent: head });
      for (let column = 0; column < 4; column += 1) element("td", { parent: row });
    });
  }
  const words = [];
  steps.forEach(([key, name], i) => {
    const share = whole > 0 ? means[i] / whole : 0;
    const part = stack.children[i];
    part.style.flexGrow = share.toFixed(4);
    part.title = `${name}: ${(share * 100).toFixed(0)} %`;
    part.textContent = share >= 0.09 ? `${(share * 100).toFixed(0)} %` : "";
    words.push(part.title);
    const of = latency[key];
    const row = table.rows[i];
    [of.mean, of.p50, of.p95, of.p99].forEach((v, column) => {
      row.cells[column + 1].textContent = of.count ? short(v) : "–";
    });
  });
  stack.classList.toggle("empty", whole === 0);
  stack.setAttribute("aria-label", whole > 0 ? words.join(", ") : "No requests yet");
}

// ---- targets

function healthWord(health) {
  if (health <= 0) return "avoided";
  return health < 0.5 ? "slow" : health < 0.8 ? "slower" : "good";
}

function showTargets({ targets, cluster, recent }) {
  const theirs = new Map(cluster.targets.map((t) => [t.name, t]));
  const rows = targets.map((own) => ({ name: own.name, own, their: theirs.get(own.name) }));
  for (const t of cluster.targets) {
    if (!targets.some((own) => own.name === t.name)) rows.push({ name: t.name, own: null, their: t });
  }
  rows.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const body = $("targets");
  while (body.rows.length > rows.length) body.deleteRow(-1);
  while (body.rows.length < rows.length) {
    const row = element("tr", { parent: body });
    element("th", { parent: row }).scope = "row";
    const labels = ["health", "requests/s", "MB/s", "P50 / P95", "failed, refused", "batches/s", "peer wait", "throttled",
      "soft, hard errors", "recovered"];
    labels.forEach((label, i) => {
      const cell = element("td", { className: i > 4 ? "theirs" : "", parent: row });
      cell.dataset.label = label;
    });
  }
  rows.forEach(({ name, own, their }, i) => {
    const cells = body.rows[i].cells;
    cells[0].textContent = name;
    cells[0].title = their ? their.id : "";
    health(cells[1], own);
    const values = own ? [short(own.requests_per_s), short(own.bytes_per_s / 1e6),
      own.requests ? `${short(own.p50)} / ${short(own.p95)} ms` : "–",
      `${count(own.failures - own.refusals)}, ${count(own.refusals)}`] : ["–", "–", "–", "–"];
    const their_values = their ? [short(their.batches_per_s), short(their.peer_wait_ms), short(their.throttled_ms),
      `${count(their.soft_errors)}, ${count(their.hard_errors)}`,
      count(their.recoveries) + (their.failed_recoveries ? ` (${count(their.failed_recoveries)} failed)` : "")]
      : ["–", "–", "–", "–", "–"];
    [...values, ...their_values].forEach((text, column) => {
      const cell = cells[column + 2];
      if (cell.textContent !== text) cell.textContent = text;
    });
    warn(cells[5], own && own.failures > 0);
    warn(cells[7], their && their.peer_wait_ms > 0);
    warn(cells[8], their && their.throttled_ms > 0);
    warn(cells[9], their && their.soft_errors + their.hard_errors > 0);
    warn(cells[10], their && their.recoveries > 0);
  });
  const table = body.parentElement;
  table.classList.toggle("alone", cluster.state === "off");
  const state = { off: "", known: "", waiting: "Waiting for the targets’ own counters.",
    failed: `The last poll of the targets’ own counters failed: ${cluster.why}` }[cluster.state];
  put("cluster-state", rows.length === 0 && !state ? "No target has responded yet." : state);
}

function warn(cell, is) {
  cell.classList.toggle("warn", Boolean(is));
}

function health(cell, own) {
  if (!own) {
    cell.textContent = "not used yet";
    return;
  }
  if (!cell.firstElementChild) {
    cell.textContent = "";
    element("span", { className: "health", parent: cell }).append(element("i"));
    element("span", { className: "word", parent: cell });
  }
  const word = healthWord(own.health);
  cell.dataset.health = word;
  cell.querySelector("i").style.width = `${Math.max(4, Math.min(1, own.health) * 100)}%`;
  cell.lastElementChild.textContent = `${word} ${Math.min(1, own.health).toFixed(2)}`;
}

// ---- events and totals

let seen = 0;

function fieldsText(fields) {
  return Object.entries(fields)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key} ${typeof value === "number" && !Number.isInteger(value) ? short(value) : value}`)
    .join(" · ");
}

function showEvents(events) {
  const list = $("events");
  for (const e of events) {
    if (e.number <= seen) continue;
    seen = e.number;
    const item = document.createElement("li");
    item.dataset.level = e.level;
    element("time", { text: timeOfDay(e.time_ms), parent: item });
    element("span", { className: "level", text: e.level, parent: item });
    element("b", { text: e.event, parent: item });
    element("span", { className: "fields", text: fieldsText(e.fields), parent: item });
    list.prepend(item);
  }
  while (list.children.length > mostEvents) list.lastElementChild.remove();
  $("events-empty").hidden = list.children.length > 0;
}

const totalNames = [["requests", "Get-Batch requests"], ["retries", "retries"], ["hedges", "hedges"],
  ["hedges_won", "hedges that won"], ["plain_gets", "plain GETs"], ["cold", "cold objects"], ["refusals", "refusals (429, 503)"],
  ["redirects_dropped", "redirects dropped"], ["tail_faults", "faults after the last sample"]];

function showTotals({ totals, now, recent, overall }) {
  const list = $("totals");
  const rows = [["samples per second, average", short(overall.samples_per_s)],
    ["throughput, average", `${bytes(overall.bytes_per_s).text}/s`],
    ...totalNames.map(([key, name]) => [name, count(totals[key])]),
    ["network round trip", now.round_trip_ms > 0 ? ms(now.round_trip_ms) : "–"],
    ["CPU of the network threads", `${recent.cpu_cores.toFixed(2)} of ${count(now.threads)} cores`]];
  rows.forEach(([name, value], i) => {
    let row = list.children[i];
    if (!row) {
      row = element("div", { parent: list });
      element("dt", { text: name, parent: row });
      element("dd", { parent: row });
    }
    if (row.lastElementChild.textContent !== value) row.lastElementChild.textContent = value;
  });
}

// ---- the stream

let last = null;
let lastAt = 0; // when it arrived

function show(data) {
  if (last?.run.state === "preparing" && data.run.state !== "preparing") points = []; // the measurement has started
  last = data;
  lastAt = Date.now();
  points.push(...data.points.map(pointOf));
  points = points.slice(-mostPoints);
  showHead(data);
  showTiles(data);
  showSteps(data);
  showTargets(data);
  showEvents(data.events);
  showTotals(data);
  for (const chart of Object.values(charts)) chart.set(points);
  document.body.dataset.ready = "true";
}

function listen() {
  const stream = new EventSource("/events");
  let first = true;
  stream.onmessage = (message) => {
    if (first) { // the first message of a connection has all points and events
      points = [];
      seen = 0;
      $("events").replaceChildren();
      first = false;
    }
    const data = JSON.parse(message.data);
    show(data);
    if (data.run.state === "ended") stream.close();
  };
  stream.onerror = () => {
    if (last?.run.state === "ended") return;
    first = true;
    showState("disconnected");
    notice(last ? `No connection to the run. It may have ended. Last update: ${timeOfDay(lastAt)}.`
      : "No connection to the run.");
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

listen();
