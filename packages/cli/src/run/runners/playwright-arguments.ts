/** True with `--ui`, `--ui-host` or `--ui-port`. */
export function isUserInterface(words: readonly string[] = process.argv): boolean {
  return words.some((word) => /^--ui(?:$|=|-host|-port)/.test(word))
}

/** True with `--list`: no test runs. */
export function isList(words: readonly string[] = process.argv): boolean {
  return words.includes('--list')
}
