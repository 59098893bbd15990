import { compileMessage } from '@lingui/message-utils/compileMessage';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type ProxyOptions } from 'vite';

/** Catalogues are plain ICU messages on disk; the page gets them parsed, so that it carries no parser. */
function catalogues(): Plugin {
  return {
    name: 'catalogues',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/locales\/[\w-]+\.json$/.test(id)) return null;
      const texts = JSON.parse(code) as Record<string, string>;
      const parsed = Object.entries(texts).map(([key, text]) => [key, compileMessage(text)] as const);
      return { code: JSON.stringify(Object.fromEntries(parsed)), map: null };
    },
  };
}

/** `npm run dev` beside `dragoman serve --port 7788 --demo`: the program takes requests of its own page only. */
const program = 'http://127.0.0.1:7788';
const toProgram: ProxyOptions = {
  target: program,
  changeOrigin: true,
  headers: { origin: program },
};

export default defineConfig({
  plugins: [catalogues(), react()],
  build: {
    target: 'safari15',
    modulePreload: { polyfill: false },
    // The policy of the page allows nothing inside it that is not a file.
    assetsInlineLimit: 0,
    sourcemap: false,
  },
  server: { proxy: { '/api': toProgram, '/sign-in': toProgram } },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'tests/**/*.test.ts'] },
} as never);
