// Where the figures come from: the command that repeats the run, the machine, the configuration.

import { h, section, shortened } from "./dom";

function copyable(text: string): HTMLElement {
  const button = h("button", {}, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it, and copy";
    }
  });
  return h("div", { class: "command" }, h("pre", { tabindex: 0 }, text), button);
}

function value(of: unknown): string {
  if (of !== null && typeof of === "object") {
    return Object.entries(of).map(([name, one]) => `${shortened(name, 60)}: ${value(one)}`).join("; ") || "–";
  }
  return shortened(String(of), 300) || "–";
}

export function provenance(command: string | null, facts: [string, unknown][], config: string, configTitle: string): HTMLElement {
  return section(
    "run",
    command === null ? "What was run" : "How to repeat it",
    command === null ? null : copyable(command),
    h("dl", { class: "facts" }, ...facts.map(([name, one]) => h("div", {}, h("dt", {}, name), h("dd", {}, value(one))))),
    h("details", {}, h("summary", {}, configTitle), h("pre", { tabindex: 0, class: "config" }, config)),
  );
}
