import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// Built into the Python package, which serves it at `/`. `npm run dev` speaks to a server on its usual port.
const server = process.env.STOKEHOLD_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "./",
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    outDir: fileURLToPath(new URL("../stokehold/web", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(
      [
        "/tasks",
        "/jobs",
        "/profiles",
        "/nodes",
        "/info",
        "/settings",
        "/events",
        "/hardware-constraints",
        "/health",
      ].map((path) => [path, server]),
    ),
  },
});
