import type { EntityLink, EntityNode } from "../api/types";

export interface Point {
  x: number;
  y: number;
}

const TURN = Math.PI * (3 - Math.sqrt(5));
const ROUNDS = 150;
const MARGIN = 28;
/** How strongly everything is drawn to the middle: else what is linked to nothing sits in the corners. */
const CALM = 1.2;

/**
 * Where entities are drawn: linked ones near each other, all of them apart, in a frame of so many pixels. The same
 * graph always looks the same, so that nobody looks for what they have seen.
 */
export function laid(
  nodes: readonly EntityNode[],
  links: readonly EntityLink[],
  width: number,
  height: number,
): Map<string, Point> {
  const places = nodes.map((_, n) => spiral(n, nodes.length, width, height));
  const at = new Map(nodes.map((node, n) => [node.key, n]));
  const pairs = links.flatMap(({ source, target }) => {
    const [one, other] = [at.get(source), at.get(target)];
    return one === undefined || other === undefined || one === other ? [] : [[one, other] as const];
  });
  const apart = 0.8 * Math.sqrt((width * height) / Math.max(1, nodes.length));
  for (let round = 0; round < ROUNDS; round++) {
    const step = (Math.min(width, height) / 8) * (1 - round / ROUNDS);
    move(places, pairs, apart, step, width, height);
  }
  return new Map(nodes.map((node, n) => [node.key, places[n] ?? { x: width / 2, y: height / 2 }]));
}

function spiral(n: number, count: number, width: number, height: number): Point {
  const far = Math.sqrt((n + 0.5) / Math.max(1, count)) / 2;
  return {
    x: width / 2 + (width - 2 * MARGIN) * far * Math.cos(n * TURN),
    y: height / 2 + (height - 2 * MARGIN) * far * Math.sin(n * TURN),
  };
}

/** One round: everything pushes everything away, links pull, and nobody goes further than a step, or out of the frame. */
function move(
  places: Point[],
  pairs: readonly (readonly [number, number])[],
  apart: number,
  step: number,
  width: number,
  height: number,
): void {
  const forces = places.map(() => ({ x: 0, y: 0 }));
  const push = (one: number, other: number, force: (distance: number) => number) => {
    const [a, b, f, g] = [places[one], places[other], forces[one], forces[other]];
    if (!a || !b || !f || !g) return;
    // Two that were pushed into one corner part again.
    const [dx, dy] = [a.x - b.x || 0.1, a.y - b.y || 0.1];
    const distance = Math.max(1, Math.hypot(dx, dy));
    const size = force(distance) / distance;
    f.x += dx * size;
    f.y += dy * size;
    g.x -= dx * size;
    g.y -= dy * size;
  };
  for (let one = 0; one < places.length; one++)
    for (let other = 0; other < one; other++) push(one, other, (distance) => apart ** 2 / distance);
  for (const [one, other] of pairs) push(one, other, (distance) => -(distance ** 2) / apart);
  places.forEach((place, n) => {
    const force = forces[n] ?? { x: 0, y: 0 };
    force.x += (width / 2 - place.x) * CALM;
    force.y += (height / 2 - place.y) * CALM;
    const share = Math.min(1, step / Math.max(1, Math.hypot(force.x, force.y)));
    place.x = Math.min(width - MARGIN, Math.max(MARGIN, place.x + force.x * share));
    place.y = Math.min(height - MARGIN, Math.max(MARGIN, place.y + force.y * share));
  });
}

/** How large an entity is drawn: by how many passages speak of it. */
export function radius(chunks: number): number {
  return Math.min(14, 5 + 2 * Math.log2(Math.max(1, chunks)));
}

/** A name that is short enough to stand beside a point. */
export function short(name: string, most = 22): string {
  const letters = [...name];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : name;
}
