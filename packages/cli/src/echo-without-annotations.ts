import { Writable } from 'node:stream'

const annotation = /^\s*::(?:error|warning|notice)[ :]/

/**
 * A stream that hands everything on to another but the annotations that a test runner makes for GitHub.
 * GitHub shows ten of each level for a step: they would take the place of those which know the verdict,
 * and call a quarantined test an error. It goes line by line; end it to have the last one.
 */
export function echoWithoutAnnotations(to: NodeJS.WritableStream): Writable {
  let rest = ''
  const decoder = new TextDecoder()
  const pass = (text: string): void => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    const kept = lines.filter((line) => !annotation.test(line))
    if (kept.length > 0) to.write(`${kept.join('\n')}\n`)
  }
  return new Writable({
    write(chunk: Buffer, _, done) {
      pass(decoder.decode(chunk, { stream: true }))
      done()
    },
    final(done) {
      if (rest !== '') pass('\n')
      done()
    },
  })
}
