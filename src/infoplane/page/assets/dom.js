// Elements. Text from data only ever becomes a text node, so that no name can be markup.

const SVG = document.getElementById("namespace").namespaceURI;

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

function html(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

// A part of the page, under its heading.
function sectionOf(id, title, ...children) {
  return html("section", { "aria-labelledby": id }, html("h2", { id }, title), ...children);
}

// The colours of a series, on a light and on a dark page.
function coloured(node, colour) {
  node.classList.add("series");
  node.style.setProperty("--light", colour.light);
  node.style.setProperty("--dark", colour.dark);
  return node;
}

function table(caption, heads, rows, { text = [] } = {}) {
  const kind = (i) => (text.includes(i) ? "text" : null);
  const head = html(
    "tr",
    {},
    heads.map((h, i) => html("th", { scope: "col", class: kind(i) }, h)),
  );
  const body = rows.map((cells) =>
    html(
      "tr",
      { class: cells.marked ? "changed" : null, "data-row": cells.key },
      cells.map((cell, i) =>
        i === 0
          ? html("th", { scope: "row", class: kind(i) }, cell)
          : html("td", { class: kind(i) }, cell),
      ),
    ),
  );
  const whole = html(
    "table",
    {},
    html("caption", {}, caption),
    html("thead", {}, head),
    html("tbody", {}, body),
  );
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    whole,
  );
}

// Put other nodes in a holder; whoever was at a table in it with the keyboard, or had moved it aside,
// is there again.
function renew(holder, ...nodes) {
  const regions = () => [...holder.querySelectorAll(".scroll")];
  const before = regions().map((r) => [r.scrollLeft, r.scrollTop]);
  const at = regions().indexOf(document.activeElement);
  holder.replaceChildren(...nodes);
  regions().forEach((region, i) => {
    if (before[i]) [region.scrollLeft, region.scrollTop] = before[i];
  });
  if (at >= 0) regions()[at]?.focus({ preventScroll: true });
}

// Calls make(value) where the value is not what it was; values are compared as they are written.
function whenChanged(make) {
  let last;
  return (value) => {
    const text = JSON.stringify(value);
    if (text === last) return;
    last = text;
    make(value);
  };
}
