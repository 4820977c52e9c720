"use strict";
// The page of the chat: what it says goes as text, never as markup.
const body = document.body;
const prefix = body.dataset.prefix;
const signedIn = body.dataset.loggedIn === "true";
const find = (id) => document.getElementById(id);
const chat = find("chat");
let running = null;

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

function pair(question, answer) {
  const item = document.createElement("li");
  const said = paragraph("answer", answer);
  const actions = document.createElement("div");
  actions.className = "actions";
  actions.append(
    button("Answer again", () => ask("/regenerate", question, item)),
    button("Delete", async () => {
      if (await done("/delete_message", { user_message: question, ai_message: said.textContent, set_name: setName() })) {
        item.remove();
      }
    }),
  );
  item.append(paragraph("question", question), said, actions);
  return item;
}

async function ask(path, question, earlier) {
  if (running) return;
  running = new AbortController();
  const fields = { message: question, set_name: setName(), model_name: find("modelSelect")?.value || null };
  if (earlier) fields.pair_index = [...chat.children].indexOf(earlier);
  const item = pair(question, "");
  if (earlier) earlier.replaceWith(item);
  else chat.append(item);
  find("send").hidden = true;
  find("stop").hidden = false;
  say("Waiting for the answer");
  try {
    const response = await post(path, fields, running.signal);
    if (!response.ok) throw new Error(await reason(response));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      item.querySelector(".answer").textContent += piece.value;
    }
    say("The answer is whole.");
  } catch (error) {
    if (earlier && !item.querySelector(".answer").textContent) item.replaceWith(earlier);
    say(error.name === "AbortError" ? "Stopped. This answer is not kept." : error.message, error.name !== "AbortError");
  } finally {
    running = null;
    find("send").hidden = false;
    find("stop").hidden = true;
  }
}

async function loadSet() {
  const found = await done("/load_set", { set_name: setName() });
  if (!found) return;
  find("memory").value = found.memory;
  find("prompt").value = found.system_prompt;
  chat.replaceChildren(...found.history.map(([question, answer]) => pair(question, answer)));
  say("");
}

async function listSets(chosen = "default") {
  const response = await fetch(prefix + "/get_sets");
  if (!response.ok) return say(await reason(response), true);
  const names = Object.keys(await response.json());
  find("setSelect").replaceChildren(...names.map((name) => new Option(name, name, name === chosen, name === chosen)));
  return loadSet();
}

find("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = find("message").value;
  if (!question.trim() || running) return;
  find("message").value = "";
  ask("/chat", question, null);
});
find("message").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    find("composer").requestSubmit();
  }
});
find("stop").addEventListener("click", () => running?.abort());
find("reset").addEventListener("click", async () => {
  if (await done("/reset_chat", { set_name: setName() })) chat.replaceChildren();
});
find("saveMemory").addEventListener("click", () => done("/update_memory", { memory: find("memory").value, set_name: setName() }));
find("savePrompt").addEventListener("click", () =>
  done("/update_system_prompt", { system_prompt: find("prompt").value, set_name: setName() }),
);
find("newSet").addEventListener("click", async () => {
  const name = window.prompt("Name of the new set");
  if (name && (await done("/create_set", { set_name: name }))) await listSets(name.trim());
});
find("dropSet").addEventListener("click", async () => {
  if (await done("/delete_set", { set_name: setName() })) await listSets();
});
find("setSelect").addEventListener("change", loadSet);
if (signedIn) listSets();
