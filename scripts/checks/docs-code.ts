import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { findDocstrings } from './docstrings.ts'
import { root as checkout, runTool } from './tool.ts'

/** A block of TypeScript in a document. */
interface Block {
  /** Its name on the page: what a `// file: lanes.ts` comment says, or one made up. */
  name: string
  code: string
  /** The line of the document before the first line of the code, from 1. */
  fence: number
}

/** Text whose blocks belong together. */
interface Page {
  document: string
  /** A folder name of its own. */
  page: string
  text: string
  /** Blocks that are there without being on the page. */
  given: Block[]
}

/** Code written out for the compiler, and where in the documents it comes from. */
interface Written {
  /** Path below the folder it was written to, `/` between folders. */
  file: string
  document: string
}

const documents = ['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'packages/*/README.md']
const sources = ['packages/*/src/**/*.ts']
const lanesOfDocstrings = readFileSync(join(checkout, 'docs/examples/lanes.ts'), 'utf8')

/**
 * Compiles the TypeScript in the documents and in the docstrings of the packages.
 *
 * The blocks of a page belong together: one that starts with `// file: lanes.ts` can be imported as
 * `./lanes.ts` by those after it. A name that comes again replaces the block for the rest of the
 * page. A docstring is a page of its own; `./lanes.ts` there is `docs/examples/lanes.ts`.
 *
 * @param root the top directory of a checkout, built
 */
export async function checkDocsCode(root: string): Promise<string> {
  mkdirSync(join(root, '.isolane'), { recursive: true })
  const folder = mkdtempSync(join(root, '.isolane', 'docs-code-'))
  try {
    return await compilePages(folder, readPages(root))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compilePages(folder: string, pages: readonly Page[]): Promise<string> {
  const problems: string[] = []
  const written: Written[] = []
  for (const { document, page, text, given } of pages) {
    const { blocks, refused } = findBlocks(text)
    problems.push(...refused.map(({ line, reason }) => `${document}:${line}: ${reason}`))
    if (blocks.length > 0) written.push(...writePage(folder, document, page, [...given, ...blocks]))
  }
  if (written.length === 0) return problems.join('\n')

  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const output = await runTool('tsc', '--pretty', 'false', '-p', folder)
  if (output !== '') problems.push(pointToDocuments(output, written))
  return problems.join('\n')
}

/**
 * Finds the blocks of TypeScript of a document, and those which are marked in a way that would keep
 * them from being compiled.
 */
export function findBlocks(document: string): {
  blocks: Block[]
  refused: { line: number; reason: string }[]
} {
  const blocks: Block[] = []
  const refused: { line: number; reason: string }[] = []
  const lines = document.split(/\r?\n/)
  for (let index = 0; index < lines.length; index += 1) {
    const opening = lines[index]?.match(/^(?<indent> *)(?<fence>`{3,})(?<info>.*)$/)?.groups
    if (opening === undefined) continue
    const { indent = '', fence = '', info = '' } = opening
    const start = index + 1
    index = start
    while (index < lines.length && lines[index]?.trim() !== fence) index += 1
    const [language = '', ...marks] = info.trim().split(/\s+/)
    if (!['ts', 'tsx', 'typescript'].includes(language)) continue
    if (marks.length > 0) {
      refused.push({ line: start, reason: `\`${marks.join(' ')}\`: all TypeScript is compiled.` })
      continue
    }
    const code = lines.slice(start, index).map((line) => line.slice(indent.length))
    const name = code[0]?.match(/^\/\/ file: (\S+)/)?.[1]
    const extension = language === 'tsx' ? 'tsx' : 'ts'
    blocks.push({
      name: name ?? `block-${start}.${extension}`,
      code: code.join('\n'),
      fence: start,
    })
  }
  return { blocks, refused }
}

function readPages(root: string): Page[] {
  const pages = globSync(documents, { cwd: root })
    .toSorted()
    .map((file): Page => {
      const document = file.replaceAll('\\', '/')
      return { document, page: folderName(document), text: read(root, file), given: [] }
    })
  const docstrings = globSync(sources, { cwd: root })
    .toSorted()
    .flatMap((file) => {
      const document = file.replaceAll('\\', '/')
      return findDocstrings(read(root, file)).map(({ line, text }): Page => ({
        document,
        page: `${folderName(document)}_${line}`,
        text,
        given: [{ name: 'lanes.ts', code: lanesOfDocstrings, fence: 0 }],
      }))
    })
  return [...pages, ...docstrings]
}

function folderName(document: string): string {
  return document.replaceAll(/[/.]/g, '_')
}

function read(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

// Blank lines before the code give it the line numbers that it has in the document.
function writePage(
  folder: string,
  document: string,
  page: string,
  blocks: readonly Block[],
): Written[] {
  const written: Written[] = []
  let files = new Map<string, string>()
  let stage = 0
  for (const { name, code, fence } of blocks) {
    if (files.has(name)) {
      stage += 1
      files = new Map([...files].filter(([other]) => other !== name && !other.startsWith('block-')))
      for (const [other, text] of files) {
        written.push(write(folder, document, posix.join(page, String(stage), other), text))
      }
    }
    const text = `${'\n'.repeat(fence)}${code}\n`
    files.set(name, text)
    written.push(write(folder, document, posix.join(page, String(stage), name), text))
  }
  return written
}

function write(folder: string, document: string, file: string, text: string): Written {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return { file, document }
}

function pointToDocuments(output: string, written: readonly Written[]): string {
  const byFile = new Map(written.map(({ file, document }) => [file, document]))
  const lines = output.split('\n').map((line) => {
    const place = line.match(/^(?:.*?docs-code-\w+[/\\])?(?<file>[^(\s]+)\((?<line>\d+),\d+\): /)
    const document = byFile.get(place?.groups?.['file']?.replaceAll('\\', '/') ?? '')
    if (place === null || document === undefined) return line
    return `${document}:${place.groups?.['line']}: ${line.slice(place[0].length)}`
  })
  return [...new Set(lines)].join('\n')
}

const configuration = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    noEmit: true,
    lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'],
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: ['.'],
}
