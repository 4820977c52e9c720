"use strict";
// The page of the chat: what it says goes as text, never as markup.
const body = document.body;
const prefix = body.dataset.prefix;
const signedIn = body.dataset.loggedIn === "true";
const find = (id) => document.getElementById(id);
const chat = find("chat");
let running = null;
let current = null; // the item whose answer comes
let loading = Promise.resolve();

function say(text, failed = false) {
  find("status").textContent = text;
  find("status").classList.toggle("failed", failed);
}

async function post(path, fields, signal) {
  return fetch(prefix + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": body.dataset.csrfToken },
    body: JSON.stringify(fields),
    signal,
  });
}

async function reason(response) {
  const text = await response.text();
  try {
    return JSON.parse(text).error || text;
  } catch {
    return text || `The server answered ${response.status}.`;
  }
}

async function done(path, fields) {
  try {
    const response = await post(path, fields);
    if (!response.ok) throw new Error(await reason(response));
    const found = await response.json();
    if (found.status === "error") throw new Error(found.error);
    say(found.message || "Done.");
    return found;
  } catch (error) {
    say(error.message, true);
    return null;
  }
}

const setName = () => find("setSelect").value || "default";

function button(label, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", action);
  return made;
}

function paragraph(kind, text) {
  const made = document.createElement("p");
  made.className = kind;
  made.textContent = text;
  return made;
}

// What the server keeps of a question and its answer, by the item that shows them. An item without such a pair (its
// answer was stopped, failed or could not be kept) has no place in the history and is nobody's but this page's.
const kept = new WeakMap();
const UNKEPT = /\n\[Error\] (Failed to save chat history(: missing encryption key)?|Unexpected error saving chat history)$/;
const withoutThoughts = (text) => text.replace(/<think>[\s\S]*?<\/think>/g, "");

function pair(question, answer, stored) {
  const item = document.createElement("li");
  if (stored) kept.set(item, [question, answer]);
  const actions = document.createElement("div");
  actions.className = "actions";
  actions.append(
    button("Answer again", () => ask(question, item)),
    button("Delete", () => drop(item)),
  );
  item.append(paragraph("question", question), paragraph("answer", answer), actions);
  return item;
}

const place = (item) => [...chat.children].filter((each) => kept.has(each)).indexOf(item);

async function drop(item) {
  if (item === current) return;
  const stored = kept.get(item);
  const [user_message, ai_message] = stored || [];
  const fields = { user_message, ai_message, exact: true, pair_index: place(item), set_name: setName() };
  if (!stored || (await done("/delete_message", fields))) item.remove();
}

// Nothing that shows another history may happen while an answer comes.
function busy(yes) {
  for (const id of ["setSelect", "newSet", "dropSet", "reset"]) find(id).disabled = yes;
  find("send").hidden = yes;
  find("stop").hidden = !yes;
}

async function ask(question, earlier) {
  if (running) return;
  running = new AbortController();
  busy(true);
  await loading;
  if (earlier && !earlier.isConnected) {
    running = null; // it is of a history that is shown no more
    return busy(false);
  }
  const replaces = earlier && kept.get(earlier);
  const fields = { message: question, set_name: setName(), model_name: find("modelSelect")?.value || null };
  if (replaces) {
    fields.replaces = replaces;
    fields.pair_index = place(earlier);
  }
  const item = (current = pair(question, "", false));
  if (replaces) earlier.replaceWith(item);
  else {
    earlier?.remove(); // it was not kept, so the new one comes at the end
    chat.append(item);
  }
  say("Waiting for the answer");
  try {
    await read(await post(replaces ? "/regenerate" : "/chat", fields, running.signal), item);
  } catch (error) {
    say(error.name === "AbortError" ? "Stopped. This answer is not kept." : error.message, error.name !== "AbortError");
  } finally {
    if (replaces && !kept.has(item)) restore(earlier, item);
    running = current = null;
    busy(false);
  }
}

// The answer as it comes; what the server keeps of it is known when it is whole.
async function read(response, item) {
  if (!response.ok) throw new Error(await reason(response));
  const shown = item.querySelector(".answer");
  const reader = response.body.pipeThrough(new TextDecoderStream("utf-8", { ignoreBOM: true })).getReader();
  let said = "";
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    said += piece.value;
    shown.textContent = said;
  }
  if (UNKEPT.test(said)) throw new Error("This answer could not be kept.");
  kept.set(item, [item.querySelector(".question").textContent, withoutThoughts(said)]);
  say("The answer is whole.");
}

// An answer that was to be replaced stays where the new one is not kept; what came of that one stands below it.
function restore(earlier, item) {
  item.before(earlier);
  if (!item.querySelector(".answer").textContent) item.remove();
}

function show(found) {
  find("memory").value = found.memory;
  find("prompt").value = found.system_prompt;
  chat.replaceChildren(...found.history.map(([question, answer]) => pair(question, answer, true)));
}

async function loadSet() {
  const found = await done("/load_set", { set_name: setName() });
  if (!found) return chat.replaceChildren();
  show(found);
  say("");
}

async function listSets(chosen = "default") {
  const response = await fetch(prefix + "/get_sets");
  if (!response.ok) return say(await reason(response), true);
  const names = Object.keys(await response.json());
  find("setSelect").replaceChildren(...names.map((name) => new Option(name, name, name === chosen, name === chosen)));
  return loadSet();
}

// What shows another history; an answer that is asked for meanwhile waits for it.
function loads(work) {
  loading = work().catch((error) => say(error.message, true));
}

find("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = find("message").value;
  if (!question.trim() || running) return;
  find("message").value = "";
  ask(question, null);
});
find("message").addEventListener("keydown", (event) => {
  // An Enter that ends a composition chooses a word. Safari says so by the key code alone.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
    event.preventDefault();
    find("composer").requestSubmit();
  }
});
find("stop").addEventListener("click", () => running?.abort());
find("reset").addEventListener("click", () =>
  loads(async () => {
    if (await done("/reset_chat", { set_name: setName() })) chat.replaceChildren();
  }),
);
find("saveMemory").addEventListener("click", () => done("/update_memory", { memory: find("memory").value, set_name: setName() }));
find("savePrompt").addEventListener("click", () =>
  done("/update_system_prompt", { system_prompt: find("prompt").value, set_name: setName() }),
);
find("newSet").addEventListener("click", () => {
  const name = window.prompt("Name of the new set");
  if (!name) return;
  loads(async () => {
    if (await done("/create_set", { set_name: name })) await listSets(name.trim());
  });
});
find("dropSet").addEventListener("click", () =>
  loads(async () => {
    if (await done("/delete_set", { set_name: setName() })) await listSets();
  }),
);
find("setSelect").addEventListener("change", () => loads(loadSet));
if (signedIn) loads(listSets);
else show(JSON.parse(find("kept").content.textContent)); // a guest's session is told with the page
