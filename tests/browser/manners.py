"""What every page owes everybody: room on a phone, names for controls, one title."""

from __future__ import annotations

from playwright.sync_api import Page


LOOK = """() => {
  const said = [];
  const say = (what, node) => said.push(`${what}: ${node.outerHTML.slice(0, 160)}`);
  const words = (node) => (node?.textContent ?? "").trim();
  const named = (node) => node.getAttribute("aria-label") || words(node)
    || words(document.getElementById(node.getAttribute("aria-labelledby")));
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (![...field.labels].some(words) && !field.getAttribute("aria-label")) {
      say("a field without a label", field);
    }
  }
  for (const control of document.querySelectorAll("a[href], button, summary, dialog, nav")) {
    if (!named(control)) say("a control without a name", control);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) say("an image without text", image);
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) {
    said.push(`an id twice: ${id}`);
  }
  for (const node of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
    const asked = `${node.getAttribute("aria-describedby") ?? ""} ${node.getAttribute("aria-labelledby") ?? ""}`;
    for (const id of asked.split(" ").filter(Boolean)) {
      if (!document.getElementById(id)) say(`a reference to nothing, ${id}`, node);
    }
  }
  const titles = document.querySelectorAll("h1").length;
  if (titles !== 1) said.push(`${titles} h1`);
  if (!document.title.trim()) said.push("no title");
  if (!document.documentElement.lang) said.push("no language");
  return said;
}"""

TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const wide = [...document.querySelectorAll("main *, header *")]
    .filter((node) => node.getBoundingClientRect().right > room + 0.5);
  return [`${document.documentElement.scrollWidth} pixels wide: ${wide.slice(-1)[0]?.outerHTML.slice(0, 200)}`];
}"""

LIGHTNESS = """() => {
  const [r, g, b] = getComputedStyle(document.documentElement).backgroundColor.match(/[\\d.]+/g).map(Number);
  return (r + g + b) / 3;
}"""

# The contrast that WCAG 2.2 asks of text: 4.5, of large text 3. What is disabled is exempt.
PALE = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const said = [];
  for (const node of document.querySelectorAll("body *")) {
    const text = [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
    if (!text || !node.checkVisibility() || node.closest("[aria-disabled], :disabled, .sr-only")) continue;
    const style = getComputedStyle(node);
    const [over, under] = [light(parts(style.color)), light(ground(node))];
    const contrast = (Math.max(over, under) + 0.05) / (Math.min(over, under) + 0.05);
    const large = parseFloat(style.fontSize) >= (style.fontWeight >= 700 ? 18.66 : 24);
    if (contrast < (large ? 3 : 4.5)) said.push(`contrast ${contrast.toFixed(2)}: ${node.outerHTML.slice(0, 160)}`);
  }
  return said;
}"""


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, at both widths and in both themes."""
    found: list[str] = page.evaluate(LOOK)
    page.set_viewport_size({"width": 375, "height": 720})
    lightness = {}
    for theme in ("dark", "light"):
        _show(page, theme)
        found += page.evaluate(TOO_WIDE)
        found += page.evaluate(PALE)
        lightness[theme] = page.evaluate(LIGHTNESS)
    if lightness["dark"] >= lightness["light"]:
        found.append("dark is not darker than light")
    page.set_viewport_size({"width": 1280, "height": 900})
    return [f"{page.url}: {each}" for each in found]


def _show(page: Page, theme: str) -> None:
    """Without motion, so that no colour is caught half-way to another."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
