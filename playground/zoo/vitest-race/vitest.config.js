export default { test: { globalSetup: './service.js' } }
