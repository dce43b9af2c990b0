// Warns some minutes before the session ends, and leaves what is typed where it is: the page is never left by itself. A page that
// the browser kept and shows again, after signing out perhaps, is asked for anew. Forms that ask leave out what is empty.
"use strict";

window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.documentElement.hidden = true;
  location.reload();
});

// Empty fields stay out of the address.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "get") return;
  for (const field of event.target.querySelectorAll("input, select")) {
    if (field.value === "") field.disabled = true;
  }
  setTimeout(() => event.target.querySelectorAll(":disabled").forEach((field) => (field.disabled = false)), 1_000);
});

(() => {
  const WARN = 300; // s before the end
  const LOOK = 5_000; // ms between two looks
  const { sessionIdle, sessionLeft } = document.body.dataset;
  const banner = document.getElementById("session");
  if (!banner || !sessionLeft) return;

  const text = document.getElementById("session-text");
  const stay = document.getElementById("session-stay");
  const opened = performance.now();
  let usedAt = opened;

  // By this browser's stopwatch: its wall clock may be wrong.
  const since = (moment) => (performance.now() - moment) / 1000;

  function look() {
    const idle = Number(sessionIdle) - since(usedAt);
    const whole = Number(sessionLeft) - since(opened);
    const left = Math.min(idle, whole);
    banner.hidden = left > WARN;
    if (banner.hidden) return;
    stay.hidden = left <= 0 || whole <= WARN;
    const minutes = Math.max(1, Math.ceil(left / 60));
    const { wordOver, wordEnds, wordIdle } = text.dataset;
    const words = left <= 0 ? wordOver : (whole <= WARN ? wordEnds : wordIdle).replace("{minutes}", minutes);
    if (text.textContent !== words) text.textContent = words;
  }

  stay.addEventListener("click", async () => {
    const answer = await fetch("/account/stay", { method: "POST", redirect: "manual" }).catch(() => null);
    if (answer?.status === 204) usedAt = performance.now();
    look();
  });

  // Something was done by hand from a page that stayed where it was.
  document.addEventListener("acted", () => {
    usedAt = performance.now();
    look();
  });

  look();
  setInterval(look, LOOK);
})();
