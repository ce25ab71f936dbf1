// An open panel (the search on a phone, a filter, the menu) has done its work once its answer is on the page.
document.addEventListener("htmx:after:swap", (event) => {
  const from = event.detail.ctx.sourceElement;
  const panel = from?.closest?.("[popover]");
  if (panel?.matches(":popover-open")) panel.hidePopover();
});
