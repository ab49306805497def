/** What was pushed about this wait is over: it need not lie on the phone's screen any longer. */
export async function quieten() {
  const worker = await navigator.serviceWorker?.getRegistration();
  for (const notification of (await worker?.getNotifications()) ?? []) notification.close();
}
