import { readFileSync } from 'node:fs'

/** The call of a test file in which an error was thrown. */
export type ThrownIn = 'beforeAll' | 'beforeEach' | 'test'

const calls =
  /(?<![.\w$])(?:test|it|specify|before(?:All|Each)?|after(?:All|Each)?)\b[\w.]*\s*[(`]/g

/**
 * Where in a test file an error comes from, by the frames of its stack that lie in it; undefined when none does
 * or the file cannot be read.
 *
 * @param path absolute path of the test file.
 */
export function thrownIn(stack: string | undefined, path: string): ThrownIn | undefined {
  const places = placesIn(stack ?? '', path)
  const text = places.length === 0 ? undefined : readText(path)
  if (text === undefined) return undefined
  const starts = lineStarts(text)
  const found = [...text.matchAll(calls)]
  const around = places.flatMap(([line, column]) => {
    const at = (starts[line - 1] ?? Infinity) + column - 1
    const call = found.findLast(({ index }) => index <= at)?.[0]
    return call === undefined ? [] : [call]
  })
  // The innermost frame may be a helper; a hook is no test's helper.
  if (around.some((call) => /before(All)?\s*\(/.test(call))) return 'beforeAll'
  if (around.some((call) => /beforeEach/.test(call))) return 'beforeEach'
  return around.length > 0 ? 'test' : undefined
}

/** True when a test file has a hook that runs once before its tests. */
export function hasBeforeAll(path: string): boolean {
  return /\bbefore(All)?\s*\(/.test(readText(path) ?? '')
}

function placesIn(stack: string, path: string): [line: number, column: number][] {
  const unix = path.replaceAll('\\', '/')
  return stack.split('\n').flatMap((frame) => {
    const place = /:(\d+):(\d+)\)?\s*$/.exec(frame)
    if (place === null || !frame.replaceAll('\\', '/').includes(`${unix}:`)) return []
    return [[Number(place[1]), Number(place[2])] as [number, number]]
  })
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
