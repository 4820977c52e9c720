import { expect, it } from "vitest";
import { Task } from "../../src/state/task.svelte";

it("runs once in an effect, and not again because of its own end", async () => {
  const task = new Task();
  let runs = 0;
  const stop = $effect.root(() => {
    $effect(() => {
      void task.run(async () => {
        runs++;
        await new Promise((resolve) => setTimeout(resolve, 0));
      });
    });
  });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  stop();
  expect(runs).toBe(1);
  expect(task.busy).toBe(false);
});
