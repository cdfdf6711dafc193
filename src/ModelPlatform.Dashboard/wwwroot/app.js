// <relative-time datetime>: ages by itself, in the reader's time zone, with the absolute time on hover.
const steps = [[60, "second"], [60, "minute"], [24, "hour"], [7, "day"], [4.35, "week"], [12, "month"], [Infinity, "year"]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

function age(date) {
  let amount = (date.getTime() - Date.now()) / 1000;
  if (Math.abs(amount) < 5) return "now";
  for (const [size, unit] of steps) {
    if (Math.abs(amount) < size) return relative.format(Math.round(amount), unit);
    amount /= size;
  }
}

class RelativeTime extends HTMLElement {
  static observedAttributes = ["datetime"];
  connectedCallback() {
    this.update();
    this.timer = setInterval(() => this.update(), 1000);
  }
  disconnectedCallback() {
    clearInterval(this.timer);
  }
  attributeChangedCallback() {
    this.update();
  }
  update() {
    const date = new Date(this.getAttribute("datetime"));
    if (Number.isNaN(date.getTime())) return;
    const text = age(date);
    if (this.textContent !== text) this.textContent = text;
    const title = absolute.format(date);
    if (this.title !== title) this.title = title;
  }
}
customElements.define("relative-time", RelativeTime);

// <copy-button value>: copies without a round trip, also where the clipboard API is not given.
class CopyButton extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => this.copy());
  }
  async copy() {
    const text = this.getAttribute("value") ?? "";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.style.position = "fixed";
      area.style.opacity = "0";
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    this.classList.add("copied");
    const said = this.querySelector("[role=status]");
    if (said) said.textContent = "Copied";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.classList.remove("copied");
      if (said) said.textContent = "";
    }, 1600);
  }
}
customElements.define("copy-button", CopyButton);

// Theme buttons work without the server.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-choose-theme]");
  if (button) {
    window.modelPlatformTheme.choose(button.dataset.chooseTheme);
    markTheme();
  }
});
function markTheme() {
  const chosen = document.documentElement.dataset.themeChoice;
  for (const button of document.querySelectorAll("[data-choose-theme]")) {
    const pressed = String(button.dataset.chooseTheme === chosen);
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }
}
new MutationObserver(markTheme).observe(document.body, { childList: true, subtree: true });
markTheme();

// When the dashboard was restarted the old circuit is gone: begin anew as soon as it answers. Nothing is lost, the state is the platform's.
const modal = document.getElementById("components-reconnect-modal");
const begin = async () => {
  for (;;) {
    try {
      if ((await fetch("/alive", { cache: "no-store" })).ok) return location.reload();
    } catch {
      // Not back yet.
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
};
modal?.addEventListener("components-reconnect-state-changed", (event) => {
  const state = event.detail.state;
  if (state === "rejected" || state === "failed") begin();
});
