// What the reader has chosen: stacks, mode and statistic for the pictures of many cells, one cell for those of one.

import { h, select, shortened } from "../dom";
import type { Cell, Run } from "./data";
import { cellTitle } from "./words";

const KEPT = "hopcost.selection";

export class Selection {
  stacks: Set<string>;
  mode: "all" | Cell["mode"] = "all";
  cell: Cell | null;
  private readonly listeners: (() => void)[] = [];

  constructor(readonly run: Run) {
    this.stacks = new Set(run.cells.map((cell) => cell.stack));
    this.cell = run.cells.find((cell) => cell.load === "latency" && cell.state !== "no verdict") ?? run.cells[0] ?? null;
    this.takeUp();
  }

  /// A live page is loaded again and again: what was chosen stays chosen.
  private takeUp(): void {
    if (this.run.live === undefined) return;
    const kept = sessionStorage.getItem(KEPT);
    if (kept === null) return;
    const { without, mode, cell } = JSON.parse(kept) as { without: string[]; mode: Selection["mode"]; cell: string | null };
    for (const stack of without) this.stacks.delete(stack);
    this.mode = mode;
    this.cell = this.run.cells.find((one) => one.id === cell) ?? this.cell;
  }

  private keep(): void {
    if (this.run.live === undefined) return;
    const without = this.run.cells.map((cell) => cell.stack).filter((stack) => !this.stacks.has(stack));
    sessionStorage.setItem(KEPT, JSON.stringify({ without, mode: this.mode, cell: this.cell?.id ?? null }));
  }

  onChange(tell: () => void): void {
    this.listeners.push(tell);
  }

  /// The cells that are shown, without ceilings.
  latencies(): Cell[] {
    return this.shown().filter((cell) => cell.load === "latency");
  }

  shown(): Cell[] {
    return this.run.cells.filter((cell) => this.stacks.has(cell.stack) && (this.mode === "all" || cell.mode === this.mode));
  }

  choose(id: string): void {
    this.cell = this.run.cells.find((cell) => cell.id === id) ?? this.cell;
    this.tell();
  }

  tell(): void {
    this.keep();
    for (const listener of this.listeners) listener();
  }
}

function stackBox(selection: Selection, stack: string): HTMLElement {
  const box = h("input", { type: "checkbox", checked: selection.stacks.has(stack), value: stack });
  box.addEventListener("change", () => {
    if (box.checked) selection.stacks.add(stack);
    else selection.stacks.delete(stack);
    selection.tell();
  });
  return h("label", { class: "chip" }, box, h("span", {}, shortened(stack, 32)));
}

export function filterBar(selection: Selection): HTMLElement {
  const { run } = selection;
  const stacks = [...new Set(run.cells.map((cell) => cell.stack))];
  const modes = [...new Set(run.cells.map((cell) => cell.mode))];
  const chips = stacks.length > 1 ? h("fieldset", { class: "chips" }, h("legend", {}, "Stacks"), ...stacks.map((stack) => stackBox(selection, stack))) : null;
  const mode =
    modes.length > 1
      ? select("Mode", [["all", "plain and streamed"], ["unary", "plain"], ["stream", "streamed"]], selection.mode, (value) => {
          selection.mode = value as Selection["mode"];
          selection.tell();
        })
      : null;
  const cell = select("Cell", run.cells.map((one) => [one.id, cellTitle(one)]), selection.cell?.id ?? "", (id) => selection.choose(id));
  const list = cell.querySelector("select") as HTMLSelectElement;
  selection.onChange(() => {
    if (selection.cell) list.value = selection.cell.id;
  });
  return h("div", { class: "filters", role: "group", "aria-label": "Filters" }, chips, mode, cell);
}
