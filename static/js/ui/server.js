/** Whether the server answers: what a browser says of its network comes too early, too late or is wrong. */
export async function isThere() {
  const answer = await fetch("/health", { cache: "no-store" }).catch(() => null);
  return answer?.ok ?? false;
}
