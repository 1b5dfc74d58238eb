import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Where `npm run web:dev` finds the API: a running `npm start`, or the fixture server of test/browser. */
const api = process.env.BULWARK_API ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root,
  base: '/',
  plugins: [react({ jsxImportSource: '#visible' }), tailwind()],
  build: {
    outDir: fileURLToPath(new URL('../../dist/web', import.meta.url)),
    emptyOutDir: true,
    // The first versions with popover, light-dark() and anchor positioning, which the page is built on.
    target: ['chrome125', 'firefox147', 'safari26'],
    // The page runs under `script-src 'self'` and `img-src 'self' data:`; nothing may be inlined as a script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': api, '/login': api } },
})
