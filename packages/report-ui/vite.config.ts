import { createHash } from 'node:crypto'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'

export default defineConfig({
  root: 'src',
  logLevel: 'warn',
  plugins: [viteSingleFile({ removeViteModuleLoader: true }), onlyOwnScript()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: '../dist', emptyOutDir: false, target: 'es2022', modulePreload: false },
})

/**
 * Lets the page run its own script and style and nothing else, by their hashes: what might slip into
 * the data cannot run, load or send anything.
 */
function onlyOwnScript(): Plugin {
  return {
    name: 'isolane:only-own-script',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== 'asset' || !file.fileName.endsWith('.html')) continue
          const page = String(file.source)
          const policy = [
            "default-src 'none'",
            `script-src ${hashes(page, 'script')}`,
            `style-src ${hashes(page, 'style')}`,
            "base-uri 'none'",
            "form-action 'none'",
          ].join('; ')
          const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`
          file.source = page.replace(
            '<meta charset="utf-8" />',
            (charset) => `${charset}\n    ${meta}`,
          )
        }
      },
    },
  }
}

function hashes(page: string, element: 'script' | 'style'): string {
  const pattern = new RegExp(
    `<${element}(?![^>]*application/json)[^>]*>([\\s\\S]*?)</${element}>`,
    'g',
  )
  return [...page.matchAll(pattern)]
    .map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
    .join(' ')
}
