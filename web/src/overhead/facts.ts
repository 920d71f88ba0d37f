// Where and when a run was made, for the end of its page.

import type { Run } from "./data";

export function facts(run: Run): [string, unknown][] {
  return [
    ["started", run.started_at],
    ["took", `${Math.round(run.took_s)} s`],
    ["hopcost", run.hopcost],
    ["seed", run.seed],
    ...Object.entries(run.environment).map(([name, one]): [string, unknown] => [name.replaceAll("_", " "), one]),
  ];
}
