// Turns the corridor screen to its next page, unless somebody who reads it has paused it. Paused or not, it asks the server at
// each turn: where no answer comes, it says so with the age of what it shows, and tries again. The screen never stays empty.
"use strict";

(() => {
  const LOOK = 1_000; // ms between two looks at the clock
  const FETCH_LIMIT = 10_000; // ms until a fetch is given up

  const { next } = document.body.dataset;
  const { title } = document;
  const board = document.getElementById("board");
  const lost = document.getElementById("lost");
  const pause = document.getElementById("pause");
  const paused = document.getElementById("paused");
  let isPaused = false;
  let askedAt = performance.now();

  pause.hidden = false;
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = isPaused ? pause.dataset.wordGoOn : pause.dataset.wordPause;
    paused.hidden = !isPaused;
  });

  // What was this old when it came has grown older since, by this browser's stopwatch: its wall clock may be wrong.
  function age() {
    const { wordSeconds, wordMinutes, wordHours } = lost.dataset;
    const seconds = Number(board.dataset.age) + Math.floor(performance.now() / 1_000);
    if (seconds < 60) return wordSeconds.replace("{seconds}", seconds);
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return wordMinutes.replace("{minutes}", minutes);
    return wordHours.replace("{hours}", Math.floor(minutes / 60)).replace("{minutes}", minutes % 60);
  }

  function tell(isLost) {
    lost.hidden = !isLost;
    document.title = isLost ? lost.dataset.wordTitle : title;
  }

  // Whoever is signed out meanwhile is led to the door, and no patient stays on the screen, paused or not.
  async function ask() {
    try {
      const answer = await fetch(next, { cache: "no-store", signal: AbortSignal.timeout(FETCH_LIMIT) });
      if (!answer.ok && !answer.redirected) throw new Error(`status ${answer.status}`);
      if (!isPaused || answer.redirected) location.replace(next);
      else tell(false);
    } catch {
      tell(true);
    }
  }

  function look() {
    for (const place of document.querySelectorAll(".wall-age")) place.textContent = age();
    if (performance.now() - askedAt < Number(document.body.dataset.turn) * 1_000) return;
    askedAt = performance.now();
    ask();
  }

  look();
  setInterval(look, LOOK);
})();
