// The shell of the page for when the connection is gone: the document, its scripts and styles, and nothing that anybody
// wrote or asked. Whatever else is asked of the server goes past here untouched.
const CACHE = "parlance-shell-1";
const SCOPE = new URL("./", self.location.href);
const PAGES =
  /^(?:|c\/[^/]+|bases(?:\/[^/]+(?:\/search)?)?|documents\/[^/]+|settings(?:\/[^/]*)?|sign-in|sign-up|welcome)$/;
const FILES = /^(?:assets\/[^/]+|theme\.js|icon\.svg|icon-maskable\.svg|manifest\.webmanifest)$/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    freshShell().then(
      () => self.skipWaiting(),
      () => self.skipWaiting(),
    ),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (
    event.request.method !== "GET" ||
    url.origin !== SCOPE.origin ||
    !url.pathname.startsWith(SCOPE.pathname)
  )
    return;
  const path = url.pathname.slice(SCOPE.pathname.length);
  if (event.request.mode === "navigate" && PAGES.test(path)) event.respondWith(document_(event.request));
  else if (FILES.test(path)) event.respondWith(file(event.request, path.startsWith("assets/")));
});

/** The document from the server; the kept one only when no answer comes. */
async function document_(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(SCOPE.href, { cacheName: CACHE })) ?? Response.error();
  }
}

/** What has a hash in its name is the same for good; the rest is asked for, and the kept one is for bad times. */
async function file(request, forGood) {
  const kept = await caches.match(request, { cacheName: CACHE });
  if (kept && forGood) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.type === "basic") await (await caches.open(CACHE)).put(request, answer.clone());
    return answer;
  } catch {
    return kept ?? Response.error();
  }
}

/** Keep the document of this build, and forget the files of the build before. */
async function freshShell() {
  const cache = await caches.open(CACHE);
  const answer = await fetch(SCOPE.href, { credentials: "same-origin", headers: { accept: "text/html" } });
  if (!answer.ok || !(answer.headers.get("content-type") ?? "").startsWith("text/html")) return;
  const text = await answer.clone().text();
  const before = await cache.match(SCOPE.href);
  if (before && (await before.text()) === text) return;
  for (const request of await cache.keys()) if (request.url.includes("/assets/")) await cache.delete(request);
  await cache.put(SCOPE.href, answer);
  const files = [...text.matchAll(/(?:src|href)="\.\/((?:assets\/[^"]+)|theme\.js|icon\.svg)"/g)].map(
    (found) => found[1],
  );
  await Promise.all(files.map((path) => cache.add(new URL(path, SCOPE.href).href).catch(() => undefined)));
}

// The page says that it has started: then is the time to see whether there is another build.
self.addEventListener("message", (event) => {
  if (event.data === "started") event.waitUntil(freshShell().catch(() => undefined));
});
