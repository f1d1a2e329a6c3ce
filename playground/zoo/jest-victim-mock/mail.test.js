const send = jest.fn()

describe('mail', () => {
  test('is a function', () => {
    expect(typeof send).toBe('function')
  })
  test('sends', () => {
    send('a')
    expect(send).toHaveBeenCalledWith('a')
  })
  test('is called once', () => {
    send('b')
    expect(send).toHaveBeenCalledTimes(1)
  })
})
