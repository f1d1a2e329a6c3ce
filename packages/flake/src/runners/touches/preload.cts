// Loaded first by every Node.js process of an arm whose touches are noted. A version of Node.js that cannot load what
// notes them runs its tests all the same.
try {
  const { noteTouches } = require('./note-touches.js') as typeof import('./note-touches.ts')
  noteTouches()
} catch {}
