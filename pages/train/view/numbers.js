// Numbers and times as people write them.

/**
 * Thousands in groups, a real minus sign, `decimals` places where given.
 * @param {number | null | undefined} value
 * @param {number | null} decimals
 */
export function number(value, decimals = null) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9) {
    const power = Math.floor(Math.log10(size));
    const digits = String(power)
      .replace("-", "⁻")
      .replace(/\d/g, d => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(d)]);
    return `${value < 0 ? "−" : ""}${(size / 10 ** power).toFixed(1).replace(/\.0$/, "")}×10${digits}`;
  }
  const how =
    decimals === null
      ? { maximumSignificantDigits: 4 }
      : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString("en-US", how).replace("-", "−");
}

/** @param {number} seconds */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
}

/** A time to go, no more exact than a guess can be. @param {number} seconds */
export function remaining(seconds) {
  if (seconds < 10) return "a few seconds left";
  if (seconds < 50) return `about ${Math.round(seconds / 10) * 10} s left`;
  if (seconds < 90) return "about a minute left";
  if (seconds < 3600 * 1.5) return `about ${Math.round(seconds / 60)} min left`;
  if (seconds < 3600 * 36) return `about ${Math.round(seconds / 3600)} h left`;
  return `about ${Math.round(seconds / 86_400)} days left`;
}

/** An epoch under way, to a tenth while there are few. @param {number} epoch */
export const epochNumber = epoch =>
  epoch >= 100 ? number(Math.floor(epoch), 0) : number(Math.floor(epoch * 10) / 10, 1);
