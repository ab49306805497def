/** Some browsers let no page make a call, as an iPhone's in Lockdown Mode: `data-unable` on the body says so (app.css). */

/** Whether calls can be made here at all. */
export function canCall() {
  return "RTCPeerConnection" in globalThis;
}

if (!canCall()) document.body.dataset.unable = "";
