// Scripts that did not arrive, as when the network changes just then, leave a page that looks alive and answers no tap:
// load it once more as soon as the server answers, at most once a minute.
addEventListener(
  "error",
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement)) return;
    try {
      const last = Number(sessionStorage.getItem("loaded-again"));
      sessionStorage.setItem("loaded-again", String(Date.now()));
      const answers = () => fetch("/health", { cache: "no-store" }).then(({ ok }) => ok && location.reload());
      if (Date.now() - last > 60_000) void answers().catch(() => undefined);
    } catch {
      // Storage is refused: without it this might never end.
    }
  },
  { capture: true },
);
