// Turns the corridor screen to its next cards, unless somebody who reads it has paused it. Nobody scrolls it: of its page it shows
// as many whole cards as there is place for, then those after them, then the next page. Paused or not, it asks the server at each
// turn: where no answer comes, it says so with the age of what it shows, and tries again. The screen never stays empty.
"use strict";

(() => {
  const LOOK = 1_000; // ms between two looks at the clock
  const FETCH_LIMIT = 10_000; // ms until a fetch is given up
  const SIZES = ["", "85%", "70%", "60%"]; // of the type: the first with which a whole card has place

  const { next } = document.body.dataset;
  const { title, documentElement: root } = document;
  const board = document.getElementById("board");
  const lost = document.getElementById("lost");
  const pause = document.getElementById("pause");
  const paused = document.getElementById("paused");
  const range = document.getElementById("range");
  const cards = [...document.querySelectorAll(".wall-card")];
  let isPaused = false;
  let fits = true;
  // Of the cards of this page: the first that is shown, how many are, and how many were shown until a turn was over.
  const begin = history.state?.from ?? 0;
  let from = begin < cards.length ? begin : 0;
  let shown = 0;
  let seen = 0;
  let askedAt = performance.now();

  pause.hidden = false;
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = isPaused ? pause.dataset.wordGoOn : pause.dataset.wordPause;
    paused.hidden = !isPaused;
    fit();
  });
  addEventListener("resize", fit);

  function overflows() {
    return root.scrollHeight > root.clientHeight;
  }

  // One card is always shown.
  function showWhole() {
    shown = 0;
    for (const card of cards) card.hidden = true;
    for (const card of cards.slice(from)) {
      card.hidden = false;
      if (shown > 0 && overflows()) {
        card.hidden = true;
        return;
      }
      shown += 1;
    }
  }

  // Where the window is too small even for the smallest type, its foot is in sight with the card above it.
  function fit() {
    for (const size of SIZES) {
      if (root.style.fontSize !== size) root.style.fontSize = size;
      showWhole();
      fits = !overflows();
      if (fits) break;
    }
    if (!fits && !isPaused) scrollTo(0, root.scrollHeight);
    if (shown === 0) return;
    const [first, last] = [cards[from], cards[from + shown - 1]].map((card) => card.dataset.number);
    range.textContent = range.dataset.wordRange.replace("{first}", first).replace("{last}", last);
  }

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
    fit();
  }

  // The page is loaded anew for its next cards, too: they are as old as the turn.
  function turn() {
    if (seen < cards.length) {
      history.replaceState({ from: seen }, "");
      location.reload();
    } else {
      location.replace(next);
    }
  }

  // Whoever is signed out meanwhile is led to the door, and no patient stays on the screen, paused or not.
  async function ask() {
    const after = from + shown;
    seen = Math.max(seen, after);
    try {
      const address = seen < cards.length ? location.href : next;
      const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(FETCH_LIMIT) });
      // Whoever may not look any more is told so by the page itself.
      if (answer.status === 403) return location.reload();
      if (!answer.ok && !answer.redirected) throw new Error(`status ${answer.status}`);
      if (!isPaused || answer.redirected) turn();
      else tell(false);
    } catch {
      if (!isPaused) from = after < cards.length ? after : 0;
      tell(true);
    }
  }

  function look() {
    for (const place of document.querySelectorAll(".wall-age")) place.textContent = age();
    if (fits && overflows()) fit();
    if (performance.now() - askedAt < Number(document.body.dataset.turn) * 1_000) return;
    askedAt = performance.now();
    ask();
  }

  fit();
  look();
  setInterval(look, LOOK);
})();
