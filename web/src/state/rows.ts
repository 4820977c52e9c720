/** A list with the next page behind it; what moved from one page to the other meanwhile is there once. */
export function joined<Row extends { id: string }>(before: readonly Row[], page: readonly Row[]): Row[] {
  const known = new Set(before.map((row) => row.id));
  return [...before, ...page.filter((row) => !known.has(row.id))];
}
