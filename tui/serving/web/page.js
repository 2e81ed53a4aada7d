// The keyboard belongs to the terminal as soon as it shows something, and to the button once it ended.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const again = document.getElementById("again");
  again.addEventListener("click", () => window.location.replace("/"));
  let begun = false;
  new MutationObserver(() => {
    const state = document.body.classList;
    if (state.contains("-closed")) {
      again.focus();
    } else if (state.contains("-first-byte") && !begun) {
      begun = true;
      document.querySelector(".xterm-helper-textarea")?.focus();
    }
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
