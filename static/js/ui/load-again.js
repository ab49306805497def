// Scripts that did not arrive, as when the network changes just then, leave a page that looks alive and answers no tap:
// load it once more, at most once a minute.
addEventListener(
  "error",
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement) || !navigator.onLine) return;
    try {
      const last = Number(sessionStorage.getItem("loaded-again"));
      sessionStorage.setItem("loaded-again", String(Date.now()));
      if (Date.now() - last > 60_000) location.reload();
    } catch {
      // Storage is refused: without it this might never end.
    }
  },
  { capture: true },
);
