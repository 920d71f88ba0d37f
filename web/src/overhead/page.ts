import { h } from "../dom";
import { provenance } from "../provenance";
import { answer } from "./answer";
import { cellTable } from "./cells";
import { checks } from "./checks";
import type { Run } from "./data";
import { detail } from "./detail";
import { facts } from "./facts";
import { heatMap } from "./heat";
import { againstLoad } from "./load";
import { scaling } from "./scaling";
import { filterBar, Selection } from "./selection";
import { unsaid } from "./unsaid";

/// The page of one `overhead run`, the answer first.
export function overheadPage(run: Run): (Node | null)[] {
  document.title = `${run.name.slice(0, 80)} · hopcost`;
  const selection = new Selection(run);
  const many = run.cells.length > 0;
  return [
    answer(run),
    unsaid(run),
    many ? filterBar(selection) : null,
    many ? againstLoad(selection) : null,
    many ? heatMap(selection) : null,
    many ? detail(selection) : null,
    scaling(selection),
    many ? checks(selection) : null,
    many ? cellTable(selection) : null,
    provenance(run.command, facts(run), run.config, "Configuration, resolved (config.yaml)"),
    h("p", { class: "aside" }, "Made from run.json alone. Times are differences of the same rounds; docs/measurement.md has every formula."),
  ];
}
