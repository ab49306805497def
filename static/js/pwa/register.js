// Installs the worker, and tells it which language its two pages should be kept in.

if ("serviceWorker" in navigator) {
  navigator.serviceWorker
    .register("/sw.js")
    .then(() => navigator.serviceWorker.ready)
    .then(({ active }) => active?.postMessage({ lang: document.documentElement.lang }))
    .catch(() => undefined); // A private window, or no secure connection: the pages work without.
}
