const { get } = require('node:http')

const ask = () =>
  new Promise((settle, fail) => {
    get('http://127.0.0.1:1/', settle).once('error', fail)
  })

test('asks for the list', async () => {
  await ask()
})

test('knows the address', () => {
  expect('127.0.0.1').toHaveLength(9)
})
