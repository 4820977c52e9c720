// Packs the built files once, so that the server need not: `node pack.js <folder>` writes `.br` and `.gz` beside each
// file that gets smaller by it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH = 1024;
const PACKED = /\.(js|css|html|svg|json|webmanifest|wasm|ttf)$/;
const [folder] = argv.slice(2);

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !PACKED.test(entry.name) || entry.name === "index.html") continue;
  const path = join(entry.parentPath, entry.name);
  const whole = readFileSync(path);
  if (whole.length < WORTH) continue;
  // The last two steps of quality would take ten times as long for two per cent.
  const size = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: whole.length };
  const packed = [
    [".br", brotliCompressSync(whole, { params: size })],
    [".gz", gzipSync(whole, { level: 9 })],
  ];
  for (const [end, bytes] of packed) if (bytes.length < whole.length * 0.95) writeFileSync(path + end, bytes);
}
