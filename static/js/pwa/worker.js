/**
 * The service worker, served at /sw.js with `self.NAERVAER` in front: this build, and what to keep. It keeps static files
 * and two pages that hold nobody's data; a patient's own pages always come from the network, and without network the
 * offline page shows what the phone itself has kept. It shows what is pushed, says that it did, and opens what is tapped.
 */

/** The types of a worker's global scope are not those of a page, which the type checker is set to. */
const worker = /** @type {any} */ (self);
/** @type {{ build: string, pages: string[], files: string[], icon: string }} */
const { build, pages, files, icon } = worker.NAERVAER;
const FILES = `files-${build}`;
const PAGES = `pages-${build}`;
const PATIENTS = /^\/($|(j|k|app)\/|kode|appointments|waiting|confirmation|guide|install|offline)/;

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(Promise.all([keepFiles(), keepPages()]).then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(takeOver());
});

worker.addEventListener("message", (/** @type {any} */ event) => {
  // a page that was on its way while the worker took over belongs to nobody until it is claimed again
  event.waitUntil(worker.clients.claim());
  if (event.data?.lang) event.waitUntil(speak(event.data.lang));
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode === "navigate" && PATIENTS.test(pathname)) event.respondWith(page(event, pathname));
});

worker.addEventListener("push", (/** @type {any} */ event) => {
  event.waitUntil(show(event.data?.json().notification ?? {}));
});

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.navigate));
});

worker.addEventListener("pushsubscriptionchange", (/** @type {any} */ event) => {
  event.waitUntil(renew(event));
});

/**
 * The browser has changed this phone's push address: said at once, or the next call would reach nobody. Where the browser
 * names neither the old one nor the new one, the page says it at the next visit.
 * @param {any} event
 */
async function renew({ oldSubscription, newSubscription }) {
  const key = oldSubscription?.options.applicationServerKey;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const renewed = newSubscription ?? (key && (await worker.registration.pushManager.subscribe(options)));
  if (!renewed) return;
  const { endpoint, keys } = renewed.toJSON();
  const body = JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth });
  await fetch("/push/subscription/renewal", { method: "POST", headers: { "Content-Type": "application/json" }, body });
}

/** Every push must be seen, or the browser takes the right to push away; an open page hears of it too. @param {any} said */
async function show(said) {
  const { title = "Nærvær", navigate = "/appointments", data, ...words } = said;
  for (const page of await worker.clients.matchAll({ type: "window" })) page.postMessage({ pushed: true });
  await worker.registration.showNotification(title, {
    ...words,
    icon,
    badge: icon,
    renotify: Boolean(words.tag),
    requireInteraction: data?.urgent ?? false,
    vibrate: [400, 200, 400, 200, 400],
    data: { navigate },
  });
  if (data?.push) await fetch(`/push/${data.push}/arrival`, { method: "POST" }).catch(() => undefined);
}

/** The very page if it is open somewhere, else a new one. @param {string} address */
async function open(address) {
  const wanted = inside(address);
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((/** @type {any} */ page) => inside(page.url) === wanted);
  if (!there) return worker.clients.openWindow(wanted);
  there.postMessage({ pushed: true });
  return there.focus();
}

/** The address within this site. @param {string} address */
function inside(address) {
  const { pathname, search } = new URL(address, location.origin);
  return pathname + search;
}

async function keepFiles() {
  await (await caches.open(FILES)).addAll(files);
}

async function keepPages() {
  const cache = await caches.open(PAGES);
  await cache.addAll(pages.map((path) => new Request(path, { cache: "no-store" })));
}

async function takeOver() {
  for (const name of await caches.keys()) if (name !== FILES && name !== PAGES) await caches.delete(name);
  await worker.registration.navigationPreload?.enable();
  await worker.clients.claim();
}

/** Keep the pages in the language now spoken. @param {string} lang */
async function speak(lang) {
  const kept = await caches.match(pages[0] ?? "");
  if (kept && !(await kept.text()).includes(`<html lang="${lang}"`)) await keepPages().catch(() => undefined);
}

/** Static files never change under their address. @param {Request} request */
async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** @param {any} event @param {string} pathname */
async function page(event, pathname) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    const kept = await caches.match(pages.includes(pathname) ? pathname : "/offline");
    return kept ?? Response.error();
  }
}
