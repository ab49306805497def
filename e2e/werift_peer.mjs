// A party of a call that is no browser: another WebRTC client, which sends back whatever sound and picture it gets.
// Says its offer, is told the answer, and then says twice a second how many packets came; one line of JSON each.
import readline from "node:readline";
import { RTCPeerConnection, useNACK, useOPUS, usePLI, useREMB, useVP8 } from "werift";

const codecs = { audio: [useOPUS()], video: [useVP8({ rtcpFeedback: [useNACK(), usePLI(), useREMB()] })] };
const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: [], codecs });
const came = { audio: 0, video: 0 };
for (const kind of ["audio", "video"]) {
  const { sender, receiver, onTrack } = pc.addTransceiver(kind, { direction: "sendrecv" });
  onTrack.subscribe((track) => {
    track.onReceiveRtp.subscribe((packet) => {
      came[kind] += 1;
      void sender.sendRtp(packet);
    });
    // whoever cannot read our picture needs a whole one of whom it comes from
    if (kind === "video") sender.onPictureLossIndication.subscribe(() => void receiver.sendRtcpPLI(track.ssrc));
  });
}
await pc.setLocalDescription(await pc.createOffer());
console.log(JSON.stringify({ sdp: pc.localDescription.sdp }));
for await (const line of readline.createInterface({ input: process.stdin })) {
  await pc.setRemoteDescription({ type: "answer", sdp: JSON.parse(line).sdp });
  break;
}
process.stdout.on("error", () => process.exit()); // the test is over
setInterval(() => console.log(JSON.stringify({ state: pc.connectionState, ...came })), 500);
