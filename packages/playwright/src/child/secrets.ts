const SHORTEST = 4

/** Replaces every secret in `text`. What is shorter than four characters would hit ordinary words, and stays. */
export function redact(text: string, secrets: Iterable<string>): string {
  let redacted = text
  for (const secret of secrets) {
    if (secret.length >= SHORTEST) redacted = redacted.replaceAll(secret, '[redacted]')
  }
  return redacted
}
