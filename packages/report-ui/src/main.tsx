import { render } from 'preact'
import { App } from './app.tsx'
import { readData } from './data.ts'
import { startTheme } from './parts/theme.tsx'
import './styles/base.css'
import './styles/layout.css'
import './styles/parts.css'
import './styles/findings.css'
import './styles/charts.css'

startTheme()
const root = document.getElementById('app')
if (root !== null) render(<App data={readData()} />, root)
