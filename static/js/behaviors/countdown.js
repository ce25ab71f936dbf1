// <time data-countdown="ISO">14:32</time>: counts down, speaks once at two minutes, and shows the form that keeps the place.
import { say } from "./announce.js";

const SOON = 120;
const ends = new WeakMap(); // element -> moment on this machine's clock
const told = new WeakSet();

// Counted from the time left that the server printed: the visitor's clock may be wrong, a minute is a minute everywhere.
function end(node) {
  if (!ends.has(node)) {
    const [, minutes, seconds] = /^(\d+):(\d\d)$/.exec(node.textContent.trim()) ?? [];
    const left = minutes === undefined ? Date.parse(node.dataset.countdown) - Date.now() : (minutes * 60 + Number(seconds)) * 1000;
    ends.set(node, Date.now() + left);
  }
  return ends.get(node);
}

function tick() {
  for (const node of document.querySelectorAll("[data-countdown]")) {
    const left = Math.max(0, Math.ceil((end(node) - Date.now()) / 1000));
    node.textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : node.dataset.over;
    if (left > SOON) continue;
    document.querySelectorAll("[data-more-time]").forEach((form) => form.classList.add("is-due"));
    if (!told.has(node)) {
      told.add(node);
      say(left ? node.dataset.soon : node.dataset.over);
    }
  }
}

tick();
setInterval(tick, 1000);
