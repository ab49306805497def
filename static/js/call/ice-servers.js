/**
 * The servers a line may go by where no UDP gets through, with credentials that last ten minutes: asked for anew when they
 * are half as old. Without an answer in a moment the line is tried without them.
 */

import { onFrame, onOpen, send } from "../live.js";

const FRESH_FOR = 5 * 60_000;
const ANSWER_WITHIN = 1_500;

/** @type {{ servers: RTCIceServer[], at: number } | null} */
let known = null;

/** @returns {Promise<RTCIceServer[]>} */
export async function freshServers() {
  if (known !== null && performance.now() - known.at < FRESH_FOR) return known.servers;
  const answer = new Promise((resolve) => {
    const ask = () => send({ type: "servers" });
    const stops = [
      onFrame("servers", (frame) => {
        known = { servers: frame.servers, at: performance.now() };
        done(known.servers);
      }),
    ];
    const timer = setTimeout(() => done(known?.servers ?? []), ANSWER_WITHIN);
    const done = (/** @type {RTCIceServer[]} */ servers) => {
      for (const stop of stops) stop();
      clearTimeout(timer);
      resolve(servers);
    };
    if (ask()) return;
    if (known === null) stops.push(onOpen(ask));
    else done(known.servers);
  });
  return answer;
}
