/** One argument of a runner: an option with what belongs to it, or a positional. */
export interface Argument {
  /** Without dashes; undefined for a positional. */
  readonly option?: string
  readonly value?: string
  /** The words as they were given. */
  readonly words: readonly string[]
}

/** How many words an option takes from those that follow it. */
export type Takes = 'none' | 'one' | 'optional' | 'many'

/**
 * Splits the arguments of a runner. `takes` says for an option without `=` whether the next words are
 * its value. Everything after `--` is positional.
 */
export function parseArguments(
  words: readonly string[],
  takes: (option: string) => Takes,
): Argument[] {
  const found: Argument[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '--') {
      for (const rest of words.slice(at + 1)) found.push({ words: [rest] })
      break
    }
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word)
    if (match === null || word === '-') {
      found.push({ words: [word] })
      continue
    }
    const [, option = '', inline] = match
    if (inline !== undefined) {
      found.push({ option, value: inline, words: [word] })
      continue
    }
    const taken: string[] = []
    const kind = takes(option)
    while (kind !== 'none' && at + 1 < words.length) {
      const next = words[at + 1] ?? ''
      if (kind !== 'one' && next.startsWith('-')) break
      taken.push(next)
      at += 1
      if (kind !== 'many') break
    }
    const value = taken[0]
    found.push({ option, ...(value === undefined ? {} : { value }), words: [word, ...taken] })
  }
  return found
}

/** The arguments without these options. A name that ends in `.*` stands for all below it. */
export function without(args: readonly Argument[], names: readonly string[]): Argument[] {
  return args.filter(({ option }) => {
    if (option === undefined) return true
    const plain = option.replace(/^no-/, '')
    return !names.some((name) =>
      name.endsWith('.*') ? plain.startsWith(name.slice(0, -1)) : plain === name,
    )
  })
}

/** Only the options. */
export function optionsOf(args: readonly Argument[]): Argument[] {
  return args.filter(({ option }) => option !== undefined)
}

/** The words of the arguments again. */
export function wordsOf(args: readonly Argument[]): string[] {
  return args.flatMap(({ words }) => words)
}
