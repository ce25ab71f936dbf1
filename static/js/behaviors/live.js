// Pieces with data-live="<address of a stream>" get the event "live" when there may be something new to show; what that
// is they ask for themselves (hx-trigger="live"). Pieces that listen at the same path share one connection, which asks
// for what all of them want; there is none while nobody looks at the page. When the server has no place for a stream, it
// answers at once and the browser asks again by itself, as seldom as the server says.
const AGAIN = 15000; // after a refusal
const streams = new Map(); // address -> { source, timer }

function pieces() {
  return [...document.querySelectorAll("[data-live]")];
}

function wanted() {
  const addresses = new Map(); // path -> parameters
  for (const piece of pieces()) {
    const { pathname, searchParams } = new URL(piece.dataset.live, location);
    const all = addresses.get(pathname) ?? new URLSearchParams();
    for (const [name, value] of searchParams) if (!all.has(name, value)) all.append(name, value);
    addresses.set(pathname, all);
  }
  return new Set([...addresses].map(([path, all]) => (all.size ? `${path}?${all}` : path)));
}

function look(address) {
  const [path] = address.split("?");
  for (const piece of pieces()) {
    if (piece.dataset.live.split("?")[0] === path) piece.dispatchEvent(new CustomEvent("live"));
  }
}

// `age`: for how many seconds what the page shows may be old; without it the server says "look" at once.
function open(address, age) {
  const source = new EventSource(age === undefined ? address : `${address}${address.includes("?") ? "&" : "?"}ago=${age}`);
  const stream = { source };
  streams.set(address, stream);
  source.onmessage = () => look(address);
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) return; // it comes back by itself
    stream.timer = setTimeout(open, AGAIN * (0.8 + 0.4 * Math.random()), address);
  };
}

function close(address) {
  const stream = streams.get(address);
  stream.source.close();
  clearTimeout(stream.timer);
  streams.delete(address);
}

function settle(age) {
  const now = document.hidden ? new Set() : wanted();
  for (const address of [...streams.keys()]) if (!now.has(address)) close(address);
  for (const address of now) if (!streams.has(address)) open(address, age);
}

// How old the page is that was just loaded; one that was kept from an earlier visit may be of any age.
function age() {
  const [entry] = performance.getEntriesByType("navigation");
  return !entry || entry.type === "back_forward" ? undefined : Math.ceil((performance.now() - entry.requestStart) / 1000);
}

// Whoever has chosen something else meanwhile does not want to see the old choice again.
const asked = new WeakMap(); // request -> address
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => asked.set(ctx, ctx.sourceElement?.getAttribute("hx-get")));
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceEvent?.type === "live" && asked.get(ctx) !== ctx.sourceElement?.getAttribute("hx-get")) event.preventDefault();
});

document.addEventListener("visibilitychange", () => settle());
document.addEventListener("htmx:after:swap", () => settle(2));
window.addEventListener("pageshow", () => settle());
// An open connection would keep the browser from showing this page again at once.
window.addEventListener("pagehide", () => [...streams.keys()].forEach(close));
settle(age());
