import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const server = process.env.EPOCHCOST_URL ?? 'http://127.0.0.1:7431';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One style sheet weighs less than twenty: what repeats is compressed together.
    cssCodeSplit: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
        // Few files: what several pages share is one, not one for each sentence.
        codeSplitting: {
          groups: [
            { name: 'base', test: /node_modules[\\/](svelte|clsx|esm-env)|src[\\/](state|api)[\\/]|paraglide[\\/]runtime/, priority: 3 },
            { name: 'shared', test: /src[\\/](parts|lib|paraglide)[\\/]/, minShareCount: 5, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': server } },
});
