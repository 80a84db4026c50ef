// The desk's keys, its live counts and the check of a draft while it is written. Every page works without this
// file: it presses buttons that are there, and asks for parts of pages that are there.
"use strict";

const $ = (sel, root = document) => root.querySelector(sel);
const turn = $("[data-turn]");

// --- keys: an element says by data-key which key presses it ---

const store = {
  get: (k) => { try { return localStorage.getItem(k); } catch { return null; } },
  set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private window */ } },
};
const help = $("#help"), dialog = $("#keys"), keysOn = $("#keys-on");
let pending = "", pendingAt = 0;

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
  const rows = [...document.querySelectorAll("a.row")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement);
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[to].focus();
  return true;
}

document.addEventListener("keydown", (e) => {
  if (e.isComposing) return;
  const draft = $("#draft");
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && draft && draft.contains(e.target)) {
    e.preventDefault();
    $("#approve").click();
    return;
  }
  if (e.key === "Escape" && typing(e.target)) { e.target.blur(); return; }
  if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || dialog.open || !keysOn.checked) return;
  // a Persian keyboard has the letters in other places: then the key's place counts
  const key = /^[\x21-\x7e]$/.test(e.key) ? e.key.toLowerCase() : e.code.replace(/^Key/, "").toLowerCase();
  const both = Date.now() - pendingAt < 1500 && pending ? pending + " " + key : key;
  pending = "";
  if (both === "g") { pending = "g"; pendingAt = Date.now(); return; }
  const el = $(`[data-key="${CSS.escape(both)}"]`);
  if (both === "j" && step(1) || both === "k" && step(-1)) e.preventDefault();
  else if (both === "k" && turn) { e.preventDefault(); history.back(); }
  else if (el && !el.hidden) { e.preventDefault(); press(el); }
});

help.hidden = false;
help.addEventListener("click", () => dialog.showModal());
keysOn.checked = store.get("keys") !== "off";
keysOn.addEventListener("change", () => store.set("keys", keysOn.checked ? "on" : "off"));

// --- parts of a page ---

async function part(name, url, body) {
  const r = await fetch(url, { method: body ? "POST" : "GET", body, headers: { "X-Part": name }, redirect: "error" });
  if (!r.ok) throw new Error(String(r.status));
  return r.text();
}

// --- the check, while somebody writes ---

const draft = $("#draft");
let timer = 0, asked = 0;

function form() {
  const data = new URLSearchParams(new FormData(draft));
  data.delete("macro-name");
  return data;
}

async function check() {
  const mine = ++asked;
  try {
    const html = await part("check", draft.action.replace(/approve$/, "check"), form());
    const open = [...document.querySelectorAll("#check details")].map((d) => d.open);
    if (mine !== asked) return;
    $("#check").innerHTML = html;
    document.querySelectorAll("#check details").forEach((d, i) => { d.open = open[i] || false; });
  } catch { /* the check runs again at the next key, and in any case before anything is sent */ }
}

if (draft) {
  const text = draft.elements.text;
  draft.addEventListener("input", (e) => {
    if (e.target.name === "language") {
      text.lang = e.target.value;
      text.dir = /^(fa|ar|he|ur)$/.test(e.target.value) ? "rtl" : "ltr";
    }
    clearTimeout(timer);
    timer = setTimeout(check, 350);
  });
  $("#check-now").addEventListener("click", (e) => { e.preventDefault(); check(); });
  $("#preview-now").addEventListener("click", () => { $("#preview").classList.add("shown"); });
  const use = $("#use-macro");
  if (use) {
    use.hidden = false;
    use.addEventListener("click", async () => {
      const data = form();
      data.set("macro", $("#macro").value);
      try {
        const page = new DOMParser().parseFromString(await part("", $("#check-now").formAction, data), "text/html");
        text.value = page.querySelector("#draft textarea").value;
        text.focus();
        check();
      } catch { draft.requestSubmit($("#check-now")); }
    });
  }
}

// --- live ---

let last = null, stale = 0;

async function rows() {
  const list = $("#rows");
  if (!list || list.querySelector(":hover:active")) return;
  try {
    const html = await part("rows", location.href);
    const focus = list.contains(document.activeElement) ? document.activeElement.id : "";
    if (html === list.innerHTML) return;
    list.innerHTML = html;
    if (focus) (document.getElementById(focus) || $("a.row") || document.body).focus({ preventScroll: true });
  } catch { /* the next event brings them */ }
}

function desk(e) {
  const now = JSON.parse(e.data);
  for (const [view, n] of Object.entries(now.counts)) {
    const el = $(`[data-count="${view}"]`);
    if (el && el.textContent !== n) el.textContent = n;
  }
  if (last && last.counts.review !== now.counts.review) $("#live").textContent = now.say;
  if (last && last.seq !== now.seq) { clearTimeout(stale); stale = setTimeout(rows, 100); }
  if (turn) {
    $("#others").textContent = now.others;
    $("#changed").hidden = now.version === Number(turn.dataset.version);
  }
  last = now;
}

const stream = new EventSource("/live" + (turn ? "?turn=" + encodeURIComponent(turn.dataset.turn) : ""));
stream.addEventListener("desk", desk);
addEventListener("pagehide", () => stream.close());
