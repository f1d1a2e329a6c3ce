/** One import or re-export of a source file. */
export interface Import {
  specifier: string
  line: number
}

const comment = String.raw`\/\*[\s\S]*?\*\/|\/\/[^\n]*`
const template = '`(?:[^`\\\\]|\\\\[\\s\\S])*`'
const string = String.raw`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"`
const token = new RegExp(`${comment}|${template}|${string}`, 'g')

const moduleName = /^(['"])[^\s'"]+\1$/

const imported = new RegExp(
  [
    // import x, { y } from '…', import type, export { x } from '…', export * from '…'
    String.raw`\b(?:import|export)\b[\s\w$*{},]*?\bfrom\s*(['"])(?<from>[^'"\n]+)\1`,
    // import '…'
    String.raw`\bimport\s*(['"])(?<bare>[^'"\n]+)\2`,
    // import('…'), in code and in types
    String.raw`\bimport\s*\(\s*(['"])(?<dynamic>[^'"\n]+)\3`,
  ].join('|'),
  'g',
)

const reExport =
  /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})\s*from\s*(['"])[^'"\n]+\1;?/g

/** Lists what a source file imports and re-exports, types included. */
export function findImports(source: string): Import[] {
  const code = codeOnly(source)
  return [...code.matchAll(imported)].map((match) => {
    const { from, bare, dynamic } = match.groups ?? {}
    return {
      specifier: from ?? bare ?? dynamic ?? '',
      line: code.slice(0, match.index).split('\n').length,
    }
  })
}

/** True when a source file holds nothing but `export … from '…'`. */
export function onlyReExports(source: string): boolean {
  const rest = codeOnly(source)
    .replace(reExport, '')
    .replaceAll(/\bexport\s*\{\s*\};?/g, '')
  return rest.trim() === ''
}

// Removes comments and the text of strings that cannot name a module (in tests they hold whole
// programs), so that what looks like an import is one. Lines keep their numbers.
function codeOnly(source: string): string {
  return source.replace(token, (text) => {
    if (moduleName.test(text)) return text
    return text.replaceAll(/[^\n]/g, ' ')
  })
}
