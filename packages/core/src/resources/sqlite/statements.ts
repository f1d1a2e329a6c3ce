/** One SQL statement of a file. */
export interface Statement {
  readonly text: string
  /** 1-based line on which it begins. */
  readonly line: number
}

const token =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|;|\w+|\s+|[\s\S]/g

/** Splits SQL into statements; a trigger with its body is one. */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = []
  let words: string[] = []
  let start = -1
  for (const match of sql.matchAll(token)) {
    const text = match[0]
    if (/^(?:--|\/\*|\s)/.test(text)) continue
    if (start < 0 && text === ';') continue
    if (start < 0) start = match.index
    words.push(text.toUpperCase())
    if (text !== ';' || !ends(words)) continue
    statements.push(statement(sql, start, match.index + 1))
    words = []
    start = -1
  }
  if (start >= 0) statements.push(statement(sql, start, sql.length))
  return statements
}

// Like sqlite3_complete(): a trigger ends at `; END ;`, everything else at the first `;`.
function ends(words: readonly string[]): boolean {
  const trigger =
    words[0] === 'CREATE' &&
    (words[1] === 'TRIGGER' || (/^TEMP(ORARY)?$/.test(words[1] ?? '') && words[2] === 'TRIGGER'))
  return !trigger || (words.at(-2) === 'END' && words.at(-3) === ';')
}

function statement(sql: string, from: number, to: number): Statement {
  return { text: sql.slice(from, to).trimEnd(), line: sql.slice(0, from).split('\n').length }
}
