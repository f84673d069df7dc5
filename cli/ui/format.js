// Formats numbers for people.

const grouped = new Intl.NumberFormat("en");

export function count(n) {
  return grouped.format(Math.round(n));
}

// About two significant digits: 0.42, 4.2, 42, 420, 4,200.
export function short(n) {
  if (!Number.isFinite(n)) return "–";
  const size = Math.abs(n);
  if (size === 0) return "0";
  if (size < 1) return n.toFixed(2);
  if (size < 10) return n.toFixed(1);
  return count(n);
}

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

// { value: "1.27", unit: "GB" }
export function bytes(n) {
  let at = 0;
  while (n >= 999.5 && at < units.length - 1) {
    n /= 1000;
    at += 1;
  }
  const value = at === 0 ? count(n) : n < 10 ? n.toFixed(2) : n < 100 ? n.toFixed(1) : count(n);
  return { value, unit: units[at], text: `${value} ${units[at]}` };
}

// Functions that format the values of an axis up to `top`, all in the same unit.
export function countAxis() {
  return (n) => (Number.isInteger(n) || n >= 10 ? count(n) : n.toFixed(1));
}
export function bytesAxis(top) {
  const at = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(top, 1)) / 3)));
  return (n) => (n === 0 ? "0" : `${plain(n / 1000 ** at)} ${units[at]}`);
}
export function durationAxis(top) {
  return (ms) => (ms === 0 ? "0" : top >= 2000 ? `${plain(ms / 1000)} s` : `${plain(ms)} ms`);
}
function plain(n) {
  return String(Number(n.toPrecision(3)));
}

// Formats milliseconds.
export function duration(ms) {
  if (!Number.isFinite(ms)) return { value: "–", unit: "", text: "–" };
  const [value, unit] = ms >= 10000 ? [(ms / 1000).toFixed(1), "s"]
    : ms >= 1000 ? [(ms / 1000).toFixed(2), "s"]
    : [short(ms), "ms"];
  return { value, unit, text: `${value} ${unit}` };
}

// Formats seconds: 0:42, 12:05, 3:07:00.
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

export function timeOfDay(ms) {
  return new Date(ms).toLocaleTimeString("en-GB");
}
