// The keyboard belongs to the terminal as soon as it shows something, and to the button once it ended.
"use strict";

// The terminal's script goes on sending when its socket has closed; what is typed then goes nowhere.
const sendOn = WebSocket.prototype.send;
WebSocket.prototype.send = function (load) {
  if (this.readyState === WebSocket.OPEN) sendOn.call(this, load);
};

// It opens what the application asks for: reports, in tabs of their own. Where the browser allows
// no tab that no click asked for, there is a link to click.
const openTab = window.open.bind(window);
window.open = (address) => {
  if (!/^\/report\/\d\/[^/?#\\]+$/.test(address ?? "")) return null;
  const tab = openTab(address, "_blank");
  if (tab) return tab;
  const link = document.getElementById("report");
  link.href = address;
  document.body.classList.add("-held");
  link.focus();
  return null;
};

document.addEventListener("DOMContentLoaded", () => {
  const again = document.getElementById("again");
  const type = () => document.querySelector(".xterm-helper-textarea")?.focus();
  again.addEventListener("click", () => window.location.replace("/"));
  document.getElementById("held").addEventListener("click", () => {
    document.body.classList.remove("-held");
    type();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("-held")) {
      document.body.classList.remove("-held");
      type();
    }
  });
  let begun = false;
  new MutationObserver(() => {
    const state = document.body.classList;
    if (state.contains("-closed")) {
      again.focus();
    } else if (state.contains("-first-byte") && !begun) {
      begun = true;
      type();
    }
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
