import type { Socket } from 'node:net'

// A connection is carried over a unix socket, the link. The link carries frames, because its own end cannot tell an
// orderly end from a broken connection: a length of 4 bytes and as many bytes of data, or one of two signs.
const HEAD_BYTES = 4
const ENDED = 0xffff_fffe
const BROKEN = 0xffff_ffff

/**
 * Makes `raw` one end of a connection whose other end is on the other side of `link`: data with back-pressure,
 * half-closed connections, and resets as resets. Both sockets need `allowHalfOpen`, and are closed when it is over.
 */
export function relay(raw: Socket, link: Socket): void {
  const frames = new Frames({
    onData: (data) => {
      if (!raw.destroyed && !raw.write(data)) link.pause()
    },
    onEnded: () => raw.end(),
    onBroken: () => raw.resetAndDestroy(),
  })
  raw.on('data', (data) => {
    link.cork()
    link.write(head(data.length))
    if (!link.write(data)) raw.pause()
    link.uncork()
  })
  raw.on('drain', () => link.resume())
  raw.on('end', () => link.write(head(ENDED)))
  // What went wrong is told by the sign.
  raw.on('error', () => undefined)
  raw.on('close', () => {
    // Until the other end has closed it too: writing to a closed link would keep it from reading the sign.
    link.resume()
    if (raw.readableEnded && raw.writableFinished) link.end()
    else link.end(head(BROKEN))
  })
  link.on('data', (data) => frames.push(data))
  link.on('drain', () => raw.resume())
  link.on('error', () => undefined)
  // The other end closes its link when both directions have ended; else its process is gone, and this is what the
  // kernel does with the connections of such a process.
  const closed = (): void => {
    if (!(frames.ended && raw.readableEnded)) raw.destroy()
  }
  link.on('end', closed)
  link.on('close', closed)
}

interface FrameEvents {
  readonly onData: (data: Buffer) => void
  readonly onEnded: () => void
  readonly onBroken: () => void
}

class Frames {
  /** True when no more data comes. */
  ended = false
  readonly #events: FrameEvents
  #head = Buffer.alloc(0)
  #left = 0

  constructor(events: FrameEvents) {
    this.#events = events
  }

  push(data: Buffer): void {
    let at = 0
    while (at < data.length) {
      if (this.#left > 0) {
        const part = data.subarray(at, at + this.#left)
        at += part.length
        this.#left -= part.length
        this.#events.onData(part)
      } else {
        const part = data.subarray(at, at + HEAD_BYTES - this.#head.length)
        at += part.length
        this.#head = Buffer.concat([this.#head, part])
        if (this.#head.length === HEAD_BYTES) this.#begin(this.#head.readUInt32BE())
      }
    }
  }

  #begin(length: number): void {
    this.#head = Buffer.alloc(0)
    if (length !== ENDED && length !== BROKEN) this.#left = length
    else {
      this.ended = true
      if (length === ENDED) this.#events.onEnded()
      else this.#events.onBroken()
    }
  }
}

function head(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES)
  bytes.writeUInt32BE(length)
  return bytes
}
