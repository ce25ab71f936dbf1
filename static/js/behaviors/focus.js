// After a swap the focus goes where the eye goes: to the refusal or first error, else back to where it was,
// else to the new heading. Polling and live pieces never move it.
const within = new WeakMap(); // request -> id of what had the focus inside the part that is replaced

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const active = document.activeElement;
  if (ctx.target?.contains?.(active)) within.set(ctx, active.id);
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  const part = replaced(ctx.target);
  if (!part) return;
  const urgent = part.querySelector("[data-focus]") ?? (part.matches("[data-focus]") ? part : part.querySelector("[aria-invalid=true]"));
  const asked = ["click", "submit", "change"].includes(ctx.sourceEvent?.type);
  const lost = within.has(ctx) && document.activeElement === document.body;
  if (urgent && (asked || lost)) go(urgent);
  else if (lost) go(document.getElementById(within.get(ctx)) ?? heading(part));
  else if (ctx.push && ctx.sourceEvent?.type === "click" && !part.contains(document.activeElement)) go(heading(part));
});

// A page that comes back with problems without htmx.
const problem = document.querySelector("[data-focus]");
if (problem) go(problem);

// The element that stands where the target stood: an answer may name another target (a selector), or replace it whole.
function replaced(target) {
  if (typeof target === "string") return document.querySelector(target);
  return target?.isConnected ? target : document.getElementById(target?.id || "main");
}

function heading(part) {
  return part.querySelector("h1, h2, h3") ?? part;
}

function go(node) {
  if (!node.matches("a[href], button, input, select, textarea, [tabindex]")) node.setAttribute("tabindex", "-1");
  node.focus();
}
