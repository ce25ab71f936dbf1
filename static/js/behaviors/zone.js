// "13:00 your time", when the visitor's clock shows something else than the place's.
// <span data-zone-note data-zone="Europe/Berlin" data-at="ISO" data-until="ISO, optional" data-words="{time} your time">
// The house writes "Fri 20 Nov"; plain "en" would be American here.
const lang = document.documentElement.lang.replace(/^en$/, "en-GB");

document.addEventListener("htmx:after:swap", notes);
notes();

function notes() {
  for (const note of document.querySelectorAll("[data-zone-note]:empty")) {
    const at = new Date(note.dataset.at);
    if (Number.isNaN(at.valueOf()) || clock(at, note.dataset.zone) === clock(at)) continue;
    const until = note.dataset.until ? `–${time(new Date(note.dataset.until))}` : "";
    const day = date(at, note.dataset.zone) === date(at) ? "" : `${date(at)}, `;
    note.textContent = note.dataset.words.replace("{time}", `${day}${time(at)}${until}`);
  }
}

function time(at, timeZone) {
  return new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(at);
}

function date(at, timeZone) {
  return new Intl.DateTimeFormat(lang, { weekday: "short", day: "numeric", month: "short", timeZone }).format(at);
}

function clock(at, timeZone) {
  return `${date(at, timeZone)} ${time(at, timeZone)}`;
}
