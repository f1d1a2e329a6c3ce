import { startServer } from './server.ts'

await startServer()
console.log('short-links listens on http://localhost:3000')
