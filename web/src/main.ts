import { drawn } from "./chart";
import { h, shortened } from "./dom";
import { pageData } from "./inflate";
import { comparisonPage } from "./loadgen/comparison";
import type { Comparison, LoadRun } from "./loadgen/data";
import { loadgenPage } from "./loadgen/page";
import { armPage } from "./overhead/arm";
import { besidePage, type Beside } from "./overhead/beside";
import type { Run } from "./overhead/data";
import { overheadPage } from "./overhead/page";
import { follow } from "./live";
import { followSystem, force, isDark } from "./theme";

function themeButton(): HTMLElement {
  const button = h("button", { class: "theme", "aria-label": "Light or dark" }, "◐");
  button.addEventListener("click", () => force(isDark() ? "light" : "dark"));
  return button;
}

const PAGES: Record<string, (data: never) => (Node | null)[]> = {
  "hopcost.overhead/1": (data: Run) => (data.arm === undefined ? overheadPage(data) : armPage(data, data.arm)),
  "hopcost.overhead-comparison/1": (data: Beside) => besidePage(data),
  "hopcost.loadgen/1": (data: LoadRun) => loadgenPage(data),
  "hopcost.loadgen-comparison/1": (data: Comparison) => comparisonPage(data),
};

async function show(): Promise<void> {
  const main = document.getElementById("page") as HTMLElement;
  try {
    const data = (await pageData()) as { schema: string };
    const page = PAGES[data.schema];
    if (!page) throw new Error(`a record of this kind is not known: ${shortened(String(data.schema), 80)}`);
    main.replaceChildren(...page(data as never).filter((one) => one !== null));
    document.querySelector("header")?.append(themeButton());
    const { live } = data as { live?: string };
    if (live !== undefined) follow(live);
    // What tests look at; nothing on the page reads it.
    Object.assign(window, { hopcost: { data, charts: drawn } });
    document.documentElement.dataset.ready = "true";
  } catch (error) {
    main.replaceChildren(h("p", { class: "broken", role: "alert" }, `This page cannot be shown: ${String(error)}`));
    throw error;
  }
}

followSystem();
void show();
