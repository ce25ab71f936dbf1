// Passkeys: the browser asks for a finger, a face or a key, and what it signs goes along with the form.
// A button says what is wanted ("create" or "get") and where the question comes from; without passkeys it stays hidden.
const able = "PublicKeyCredential" in window;

for (const part of document.querySelectorAll("[data-passkey-part]")) part.hidden = !able;
for (const words of document.querySelectorAll("[data-passkey-lacks]")) words.hidden = able;

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.passkey) return;
  event.preventDefault();
  const form = event.target;
  const said = form.querySelector("[data-passkey-said]");
  said.textContent = "";
  ask(form, button).catch((problem) => {
    said.textContent = problem.words ?? said.dataset[problem.name === "SecurityError" ? "elsewhere" : "failed"];
    delete form.dataset.busy;
    button.removeAttribute("aria-busy");
  });
});

async function ask(form, button) {
  const publicKey = await question(form, button.dataset.options);
  const credential = await navigator.credentials[button.dataset.passkey]({ publicKey });
  form.elements.credential.value = JSON.stringify(written(credential));
  form.submit();
}

async function question(form, address) {
  const answer = await fetch(address, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
  const asked = await answer.json();
  if (!answer.ok) throw { words: Object.values(asked.errors ?? {})[0] ?? asked.detail };
  asked.challenge = bytes(asked.challenge);
  if (asked.user) asked.user.id = bytes(asked.user.id);
  for (const list of [asked.excludeCredentials, asked.allowCredentials]) {
    for (const one of list ?? []) one.id = bytes(one.id);
  }
  return asked;
}

function written({ id, rawId, type, response }) {
  const said = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) said[name] = text(response[name]);
  }
  if (response.getTransports) said.transports = response.getTransports();
  return { id, rawId: text(rawId), type, response: said };
}

function bytes(base64url) {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
