// Turns the corridor screen to its next page, unless somebody who reads it has paused it. A page that does not come is tried
// again: the screen never stays empty.
"use strict";

(() => {
  const { next, turn } = document.body.dataset;
  const pause = document.getElementById("pause");
  let isPaused = false;

  pause.hidden = false;
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = isPaused ? pause.dataset.wordGoOn : pause.dataset.wordPause;
  });

  async function turnOver() {
    if (isPaused) return;
    try {
      const answer = await fetch(next, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
      if (answer.ok || answer.redirected) location.replace(next);
      else throw new Error(`status ${answer.status}`);
    } catch {
      const lost = document.getElementById("lost");
      document.title = lost.dataset.wordTitle;
      lost.hidden = false;
    }
  }

  setInterval(turnOver, Number(turn) * 1_000);
})();
