/** What stands in the place of a secret. */
const redacted = '[redacted]'

const rules: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g,
    `-----BEGIN PRIVATE KEY----- ${redacted}`,
  ],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, redacted],
  [
    /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}|xox[abeprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|sk-[\w-]{20,}|[rs]k_(?:live|test)_\w{10,})/g,
    redacted,
  ],
  // A user name alone is no secret; what stands between the colon and the @ is.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,200}):[^\s/@]{1,500}@/gi, `$1:${redacted}@`],
  [/\b((?:set-)?cookie["']?\s{0,3}:\s{0,3}["']?)[^\n"']+/gi, `$1${redacted}`],
  [
    /\b(authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:bearer|basic|token|digest)?\s{0,3})[^\s"',;]+/gi,
    `$1${redacted}`,
  ],
  [/\b(bearer\s+)[\w.~+/=-]{12,}/gi, `$1${redacted}`],
  // `password=x`, `"token":"x"`, `secret: 'x'`; not `password: must be longer`.
  [
    /((?:api[_-]?key|secret|token|passw(?:or)?d|passphrase|pwd|access[_-]?key(?:[_-]?id)?|private[_-]?key)["']?(?:\s{0,3}=\s{0,3}["']?|\s{0,3}:\s{0,3}["']|:))[^\s"'&,;)}\]]{4,}/gi,
    `$1${redacted}`,
  ],
]

// What every rule needs; most text has none of it.
const hint =
  /-----BEGIN|eyJ|:\/\/|cookie|authorization|bearer|key|secret|token|pass|pwd|gh[pousr]_|github_pat|glpat|npm_|xox|AKIA|AIza|sk-|[rs]k_/i

const secretName =
  /(?:TOKEN|SECRET|PASSW(?:OR)?D|PASSPHRASE|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)(?:_\w+)?$/i
const harmlessName = /_(?:FILE|PATH|DIR|NAME|URL|SOCK|TTL|LENGTH|TYPE)$/i

/**
 * Makes a function that takes secrets out of text: what looks like one, and the values of environment
 * variables whose names say that they are secret.
 */
export function redactor(
  env: Readonly<Record<string, string | undefined>> = process.env,
): (text: string) => string {
  const values = Object.entries(env)
    .filter(([name]) => secretName.test(name) && !harmlessName.test(name))
    .flatMap(([, value]) => (value !== undefined && value.trim().length >= 8 ? [value] : []))
    .sort((a, b) => b.length - a.length)
  return (text) => {
    let clean = text
    for (const value of values) clean = clean.replaceAll(value, redacted)
    if (!hint.test(clean)) return clean
    for (const [pattern, instead] of rules) clean = clean.replace(pattern, instead)
    return clean
  }
}
