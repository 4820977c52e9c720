import { beforeEach, expect, it } from "vitest";
import { Landing } from "../../src/knowledge/landing";

let landing: Landing;

beforeEach(() => {
  document.body.innerHTML = `<button id="beside"></button><section tabindex="-1"><a href="#a" id="old"></a></section>`;
  landing = new Landing();
  landing.box = document.querySelector("section") ?? undefined;
});

const focused = () => document.activeElement?.id || document.activeElement?.localName;
function exchange(): void {
  landing.leave();
  if (landing.box) landing.box.innerHTML = `<input id="field"><h2 id="new" tabindex="-1"></h2>`;
}

it("holds the focus until what was asked for is there", () => {
  document.getElementById("old")?.focus();
  exchange();
  expect(focused()).toBe("body");
  landing.arrive();
  expect(focused()).toBe("section");
  landing.land("#new");
  expect(focused()).toBe("new");
});

it("gives it to a field at once, and takes it from there no more", () => {
  document.getElementById("old")?.focus();
  exchange();
  landing.arrive("input");
  landing.land("#new");
  expect(focused()).toBe("field");
});

it("takes it from nobody who is or goes elsewhere", () => {
  document.getElementById("beside")?.focus();
  exchange();
  landing.arrive();
  landing.land("#new");
  expect(focused()).toBe("beside");
  document.getElementById("new")?.focus();
  exchange();
  landing.arrive();
  document.getElementById("beside")?.focus();
  landing.land("#new");
  expect(focused()).toBe("beside");
});
