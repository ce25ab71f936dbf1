// say(words): a quiet voice for screen readers, for what is seen but does not move the focus.
const voice = document.createElement("div");
voice.className = "vh";
voice.setAttribute("role", "status");
document.body.append(voice);

export function say(words) {
  voice.textContent = "";
  // The same words twice are heard twice only if the region was empty in between.
  requestAnimationFrame(() => { voice.textContent = words; });
}
