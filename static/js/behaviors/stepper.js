// The minus and plus beside a number field. They tell the form through the field's own events, as typing does.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-stepper] [data-by]");
  if (!button) return;
  const input = button.parentElement.querySelector("input");
  if (button.dataset.by > 0) input.stepUp();
  else input.stepDown();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("input", (event) => {
  const stepper = event.target.closest("[data-stepper]");
  if (stepper) ends(stepper);
});
document.addEventListener("htmx:after:swap", all);
all();

function all() {
  document.querySelectorAll("[data-stepper]").forEach(ends);
}

// At an end the button says so but keeps the focus, so that the keyboard is not thrown out of the form.
function ends(stepper) {
  const input = stepper.querySelector("input");
  const value = Number(input.value);
  stepper.querySelector("[data-by='-1']").setAttribute("aria-disabled", String(input.min !== "" && value <= Number(input.min)));
  stepper.querySelector("[data-by='1']").setAttribute("aria-disabled", String(input.max !== "" && value >= Number(input.max)));
}
