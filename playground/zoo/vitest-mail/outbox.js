/** Mail that is delivered after a while, sometimes a long one. */
export function send(mail, inbox) {
  const [, nanoseconds] = process.hrtime()
  const afterMs = Math.floor(nanoseconds / 1000) % 2 === 0 ? 5 : 500
  setTimeout(() => inbox.push(mail), afterMs).unref()
}
