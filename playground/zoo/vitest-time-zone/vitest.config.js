export default { test: { setupFiles: './anywhere.js' } }
