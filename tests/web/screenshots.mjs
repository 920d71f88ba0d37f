// Pictures of a page for docs/, light and dark: what its first screen shows, and sections by their id.
//   node screenshots.mjs PAGE FOLDER
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { closeBrowser, open, seeAll } from "./rig.mjs";

const LARGEST = 150_000;
const MARGIN = 16;
const SECTIONS = ["added", "detail"];
// What moves with scrolling or is drawn only when near would make a picture depend on how one came there.
const STILL = ".filters{position:static!important}section{content-visibility:visible!important}*{transition:none!important;animation:none!important}";

const [source, folder] = process.argv.slice(2);

async function picture(page, name, options = {}) {
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, animations: "disabled", ...options });
  const size = statSync(path).size;
  if (size > LARGEST) throw new Error(`${name}.png has ${size} bytes, more than ${LARGEST}`);
  console.log(`${path} ${size}`);
}

/// The box of an element with a margin, in whole pixels.
async function around(element) {
  const { x, y, width, height } = await element.boundingBox();
  return { x: Math.floor(x) - MARGIN, y: Math.floor(y) - MARGIN, width: Math.ceil(width) + 2 * MARGIN, height: Math.ceil(height) + 2 * MARGIN };
}

try {
  for (const colorScheme of ["light", "dark"]) {
    const { page, trouble } = await open(resolve(source), { colorScheme, viewport: { width: 1000, height: 720 }, deviceScaleFactor: 1 });
    await page.addStyleTag({ content: STILL });
    await seeAll(page);
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, `report-${colorScheme}`);
    for (const id of SECTIONS) await picture(page, `report-${id}-${colorScheme}`, { fullPage: true, clip: await around(page.locator(`section#${id}`)) });
    await page.close();
    if (trouble.length > 0) throw new Error(trouble.join("\n"));
  }
} finally {
  await closeBrowser();
}
