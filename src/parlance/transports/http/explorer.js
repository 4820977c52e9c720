// The interactive page of one dialect: lists the operations of its OpenAPI document, shows their schemas, sends a
// request and shows the answer as it streams in. Builds every node by hand: no text from outside becomes markup.
"use strict";

const SHOWN = 1 << 20; // characters of an answer kept on the page, so that an endless stream does not eat it
const DEEP = 6; // levels of a schema that an example is made for

function node(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function resolve(schema, described) {
  const match = /^#\/components\/schemas\/(.+)$/.exec((schema && schema.$ref) || "");
  return match ? described.components.schemas[match[1]] : schema || {};
}

// What an example says in fields of these names. The first of ASKED is shown though no schema may require it, since a
// request without it asks nothing; so is the model where the API has no default one.
const QUESTION = "Tea is grown in Assam. Where is tea grown?";
const SAID = { model: "quote", role: "user", content: QUESTION, prompt: QUESTION, input: QUESTION };
const ASKED = ["messages", "items", "input", "prompt"];

function takes(schema, text) {
  if (schema.enum) return schema.enum.includes(text);
  const choices = schema.anyOf || schema.oneOf;
  return choices ? choices.some((choice) => takes(choice, text)) : schema.type === "string";
}

function example(given, described, level, name) {
  const schema = resolve(given, described);
  if (level > DEEP) return null;
  if (name in SAID && takes(schema, SAID[name])) return SAID[name];
  if (schema.default && schema.default.length !== 0) return schema.default;
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choices = schema.anyOf || schema.oneOf;
  if (choices) return example(choices.find((choice) => choice.type !== "null") || choices[0], described, level);
  if (schema.type === "object" || schema.properties) {
    const known = schema.properties || {};
    const asked = ASKED.find((field) => field in known);
    const wanted = new Set([...(schema.required || []), asked, "role" in known ? "content" : asked]);
    if (described.info.title === "Ollama") wanted.add("model"); // its clients may say `name`, so no schema requires it
    const fields = Object.entries(known).filter(([name]) => wanted.has(name));
    return Object.fromEntries(fields.map(([name, field]) => [name, example(field, described, level + 1, name)]));
  }
  if (schema.type === "array") return schema.items ? [example(schema.items, described, level + 1)] : [];
  return { string: "text", integer: 1, number: 1, boolean: false }[schema.type] ?? null;
}

function field(label, input) {
  const id = "f" + document.querySelectorAll("input, textarea").length + Math.random().toString(36).slice(2);
  input.id = id;
  return [node("label", { for: id }, label), input];
}

async function send(method, url, extra, body, output, status, signal) {
  const headers = { ...extra };
  const token = document.getElementById("token").value;
  if (token) headers.authorization = "Bearer " + token;
  // A form says by itself what it is.
  if (typeof body === "string") headers["content-type"] = "application/json";
  const began = performance.now();
  const reply = await fetch(url, { method, headers, body, signal, credentials: "same-origin" });
  status.textContent = reply.status + " " + reply.statusText;
  if (!reply.body) return;
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    if (output.textContent.length < SHOWN) output.append(step.value);
    output.scrollTop = output.scrollHeight;
  }
  status.append(" in " + Math.round(performance.now() - began) + " ms");
}

function address(path, inputs) {
  const query = new URLSearchParams();
  let filled = path;
  for (const [parameter, input] of inputs) {
    if (parameter.in === "path") filled = filled.replace("{" + parameter.name + "}", encodeURIComponent(input.value));
    else if (parameter.in === "query" && input.value) query.set(parameter.name, input.value);
  }
  return "." + filled + (query.size ? "?" + query : "");
}

function headersOf(inputs) {
  const given = inputs.filter(([parameter, input]) => parameter.in === "header" && input.value);
  return Object.fromEntries(given.map(([parameter, input]) => [parameter.name, input.value]));
}

// The body as it is sent: the text as it stands, or its fields as those of a form.
function bodyOf(text, taken) {
  return taken["application/json"] ? text : new URLSearchParams(JSON.parse(text));
}

function form(path, method, operation, described) {
  const area = node("div");
  const inputs = (operation.parameters || []).map((parameter) => [parameter, node("input")]);
  for (const [parameter, input] of inputs) {
    const about = parameter.description ? ": " + parameter.description : "";
    area.append(...field(parameter.name + " (" + parameter.in + ")" + about, input));
  }
  const content = (operation.requestBody && operation.requestBody.content) || {};
  const taken = content["application/json"] || content["application/x-www-form-urlencoded"];
  const body = taken && node("textarea", { rows: "10", spellcheck: "false" });
  if (body) {
    const made = JSON.stringify(example(taken.schema, described, 0), null, 2);
    body.value = path.includes("embed") ? made.replace('"quote"', '"all-minilm-l6-v2"') : made;
    area.append(...field("Body", body));
    area.append(schemaView("Schema of the body", taken.schema, described));
  }
  for (const [status, reply] of Object.entries(operation.responses)) {
    for (const [media, content] of Object.entries(reply.content || {})) {
      const schema = content.schema || content["x-frame-schema"];
      area.append(schemaView("Answer " + status + ", " + media, schema, described));
    }
  }
  const given = () => (body ? bodyOf(body.value, content) : null);
  area.append(...controls(method, () => address(path, inputs), () => headersOf(inputs), given));
  return area;
}

function controls(method, url, headers, body) {
  const go = node("button", { type: "button" }, "Send");
  const stop = node("button", { type: "button", disabled: "" }, "Stop");
  const status = node("p", { role: "status" });
  const output = node("pre", { tabindex: "0", "aria-label": "Answer" });
  let running = null;
  go.addEventListener("click", async () => {
    running = new AbortController();
    go.disabled = true;
    stop.disabled = false;
    output.textContent = status.textContent = "";
    try {
      await send(method, url(), headers(), body(), output, status, running.signal);
    } catch (error) {
      status.append(" " + (error.name === "AbortError" ? "stopped" : error.message));
    }
    go.disabled = false;
    stop.disabled = true;
  });
  stop.addEventListener("click", () => running.abort());
  return [go, stop, status, output];
}

function schemaView(title, schema, described) {
  const view = node("details", null, node("summary", null, title));
  view.addEventListener("toggle", () => {
    if (view.open && view.children.length === 1) {
      view.append(node("pre", { tabindex: "0" }, JSON.stringify(resolve(schema, described), null, 2)));
    }
  });
  return view;
}

function show(described) {
  document.title = described.info.title + " · Parlance";
  document.getElementById("title").textContent = described.info.title;
  document.getElementById("about").textContent = described.info.description || "";
  const list = document.getElementById("operations");
  for (const [path, methods] of Object.entries(described.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const head = node("summary", null, node("span", { class: "method" }, method.toUpperCase()));
      head.append(node("span", { class: "path" }, path), " " + (operation.summary || ""));
      const entry = node("details", null, head);
      entry.addEventListener("toggle", () => {
        if (entry.open && entry.children.length === 1) entry.append(form(path, method.toUpperCase(), operation, described));
      });
      list.append(entry);
    }
  }
}

fetch("openapi.json")
  .then((reply) => reply.json())
  .then(show)
  .catch((error) => {
    document.getElementById("trouble").textContent = "The document could not be read: " + error.message;
  });
