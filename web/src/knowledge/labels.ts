import type { EntityNode } from "../api/types";
import { radius, short, type Point } from "./graph";

/** Where the name of an entity stands: the middle of its line, and the words. */
export interface Label extends Point {
  text: string;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Pixels of a line of letters, and of those above the line they stand on. */
const [LINE, RISE] = [15, 11];
/** Pixels that stay free between a point and its name, around a name, and around one that has a sign behind it. */
const [GAP, AIR, RIM] = [3, 2, 5];

/** What comes first where two names would lie over each other: what is looked at, what it is linked to, then what most
 * passages speak of. Of equals it is the former. */
export function ranked(
  nodes: readonly EntityNode[],
  chosen: string,
  beside: ReadonlySet<string>,
): EntityNode[] {
  const rank = (node: EntityNode) => (node.key === chosen ? 0 : beside.has(node.key) ? 1 : 2);
  return [...nodes].sort((one, other) => rank(one) - rank(other) || other.chunks - one.chunks);
}

/**
 * The names that are written beside their points, in a frame of so many pixels: each where it lies over no name of a
 * more important one, over no point and within the frame, or not at all. `wide` is how many pixels some words take.
 */
export function labelled(
  nodes: readonly EntityNode[],
  places: ReadonlyMap<string, Point>,
  frame: { width: number; height: number },
  wide: (words: string) => number,
): Map<string, Label> {
  const points = nodes.flatMap((node) => {
    const place = places.get(node.key);
    return place ? [{ node, place, box: around(place, radius(node.chunks)) }] : [];
  });
  const taken: Box[] = [];
  const labels = new Map<string, Label>();
  for (const { node, place, box: own } of points) {
    const text = short(node.name);
    const free = spots(place, radius(node.chunks), wide(text), frame.width).find(({ box }) => {
      const inside = box.top >= 0 && box.bottom <= frame.height && box.left >= 0 && box.right <= frame.width;
      const clear = points.every((other) => other.box === own || !meet(box, other.box));
      return inside && clear && !taken.some((other) => meet(box, other));
    });
    if (!free) continue;
    taken.push(free.box);
    labels.set(node.key, { text, x: free.x, y: free.y });
  }
  return labels;
}

/** Where a name is read that has no place of its own: below its point or above it, over whatever is there. */
export function aloft(
  node: EntityNode,
  place: Point,
  frame: { width: number; height: number },
  wide: (words: string) => number,
): Label & { wide: number } {
  let text = node.name;
  for (let most = 60; wide(text) > frame.width - 2 * RIM && most > 4; most -= 4)
    text = short(node.name, most);
  const [below, above] = spots(place, radius(node.chunks), wide(text), frame.width, RIM);
  const spot = below && below.box.bottom <= frame.height ? below : above;
  return { text, x: spot?.x ?? place.x, y: spot?.y ?? place.y, wide: wide(text) };
}

/** Below a point, above it, to its right and to its left; where the frame ends, a line is moved inwards. */
function spots(place: Point, far: number, wide: number, width: number, air = AIR): (Point & { box: Box })[] {
  const half = wide / 2 + air;
  const x = Math.max(half, Math.min(width - half, place.x));
  const aside = far + GAP + half;
  const low = place.y + RISE - LINE / 2;
  return [
    { x, y: place.y + far + GAP + RISE },
    { x, y: place.y - far - GAP - (LINE - RISE) },
    { x: place.x + aside, y: low },
    { x: place.x - aside, y: low },
  ].map((spot) => ({ ...spot, box: line(spot, half) }));
}

function line({ x, y }: Point, half: number): Box {
  return { left: x - half, right: x + half, top: y - RISE, bottom: y - RISE + LINE };
}

function around({ x, y }: Point, far: number): Box {
  return { left: x - far, right: x + far, top: y - far, bottom: y + far };
}

function meet(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
