// Keeps a shown page up to date in place. The server says that something may have changed; this fetches the same
// address again and changes only what differs, without moving what is being read, pressed or typed in.
"use strict";

(() => {
  const QUIET_LIMIT = 12_000; // ms without a word from the server: the connection is lost (it speaks every 5 s)
  const REOPEN_AFTER = 2_000; // ms until a stream that the browser gave up is opened anew
  const FETCH_LIMIT = 10_000; // ms until a fetch is given up
  const MARK_FOR = 6_000; // ms for which a changed row stays marked
  const FOCUSABLE = "a[href], button, summary, input, select";

  const root = () => document.querySelector("main > [data-list]");
  const byId = (id) => document.getElementById(id);
  if (!root()) return;

  // The age of what is shown, by this browser's stopwatch: its wall clock may be wrong.
  let shownSince = performance.now();
  let heardAt = performance.now();
  let problem = null;
  let inFlight = false;
  let again = false;
  let source = null;

  // ---- the connection ----

  function connect() {
    if (source) source.close();
    source = new EventSource("/events");
    source.addEventListener("open", heard);
    for (const name of ["hello", "tick", "commit"]) {
      source.addEventListener(name, () => {
        heard();
        refresh();
      });
    }
    source.addEventListener("error", () => {
      problem = problem ?? "stream";
      show();
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, REOPEN_AFTER);
    });
  }

  function heard() {
    heardAt = performance.now();
    if (problem === "stream") problem = null;
    show();
  }

  function age(milliseconds) {
    const seconds = Math.max(0, Math.round(milliseconds / 1000));
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  function show() {
    const isLost = problem !== null || performance.now() - heardAt > QUIET_LIMIT;
    const state = isLost ? "lost" : "live";
    if (byId("live").dataset.live !== state) {
      byId("live").dataset.live = state;
      byId("live-text").textContent = isLost ? "Not live" : "Live";
      document.documentElement.dataset.live = state;
      byId("connection").hidden = !isLost;
    }
    if (isLost) byId("connection-age").textContent = age(performance.now() - shownSince);
  }

  // ---- fetching: at most one at a time; what arrives meanwhile asks for one more ----

  async function refresh() {
    if (inFlight) {
      again = true;
      return;
    }
    inFlight = true;
    try {
      await fetchAndPatch();
      shownSince = performance.now();
      problem = null;
    } catch {
      problem = "fetch";
    }
    inFlight = false;
    show();
    if (again) {
      again = false;
      refresh();
    }
  }

  async function fetchAndPatch() {
    const answer = await fetch(location.href, {
      headers: { "x-fragment": "board" },
      cache: "no-store",
      signal: AbortSignal.timeout(FETCH_LIMIT),
    });
    // Signed out, or the session has ended: nothing of it stays on the screen.
    if (answer.status === 401) location.reload();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("main > [data-list], body > [data-list]");
    if (!fresh) throw new Error("no list in the answer");
    document.title = fresh.dataset.title || page.title || document.title;
    patch(root(), fresh);
  }

  // ---- patching ----

  let changes = 0;

  function patch(shown, fresh) {
    changes = 0;
    const anchor = findAnchor(shown);
    const focus = findFocus();
    reconcile(shown, fresh);
    restoreFocus(focus);
    keepInPlace(anchor);
    if (changes > 0) {
      byId("announce").textContent = changes === 1 ? "1 row changed" : `${changes} rows changed`;
    }
  }

  // Brings the keyed children of one container to those of another, in order, touching only what differs.
  function reconcile(shown, fresh) {
    copyAttributes(shown, fresh);
    const isRows = "rows" in shown.dataset;
    const wanted = new Set([...fresh.children].map((child) => child.dataset.key));
    for (const child of [...shown.children]) {
      if (wanted.has(child.dataset.key)) continue;
      changes += isRows ? 1 : child.querySelectorAll("[data-rows] > *").length;
      child.remove();
    }
    const old = new Map([...shown.children].map((child) => [child.dataset.key, child]));
    let previous = null;
    for (const next of [...fresh.children]) {
      const before = old.get(next.dataset.key);
      const now = before ? update(before, next, isRows) : arrive(next, isRows);
      const place = previous ? previous.nextElementSibling : shown.firstElementChild;
      if (place !== now) shown.insertBefore(now, place);
      previous = now;
    }
  }

  // The element that now stands for this key: the old one where nothing differs, else its replacement in the same place.
  function update(before, next, isRow) {
    if ("keep" in before.dataset) return before;
    if ("list" in before.dataset && "list" in next.dataset) {
      reconcile(before, next);
      return before;
    }
    if (same(before, next)) return before;
    keepOpen(before, next);
    const now = document.importNode(next, true);
    before.replaceWith(now);
    if (isRow && before.dataset.sig !== next.dataset.sig) mark(now);
    return now;
  }

  function arrive(next, isRow) {
    const now = document.importNode(next, true);
    if (isRow) mark(now);
    for (const row of now.querySelectorAll("[data-rows] > *")) mark(row);
    return now;
  }

  function same(before, next) {
    const plain = before.cloneNode(true);
    plain.classList.remove("changed");
    if (plain.getAttribute("class") === "") plain.removeAttribute("class");
    for (const open of plain.querySelectorAll("details[open]")) open.removeAttribute("open");
    return plain.isEqualNode(next);
  }

  // What the reader has opened stays open.
  function keepOpen(before, next) {
    const shown = [...before.querySelectorAll("details")];
    const fresh = [...next.querySelectorAll("details")];
    if (shown.length !== fresh.length) return;
    shown.forEach((details, index) => (fresh[index].open = details.open));
  }

  function copyAttributes(shown, fresh) {
    for (const { name, value } of fresh.attributes) {
      if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
    }
  }

  function mark(row) {
    changes += 1;
    row.classList.add("changed");
    setTimeout(() => row.classList.remove("changed"), MARK_FOR);
  }

  // ---- what must not move ----

  // The row under the pointer or the focus; else, on a page that was scrolled, the first row in sight.
  function findAnchor(shown) {
    const rows = [...shown.querySelectorAll("[data-rows] > *")];
    const held = rows.find((row) => row.contains(document.activeElement)) ?? rows.find((row) => row.matches(":hover"));
    const first = window.scrollY > 0 ? rows.find((row) => row.getBoundingClientRect().bottom > 0) : undefined;
    const row = held ?? first;
    return row && { key: row.dataset.key, top: row.getBoundingClientRect().top };
  }

  function keepInPlace(anchor) {
    const row = anchor && rowOf(anchor.key);
    if (!row) return;
    const moved = row.getBoundingClientRect().top - anchor.top;
    if (Math.abs(moved) >= 1) window.scrollBy({ top: moved, behavior: "instant" });
  }

  function rowOf(key) {
    return root().querySelector(`[data-rows] > [data-key="${CSS.escape(key)}"]`);
  }

  // Where the focus is, in words that still mean something after its element was replaced.
  function findFocus() {
    const element = document.activeElement;
    const keyed = element?.closest("main [data-key]");
    if (!keyed || !root().contains(element)) return null;
    const path = [];
    for (let step = keyed; step !== root(); step = step.parentElement) path.unshift(step.dataset.key);
    const place = [...keyed.querySelectorAll(FOCUSABLE)].indexOf(element);
    return { element, path, control: element.dataset.control, place };
  }

  function restoreFocus(focus) {
    if (!focus || document.activeElement === focus.element) return;
    const control = focus.element.isConnected ? focus.element : controlAt(focus);
    (control ?? byId("main")).focus({ preventScroll: true });
  }

  function controlAt({ path, control, place }) {
    let keyed = root();
    for (const key of path) {
      keyed = [...keyed.children].find((child) => child.dataset.key === key);
      if (!keyed) return null;
    }
    const named = control && keyed.querySelector(`[data-control="${CSS.escape(control)}"]`);
    return named || keyed.querySelectorAll(FOCUSABLE)[place] || null;
  }

  // ---- a page that is on its way ----

  function startLoading() {
    document.documentElement.dataset.loading = "true";
  }
  document.addEventListener("submit", startLoading);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (link && isPlain && link.origin === location.origin && !link.getAttribute("href").startsWith("#")) startLoading();
  });
  window.addEventListener("pageshow", () => delete document.documentElement.dataset.loading);

  // Empty fields stay out of the address.
  document.addEventListener("submit", (event) => {
    for (const field of event.target.querySelectorAll("input, select")) {
      if (field.value === "") field.disabled = true;
    }
    setTimeout(() => event.target.querySelectorAll(":disabled").forEach((field) => (field.disabled = false)), 1_000);
  });

  setInterval(show, 1_000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  connect();
})();
