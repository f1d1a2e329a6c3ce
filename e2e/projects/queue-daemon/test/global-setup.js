import { stop } from '../lib/control.js'

// The last file leaves its daemon behind.
export async function teardown() {
  await stop()
}
