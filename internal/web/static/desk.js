// What htmx has no business with: the desk's keys, where the focus is, what a screen reader hears, and the direction
// of what is written. Every page works without this file and without htmx.
"use strict";

const $ = (sel, root = document) => root.querySelector(sel);
const all = (sel, root = document) => [...root.querySelectorAll(sel)];

// --- keys: an element says by data-key which key presses it ---

const store = {
  get: (k) => { try { return localStorage.getItem(k); } catch { return null; } },
  set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private window */ } },
};
const help = $("#help"), dialog = $("#keys"), keysOn = $("#keys-on"), live = $("#live"), trouble = $("#trouble");
let pending = "", pendingAt = 0, left = "";

function typing(el) {
  return el.isContentEditable || /^(TEXTAREA|SELECT)$/.test(el.tagName) ||
    el.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(el.type);
}

function press(el) {
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) {
    el.focus();
    el.scrollIntoView({ block: "nearest" });
  } else if (el.tagName === "DETAILS") {
    el.open = true;
    ($("input:not([type=hidden]), button", el) || el).focus();
    el.scrollIntoView({ block: "nearest" });
  } else {
    el.click();
  }
}

function step(by) {
  const rows = all("a.row");
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement);
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[to].focus();
  return true;
}

document.addEventListener("keydown", (e) => {
  if (e.isComposing) return;
  const draft = $("#draft");
  const inDraft = draft && draft.contains(e.target) && e.target.id !== "instruction";
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && inDraft) {
    e.preventDefault();
    $("#approve").click();
    return;
  }
  if (e.key === "Escape") {
    const menu = $("details.menu[open], details.saved[open]");
    if (typing(e.target)) e.target.blur();
    else if (menu) { menu.open = false; $("summary", menu).focus(); }
    return;
  }
  if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || dialog.open || !keysOn.checked) return;
  // a Persian keyboard has the letters in other places: then the key's place counts
  const key = /^[\x21-\x7e]$/.test(e.key) ? e.key.toLowerCase() : e.code.replace(/^Key/, "").toLowerCase();
  const both = Date.now() - pendingAt < 1500 && pending ? pending + " " + key : key;
  pending = "";
  if (both === "g") { pending = "g"; pendingAt = Date.now(); return; }
  const el = $(`[data-key="${CSS.escape(both)}"]`);
  if (both === "j" && step(1) || both === "k" && step(-1)) e.preventDefault();
  else if (both === "k" && $("[data-turn]")) { e.preventDefault(); history.back(); }
  else if (el && !el.hidden) { e.preventDefault(); press(el); }
});

help.hidden = false;
help.addEventListener("click", () => { $(".who").open = false; dialog.showModal(); });
keysOn.checked = store.get("keys") !== "off";
keysOn.addEventListener("change", () => store.set("keys", keysOn.checked ? "on" : "off"));
document.addEventListener("click", (e) => {
  for (const menu of all("details.menu[open], details.saved[open]")) if (!menu.contains(e.target)) menu.open = false;
  if (e.target.closest("#preview-now")) $("#preview").classList.add("shown");
});

// --- what is written ---

// Enter presses a form's first button; beside an instruction it means the one that has a draft written
document.addEventListener("click", (e) => {
  if (document.activeElement.id !== "instruction" || !e.target.matches("#draft > button.hidden")) return;
  e.preventDefault();
  e.stopPropagation();
  $("#redraft").click();
}, true);

document.addEventListener("input", (e) => {
  if (e.target.name !== "language" || !$("#text")) return;
  $("#text").lang = e.target.value;
  $("#text").dir = /^(fa|ar|he|ur)$/.test(e.target.value) ? "rtl" : "ltr";
});

// --- how an owner words replies ---

// a frame of its own leaves no step in the browser's history
function showReply() {
  const old = $("#preview"), fresh = old.cloneNode(false);
  fresh.removeAttribute("src");
  old.replaceWith(fresh);
  $("#wording").requestSubmit($("#look"));
}
document.addEventListener("htmx:afterSwap", (e) => {
  if (e.target.id === "trial" && !$("#trial [data-line]")) showReply();
});
// the line that is at fault is chosen in the text
document.addEventListener("click", (e) => {
  const fault = e.target.closest("#trial [data-line]"), at = fault && Number(fault.dataset.line);
  if (!at) return;
  const text = $("#wording [name=body]"), lines = text.value.split("\n");
  const from = lines.slice(0, at - 1).reduce((n, line) => n + line.length + 1, 0);
  text.focus();
  text.setSelectionRange(from, from + (lines[at - 1] || "").length);
});

// --- pieces that htmx puts in ---

const open = new Set();
let place = null; // of the focused row among the rows

document.addEventListener("htmx:beforeRequest", (e) => {
  // nobody's click may land on another row than the one that they aim at
  if (e.target.id === "fetch" && $("#rows:active")) e.preventDefault();
  else if (e.target.id !== "fetch") trouble.replaceChildren();
});
document.addEventListener("htmx:beforeSwap", (e) => {
  open.clear();
  for (const d of all("details[id][open]", e.target)) open.add(d.id);
  const row = document.activeElement.closest("a.row");
  place = row && [row.id, all("a.row").indexOf(row)];
});
document.addEventListener("htmx:historyCacheMiss", () => { left = $("[data-turn]") ? $("[data-turn]").dataset.turn : ""; });
document.addEventListener("htmx:afterSwap", (e) => {
  for (const id of open) if (document.getElementById(id)) document.getElementById(id).open = true;
  if (e.detail.target && e.detail.target.id === "rows" && place && !document.getElementById(place[0])) {
    const rows = all("a.row");
    (rows[Math.min(place[1], rows.length - 1)] || $("#main")).focus({ preventScroll: true });
  }
});
document.addEventListener("htmx:afterSettle", (e) => {
  const to = e.detail.target;
  if (!to) return;
  if (to.id === "main" && !to.contains(document.activeElement)) to.focus({ preventScroll: true });
  if (to.id === "main" || to.id === "ticket") say();
});
document.addEventListener("htmx:historyRestore", () => {
  const row = document.getElementById("row-" + left);
  (row || $("#main")).focus();
  say();
});
document.addEventListener("htmx:sendError", () => trouble.replaceChildren($("#offline").content.cloneNode(true)));

// say tells a screen reader which page this is now, and what became of what was done.
function say() {
  const note = $("#said span"), problem = $("#problem p");
  live.textContent = [problem, note].filter(Boolean).map((el) => el.textContent).join(" ") || document.title;
}
