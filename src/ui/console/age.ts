/** Owns how spans of time are written: short, whole units, no more of them than help. */

/** `0 s`, `42 s`, `3 min`, `2 h 5 min`, `4 d 3 h`. Negative spans (clocks that disagree) count as none. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

export function ago(at: number, now: number): string {
  return `${span(now - at)} ago`;
}

/** The largest unit alone, at most 6 characters for anything younger than 27 years: `42 s`, `59 min`, `5 h`, `3 d`. */
export function largestSpan(ms: number): string {
  return span(ms).split(' ').slice(0, 2).join(' ');
}
