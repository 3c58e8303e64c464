// Keeps the page and all that it loads, so that it opens without a network from the second time on. build.py writes the names.
const VERSION = "chalkgrad-try-" + "VERSION";
const FILES = ["FILES"];
const ALL = new Set(FILES.map((name) => new URL(name, self.location.href).href));

self.addEventListener("install", (event) => {
  // What the page has loaded just now is in the browser's cache.
  const wanted = FILES.map((name) => new Request(name, { cache: "force-cache" }));
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(wanted)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("chalkgrad-try-") && name !== VERSION);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const address = event.request.url.replace(/[?#].*$/, "");
  if (event.request.method === "GET" && ALL.has(address)) {
    event.respondWith(caches.open(VERSION).then((cache) => cache.match(address)).then((kept) => kept ?? fetch(event.request)));
  }
});
