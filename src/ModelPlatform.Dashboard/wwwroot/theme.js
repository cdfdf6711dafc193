// Runs before the first paint: chooses the palette, by the person's choice or by the system's.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const choice = () => {
    try {
      return localStorage.getItem("theme") ?? "system";
    } catch {
      return "system";
    }
  };
  const apply = () => {
    const chosen = choice();
    document.documentElement.dataset.theme = chosen === "system" ? (system.matches ? "dark" : "light") : chosen;
    document.documentElement.dataset.themeChoice = chosen;
  };
  system.addEventListener("change", apply);
  window.modelPlatformTheme = {
    choice,
    choose(value) {
      try {
        localStorage.setItem("theme", value);
      } catch {
        // Storage is forbidden: the choice lasts until the page is left.
      }
      document.documentElement.dataset.themeChoice = value;
      document.documentElement.dataset.theme = value === "system" ? (system.matches ? "dark" : "light") : value;
    },
  };
  apply();
})();
