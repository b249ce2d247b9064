// Comfort only: every page works without this file.
"use strict";

// Menus (<details class="menu">) close on Escape and on a click elsewhere; one is open at a time.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except && !menu.contains(except)) menu.open = false;
  }
}
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("focusin", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  closeMenus(null);
  if (menu) menu.querySelector("summary").focus();
});

// <a data-dialog> leads to a confirmation page; with this file the same page opens as a dialog.
async function openDialog(link) {
  const response = await fetch(link.href, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const content = page.querySelector(".confirm");
  if (!response.ok || !content) throw new Error("not a confirmation page");
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.append(content);
  document.body.append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
  dialog.showModal();
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openDialog(link).catch(() => location.assign(link.href));
  }
  if (event.target.closest("dialog [data-cancel]")) {
    event.preventDefault();
    event.target.closest("dialog").close();
  }
});

// A form is sent once, however often the button is hit. The server refuses doubles as well.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Copy buttons, and "2 min ago" behind times that say how fresh something is.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.setAttribute("aria-label", "Copied");
  button.title = "Copied";
});
function ago(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86400)} days ago`;
}
function enliven() {
  for (const button of document.querySelectorAll("button[data-copy][hidden]")) {
    button.hidden = !navigator.clipboard;
  }
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.dataset.words ??= time.textContent;
    time.textContent = `${time.dataset.words} (${ago((Date.now() - Date.parse(time.dateTime)) / 1000)})`;
  }
}
document.addEventListener("DOMContentLoaded", enliven);
document.addEventListener("htmx:load", enliven);
setInterval(enliven, 5000);

// Regions that renew themselves wait while somebody works in them or cannot see them.
document.addEventListener("htmx:beforeRequest", (event) => {
  const region = event.target;
  if (!region.matches?.("[data-poll]") || event.detail.requestConfig.triggeringEvent) return;
  // A link that was clicked keeps the focus, but not visibly: that is nobody at work.
  const inUse = region.querySelector(":focus-visible, details[open]");
  if (document.hidden || inUse) event.preventDefault();
});
function connectionNotice(event) {
  const lost = event.type !== "htmx:afterOnLoad";
  const notice = document.getElementById("connection");
  if (notice) notice.hidden = !lost;
}
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:afterOnLoad"]) {
  document.addEventListener(name, connectionNotice);
}
