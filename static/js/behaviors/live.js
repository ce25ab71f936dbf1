// Pieces with data-live="<address of a stream>" get the event "live" when there may be something new to show; what that
// is they ask for themselves (hx-trigger="live"). One connection per address, and none while nobody looks at the page.
const POLL = 15000; // when the server has no place for a stream, we look now and then
const streams = new Map(); // address -> { source, timer }

function pieces(address) {
  return [...document.querySelectorAll("[data-live]")].filter((piece) => !address || piece.dataset.live === address);
}

function look(address) {
  for (const piece of pieces(address)) piece.dispatchEvent(new CustomEvent("live"));
}

function open(address) {
  const source = new EventSource(address);
  const stream = { source };
  streams.set(address, stream);
  source.onmessage = () => look(address);
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) return; // it comes back by itself
    stream.timer = setTimeout(() => {
      open(address);
      look(address);
    }, POLL);
  };
}

function close(address) {
  const stream = streams.get(address);
  stream.source.close();
  clearTimeout(stream.timer);
  streams.delete(address);
}

function settle() {
  const wanted = new Set(document.hidden ? [] : pieces().map((piece) => piece.dataset.live));
  for (const address of [...streams.keys()]) if (!wanted.has(address)) close(address);
  for (const address of wanted) if (!streams.has(address)) open(address);
}

document.addEventListener("visibilitychange", settle);
document.addEventListener("htmx:after:swap", settle);
window.addEventListener("pageshow", settle);
// An open connection would keep the browser from showing this page again at once.
window.addEventListener("pagehide", () => [...streams.keys()].forEach(close));
settle();
