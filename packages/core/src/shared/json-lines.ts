import { StringDecoder } from 'node:string_decoder'

/** Cuts a stream of bytes into JSON documents, one a line. */
export function jsonLines(onDocument: (document: unknown) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') onDocument(JSON.parse(line))
  }
}
