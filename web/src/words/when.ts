import { locale } from "./speak.svelte";

const MICRO = 1000;

/** A time of the wire (microseconds since 1970) by the reader's clock; empty where there is none. */
export function moment(micros: number | null | undefined, style: "short" | "medium" = "medium"): string {
  if (!micros) return "";
  return new Intl.DateTimeFormat(locale(), { dateStyle: style, timeStyle: "short" }).format(micros / MICRO);
}

/** How long ago, or until then, in the largest unit that says something. */
export function ago(micros: number | null | undefined, now = Date.now()): string {
  if (!micros) return "";
  const seconds = Math.round((micros / MICRO - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? (["second", 1] as const);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

const BYTES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** So many bytes, as `1.2 MB`. */
export function bytes(count: number): string {
  const step = Math.min(count < 1000 ? 0 : Math.floor(Math.log10(count) / 3), BYTES.length - 1);
  const unit = BYTES[step] ?? "byte";
  const shape = {
    style: "unit",
    unit,
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: 1,
  } as const;
  return new Intl.NumberFormat(locale(), shape).format(count / 1000 ** step);
}

/** A whole number with its separators. */
export function figure(count: number): string {
  return new Intl.NumberFormat(locale()).format(count);
}

/** Millionths of a currency, as `€0.42`. */
export function money(micros: number, currency: string | null | undefined): string {
  const value = micros / 1_000_000;
  if (!currency) return figure(value);
  try {
    return new Intl.NumberFormat(locale(), { style: "currency", currency }).format(value);
  } catch {
    return `${figure(value)} ${currency}`; // A settings file may name what is no currency of ISO 4217.
  }
}
