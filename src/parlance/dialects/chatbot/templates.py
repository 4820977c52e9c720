"""The markup of the pages. Values are escaped before they are put in."""

from __future__ import annotations

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf-token" content="{csrf}"><meta name="color-scheme" content="light dark">
<title>{title} · Chatbot</title><link rel="stylesheet" href="{prefix}/static/chatbot.css"></head>
<body {attributes} data-prefix="{prefix}">
{body}
</body></html>
"""
HOME = """<header><h1>Chatbot</h1><nav aria-label="Account">{who}</nav></header>
<main>
<section id="controls" aria-label="Settings">
<div {sets}><label for="setSelect">Set</label> <select id="setSelect"><option>default</option></select>
<button type="button" id="newSet">New set</button> <button type="button" id="dropSet">Delete set</button></div>
<div>{choice}</div>
<details><summary>Memory and system prompt</summary>
<label for="memory">Memory</label><textarea id="memory" rows="4"></textarea>
<button type="button" id="saveMemory">Save memory</button>
<label for="prompt">System prompt</label><textarea id="prompt" rows="4">{prompt}</textarea>
<button type="button" id="savePrompt">Save system prompt</button></details>
</section>
<ol id="chat" aria-label="Conversation"></ol>
<p id="status" role="status"></p>
<form id="composer"><label for="message">Message</label><textarea id="message" rows="3" required></textarea>
<div class="actions"><button type="submit" id="send">Send</button> <button type="button" id="stop" hidden>Stop</button>
<button type="button" id="reset">Forget this conversation</button></div></form>
</main>
<template id="app-data" type="application/json">{data}</template>
<template id="kept" type="application/json">{kept}</template>
<script src="{prefix}/static/chatbot.js" defer></script>"""
_FORM = """<main class="narrow"><h1>{{title}}</h1>
<form action="{{prefix}}/{path}" method="post"><input type="hidden" name="csrf_token" value="{{csrf}}">
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="{kind}" required>
<button type="submit">{{title}}</button></form>
<p><a href="{{prefix}}/{other}">{instead}</a> <a href="{{prefix}}/">Back to the chat</a></p></main>"""
LOGIN = _FORM.format(path="login", kind="current-password", other="signup", instead="Sign up instead")
SIGNUP = _FORM.format(path="signup", kind="new-password", other="login", instead="Sign in instead")
