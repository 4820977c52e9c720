import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Addresses are relative to the page's <base>, so that the page works under a sub-path without being built for it.
export default defineConfig(({ mode }) => ({
  base: "./",
  plugins: [svelte()],
  // The unit tests run what a browser runs of Svelte, and not what would render on a server.
  ...(mode === "test" ? { resolve: { conditions: ["browser"] } } : {}),
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
  // Some draw hundreds of elements in jsdom: on a busy machine five seconds are too few for what takes one.
  test: { environment: "jsdom", include: ["tests/**/*.test.ts"], testTimeout: 20_000, hookTimeout: 20_000 },
}));
