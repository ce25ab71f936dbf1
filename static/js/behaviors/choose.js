// A list of which some are chosen: one box chooses all of the page, and how many are chosen is said.
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-choose]");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[name=ref]")];
  if (event.target.matches("[data-choose-all]")) for (const box of boxes) box.checked = event.target.checked;
  const count = boxes.filter((box) => box.checked).length;
  const all = form.querySelector("[data-choose-all]");
  all.checked = count === boxes.length;
  all.indeterminate = count > 0 && count < boxes.length;
  const told = form.querySelector("[data-chosen]");
  told.textContent = told.dataset.chosen.replace("{count}", count);
});
