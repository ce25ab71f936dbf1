// A form on its way says so, and is not sent twice. The idempotency key guards the server; this spares the visitor the doubt.
const LONGEST = 15000; // an answer that is a download never leaves the page, so the button wakes up by itself

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get" || form.method === "dialog") return;
  if (form.dataset.busy) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.busy = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => rest(form), LONGEST);
}, true);

document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target.closest?.("form");
  if (form) rest(form);
});

// Back from the next page: the browser may show this one as it was left.
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach(rest));

function rest(form) {
  delete form.dataset.busy;
  // Its buttons may stand elsewhere on the page.
  for (const control of form.elements) control.removeAttribute("aria-busy");
}
