// Light or dark: the system's wish, until the reader chooses; paper is always light.

/// Colours that colour-blind readers tell apart (after Okabe and Ito), darker on white, lighter on black.
const LIGHT = ["#0069a8", "#c14f00", "#00795a", "#9a3f86", "#8a6100", "#2f7fb5", "#5a5f66", "#7a4b2a"];
const DARK = ["#63b5ea", "#f4935a", "#3fcba3", "#df94cc", "#e3bf4a", "#9cc9f5", "#b4bac2", "#cfa07d"];
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

export interface Look {
  color: string;
  dash: number[];
}

let forced: "light" | "dark" | null = null;
const listeners: (() => void)[] = [];

function systemIsDark(): boolean {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export function isDark(): boolean {
  return forced ? forced === "dark" : systemIsDark();
}

export function force(theme: "light" | "dark" | null): void {
  forced = theme;
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  for (const tell of listeners) tell();
}

export function onTheme(tell: () => void): void {
  listeners.push(tell);
}

export function followSystem(): void {
  force(null);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => force(forced));
  let before: "light" | "dark" | null = null;
  addEventListener("beforeprint", () => {
    before = forced;
    force("light");
  });
  addEventListener("afterprint", () => force(before));
}

/// The look of the i-th of many: colours first, then the same colours with another dash.
export function lookOf(i: number): Look {
  const colors = isDark() ? DARK : LIGHT;
  return { color: colors[i % colors.length], dash: DASHES[Math.floor(i / colors.length) % DASHES.length] };
}

export function ink(name: "ink" | "muted" | "rule" | "card" | "soft"): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
