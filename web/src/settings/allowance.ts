import type { Budget } from "../api/types";
import { figure, money, t } from "../words";

/** So much of a budget's unit, in words: `12 requests`, `€3.20`. */
export function amount(count: number, budget: Pick<Budget, "unit" | "currency">): string {
  if (budget.unit === "money") return money(count, budget.currency);
  return t(budget.unit === "tokens" ? "settings.someTokens" : "settings.someRequests", {
    count,
    shown: figure(count),
  });
}
