// Keeps a shown page up to date in place. The server says that something may have changed; this fetches the same
// address again and changes only what differs, without moving what is being read, pressed or typed in.
"use strict";

(() => {
  const QUIET_LIMIT = 12_000; // ms without a word from the server: the connection is lost (it speaks every 5 s)
  const REOPEN_AFTER = 2_000; // ms until a stream that the browser gave up is opened anew
  const FETCH_LIMIT = 10_000; // ms until a fetch is given up
  const MARK_FOR = 6_000; // ms for which a changed row stays marked
  const PRESS_LIMIT = 20_000; // ms after which a press that was never let go holds nothing back any more
  const CLICK_AFTER = 300; // ms within which a finger that was lifted still clicks
  const FOCUSABLE = "a[href], button, summary, input, select, textarea";

  const root = () => document.querySelector("main > [data-list]");
  const byId = (id) => document.getElementById(id);
  if (!root()) return;

  // The words of this script stand in the page, each where it is shown or announced.
  const words = byId("announce").dataset;

  // The age of what is shown, by this browser's stopwatch: its wall clock may be wrong.
  let shownSince = performance.now();
  let heardAt = performance.now();
  let problem = null;
  let inFlight = false;
  let again = false;
  let source = null;
  // Of the list that is shown, where the server has told it: an update begins from there.
  let version = null;
  // Nobody is signed in any more, and something is typed that must not be lost.
  let isOver = false;

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
      if (source.readyState !== EventSource.CLOSED || isOver) return;
      // Refused: whoever may look no more is told so by the page itself.
      refresh();
      setTimeout(connect, REOPEN_AFTER);
    });
  }

  function heard() {
    heardAt = performance.now();
    if (problem === "stream") problem = null;
    show();
  }

  function age(milliseconds) {
    const { wordSeconds, wordMinutes, wordHours } = byId("connection-age").dataset;
    const seconds = Math.max(0, Math.round(milliseconds / 1000));
    if (seconds < 60) return wordSeconds.replace("{seconds}", seconds);
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return wordMinutes.replace("{minutes}", minutes);
    return wordHours.replace("{hours}", Math.floor(minutes / 60)).replace("{minutes}", minutes % 60);
  }

  function show() {
    const isCutOff = !isOver && (problem !== null || performance.now() - heardAt > QUIET_LIMIT);
    byId("connection").hidden = !isCutOff;
    if (isCutOff) byId("connection-age").textContent = age(performance.now() - shownSince);
    // The server may answer, and say that its database does not.
    const state = isCutOff || isOver || byId("not-live") ? "lost" : "live";
    if (byId("live").dataset.live === state) return;
    byId("live").dataset.live = state;
    const { wordLive, wordLost } = byId("live-text").dataset;
    byId("live-text").textContent = state === "lost" ? wordLost : wordLive;
    document.documentElement.dataset.live = state;
  }

  // ---- fetching: at most one at a time; what arrives meanwhile asks for one more ----

  async function refresh() {
    if (isOver) return;
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
    const headers = { "x-fragment": "board" };
    if (version) headers["x-since"] = version;
    const answer = await fetch(location.href, {
      headers,
      cache: "no-store",
      signal: AbortSignal.timeout(FETCH_LIMIT),
    });
    if (answer.status === 401) signedOut();
    // Whoever may not look any more is told so by the page itself, and no patient stays in sight.
    if (answer.status === 403) location.reload();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("main > [data-list], body > [data-list]");
    if (!fresh) throw new Error("no list in the answer");
    showList(fresh, page.title, { since: answer.headers.get("x-since"), version: answer.headers.get("x-version") });
  }

  // Signed out, or the session has ended: nothing of any patient stays on the screen but what is typed about one.
  function signedOut() {
    const typed = [...root().querySelectorAll("details.act[open]")].filter(saysSomething);
    if (typed.length === 0) return location.reload();
    isOver = true;
    heldBack = null;
    source.close();
    for (const form of typed) {
      form.querySelector("summary").removeAttribute("aria-label");
      form.querySelector(".trouble").textContent = words.wordSignIn;
    }
    byId("told").replaceChildren();
    root().replaceChildren(...typed);
    document.title = words.wordOver;
  }

  function saysSomething(form) {
    return [...form.querySelectorAll("textarea, select[name=reason]")].some((field) => field.value.trim() !== "");
  }

  // An update names the rows that are as they were in the version that it begins from, and says nothing else of them.
  function showList(fresh, title, told = { since: null, version: null }) {
    if (isPressed()) {
      heldBack = () => showList(fresh, title, told);
      return;
    }
    heldBack = null;
    const beginsHere = told.since === null || told.since === version;
    version = null;
    if (!beginsHere) {
      refresh();
      return;
    }
    document.title = fresh.dataset.title || title || document.title;
    patch(root(), fresh);
    version = told.version;
  }

  // ---- a press: what is under the pointer or a key stays there until it is let go, or the click would be lost ----

  let pressedAt = null;
  let heldBack = null;

  function isPressed() {
    return pressedAt !== null && performance.now() - pressedAt < PRESS_LIMIT;
  }

  function press(event) {
    if (root().contains(event.target)) pressedAt = performance.now();
  }

  function letGo() {
    pressedAt = null;
    if (heldBack) heldBack();
  }

  // The next press may have begun by then, and is held on.
  function letGoAfter(milliseconds) {
    const own = pressedAt;
    setTimeout(() => pressedAt === own && letGo(), milliseconds);
  }

  for (const name of ["pointerdown", "keydown"]) window.addEventListener(name, press, true);
  for (const name of ["pointercancel", "keyup", "dragend"]) window.addEventListener(name, letGo, true);
  window.addEventListener("blur", (event) => event.target === window && letGo());
  window.addEventListener("click", () => letGoAfter(0), true);
  window.addEventListener("pointerup", () => letGoAfter(CLICK_AFTER), true);

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
      byId("announce").textContent = changes === 1 ? words.wordOne : words.wordMany.replace("{count}", changes);
    }
  }

  // Brings the keyed children of one container to those of another, in order, touching only what differs.
  function reconcile(shown, fresh) {
    copyAttributes(shown, fresh);
    const isRows = "rows" in shown.dataset;
    const wanted = new Set([...fresh.children].map((child) => child.dataset.key));
    for (const child of [...shown.children]) {
      if (wanted.has(child.dataset.key)) continue;
      if (formOf(child)) {
        tellGone(child);
        continue;
      }
      if (isRows && (child.inert || child.matches(":hover"))) {
        keepPlace(child);
        continue;
      }
      changes += isRows ? 1 : child.querySelectorAll("[data-rows] > *").length;
      child.remove();
    }
    const old = new Map([...shown.children].map((child) => [child.dataset.key, child]));
    let previous = null;
    for (const next of [...fresh.children]) {
      const before = old.get(next.dataset.key);
      const now = before ? update(before, next, isRows) : arrive(next, isRows);
      let place = previous ? previous.nextElementSibling : shown.firstElementChild;
      while (place && "gone" in place.dataset) place = place.nextElementSibling;
      if (place !== now) shown.insertBefore(now, place);
      previous = now;
    }
  }

  // The element that now stands for this key: the old one where nothing differs, else its replacement in the same place.
  function update(before, next, isRow) {
    if ("keep" in before.dataset) return before;
    delete before.dataset.gone;
    before.inert = false;
    if ("same" in next.dataset) return before;
    if ("list" in before.dataset && "list" in next.dataset) {
      reconcile(before, next);
      return before;
    }
    if (same(before, next)) return before;
    const now = document.importNode(next, true);
    if (isRow && formOf(before) && updateAround(formOf(before), before, now)) {
      if (before.dataset.sig !== next.dataset.sig) mark(before);
      copyAttributes(before, next);
      formOf(before).dataset.behind = "";
      return before;
    }
    keepOpen(before, now);
    before.replaceWith(now);
    if (isRow && before.dataset.sig !== next.dataset.sig) mark(now);
    return now;
  }

  function arrive(next, isRow) {
    if ("same" in next.dataset) throw new Error("an update of another list");
    const now = document.importNode(next, true);
    if (isRow) mark(now);
    for (const row of now.querySelectorAll("[data-rows] > *")) mark(row);
    return now;
  }

  // Whether they differ in nothing but what the reader has opened and what is marked as new.
  function same(before, next) {
    const [plain, wanted] = [before, next].map((element) => {
      const copy = element.cloneNode(true);
      copy.classList.remove("changed");
      if (copy.getAttribute("class") === "") copy.removeAttribute("class");
      for (const open of copy.querySelectorAll("details[open]")) open.removeAttribute("open");
      return copy;
    });
    return plain.isEqualNode(wanted);
  }

  // The form of a row while it is open: what is typed in it stays, whatever becomes of the row.
  function formOf(row) {
    return row.querySelector("details.act[open]");
  }

  // Changes everything of a row but its open form; not where the new row has no such form.
  function updateAround(form, row, now) {
    const cell = form.parentElement;
    const place = now.querySelector("details.act");
    if (!place) return false;
    const fresh = place.parentElement;
    for (const node of [...cell.childNodes]) if (node !== form) node.remove();
    for (const node of [...fresh.childNodes]) if (node !== place) cell.insertBefore(node, isBefore(node, place) ? form : null);
    [...row.children].forEach((old, index) => {
      const other = [...now.children][index];
      if (old !== cell && other !== fresh) old.replaceWith(other.cloneNode(true));
    });
    return true;
  }

  function isBefore(node, other) {
    return Boolean(node.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  }

  // The patient has left this list while somebody writes about them.
  function tellGone(row) {
    if ("gone" in row.dataset) return;
    row.dataset.gone = "";
    changes += 1;
    row.querySelector("details.act .trouble").textContent = words.wordGone;
  }

  // The row under the pointer has left the list: no other comes under the pointer before it is moved away.
  function keepPlace(row) {
    if (row.inert) return;
    if (!("gone" in row.dataset)) changes += 1;
    row.dataset.gone = "";
    row.inert = true;
    // An inert row meets no pointer itself.
    const moves = ["pointermove", "pointerdown", "pointerout"];
    const leave = (event) => {
      if (row.isConnected && "gone" in row.dataset && isWithin(row, event)) return;
      for (const name of moves) window.removeEventListener(name, leave, true);
      if (!row.isConnected || !("gone" in row.dataset)) return;
      const anchor = findAnchor(root());
      row.remove();
      keepInPlace(anchor);
    };
    for (const name of moves) window.addEventListener(name, leave, true);
  }

  function isWithin(element, { clientX, clientY }) {
    const { top, right, bottom, left } = element.getBoundingClientRect();
    return clientX >= left && clientX < right && clientY >= top && clientY < bottom;
  }

  // A form that is closed has no part any more in what stays as it is: its row is asked for anew.
  document.addEventListener("toggle", (event) => {
    if (event.target.open || !("behind" in event.target.dataset)) return;
    version = null;
    refresh();
  }, true);

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

  // Of the rows in sight the one under the pointer, or whatever else under it can be pressed; else the row of the focus; else the
  // first, where the page was scrolled or a finger, of which nothing is known before it presses, may be on its way.
  function findAnchor(shown) {
    const rows = [...shown.querySelectorAll("[data-rows] > :not([data-gone])")].filter(isInSight);
    const hovered = rows.find((row) => row.matches(":hover"));
    const control = hovered ? null : shown.querySelector("[data-control]:hover");
    if (control) return { find: () => controlNamed(root(), control.dataset.control), top: topOf(control), isHovered: true };
    const held = hovered ?? rows.find((row) => row.contains(document.activeElement));
    const first = window.scrollY > 0 || matchMedia("(hover: none)").matches ? rows[0] : undefined;
    const row = held ?? first;
    return row && { find: () => rowOf(row.dataset.key), top: topOf(row), isHovered: Boolean(hovered) };
  }

  function topOf(element) {
    return element.getBoundingClientRect().top;
  }

  function isInSight(row) {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  function keepInPlace(anchor) {
    const element = anchor && anchor.find();
    if (!element) return;
    const moved = () => topOf(element) - anchor.top;
    if (Math.abs(moved()) >= 1) window.scrollBy({ top: moved(), behavior: "instant" });
    // A page does not scroll beyond its head: there the list makes room, until the pointer leaves it.
    const list = element.closest(".list");
    const missing = -moved();
    if (anchor.isHovered && list && missing >= 1) {
      list.style.paddingTop = `${parseFloat(list.style.paddingTop || "0") + missing}px`;
      list.addEventListener("pointerleave", () => list.style.removeProperty("padding-top"), { once: true });
    }
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
    const isThere = focus.element.isConnected && !focus.element.closest("[inert]");
    const control = isThere ? focus.element : controlAt(focus);
    (control ?? byId("main")).focus({ preventScroll: true });
  }

  function controlAt({ path, control, place }) {
    let keyed = root();
    for (const key of path) {
      keyed = [...keyed.children].find((child) => child.dataset.key === key);
      if (!keyed) return null;
    }
    return (control && controlNamed(keyed, control)) || keyed.querySelectorAll(FOCUSABLE)[place] || null;
  }

  function controlNamed(within, control) {
    return within.querySelector(`[data-control="${CSS.escape(control)}"]`);
  }

  // ---- acting: sent from here, so that the page stays where it is; without this script the browser sends the form ----

  document.addEventListener("submit", (event) => {
    if (!("act" in event.target.dataset)) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(event.target));
    if (event.submitter) body.set(event.submitter.name, event.submitter.value);
    act(event.target, body);
  });

  async function act(form, body) {
    if (form.getAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    try {
      const signal = AbortSignal.timeout(FETCH_LIMIT);
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (new URL(answer.url).pathname === "/sign-in") form.querySelector(".trouble").textContent = words.wordSignIn;
      else if (answer.ok) acted(form, page);
      else refused(form, page);
    } catch {
      form.querySelector(".trouble").textContent = words.wordNotSent;
    }
    form.removeAttribute("aria-busy");
  }

  // What was done is told, and the list is as it is now.
  function acted(form, page) {
    document.dispatchEvent(new Event("acted"));
    const fresh = page.querySelector("main > [data-list]");
    if (!fresh || isOver) return location.reload();
    form.closest("details")?.removeAttribute("open");
    showList(fresh, page.title);
    byId("told").replaceWith(document.importNode(page.getElementById("told"), true));
    byId("told").focus({ preventScroll: false });
  }

  // Nothing was written. What is typed stays; who was too late acts on what is there now.
  function refused(form, page) {
    const why = page.querySelector("#trouble p, #problem .retry") ?? page.querySelector("#problem .message");
    form.querySelector(".trouble").textContent = why ? why.textContent : words.wordNotSent;
    for (const name of ["seen", "idle_since", "doubted_at"]) {
      const now = page.querySelector(`input[name=${name}]`);
      const shown = form.elements[name];
      if (now && shown) shown.value = now.value;
      else if (now) form.append(document.importNode(now, true));
      else shown?.remove();
    }
    refresh();
  }

  // ---- a page that is on its way ----

  function startLoading() {
    document.documentElement.dataset.loading = "true";
  }
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) startLoading();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (link && isPlain && !link.hasAttribute("download") && link.origin === location.origin && !link.getAttribute("href").startsWith("#")) startLoading();
  });
  window.addEventListener("pageshow", () => delete document.documentElement.dataset.loading);

  setInterval(show, 1_000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  connect();
})();
