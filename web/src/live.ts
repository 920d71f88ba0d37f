// A page that is served while its run goes on: it looks every few seconds whether there is more, and shows that then.

import { h } from "./dom";

const EVERY_MS = 3000;

function mark(text: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(".live");
  if (found) {
    found.textContent = text;
    return found;
  }
  const made = h("span", { class: "live", role: "status" }, text);
  document.querySelector("header")?.append(made);
  return made;
}

/// Somebody who is choosing is not interrupted.
function isBusy(): boolean {
  const at = document.activeElement;
  return document.hidden || at instanceof HTMLSelectElement || at instanceof HTMLInputElement;
}

export function follow(shown: string): void {
  mark("● going on");
  const look = async () => {
    try {
      const stamp = await (await fetch("stamp", { cache: "no-store" })).text();
      if (stamp !== shown && !isBusy()) {
        location.reload();
        return;
      }
    } catch {
      mark("◼ the run is over; the whole of it is in its results folder");
      return;
    }
    setTimeout(() => void look(), EVERY_MS);
  };
  setTimeout(() => void look(), EVERY_MS);
}
