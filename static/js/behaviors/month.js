// In a month, arrows go by days and weeks among the days that have something left.
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const day = event.target.closest?.("[data-month] > a");
  if (!step || !day || event.altKey || event.ctrlKey || event.metaKey) return;
  const days = [...day.parentElement.children];
  for (let at = days.indexOf(day) + step; days[at]; at += step) {
    if (!days[at].matches("a")) continue;
    event.preventDefault();
    days[at].focus();
    return;
  }
});
