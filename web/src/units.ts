// Numbers as people read them. Times come in nanoseconds and rates per second, as run.json has them.

export type Kind = "time" | "rate" | "share" | "cores" | "ratio";

export interface Scale {
  divide: number;
  unit: string;
}

const TIMES: [number, string][] = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];

/// The unit in which figures up to `most` are easy to read; times below a millisecond stay µs.
export function scaleFor(kind: Kind, most: number): Scale {
  if (kind === "time") {
    const size = Math.abs(most);
    const [divide, unit] = TIMES.find(([at]) => size >= at * (at === 1e6 ? 2 : 1)) ?? TIMES[2];
    return unit === "ns" ? { divide: 1e3, unit: "µs" } : { divide, unit };
  }
  if (kind === "share") return { divide: 0.01, unit: "%" };
  if (kind === "cores") return { divide: 1, unit: "CPUs" };
  if (kind === "rate") return most >= 2e4 ? { divide: 1e3, unit: "thousand/s" } : { divide: 1, unit: "per s" };
  return { divide: 1, unit: "" };
}

/// One decimal, as the table in the terminal prints microseconds.
export function micros(ns: number): string {
  return plain((ns / 1e3).toFixed(1));
}

export function number(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 || value === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return plain(value.toFixed(digits));
}

/// "12,345.6" with thin spaces between thousands: they cannot be taken for a decimal comma.
function plain(text: string): string {
  const [whole, part] = text.replace("-", "\u2212").split(".");
  const grouped = whole.length > 5 ? whole.replace(/\B(?=(\d{3})+$)/g, "\u2009") : whole;
  return part === undefined ? grouped : `${grouped}.${part}`;
}

export function signed(text: string): string {
  return text.startsWith("\u2212") ? text : `+${text}`;
}

/// A time in the unit that suits it: "48.4 µs", "14.2 ms".
export function time(ns: number): string {
  const { divide, unit } = scaleFor("time", ns);
  return `${number(ns / divide)} ${unit}`;
}

/// A figure in its chart's unit, with the unit where there is one.
export function figure(kind: Kind, value: number): string {
  if (kind === "time") return `${micros(value)} µs`;
  const { divide, unit } = scaleFor(kind, value);
  return `${number(value / divide)}${unit === "%" ? " %" : unit ? ` ${unit}` : ""}`;
}

export function count(n: number): string {
  return plain(String(Math.round(n)));
}

/// "1 user", "8 users"
export function several(n: number, one: string): string {
  return `${count(n)} ${one}${n === 1 ? "" : "s"}`;
}

export function bytes(value: number): string {
  return `${number(value / 1024 / 1024)} MiB`;
}
