export const socketPath = '/tmp/printd.sock'
export const pidFile = '/tmp/printd.pid'
