export const settings = { theme: 'light' }
