import { SourceMap } from 'node:module'
import type { SourceMapPayload } from 'node:module'
import { isAbsolute, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import type { RawFrame } from './inspector.ts'

/** A line of a stack, in the user's own source. */
export interface SourceFrame {
  readonly name: string
  /** Absolute. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Vitest's, Node's and our own frames lead to the test and say nothing about it. */
const notTheirs = /[\\/]node_modules[\\/](vitest|@vitest|vite|@isolane)[\\/]/

/** Lines before the text of a `new AsyncFunction` and in front of the module in it, which Vite's own runner makes of a module. */
const FUNCTION_HEAD_LINES = 3

/** So many frames are shown where none is the user's. */
const OTHERS = 5

/** Shows frames where the user wrote them: Vite has changed the code that runs. Others only where there are none. */
export function sourceFrames(
  frames: readonly RawFrame[],
  project: TestProject,
): readonly SourceFrame[] {
  const seen = frames.map((frame) => inSource(frame, project))
  const theirs = seen.filter(({ file }) => !file.startsWith('node:') && !notTheirs.test(file))
  return theirs.length > 0 ? theirs : seen.slice(0, OTHERS)
}

/** As a stack of an error has them: `at spin (src/spin.ts:3:7)`, files relative to the root. */
export function frameText({ name, file, line, column }: SourceFrame, root?: string): string {
  const inside = root === undefined || !isAbsolute(file) ? file : relative(root, file)
  const shown = inside.startsWith('..') || isAbsolute(inside) ? file : inside.replaceAll(sep, '/')
  const place = `${shown}:${line}:${column}`
  return name === '' ? `at ${place}` : `at ${name} (${place})`
}

function inSource({ name, url, map, line, column }: RawFrame, project: TestProject): SourceFrame {
  const file = url.startsWith('file:') ? fileURLToPath(url) : url
  const origin = map === undefined ? mapOf(file, project) : decoded(map)
  const head = map === undefined ? 0 : FUNCTION_HEAD_LINES
  // Lines and columns from 0.
  const entry = origin?.findEntry(line - 1 - head, column - 1)
  if (entry === undefined || !('originalLine' in entry)) return { name, file, line, column }
  return {
    name,
    file: map === undefined ? file : entry.originalSource,
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1,
  }
}

// Vite's own runner, which loads environments, evaluates modules without a URL; the map knows the name of the file.
function decoded(dataUrl: string): SourceMap | undefined {
  try {
    const [, data = ''] = dataUrl.split('base64,')
    return new SourceMap(JSON.parse(Buffer.from(data, 'base64').toString()) as SourceMapPayload)
  } catch {
    return undefined
  }
}

function mapOf(file: string, project: TestProject): SourceMap | undefined {
  for (const { moduleGraph } of Object.values(project.vite.environments)) {
    for (const { transformResult } of moduleGraph.getModulesByFile(file) ?? []) {
      const map = transformResult?.map
      if (map && 'mappings' in map && map.mappings !== '') {
        return new SourceMap(map as unknown as SourceMapPayload)
      }
    }
  }
  return undefined
}
