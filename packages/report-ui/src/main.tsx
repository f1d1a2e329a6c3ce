import { render } from 'preact'
import { App } from './app.tsx'
import { readData } from './data.ts'
import { startTheme } from './parts/theme.tsx'

startTheme()
const root = document.getElementById('app')
if (root !== null) render(<App data={readData()} />, root)
