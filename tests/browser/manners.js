// What `manners.py` asks of a page: each check answers with a list of complaints.
(check) => {
  const words = (node) => (node?.textContent ?? "").trim();
  const show = (node) => node.outerHTML.slice(0, 160);

  function controls() {
    const said = [];
    for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
      const named = [...field.labels].some(words) || field.getAttribute("aria-label");
      if (!named) said.push(`a field without a label: ${show(field)}`);
    }
    for (const control of document.querySelectorAll("a[href], button, summary, dialog, nav")) {
      const by = document.getElementById(control.getAttribute("aria-labelledby"));
      const named = control.getAttribute("aria-label") || words(control) || words(by);
      if (!named) said.push(`a control without a name: ${show(control)}`);
    }
    for (const image of document.querySelectorAll("img:not([alt])")) {
      said.push(`an image without a text: ${show(image)}`);
    }
    return said;
  }

  function ids() {
    const said = [];
    const known = [...document.querySelectorAll("[id]")].map((node) => node.id);
    const doubles = known.filter((id, at) => known.indexOf(id) !== at);
    for (const id of new Set(doubles)) said.push(`an id twice: ${id}`);
    for (const name of ["aria-describedby", "aria-labelledby", "for"]) {
      for (const node of document.querySelectorAll(`[${name}]`)) {
        for (const id of node.getAttribute(name).split(" ")) {
          if (!known.includes(id)) said.push(`a reference to nothing, ${id}: ${show(node)}`);
        }
      }
    }
    return said;
  }

  function title() {
    const said = [];
    const titles = document.querySelectorAll("h1").length;
    if (titles !== 1) said.push(`${titles} h1`);
    if (!document.title.trim()) said.push("no title");
    if (!document.documentElement.lang) said.push("no language");
    return said;
  }

  function width() {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")]
      .filter((node) => node.getBoundingClientRect().right > clientWidth + 0.5);
    return [`${scrollWidth} pixels wide, for example ${wide.length ? show(wide.at(-1)) : "?"}`];
  }

  // WCAG 2.2, 1.4.3: 4.5, of large text 3; what is disabled is exempt.
  function contrast() {
    const said = [];
    const exempt = "[aria-disabled], :disabled, .sr-only, .skip";
    for (const node of document.querySelectorAll("body *")) {
      const text = [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
      if (!text || !node.checkVisibility() || node.closest(exempt)) continue;
      const style = getComputedStyle(node);
      const [over, under] = [brightness(parts(style.color)), brightness(ground(node))];
      const found = (Math.max(over, under) + 0.05) / (Math.min(over, under) + 0.05);
      const large = parseFloat(style.fontSize) >= (style.fontWeight >= 700 ? 18.66 : 24);
      if (found < (large ? 3 : 4.5)) said.push(`contrast ${found.toFixed(2)}: ${show(node)}`);
    }
    return said;
  }

  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);

  function ground(node) {
    for (let at = node; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  }

  function brightness(colour) {
    const linear = colour.slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }

  const checks = {
    controls, ids, title, width, contrast,
    brightness: () => brightness(ground(document.documentElement)),
  };
  return checks[check]();
}
