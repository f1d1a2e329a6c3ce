/**
 * Tells whether a path, with forward slashes, matches one of the globs: `*` and `?` within a name, `**` across
 * directories, `{a,b}` either.
 */
export function globMatcher(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false
  const all = new RegExp(globs.map((glob) => `^${source(glob)}$`).join('|'))
  return (path) => all.test(path)
}

const meanings: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '/**': '(?:/.*)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
  '{': '(?:',
  '}': ')',
  ',': '|',
}

function source(glob: string): string {
  let depth = 0
  const balanced = glob.split('{').length === glob.split('}').length
  return glob.replaceAll(
    /^\.\/|\*\*\/|\/\*\*$|\*\*|[*?{},]|[.+^$()|[\]\\]/g,
    (token, at: number) => {
      if (token === './' && at === 0) return ''
      if (!balanced && /[{},]/.test(token)) return `\\${token}`
      if (token === '{') depth += 1
      if (token === '}') depth -= 1
      if (token === ',' && depth === 0) return ','
      return meanings[token] ?? `\\${token}`
    },
  )
}
