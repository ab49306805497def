// Runs before the first paint (a classic script in <head>), so a chosen theme never flashes the other one.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is refused in some private windows: the system's theme it is.
}
