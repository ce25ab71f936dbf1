// Light, dark, or as the system has it. Kept in a cookie, so that the server writes it into <html> and nothing flashes.
const YEAR = 365 * 24 * 3600;
const order = ["system", "light", "dark"];
const root = document.documentElement;

for (const button of document.querySelectorAll("[data-theme-choice]")) {
  button.hidden = false;
  word(button);
  button.addEventListener("click", () => {
    choose(order[(order.indexOf(root.dataset.theme ?? "system") + 1) % order.length]);
    word(button);
  });
}

function choose(theme) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  if (theme === "system") {
    delete root.dataset.theme;
    document.cookie = `theme=; Path=/; Max-Age=0; SameSite=Lax${secure}`;
  } else {
    root.dataset.theme = theme;
    document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  }
}

function word(button) {
  button.querySelector("span").textContent = button.dataset[root.dataset.theme ?? "system"];
}
