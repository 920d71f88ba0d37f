import { distributionChart } from "../distribution";
import { count } from "../units";
import type { Cell } from "./data";
import { metricName } from "./words";

/// Both arms' distributions of one metric of a cell.
export function distribution(cell: Cell, metric: string, armName: (cell: Cell, arm: string) => string): HTMLElement {
  const arms = [cell.theirs, cell.ours].filter((arm) => cell.distributions[arm]?.[metric]);
  const failed = arms.map((arm) => cell.failed[arm] ?? 0).reduce((sum, n) => sum + n, 0);
  return distributionChart(
    "distribution",
    `Distribution: ${metricName(metric)}`,
    `All passes together, to look at and not to judge by${failed > 0 ? `; ${count(failed)} failed requests are not in it` : ""};`,
    arms.map((arm) => ({ name: armName(cell, arm), look: arm === cell.ours ? 0 : 6, dash: arm === cell.ours ? [] : [6, 4], of: cell.distributions[arm][metric] })),
  );
}
