// Reads a calendar from standard input as ical.js does, which Thunderbird and Nextcloud use: its events as JSON.
import { readFileSync } from "node:fs";
import ICAL from "../../../e2e/node_modules/ical.js/dist/ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf-8")));
const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    sequence: event.sequence,
    status: component.getFirstPropertyValue("status"),
    summary: event.summary,
    start: event.startDate.toUnixTime(),
    end: event.endDate.toUnixTime(),
  };
});
console.log(JSON.stringify(events));
