// The words for a value, and the key of the marks, which are the same in every picture.

function pOf(p) {
  return p === null || p === undefined ? "" : p < 0.001 ? "p < .001" : `p = ${number(p)}`;
}

function nullOf(mean, sd, p, inside) {
  if (mean === null || mean === undefined) return "no null";
  return `null ${number(mean)}${spreadOf(sd)}, ${inside ? "inside it" : "outside it"}${p === null ? "" : ` (${pOf(p)})`}`;
}

const networks = (n) => (n === 1 ? "1 network" : `${n} networks, ± standard deviation`);

const asked = (row) =>
  row.epoch === epochNow()
    ? `epoch ${number(row.epoch)}`
    : `epoch ${number(row.epoch)}, the last look by epoch ${number(epochNow())}`;

function marksKey() {
  const shape = (node) => svg("svg", { viewBox: "0 0 22 14", "aria-hidden": "true" }, node);
  const at = (diamond, kind) => shape(svg("path", { d: mark(11, 7, 4.5, diamond), class: kind }));
  const stroke = (d, kind) => shape(svg("path", { d, class: kind }));
  return html(
    "ul",
    { class: "key", "aria-label": "Marks" },
    html("li", {}, at(false, "full"), "a layer, numbered by depth"),
    html("li", {}, at(false, "hollow"), "inside its null: nothing found (p > .05)"),
    html("li", {}, at(true, "full"), "saturated: says more of n than of the layer"),
    html(
      "li",
      {},
      stroke("M11 1V13M3 7H19", "spread"),
      "± standard deviation over networks (of one: standard error)",
    ),
    html("li", {}, stroke("M4 7H18", "null"), "its null: labels shuffled"),
    html(
      "li",
      {},
      shape(svg("rect", { x: 1, y: 2, width: 20, height: 10, class: "wall" })),
      "wall: no more can be there",
    ),
  );
}
