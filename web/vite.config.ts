import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Addresses are relative to the page's <base>, so that the page works under a sub-path without being built for it.
export default defineConfig({
  base: "./",
  plugins: [svelte()],
  build: {
    outDir: "../src/parlance/page",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Beside the page: what draws diagrams, in a frame that has no origin.
    rolldownOptions: { input: ["index.html", "frames/diagram.html"] },
  },
  server: { proxy: { "/parlance": "http://127.0.0.1:8080" } },
  test: { environment: "jsdom", include: ["tests/**/*.test.ts"] },
});
