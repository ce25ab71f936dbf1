// Toasts leave by themselves, unless someone is reading them; those that can be undone stay longer, and a refusal
// put here by the server stays until it is closed.
// Answers send them in HX-Trigger: {"toast": {"text": "Linden moved.", "undo": "/bookings/B7K2QF/move/undo"}}.
const PLAIN = 8000;
const UNDOABLE = 20000;
const box = document.getElementById("toasts");

document.addEventListener("toast", (event) => show(event.detail));

if (box) {
  [...box.children].forEach(leave);
  new MutationObserver((records) => records.forEach((one) => one.addedNodes.forEach((node) => node.nodeType === 1 && leave(node))))
    .observe(box, { childList: true });
}

function show({ text, value, undo }) {
  if (!box) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("span");
  words.className = "grow";
  words.textContent = text ?? value;
  toast.append(words);
  if (undo) toast.append(undoing(undo));
  box.append(toast);
}

function undoing(address) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrf_token";
  token.value = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  const button = document.createElement("button");
  button.className = "btn btn--quiet btn--s";
  button.textContent = box.dataset.undo;
  form.append(token, button);
  return form;
}

function leave(toast) {
  if (toast.matches(".notice")) return closable(toast);
  const stay = toast.querySelector("form, a, button") ? UNDOABLE : PLAIN;
  setTimeout(function go() {
    if (toast.matches(":hover, :focus-within")) setTimeout(go, 2000);
    else toast.remove();
  }, stay);
}

function closable(notice) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn--quiet btn--s";
  button.textContent = box.dataset.close;
  button.addEventListener("click", () => notice.remove());
  notice.append(button);
}
