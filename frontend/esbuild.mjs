// Builds the files that the package ships, unminified, so that they can be read and compared.
// With --check nothing is written: it fails where a committed file is not what the sources give.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { outputFiles } = await esbuild.build({
  entryPoints: [
    ...["widget", "view", "page"].map((name) => here(`src/hosts/${name}.js`)),
    ...["widgets", "page"].map((name) => here(`src/styles/${name}.css`)),
  ],
  entryNames: "[name]",
  outdir: here("../nb_autolabel/static"),
  absWorkingDir: here("."),
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  write: false,
});
const { mkdir, writeFile } = await import("node:fs/promises");
await mkdir(here("../nb_autolabel/static"), { recursive: true });
for (const { path, text } of outputFiles) {
  if (!process.argv.includes("--check")) {
    await writeFile(path, text);
    continue;
  }
  const committed = await readFile(path, "utf8").catch(() => "");
  if (committed === text) continue;
  console.error(`${path} is not what the sources give. Run: make frontend`);
  process.exitCode = 1;
}
