// Choosing a time in a day grid (data-grid="across") or a week (data-grid="down").
// Every free run is already a link to its first start. Here the pointer chooses the half hour within the run and a second
// click lengthens; arrows move, Shift+arrow lengthens, Enter starts, Esc drops. What is chosen is written into the link's
// from and to, and the link is followed: the server stays the one who knows.
import { say } from "./announce.js";

const KEYS = {
  across: { ArrowRight: "later", ArrowLeft: "earlier", ArrowDown: "next", ArrowUp: "previous" },
  down: { ArrowDown: "later", ArrowUp: "earlier", ArrowRight: "next", ArrowLeft: "previous" },
};
const asList = matchMedia("(width < 48rem)"); // on a phone the grid is a list and each link is a whole free run
const mark = document.createElement("li");
mark.className = "cursor";
mark.setAttribute("aria-hidden", "true");
let pick = null; // { run, at, len } in half hours from the left or top

const runAt = (event) => (asList.matches ? null : event.target.closest?.("[data-grid] a.run"));
const gridOf = (run) => run.closest("[data-grid]");
const lineOf = (run) => run.closest("tr, [data-line]");
const runsOf = (line) => [...line.querySelectorAll("a.run")];
const least = (run) => Number(gridOf(run).dataset.least) || 1;
const times = (run) => (lineOf(run).dataset.times ?? gridOf(run).dataset.times).split(" ");
const asked = (node) => node.dataset.asked?.split(" ").map(Number);

function span(run) {
  const cell = run.parentElement;
  const length = (one) => (one.matches("td") ? one.colSpan : Number(one.dataset.n));
  let at = 0;
  for (let one = cell.previousElementSibling; one && !one.matches("th"); one = one.previousElementSibling) at += length(one);
  return { at, len: length(cell), end: at + length(cell) };
}

// The half hour under the pointer, as a start that leaves room for the shortest booking.
function under(run, event) {
  const box = run.parentElement.getBoundingClientRect();
  const share = gridOf(run).dataset.grid === "across" ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
  const { at, len } = span(run);
  return at + Math.min(len - 1, Math.max(0, Math.floor(share * len)));
}

function starting(run, cell) {
  const { at, end } = span(run);
  const carried = asked(lineOf(run))?.[1] ?? asked(gridOf(run))?.[1] ?? least(run);
  const len = cell + carried <= end ? carried : Math.min(least(run), end - at);
  return { run, at: Math.max(at, Math.min(cell, end - len)), len };
}

function lengthened(run, cell) {
  const chosen = asked(lineOf(run));
  const { at, end } = span(run);
  if (!chosen || chosen[0] < at || chosen[0] + chosen[1] > end || cell < chosen[0] + chosen[1]) return null;
  return { run, at: chosen[0], len: cell + 1 - chosen[0] };
}

function draw() {
  if (!pick) return mark.remove();
  const grid = gridOf(pick.run);
  mark.style.setProperty("--at", pick.at);
  mark.style.setProperty("--len", pick.len);
  if (grid.dataset.grid === "down") return lineOf(pick.run).querySelector("ol").append(mark);
  const line = lineOf(pick.run);
  mark.style.setProperty("--top", `${line.offsetTop}px`);
  mark.style.setProperty("--tall", `${line.offsetHeight}px`);
  grid.parentElement.append(mark);
}

function choose(next, aloud) {
  const moved = next && lineOf(next.run) !== (pick && lineOf(pick.run));
  pick = next;
  draw();
  if (!pick) return;
  pick.run.focus();
  const labels = times(pick.run);
  const name = moved ? `${lineOf(pick.run).querySelector("th a, h3").textContent}, ` : "";
  if (aloud) say(`${name}${labels[pick.at]}–${labels[pick.at + pick.len]}`);
}

function along(run, step) {
  const { at, end } = span(run);
  const now = pick?.run === run ? pick : null;
  if (!now) return starting(run, at); // the first arrow takes hold of the run, the next one moves
  if (now.at + step >= at && now.at + step + now.len <= end) return { ...now, at: now.at + step };
  const runs = runsOf(lineOf(run));
  const next = runs[runs.indexOf(run) + step];
  return next ? starting(next, step > 0 ? span(next).at : span(next).end - least(next)) : now;
}

function beside(run, step) {
  const lines = [...gridOf(run).querySelectorAll("tbody > tr, [data-line]")];
  const from = pick?.run === run ? pick.at : span(run).at;
  const gap = (one) => Math.max(span(one).at - from, from - span(one).end + 1, 0);
  for (let i = lines.indexOf(lineOf(run)) + step; lines[i]; i += step) {
    const nearest = runsOf(lines[i]).sort((a, b) => gap(a) - gap(b) || span(b).at - span(a).at)[0];
    if (nearest) return starting(nearest, from);
  }
  return null;
}

document.addEventListener("keydown", (event) => {
  const run = runAt(event);
  if (!run || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape" && pick) return choose(null);
  const move = KEYS[gridOf(run).dataset.grid][event.key];
  if (!move) return;
  event.preventDefault();
  const { end } = span(run);
  const now = pick?.run === run ? pick : starting(run, span(run).at);
  if (event.shiftKey && move === "later") choose({ ...now, len: Math.min(now.len + 1, end - now.at) }, true);
  else if (event.shiftKey && move === "earlier") choose({ ...now, len: Math.max(now.len - 1, least(run)) }, true);
  else if (move === "later" || move === "earlier") choose(along(run, move === "later" ? 1 : -1), true);
  else choose(beside(run, move === "next" ? 1 : -1) ?? now, true);
});

document.addEventListener("pointermove", (event) => {
  if (event.pointerType !== "mouse") return;
  const run = runAt(event);
  if (run) pick = lengthened(run, under(run, event)) ?? starting(run, under(run, event));
  else if (pick && !pick.run.matches(":focus-visible")) pick = null;
  else return;
  draw();
});

document.addEventListener("click", (event) => {
  const run = runAt(event);
  if (!run) return;
  const byKey = event.detail === 0;
  if (byKey && pick?.run !== run) return;
  const chosen = byKey ? pick : lengthened(run, under(run, event)) ?? starting(run, under(run, event));
  const address = new URL(run.href);
  const labels = times(run);
  address.searchParams.set("from", labels[chosen.at]);
  address.searchParams.set("to", labels[chosen.at + chosen.len]);
  run.href = address.pathname + address.search + address.hash;
  pick = null;
  draw();
}, true);
