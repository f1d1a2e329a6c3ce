const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds in a time such as `90s`, `5m`, `1.5h` or `500ms`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|min)$/.exec(text.trim())
  if (match === null) return undefined
  const unit = match[2] === 'min' ? 'm' : (match[2] ?? '')
  const ms = Number(match[1]) * (unitMs[unit] ?? 0)
  return ms > 0 ? ms : undefined
}
