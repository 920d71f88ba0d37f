// node build.mjs OUT: bundles the page and writes it as C++, in two halves between which a run's data goes.
// Runs where node_modules is; sources are beside this file.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [out, modules] = process.argv.slice(2);
const require = createRequire(join(modules, "package.json"));
const { build } = require("esbuild");

const common = { bundle: true, minify: true, write: false, nodePaths: [join(modules, "node_modules")], logLevel: "warning" };
const target = ["chrome111", "firefox113", "safari16.4"];

const script = await build({ ...common, entryPoints: [join(here, "src/main.ts")], format: "iife", target, charset: "ascii" });
const style = await build({
  ...common,
  stdin: { contents: '@import "uplot/dist/uPlot.min.css"; @import "./src/page.css";', resolveDir: here, loader: "css" },
  target,
});
// Inside a script element only this ends it.
const code = script.outputFiles[0].text.trim().replaceAll("</script", "<\\/script");
const hash = createHash("sha256").update(code).digest("base64");

const [head, tail] = (await readFile(join(here, "page.html"), "utf8"))
  .replace("{{script-hash}}", () => `sha256-${hash}`)
  .replace("{{style}}", () => style.outputFiles[0].text.trim())
  .replace("{{script}}", () => code)
  .split("{{record}}");

/// A compiler takes 64 KiB in one literal, no more; adjacent literals are one.
function literal(text) {
  const parts = [];
  for (let at = 0; at < text.length; at += 8000) parts.push(`R"hopcost~(${text.slice(at, at + 8000)})hopcost~"`);
  return parts.join("\n");
}

await writeFile(
  out,
  `// Made by web/build.mjs.
#include "web/template.hpp"

namespace hopcost::web {

const std::string_view kHead =
${literal(head)};
const std::string_view kTail =
${literal(tail)};

}  // namespace hopcost::web
`,
);
