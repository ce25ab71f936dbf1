// A venue's calendar: a booking is carried to another time or room, by the pointer or by keys, and put down on the page
// that says what that comes to. Nothing is moved here: the server is the one who knows. Without this the same page is
// reached by "Move". It also looks after the panel beside the calendar.
import { say } from "./announce.js";

const LATER = { across: { ArrowRight: 1, ArrowLeft: -1 }, down: { ArrowDown: 1, ArrowUp: -1 } };
const BESIDE = { across: { ArrowDown: 1, ArrowUp: -1 }, down: { ArrowRight: 1, ArrowLeft: -1 } };
const FAR = 6; // pixels until a press is a drag
const LONG = 350; // ms until a thumb that rests has picked something up
const EDGE = 60;
const asList = matchMedia("(width < 48rem)"); // on a phone the lanes are lists: there is nowhere to drag to
const mark = document.createElement("div");
mark.className = "carried-to";
mark.setAttribute("aria-hidden", "true");
let carried = null; // { run, lanes, len, grab, lane, at, by }: quarters of an hour from the first hour
let press = null;
let justDropped = false;

const runOf = (event) => (asList.matches ? null : event.target.closest?.("[data-lanes] a.moves"));
const axis = (lanes) => lanes.dataset.lanes;
const nameOf = (lane) => lane.querySelector("h3").textContent;
const laneOf = (node) => node.closest("[data-room]");
const length = (cell) => Number(/\bn(\d+)\b/.exec(cell.className)?.[1] ?? 1);

function place(run) {
  let at = 0;
  for (let one = run.parentElement.previousElementSibling; one; one = one.previousElementSibling) at += length(one);
  return { at, len: length(run.parentElement) };
}

function clock(lanes, at) {
  const minutes = Number(lanes.dataset.first) * 60 + at * 15;
  return `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

function words(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function pickUp(run, grab, by) {
  const lanes = run.closest("[data-lanes]");
  carried = { run, lanes, ...place(run), grab, lane: laneOf(run), by };
  carried.from = { lane: carried.lane, at: carried.at };
  run.dataset.carried = "";
  if (by === "pointer") document.documentElement.classList.add("is-carrying");
  if (by === "keys") say(words(lanes.dataset.picked, { what: run.textContent.trim() }));
  draw();
}

function letGo() {
  if (!carried) return;
  delete carried.run.dataset.carried;
  document.documentElement.classList.remove("is-carrying");
  mark.remove();
  carried = null;
}

function draw() {
  const { lanes, lane, at, len } = carried;
  const list = lane.querySelector("ol");
  const unit = 100 / Number(lanes.dataset.cells);
  const across = axis(lanes) === "across";
  const shown = Math.min(len, Number(lanes.dataset.cells) - at) * unit;
  mark.style.cssText = "";
  mark.style[across ? "left" : "top"] = `${at * unit}%`;
  mark.style[across ? "width" : "height"] = `${shown}%`;
  mark.style[across ? "top" : "left"] = "0";
  mark.style[across ? "height" : "width"] = "100%";
  mark.textContent = `${clock(lanes, at)} ${nameOf(lane)}`;
  list.append(mark);
}

function to(lane, at) {
  const most = Number(carried.lanes.dataset.cells) - 1;
  const cell = Math.max(0, Math.min(most, at));
  if (lane === carried.lane && cell === carried.at) return;
  carried.lane = lane;
  carried.at = cell;
  draw();
  if (carried.by !== "keys") return;
  mark.scrollIntoView({ block: "nearest", inline: "nearest" });
  const day = lane.closest("section").querySelector("h2 a").textContent;
  say(words(carried.lanes.dataset.there, { day, time: clock(carried.lanes, cell), room: nameOf(lane) }));
}

function drop() {
  const { run, lanes, lane, at, from } = carried;
  const still = lane === from.lane && at === from.at;
  if (!still) say(words(lanes.dataset.dropped, { time: clock(lanes, at) }));
  else if (carried.by === "keys") say(lanes.dataset.back);
  letGo();
  if (still) return run.focus();
  const asked = new URLSearchParams({ room: lane.dataset.room, date: lane.dataset.day, from: clock(lanes, at) });
  location.assign(`${new URL(run.href).pathname}/move?${asked}`);
}

// The quarter of an hour under the pointer, as many steps of the room from where it was as the pointer has gone.
function under(event) {
  const lane = document.elementFromPoint(event.clientX, event.clientY)?.closest?.("[data-room]");
  if (!lane || lane.closest("[data-lanes]") !== carried.lanes) return null;
  const box = lane.querySelector("ol").getBoundingClientRect();
  const across = axis(carried.lanes) === "across";
  const share = across ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
  const step = Number(lane.dataset.step) || 2;
  const cell = share * Number(carried.lanes.dataset.cells) - carried.grab;
  return { lane, at: Math.round(cell / step) * step };
}

function grabbedAt(run, event) {
  const box = run.getBoundingClientRect();
  const across = axis(run.closest("[data-lanes]")) === "across";
  return (across ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height) * place(run).len;
}

document.addEventListener("pointerdown", (event) => {
  const run = runOf(event);
  if (!run || event.button !== 0) return;
  if (carried) letGo();
  press = { run, x: event.clientX, y: event.clientY, grab: grabbedAt(run, event), touch: event.pointerType === "touch" };
  if (press.touch) press.timer = setTimeout(() => press && pickUp(press.run, press.grab, "pointer"), LONG);
});

document.addEventListener("pointermove", (event) => {
  if (press && !carried) {
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > FAR;
    if (far && press.touch) return unpress(); // a thumb that moves at once scrolls
    if (far) pickUp(press.run, press.grab, "pointer");
  }
  if (carried?.by !== "pointer") return;
  event.preventDefault();
  const aim = under(event);
  if (aim) to(aim.lane, aim.at);
  if (event.clientY < EDGE) scrollBy(0, -16);
  else if (event.clientY > innerHeight - EDGE) scrollBy(0, 16);
});

document.addEventListener("pointerup", () => {
  unpress();
  if (carried?.by !== "pointer") return;
  justDropped = true; // the click that follows belongs to the drag
  setTimeout(() => { justDropped = false; });
  drop();
});

document.addEventListener("pointercancel", () => {
  unpress();
  if (carried?.by === "pointer") letGo();
});

// What is carried by a thumb must not scroll the page.
document.addEventListener("touchmove", (event) => carried && event.preventDefault(), { passive: false });
document.addEventListener("contextmenu", (event) => carried && event.preventDefault());
document.addEventListener("dragstart", (event) => runOf(event) && event.preventDefault());

function unpress() {
  clearTimeout(press?.timer);
  press = null;
}

document.addEventListener("click", (event) => {
  if (justDropped || carried) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const closing = event.target.closest?.("#panel [data-close-panel]");
  if (!closing) return;
  event.preventDefault();
  closePanel();
}, true);

document.addEventListener("keydown", (event) => {
  if (carried) return carry(event);
  const run = runOf(event);
  if (run && event.key === " ") {
    event.preventDefault();
    return pickUp(run, 0, "keys");
  }
  if (event.key === "Escape" && event.target.closest?.("#panel")) closePanel();
}, true);

function carry(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const { lanes, lane, at } = carried;
  const later = LATER[axis(lanes)][event.key];
  const beside = BESIDE[axis(lanes)][event.key];
  if (event.key === "Escape") {
    const { run } = carried;
    say(lanes.dataset.back);
    letGo();
    run.focus();
  } else if (event.key === "Enter" || event.key === " ") drop();
  else if (event.key === "Tab") {
    say(lanes.dataset.back);
    return letGo();
  } else if (later) to(lane, at + later * (Number(lane.dataset.step) || 2));
  else if (beside) {
    const all = [...lanes.querySelectorAll("[data-room]")];
    to(all[all.indexOf(lane) + beside] ?? lane, at);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

// The page renews itself when something has changed; not under the hands of somebody who carries something.
document.addEventListener("htmx:before:swap", (event) => {
  if (carried && event.detail.ctx.target?.id === "calendar") event.preventDefault();
});

let opener = null; // what the panel was opened from
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.target?.id !== "panel") return;
  if (ctx.sourceElement?.matches?.("a")) opener = ctx.sourceElement;
  const heading = ctx.target.querySelector("h2");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
});

function closePanel() {
  document.getElementById("panel").replaceChildren();
  if (opener?.isConnected) opener.focus();
}
